//! Tables and single figures, with the values as the terminal shows them.

use maud::{Markup, html};

use super::super::row::{Row, number, rows};
use super::view::{View, encoded};
use crate::query::table::{Table, Unit, Value};
use crate::render::human;

/// One column of a table on a page.
#[derive(Clone, Copy)]
pub(super) struct Col<'a> {
    /// Of the table's column.
    pub name: &'a str,
    pub heading: &'a str,
    pub shape: Shape,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Plain,
    /// An amount with a bar, as long as its share of the largest.
    Bar,
    /// The name of an application; the row's `app_id` is where it leads.
    App,
    /// The name of a job.
    Job,
    /// Succeeded, failed, a class or a severity: a word that is set off.
    Word,
    /// Text of any length.
    Text,
    /// Something to copy.
    Code,
}

pub(super) const fn col<'a>(name: &'a str, heading: &'a str) -> Col<'a> {
    shaped(name, heading, Shape::Plain)
}

pub(super) const fn shaped<'a>(name: &'a str, heading: &'a str, shape: Shape) -> Col<'a> {
    Col { name, heading, shape }
}

/// A table. With `sorted` its headings are links that sort the page by them.
pub(super) fn table(found: &Table, cols: &[Col], view: &View, sorted: Option<(&str, bool)>) -> Markup {
    let cols: Vec<(&Col, Unit, &str)> = cols
        .iter()
        .filter_map(|col| {
            let column = found.columns.iter().find(|column| column.name == col.name)?;
            Some((col, column.unit, column.definition.as_str()))
        })
        .collect();
    if found.rows.is_empty() {
        return nothing(found);
    }
    html! {
        div.scroll tabindex="0" role="region" aria-label=(found.title) {
            table {
                thead { tr {
                    @for (col, unit, definition) in &cols {
                        th scope="col" .num[unit.is_amount()] title=(definition) aria-sort=[aria_sort(col, sorted)] {
                            @if sorted.is_some() { (sort_link(col, *unit, view, sorted)) } @else { (col.heading) }
                        }
                    }
                } }
                tbody {
                    @for row in rows(found) {
                        tr {
                            @for (col, unit, _) in &cols { (cell(row, col, *unit, found, view)) }
                        }
                    }
                }
            }
        }
        @if let Some(total) = found.more_rows {
            p.more { (found.rows.len()) " of " (human(&int(total), Unit::Count)) " rows" }
        }
    }
}

fn int(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

fn aria_sort(col: &Col, sorted: Option<(&str, bool)>) -> Option<&'static str> {
    let (name, is_ascending) = sorted?;
    (name == col.name).then_some(if is_ascending { "ascending" } else { "descending" })
}

fn sort_link(col: &Col, unit: Unit, view: &View, sorted: Option<(&str, bool)>) -> Markup {
    let is_ascending = match sorted {
        Some((name, is_ascending)) if name == col.name => !is_ascending,
        _ => unit == Unit::Text,
    };
    let order = if is_ascending { "asc" } else { "desc" };
    let sort = format!("{}:{order}", col.name);
    html! { a.sort href=(view.with(&[("sort", &sort), ("page", "")])) { (col.heading) } }
}

fn cell(row: Row, col: &Col, unit: Unit, found: &Table, view: &View) -> Markup {
    let value = row.value(col.name);
    let mut text = human(value, row.unit(col.name));
    if unit == Unit::Time && are_days(found, col.name) {
        text.truncate(text.trim_end_matches(" 00:00").len());
    }
    match col.shape {
        Shape::Plain => html! { td .num[unit.is_amount()] .time[unit == Unit::Time] { (text) } },
        Shape::Bar => html! { td.num.barred { span { (text) } (bar(value, col.name, found)) } },
        Shape::App => match row.text("app_id").or(row.text("example_app_id")) {
            Some(id) => {
                html! { td.name { a href=(format!("/applications/{}", encoded(&id))) title=(id) { (breakable(&text)) } } }
            }
            None => html! { td.name { (breakable(&text)) } },
        },
        Shape::Job => match value {
            Value::Null => html! { td.name { (text) } },
            _ => {
                let name = row.text(col.name).unwrap_or_default();
                html! { td.name { a href=(view.other(&format!("/jobs/{}", encoded(&name)))) { (breakable(&text)) } } }
            }
        },
        Shape::Word => html! { td { (word(&text)) } },
        Shape::Text => html! { td.text { (breakable(&text)) } },
        Shape::Code => html! { td.text { @if *value == Value::Null { (text) } @else { code { (text) } } } },
    }
}

/// Whether all moments of a column begin a day.
fn are_days(found: &Table, name: &str) -> bool {
    const DAY_MS: i64 = 86_400_000;
    rows(found)
        .filter_map(|row| row.time(name))
        .all(|ms| ms.rem_euclid(DAY_MS) == 0)
}

/// Long names may be broken behind their separators.
fn breakable(text: &str) -> Markup {
    html! {
        @for part in text.split_inclusive(['_', '/', '.', ':']) { (part) wbr; }
    }
}

/// A word with the color of what it means; the word itself says it, too.
pub(super) fn word(text: &str) -> Markup {
    let tone = match text {
        "succeeded" | "fit" | "sound" | "complete" | "high" => "good",
        "failed" | "critical" | "severe" | "under" | "damaged" | "unreadable" | "rejected" => "bad",
        "moderate" | "over" | "medium" | "unfinished" | "running" => "fair",
        _ => "quiet",
    };
    html! { span.word.{ (tone) } { (text) } }
}

fn bar(value: &Value, name: &str, found: &Table) -> Markup {
    let top = rows(found).filter_map(|row| row.number(name)).fold(0.0, f64::max);
    let share = number(value)
        .filter(|_| top > 0.0)
        .map_or(0.0, |value| (100.0 * value / top).max(0.0));
    html! {
        svg.bar viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            rect width=(format!("{share:.1}")) height="4" {}
        }
    }
}

/// What to do where there are no rows.
pub(super) fn nothing(found: &Table) -> Markup {
    html! { p.empty { (crate::render::nothing_found(found)) } }
}

/// A figure that stands alone.
pub(super) struct Tile<'a> {
    pub label: &'a str,
    pub value: String,
    pub note: Option<String>,
}

/// Figures side by side.
pub(super) fn tiles(tiles: &[Tile]) -> Markup {
    // Rows are to be full.
    let columns = [4, 3, 5]
        .into_iter()
        .find(|columns| tiles.len().is_multiple_of(*columns))
        .unwrap_or(3);
    html! {
        dl.tiles.{ "of" (columns) } {
            @for tile in tiles {
                div {
                    dt { (tile.label) }
                    dd { (tile.value) }
                    @if let Some(note) = &tile.note { dd.note { (note) } }
                }
            }
        }
    }
}

/// A value of a row as people read it.
pub(super) fn shown(row: Option<Row>, name: &str) -> String {
    row.map_or_else(|| "-".to_owned(), |row| human(row.value(name), row.unit(name)))
}
