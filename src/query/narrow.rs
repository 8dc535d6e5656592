//! Of the wide table of applications, what a question names: DuckDB binds every column of a view that is
//! selected from, named or not, and that takes longer than most questions.

use std::collections::HashSet;

use crate::fold::rows::{AppRow, Row};

const NARROW_APPS: &str = include_str!("../../queries/session/narrow_apps.sql");

/// Columns that the session's own views and filters select by.
const ALWAYS: [&str; 18] = [
    "start",
    "end",
    "local",
    "end_estimated",
    "user",
    "queue",
    "app_name",
    "app_id",
    "job",
    "tags",
    "kind",
    "status",
    "spark_version",
    "dur_s",
    "alloc_core_h",
    "busy_core_h",
    "idle_core_h",
    "alloc_gib_h",
];

/// The columns of `apps` that questions may name, in the table's order; its key is not among them.
pub(super) fn columns<'a>(questions: impl Iterator<Item = &'a str>) -> Vec<&'static str> {
    let words: HashSet<&str> = questions.flat_map(words).collect();
    AppRow::COLUMNS
        .iter()
        .copied()
        .filter(|column| ALWAYS.contains(column) || words.contains(*column))
        .collect()
}

/// The view that stands for `apps` in the session's statements.
pub(super) fn view(columns: &[&str]) -> String {
    let quoted: String = columns.iter().map(|column| format!(", \"{column}\"")).collect();
    NARROW_APPS.replace("\nselect *\n", &format!("\nselect app_key{quoted}\n"))
}

/// A statement of the session without the lines that make a column of `apps` which is not among these: a line
/// that ends in `as NAME,` makes nothing else.
pub(super) fn without_others(statement: &str, columns: &[&str]) -> String {
    statement
        .lines()
        .filter(|line| {
            let made = line
                .strip_suffix(',')
                .and_then(|line| line.rsplit_once(" as "))
                .map(|(_, name)| name);
            made.is_none_or(|name| columns.contains(&name) || !AppRow::COLUMNS.contains(&name))
        })
        .collect::<Vec<_>>()
        .join("\n")
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
    fn a_question_gets_what_it_names_and_what_filters_need() {
        let columns = columns(["-- gc_s\nselect sum(spill.disk_spill_bytes) from selected_apps"].into_iter());
        assert!(columns.contains(&"disk_spill_bytes"));
        assert!(columns.contains(&"spark_version"));
        assert!(!columns.contains(&"gc_s"));
    }

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
            without_others(statement, &["run_s"]),
            "select\n    sum(run_s) as run_s,\n    sum(tasks) as sum_of_tasks,\n    1 as last\nfrom usage"
        );
    }
}
