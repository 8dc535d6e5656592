//! `/applications`: what ran; search, filters, order and pages.

use maud::html;

use super::super::asked;
use super::super::problem::Problem;
use super::cells::{Col, Shape, col, shaped, table};
use super::layout::Page;
use super::{Desk, ROWS};
use crate::number;
use crate::query::{Kind, Page as ListPage, Parameters, find};

const COLUMNS: [Col<'static>; 12] = [
    shaped("app_name", "Application", Shape::App),
    col("user", "User"),
    shaped("status", "Status", Shape::Word),
    col("start", "Start"),
    col("dur_s", "Duration"),
    shaped("alloc_core_h", "Core-hours", Shape::Bar),
    col("busy_pct", "Busy"),
    col("wasted_core_h", "Wasted"),
    col("tasks", "Tasks"),
    col("failed_tasks", "Failed tasks"),
    col("queue", "Queue"),
    col("spark_version", "Spark"),
];
const ROWS_OF_A_PAGE: u64 = 50;

pub(super) async fn page(desk: &Desk<'_>) -> Result<Page, Problem> {
    let view = &desk.view;
    let search = view.get("search").unwrap_or_default().to_owned();
    let sort = view.get("sort").unwrap_or("start:desc");
    let (column, order) = sort.split_once(':').unwrap_or((sort, "desc"));
    let Some(sorted) = COLUMNS.iter().find(|known| known.name == column) else {
        return Err(Problem::new(
            400,
            "Bad Request",
            format!("this page cannot be sorted by `{column}`"),
        ));
    };
    let is_ascending = order == "asc";
    let place: u64 = match view.get("page") {
        None => 1,
        Some(text) => text
            .parse()
            .ok()
            .filter(|place| (1..=100_000_000).contains(place))
            .ok_or_else(|| {
                Problem::new(
                    400,
                    "Bad Request",
                    format!("there is no page `{}`", text.escape_default()),
                )
            })?,
    };
    let wanted = ListPage {
        search: search.clone(),
        order_by: sorted.name.to_owned(),
        is_ascending,
        offset: (place - 1) * ROWS_OF_A_PAGE,
    };
    let query = find(Kind::Report, "app-list").ok_or_else(|| Problem::internal("there is no list"))?;
    let mut pairs = view.asking(&[("limit", "50")]);
    if !pairs
        .iter()
        .any(|(name, _)| ["last", "since", "until", "startDate", "endDate"].contains(&name.as_str()))
    {
        // Everything there is, unless a window is asked for.
        pairs.push(("last".to_owned(), "all".to_owned()));
    }
    let decided = asked::decide(&query, &pairs, ROWS, &desk.asking.settings)?;
    let found = desk
        .site
        .database
        .ask(std::sync::Arc::clone(&desk.asking.instance), move |session| {
            let parameters = Parameters {
                page: Some(&wanted),
                ..Parameters::of(Kind::Report, &decided, &decided.query.filters)
            };
            session.answer(&query, &parameters)
        })
        .await
        .map_err(|refusal| match refusal {
            super::super::database::Refusal::Failed(error) => asked::of_error(&error, Kind::Report),
            other => other.into(),
        })?;
    let shown = found.rows.len() as u64;
    let all = found.more_rows.unwrap_or(shown).max(shown);
    let count = |number: u64| number::count(i64::try_from(number).unwrap_or(i64::MAX));
    let first = (place - 1) * ROWS_OF_A_PAGE + 1;
    let mut whole = found.clone();
    whole.more_rows = None;
    let status = view.get("status");
    let own = html! {
        label.search {
            span { "Search name, id, user or job" }
            input type="search" name="search" value=(search) placeholder="any";
        }
        label {
            span { "Status" }
            select name="status" {
                option value="" selected[status.is_none()] { "any" }
                @for word in ["succeeded", "failed", "running", "unknown"] {
                    option value=(word) selected[status == Some(word)] { (word) }
                }
            }
        }
        label.check {
            input type="checkbox" name="includeIncomplete" value="true" checked[view.get("includeIncomplete") == Some("true")];
            span { "unfinished" }
        }
        @if view.get("sort").is_some() { input type="hidden" name="sort" value=(sort); }
    };
    let api = view.asking(&[("sort", sort), ("limit", "50")]);
    let content = html! {
        h1 { "Applications" }
        p.lead {
            @if all > 0 { (count(all)) @if all == 1 { " application" } @else { " applications" } " match." }
            @else { "None match." }
        }
        (view.form("everything", &own))
        section {
            h2 { "What ran" }
            (table(&whole, &COLUMNS, view, Some((sorted.name, is_ascending))))
            @if all > 0 {
                nav.pages aria-label="Pages of the list" {
                    @if place > 1 { a rel="prev" href=(view.with(&[("page", &(place - 1).to_string())])) { "Previous" } }
                    span {
                        @if shown > 0 { (count(first)) " to " (count(first + shown - 1)) " of " (count(all)) }
                        @else { "Nothing on this page" }
                    }
                    @if first + shown <= all && shown > 0 {
                        a rel="next" href=(view.with(&[("page", &(place + 1).to_string())])) { "Next" }
                    }
                }
            }
            (super::view::source(Kind::Report, "apps", &api))
        }
    };
    Ok(Page {
        title: "Applications".to_owned(),
        coverage: Some(found.coverage),
        content,
    })
}
