//! What the columns of a table mean, for `--explain`.

use super::grid::GAP;
use super::{Screen, heading, line};
use crate::query::table::Table;

/// The heading, and for each column its name, unit and definition.
#[must_use]
pub fn explain(table: &Table, screen: Screen) -> String {
    const LEAST_DEFINITION: usize = 32;
    let widest = |texts: &mut dyn Iterator<Item = &str>| texts.map(line::width).max().unwrap_or(0);
    let name_width = widest(&mut table.columns.iter().map(|column| column.name.as_str()));
    let unit_width = widest(&mut table.columns.iter().map(|column| column.unit.as_str()));
    let beside = name_width + unit_width + 2 * GAP;
    let is_narrow = screen
        .width
        .is_some_and(|width| width < beside + LEAST_DEFINITION);
    let indent = if is_narrow { 4 } else { beside };

    let mut page = screen.style.bold(&line::wrap(&heading(table), screen.width, 2)) + "\n\n";
    for column in &table.columns {
        let name = screen.style.bold(&line::pad(&column.name, name_width, false));
        let unit = screen
            .style
            .dim(&line::pad(column.unit.as_str(), unit_width, false));
        let room = screen.width.map(|width| width.saturating_sub(indent));
        let below = format!("\n{}", " ".repeat(indent));
        let definition = line::wrap(&line::clean(&column.definition), room, 0).replace('\n', &below);
        let gap = " ".repeat(GAP);
        let between = if is_narrow { &below } else { &gap };
        page.extend([name.as_str(), &gap, &unit, between, &definition]);
        page.truncate(page.trim_end().len());
        page.push('\n');
    }
    page
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn definitions_stand_beside_the_names() {
        assert_eq!(
            explain(
                &sample::small(),
                Screen {
                    width: Some(60),
                    ..Screen::default()
                }
            ),
            "\
Resource hogs: who uses the cluster

app_name      text    Name the application gave itself.
start         time    When the application started, UTC.
alloc_core_h  core_h  Cores held, times hours held, inside
                      the window.
share_pct     pct     Part of all alloc_core_h in the
                      window.
input_bytes   bytes   Bytes read from storage.
app_id        text    Id given by the cluster manager.
"
        );
    }

    #[test]
    fn definitions_stand_below_the_names_where_it_is_narrow() {
        let page = explain(
            &sample::small(),
            Screen {
                width: Some(40),
                ..Screen::default()
            },
        );
        assert!(
            page.contains(
                "\nalloc_core_h  core_h\n    Cores held, times hours held, inside\n    the window.\n"
            ),
            "{page}"
        );
    }
}
