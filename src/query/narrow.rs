//! What questions do not name, and do not filter by, is left out of what they select from: DuckDB binds every column
//! of a view and plans every condition of it, needed or not, and that takes longer than most questions.

use std::collections::HashSet;

use super::parameters::Values;
use super::registry::Query;
use crate::fold::rows::{AppRow, Row};

const NARROW_APPS: &str = include_str!("../../queries/session/narrow_apps.sql");
const CUT: &str = include_str!("../../queries/session/cut.sql");
const UNCUT: &str = include_str!("../../queries/session/uncut.sql");
const KNOWN_APPS: &str = include_str!("../../queries/session/known_apps.sql");
const WINDOW_APPS: &str = include_str!("../../queries/session/window_apps.sql");
const SELECTED_APPS: &str = include_str!("../../queries/session/selected_apps.sql");
const SELECTED_APPS_PRICED: &str = include_str!("../../queries/session/selected_apps_priced.sql");
const THE_APP: &str = include_str!("../../queries/session/the_app.sql");

/// Columns that `cut` needs whatever else it has.
const OF_CUT: [&str; 5] = ["start", "end", "alloc_core_h", "busy_core_h", "idle_core_h"];

/// The statements that make what some questions select from: those before prices are set, and those after.
pub(super) struct Texts {
    pub before_prices: Vec<String>,
    pub after_prices: Vec<&'static str>,
}

impl Texts {
    /// Of the session's views those that the questions name, with the columns that they name and the filters that are
    /// set; of a window that `is_open`, nothing crosses an edge.
    pub(super) fn of(queries: &[&Query], values: &Values, is_open: bool, has_prices: bool) -> Self {
        let selects_from = |table| queries.iter().any(|query| query.selects_from(table));
        let has_selected = selects_from("selected_apps");
        let has_known = selects_from("known_apps");
        let has_cut = has_selected || selects_from("cut");
        let mut after_prices = Vec::new();
        if has_selected {
            after_prices.push(if has_prices {
                SELECTED_APPS_PRICED
            } else {
                SELECTED_APPS
            });
            if queries.iter().all(|query| query.is_about_one_app) {
                after_prices.push(THE_APP);
            }
        }
        let mut named: HashSet<&str> = queries
            .iter()
            .map(|query| query.sql)
            .chain(after_prices.iter().copied())
            .flat_map(words)
            .collect();
        let known = without_unset(&without_unnamed(KNOWN_APPS, &named), values);
        let window = without_unset(&without_unnamed(WINDOW_APPS, &named), values);
        if has_known {
            named.extend(words(&known));
        }
        if has_selected {
            named.extend(words(&window));
        }
        if has_cut {
            named.extend(OF_CUT);
        }
        let columns: Vec<&str> = AppRow::COLUMNS
            .iter()
            .copied()
            .filter(|column| named.contains(column))
            .collect();
        let cut = if is_open {
            UNCUT.to_owned()
        } else {
            without_columns(CUT, &columns)
        };
        let narrow = view(&columns);
        let before_prices = [
            (has_known || has_cut).then_some(narrow),
            has_cut.then_some(cut),
            has_known.then_some(known),
            has_selected.then_some(window),
        ];
        Texts {
            before_prices: before_prices.into_iter().flatten().collect(),
            after_prices,
        }
    }
}

/// The view that stands for `apps` in the session's statements.
fn view(columns: &[&str]) -> String {
    let quoted: String = columns.iter().map(|column| format!(", \"{column}\"")).collect();
    NARROW_APPS.replace("\nselect *\n", &format!("\nselect app_key{quoted}\n"))
}

/// A statement without the lines that make a column of `apps` which is not among these: a line that ends in
/// `as NAME,` makes nothing else.
fn without_columns(statement: &str, columns: &[&str]) -> String {
    lines(statement, |line| {
        made_by(line).is_none_or(|name| columns.contains(&name) || !AppRow::COLUMNS.contains(&name))
    })
}

/// A statement without the lines that make what is not named.
fn without_unnamed(statement: &str, named: &HashSet<&str>) -> String {
    lines(statement, |line| {
        made_by(line).is_none_or(|name| named.contains(name))
    })
}

/// A statement without the conditions of filters that are not set: lines that begin with
/// `and (getvariable('NAME') = ''` or, of numbers, `= 0`.
pub(super) fn without_unset(statement: &str, values: &Values) -> String {
    lines(statement, |line| {
        filter_of(line).is_none_or(|name| !values.is_empty(name))
    })
}

fn made_by(line: &str) -> Option<&str> {
    let (_, name) = line.strip_suffix(',')?.rsplit_once(" as ")?;
    Some(name)
}

fn filter_of(line: &str) -> Option<&str> {
    let (name, rest) = line
        .trim_start()
        .strip_prefix("and (getvariable('")?
        .split_once("')")?;
    (rest.starts_with(" = '' or ") || rest.starts_with(" = 0 or ")).then_some(name)
}

fn lines(statement: &str, keeps: impl Fn(&str) -> bool) -> String {
    let kept: Vec<&str> = statement.lines().filter(|line| keeps(line)).collect();
    kept.join("\n")
}

/// The words outside of comments.
pub(super) fn words(sql: &str) -> impl Iterator<Item = &str> {
    sql.lines()
        .filter(|line| !line.trim_start().starts_with("--"))
        .flat_map(|line| line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_view_has_these_columns_and_no_other() {
        let view = view(&["gc_s", "end"]);
        assert!(
            view.ends_with("\nselect app_key, \"gc_s\", \"end\"\nfrom apps\n"),
            "{view}"
        );
    }

    #[test]
    fn lines_of_other_columns_go() {
        let statement = "select\n    sum(gc_s) as gc_s,\n    sum(run_s) as run_s,\n    sum(tasks) as sum_of_tasks,\n    1 as last\nfrom usage";
        assert_eq!(
            without_columns(statement, &["run_s"]),
            "select\n    sum(run_s) as run_s,\n    sum(tasks) as sum_of_tasks,\n    1 as last\nfrom usage"
        );
    }

    #[test]
    fn every_filter_of_the_session_has_a_line_that_can_go() {
        for statement in [WINDOW_APPS, KNOWN_APPS] {
            let filters: Vec<&str> = statement.lines().filter_map(filter_of).collect();
            assert_eq!(
                filters,
                [
                    "user",
                    "queue",
                    "app_name",
                    "app_id",
                    "job",
                    "tag",
                    "status",
                    "spark_version",
                    "min_dur_ms",
                    "min_core_h"
                ]
            );
        }
        assert_eq!(filter_of("where (getvariable('with_local') or not local)"), None);
    }

    #[test]
    fn what_is_made_of_an_attempt_has_a_line_that_can_go() {
        let named = HashSet::from(["driver_h"]);
        let statement = without_unnamed(WINDOW_APPS, &named);
        assert!(
            statement.contains(" as driver_h,\n    attempts.*\n"),
            "{statement}"
        );
        assert!(
            !statement.contains("group_name") && !statement.contains("job_user"),
            "{statement}"
        );
        let statement = without_unnamed(KNOWN_APPS, &named);
        assert!(statement.contains("\nselect\n    narrow_apps.*\n"), "{statement}");
    }
}
