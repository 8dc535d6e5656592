//! `/trends`: every trend, with the bucket and the window that are wanted.

use maud::{Markup, html};

use super::super::problem::Problem;
use super::super::row::{number, rows};
use super::cells::{Col, Shape, nothing, shaped, table};
use super::chart::{OverTime, Size};
use super::layout::Page;
use super::optimize::CAUSES;
use super::series::{Drawing, by_group, over_time};
use super::{Ask, Desk, per};
use crate::query::table::{Table, Unit, Value};
use crate::query::{Kind, list};
use crate::render::human;

const DAYS: [(&str, &str); 7] = [
    ("mon_cores", "Mon"),
    ("tue_cores", "Tue"),
    ("wed_cores", "Wed"),
    ("thu_cores", "Thu"),
    ("fri_cores", "Fri"),
    ("sat_cores", "Sat"),
    ("sun_cores", "Sun"),
];
/// Rows of the table below a picture.
const MOST_ROWS: usize = 400;

pub(super) async fn page(desk: &Desk<'_>) -> Result<Page, Problem> {
    let view = &desk.view;
    let trends = list(Kind::Trends);
    let names: Vec<&'static str> = trends.iter().map(|trend| trend.name).collect();
    let name = view.one_of("trend", &names);
    let bucket = view.one_of("bucket", &["day", "hour", "week", "month"]);
    let trend = trends
        .iter()
        .find(|trend| trend.name == name)
        .ok_or_else(|| Problem::not_found(name))?;
    let mut more: Vec<(&str, &str)> = vec![("bucket", bucket)];
    for parameter in ["tz", "by", "groupBy", "capacityCores", "capacityMemory"] {
        if let Some(value) = view.get(parameter) {
            more.push((parameter, value));
        }
    }
    let asks = [Ask::trend(trend.name, view.asking(&more))];
    let found = desk.tables(&asks).await?;
    let found = &found[0];
    let per = per(&asks[0]);
    let capacity = view
        .get("capacityCores")
        .and_then(|cores| cores.parse::<f64>().ok());
    let own = html! {
        input type="hidden" name="trend" value=(name);
        label {
            span { "Bucket" }
            select name="bucket" {
                @for word in ["hour", "day", "week", "month"] { option value=(word) selected[word == bucket] { (word) } }
            }
        }
        label {
            span { "Time zone" }
            input type="text" name="tz" value=[view.get("tz")] placeholder="UTC" autocomplete="off" spellcheck="false";
        }
        @if found.columns.iter().any(|column| column.name.ends_with("cores_pct")) || name == "forecast" {
            label {
                span { "Cores there are" }
                input type="text" inputmode="numeric" name="capacityCores" value=[view.get("capacityCores")] placeholder="unknown";
            }
        }
    };
    let content = html! {
        h1 { "Trends" }
        p.lead { (trend.title) ": " (trend.answers) "." }
        ul.flow {
            @for trend in &trends {
                li {
                    a href=(view.with(&[("trend", trend.name), ("by", ""), ("groupBy", "")])) aria-current=[(trend.name == name).then_some("true")] {
                        (trend.title)
                    }
                }
            }
        }
        (view.form("30 days", &own))
        section {
            h2 { (trend.title) }
            @if found.rows.is_empty() { (nothing(found)) } @else { (pictures(name, found, per, capacity)) }
            (asks[0].source())
        }
        @if !found.rows.is_empty() {
            section {
                h2 { "The figures" }
                (figures(found, desk))
            }
        }
    };
    Ok(Page {
        title: format!("{} · Trends", trend.title),
        coverage: Some(found.coverage.clone()),
        content,
    })
}

/// The pictures that say most about a trend; what has its own unit has its own picture.
fn pictures(name: &str, found: &Table, per: &str, capacity: Option<f64>) -> Markup {
    let draw = |title: &str, per: &str, columns: &[(&str, &str)], is_stacked: bool| {
        over_time(
            found,
            &Drawing {
                title,
                per,
                columns,
                is_stacked,
            },
        )
        .figure(Size::Whole)
    };
    let wasted = [
        ("wasted_exception_core_h", "exceptions"),
        ("wasted_fetch_failed_core_h", "fetch failures"),
        ("wasted_executor_lost_core_h", "lost executors"),
        ("wasted_killed_core_h", "killed"),
        ("wasted_recompute_core_h", "done again"),
        ("wasted_app_retry_core_h", "retried attempts"),
        ("wasted_other_core_h", "other"),
    ];
    match name {
        "usage" => html! {
            (draw("Core-hours held and busy", per, &[("alloc_core_h", "held"), ("busy_core_h", "busy"), ("cpu_core_h", "on CPU")], false))
            (draw("Memory held", per, &[("alloc_gib_h", "held")], false))
        },
        "concurrency" => html! {
            (marked(over_time(found, &Drawing {
                title: "Cores at once", per: "", is_stacked: false,
                columns: &[("max_cores", "most"), ("p95_cores", "95 % of minutes"), ("avg_cores", "mean")],
            }), capacity))
            (draw("Memory at once", "", &[("max_memory_gib", "most"), ("p95_memory_gib", "95 % of minutes"), ("avg_memory_gib", "mean")], false))
        },
        "waste" => html! {
            (draw("Idle by cause", per, &CAUSES, true))
            (draw("Wasted by class", per, &wasted, true))
        },
        "cost" => html! {
            (by_group(found, "cost_est", "Estimated cost", per).figure(Size::Whole))
            (by_group(found, "alloc_core_h", "Core-hours held", per).figure(Size::Whole))
        },
        "heatmap" => heat(found),
        "forecast" => forecast(found, capacity),
        // One picture for each unit, of the columns that have a sparkline in the terminal.
        _ => {
            let mut units: Vec<Unit> = Vec::new();
            for column in found.columns.iter().filter(|column| column.series) {
                if !units.contains(&column.unit) {
                    units.push(column.unit);
                }
            }
            let is_grouped = found.columns.iter().any(|column| column.name == "group_name");
            html! {
                @for unit in units {
                    @let columns: Vec<(&str, String)> = found.columns.iter()
                        .filter(|column| column.series && column.unit == unit)
                        .map(|column| (column.name.as_str(), column.name.replace('_', " ")))
                        .collect();
                    @let columns: Vec<(&str, &str)> = columns.iter().map(|(name, title)| (*name, title.as_str())).collect();
                    @if let [(first, title)] = columns.as_slice() {
                        @if is_grouped { (by_group(found, first, title, per).figure(Size::Whole)) }
                        @else { (draw(title, per, &columns, false)) }
                    } @else if !is_grouped {
                        (draw(&columns.iter().map(|(_, title)| *title).collect::<Vec<_>>().join(", "), per, &columns, false))
                    }
                }
            }
        }
    }
}

/// What is expected, in its band.
fn forecast(found: &Table, capacity: Option<f64>) -> Markup {
    let column = |name: &str| rows(found).map(|row| row.number(name)).collect::<Vec<_>>();
    let mut chart: OverTime = over_time(
        found,
        &Drawing {
            title: "Cores expected, mean of each week",
            per: "",
            columns: &[
                ("expected_cores", "expected"),
                ("high_cores", "upper edge"),
                ("low_cores", "lower edge"),
            ],
            is_stacked: false,
        },
    );
    chart.band = Some((column("low_cores"), column("high_cores")));
    marked(chart, capacity)
}

/// With the cores that there are as a line across it.
fn marked(mut chart: OverTime, capacity: Option<f64>) -> Markup {
    chart.mark = capacity;
    chart.figure(Size::Whole)
}

/// The hours of the week: a table whose cells are the picture. Hours without a row held nothing that is known.
fn heat(found: &Table) -> Markup {
    let top = rows(found)
        .flat_map(|row| DAYS.map(|(name, _)| row.number(name).unwrap_or(0.0)))
        .fold(0.0, f64::max);
    let hours: Vec<String> = (0..24).map(|hour| format!("{hour:02}")).collect();
    let of_hour = |hour: &str| {
        rows(found).find(|row| row.text("hour_of_day").is_some_and(|text| text.starts_with(hour)))
    };
    html! {
        div.scroll tabindex="0" role="region" aria-label="Cores held by hour of the week" {
            table.heat {
                caption { "Cores held, mean of each hour of the week" }
                thead { tr { td.corner {} @for hour in &hours { th scope="col" { (hour) } } } }
                tbody {
                    @for (name, day) in DAYS {
                        tr {
                            th scope="row" { (day) }
                            @for hour in &hours {
                                @let value = of_hour(hour).map_or(&Value::Null, |row| row.value(name));
                                @let shown = human(value, Unit::Cores);
                                @let step = number(value).filter(|_| top > 0.0).map_or(0.0, |value| (6.0 * value / top).ceil().min(6.0));
                                td.{ "h" (step) } title=(format!("{day} {hour}:00: {shown} cores")) { (shown) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// All columns but the wide ones, the newest buckets.
fn figures(found: &Table, desk: &Desk<'_>) -> Markup {
    let headings: Vec<String> = found
        .columns
        .iter()
        .map(|column| column.name.replace('_', " "))
        .collect();
    let cols: Vec<Col> = found
        .columns
        .iter()
        .zip(&headings)
        .filter(|(column, _)| !column.wide)
        .map(|(column, heading)| {
            let is_long = column.unit == Unit::Text && column.name != "hour_of_day";
            shaped(
                &column.name,
                heading,
                if is_long { Shape::Text } else { Shape::Plain },
            )
        })
        .collect();
    let mut newest = found.clone();
    if newest.rows.len() > MOST_ROWS {
        newest.more_rows = Some(newest.rows.len() as u64);
        newest.rows.drain(..newest.rows.len() - MOST_ROWS);
    }
    table(&newest, &cols, &desk.view, None)
}
