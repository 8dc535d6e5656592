//! A table as GitHub Markdown, for mails, issues and wikis.

use super::{Screen, cell, heading, is_record, line, rows_cut, sparkline, trust};
use crate::query::table::{Column, Table};

/// A heading, the table with human units, and the line of trust in italics.
pub(super) fn page(table: &Table, wide: bool) -> String {
    let mut blocks = vec![format!("## {}", escape(&heading(table)))];
    if table.rows.is_empty() {
        blocks.push(escape(&trust::nothing_found(table)));
    } else if is_record(table) {
        blocks.push(record(table));
    } else {
        blocks
            .extend(sparkline::lines(table, Screen::default()).map(|lines| format!("```text\n{lines}\n```")));
        blocks.push(columns(table, wide, &|index| {
            cell::texts(table, index, &table.columns[index])
        }));
    }
    blocks.extend(rows_cut(table).map(|text| italic(&text)));
    if !table.is_continued {
        blocks.push(italic(&trust::line(&table.coverage)));
    }
    blocks.join("\n\n") + "\n"
}

/// The columns beside each other; `texts` gives the values of one as they are to be shown.
pub(super) fn columns(table: &Table, wide: bool, texts: &dyn Fn(usize) -> Vec<String>) -> String {
    let shown: Vec<(usize, &Column)> = table
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| wide || !column.wide)
        .collect();
    let rule = |&(index, column): &(usize, &Column)| {
        if cell::is_right_aligned(table, index, column) {
            "---:"
        } else {
            "---"
        }
        .to_owned()
    };
    let mut lines = vec![
        row(shown.iter().map(|(_, column)| escape(&column.name))),
        row(shown.iter().map(rule)),
    ];
    let cells: Vec<Vec<String>> = shown.iter().map(|&(index, _)| texts(index)).collect();
    lines.extend((0..table.rows.len()).map(|index| row(cells.iter().map(|cells| escape(&cells[index])))));
    lines.join("\n")
}

fn record(table: &Table) -> String {
    let mut lines = vec![
        row(["name", "value"].into_iter().map(str::to_owned)),
        "| --- | --- |".to_owned(),
    ];
    lines.extend(table.columns.iter().enumerate().map(|(index, column)| {
        row([
            escape(&column.name),
            escape(&cell::human(table.value(0, index), column.unit)),
        ]
        .into_iter())
    }));
    lines.join("\n")
}

fn row(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |", cells.collect::<Vec<_>>().join(" | "))
}

pub(super) fn italic(text: &str) -> String {
    format!("*{}*", escape(text))
}

/// The text with nothing left that Markdown or HTML would act on. An underscore inside a word is no
/// markup in GitHub's dialect, and column names stay readable in the source without a backslash.
fn escape(text: &str) -> String {
    let text = line::clean(text);
    let mut escaped = String::with_capacity(text.len());
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        let is_word = |char: Option<char>| char.is_some_and(char::is_alphanumeric);
        match char {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '|' | '*' | '`' | '[' | ']' | '~' | '$' => escaped.extend(['\\', char]),
            '_' if !is_word(before) || !is_word(chars.peek().copied()) => escaped.push_str("\\_"),
            char => escaped.push(char),
        }
        before = Some(char);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_table_has_human_units_and_a_line_of_trust() {
        assert_eq!(
            page(&sample::small(), false),
            r#"## Resource hogs: who uses the cluster

| app_name | start | alloc_core_h | share_pct | input_bytes |
| --- | --- | ---: | ---: | ---: |
| nightly \| "etl" | 2026-11-23 00:16 | 1,234.6 | 42.1 % | 1.2 TiB |
| evil�\[2J� two | - | 0.0031 | 0 % | - |

*2 of 1,234 rows; --limit 0 shows all*

*1,234 applications, 2026-11-16 00:00 to 2026-11-23 01:00 UTC (last 7 days); left out: 12 local (--include-local), 3 unfinished (--include-incomplete); 1 damaged log (report quality); event loss 0 %; memory peaks known for 87 % of core-hours; data as of 2026-11-23 00:58 UTC*
"#
        );
    }

    #[test]
    fn wide_columns_are_shown_on_request() {
        assert!(page(&sample::small(), true).contains("| application_1795300000000_0001 |"));
    }

    #[test]
    fn series_stand_above_the_table() {
        assert!(page(&sample::usage(), false).contains("```text\nalloc_core_h  ▃▆█▁ ▄▇  0 – 1,234.5\n"));
    }

    #[test]
    fn markup_in_data_is_text() {
        assert_eq!(
            escape("<img src=x> & **b** [l](u)"),
            "&lt;img src=x&gt; &amp; \\*\\*b\\*\\* \\[l\\](u)"
        );
        assert_eq!(escape("a_b _c_ `d` a\\|b"), "a_b \\_c\\_ \\`d\\` a\\\\\\|b");
    }

    #[test]
    fn a_record_is_a_table_of_names_and_values() {
        let mut table = sample::hogs();
        table.rows.truncate(1);
        let page = page(&table, false);
        assert!(
            page.contains("| name | value |\n| --- | --- |\n| app_name | customer-360-nightly-merge |\n"),
            "{page}"
        );
    }
}
