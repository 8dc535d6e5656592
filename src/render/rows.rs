//! Rows without a story: the answer to a statement that a user wrote. Nobody knows the units of its columns,
//! so values are shown as they are.

use super::raw::{Raw, raw};
use super::{Screen, cell, line, markdown, text};
use crate::number::UNKNOWN;
use crate::query::table::{Table, Value};

/// For a terminal: aligned columns, and what was left out.
pub(super) fn text(table: &Table, screen: Screen) -> String {
    if let Some(plan) = plan(table) {
        return plan;
    }
    let (rows, hidden) = text::columns(table, screen, &|index| texts(table, index));
    let mut notes = Vec::new();
    match rows_cut(table) {
        Some(cut) => notes.push(format!("({cut})")),
        None if table.rows.is_empty() => notes.push("(no rows)".to_owned()),
        None => {}
    }
    notes.extend(text::hidden_columns(&hidden));
    let notes: Vec<String> = notes
        .iter()
        .map(|note| line::wrap(note, screen.width, 2))
        .collect();
    let mut blocks = vec![rows, screen.style.dim(&notes.join("\n"))];
    blocks.retain(|block| !block.is_empty());
    blocks.join("\n\n") + "\n"
}

/// As a Markdown table.
pub(super) fn markdown(table: &Table) -> String {
    let mut blocks = vec![markdown::columns(table, true, &|index| texts(table, index))];
    blocks.extend(rows_cut(table).map(|text| markdown::italic(&text)));
    blocks.join("\n\n") + "\n"
}

/// Where there are more rows, nobody has counted them.
fn rows_cut(table: &Table) -> Option<String> {
    table.more_rows?;
    let shown = cell::count(u64::try_from(table.rows.len()).unwrap_or(u64::MAX));
    Some(format!("the first {shown} rows; --limit 0 shows all"))
}

/// A plan is a drawing.
fn plan(table: &Table) -> Option<String> {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    if names != ["explain_key", "explain_value"] {
        return None;
    }
    let drawings = (0..table.rows.len()).filter_map(|row| match table.value(row, 1) {
        Value::Text(drawing) => Some(drawing),
        _ => None,
    });
    let lines = drawings.flat_map(|drawing| drawing.lines());
    Some(lines.map(|text| format!("{}\n", line::clean(text))).collect())
}

/// The values of a column: exact, harmless and on one line.
fn texts(table: &Table, index: usize) -> Vec<String> {
    let value = |row| match (table.value(row, index), raw(table.value(row, index))) {
        (_, Raw::Null) => UNKNOWN.to_owned(),
        (Value::Time(_) | Value::LocalTime { .. }, Raw::Text(text)) => moment(&text),
        (_, Raw::Literal(text)) => text,
        (_, Raw::Text(text)) => line::clean(&text).into_owned(),
    };
    (0..table.rows.len()).map(value).collect()
}

/// `2026-11-23 00:16:27.123` of `2026-11-23T00:16:27.123Z`, or of the same with another offset.
fn moment(text: &str) -> String {
    const LONGEST: usize = "2026-11-23T00:16:27.123".len();
    let text = text.get(..LONGEST).unwrap_or(text).replace('T', " ");
    text.strip_suffix(".000").unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn values_are_exact_and_stand_alone() {
        let table = sample::small();
        let screen = Screen {
            wide: true,
            ..Screen::default()
        };
        assert_eq!(
            text(&table, screen),
            "\
app_name         start                    alloc_core_h  share_pct    input_bytes  app_id
───────────────  ───────────────────────  ────────────  ─────────  ─────────────  ──────────────────────────────
nightly | \"etl\"  2026-11-23 00:16:27.123       1234.56       42.1  1319413953332  application_1795300000000_0001
evil�[2J� two    -                              0.0031        0.0              -  app-20261123-0042

(the first 2 rows; --limit 0 shows all)
"
        );
        assert!(markdown(&table).contains("| 2026-11-23 00:16:27.123 | 1234.56 |"));
    }

    #[test]
    fn no_rows_are_told() {
        let mut table = sample::small();
        table.rows.clear();
        table.more_rows = None;
        assert!(text(&table, Screen::default()).contains("\n\n(no rows)\n"));
    }

    #[test]
    fn whole_seconds_have_no_fraction() {
        assert_eq!(moment("2026-11-23T00:16:27.000Z"), "2026-11-23 00:16:27");
    }
}
