//! A table for a terminal: heading, sparklines, aligned columns, and what it leaves out.

use super::grid::{self, Field, GAP};
use super::line::{self, Cut};
use super::{Screen, cell, heading, is_record, rows_cut, sparkline, trust};
use crate::query::table::{Column, Table, Unit};

/// The whole page.
pub(super) fn page(table: &Table, screen: Screen) -> String {
    let mut blocks = vec![screen.style.bold(&line::wrap(&heading(table), screen.width, 2))];
    let mut notes = Vec::from_iter(rows_cut(table).map(|text| format!("({text})")));
    if table.rows.is_empty() {
        blocks.push(line::wrap(&trust::nothing_found(table), screen.width, 0));
    } else if is_record(table) {
        blocks.push(record(table, screen));
    } else {
        blocks.extend(sparkline::lines(table, screen));
        let (rows, hidden) = columns(table, screen, &|index| {
            cell::texts(table, index, &table.columns[index])
        });
        blocks.push(rows);
        notes.extend(hidden_columns(&hidden));
    }
    let mut notes: Vec<String> = notes
        .iter()
        .map(|note| line::wrap(note, screen.width, 2))
        .collect();
    if !table.is_continued {
        notes.push(line::wrap_parts(&trust::parts(&table.coverage), screen.width, 2));
    }
    blocks.push(screen.style.dim(&notes.join("\n")));
    blocks.retain(|block| !block.is_empty());
    blocks.join("\n\n") + "\n"
}

/// The columns beside each other, and the names of those that are not shown. `texts` gives the values of a
/// column as they are to be shown.
pub(super) fn columns<'a>(
    table: &'a Table,
    screen: Screen,
    texts: &dyn Fn(usize) -> Vec<String>,
) -> (String, Vec<&'a str>) {
    let views: Vec<View> = (0..table.columns.len())
        .filter(|&index| screen.wide || !table.columns[index].wide)
        .map(|index| View::new(table, index, texts(index)))
        .collect();
    let fields: Vec<Field> = views.iter().map(View::field).collect();
    let grid = grid::fit(&fields, if screen.wide { None } else { screen.width });
    let shown = &views[..grid.widths.len()];

    let row = |cell: &dyn Fn(usize, &View, usize) -> String| {
        let cells: Vec<String> = shown
            .iter()
            .zip(&grid.widths)
            .enumerate()
            .map(|(at, (view, &width))| cell(at, view, width))
            .collect();
        cells.join(&" ".repeat(GAP)).trim_end().to_owned()
    };
    let header_lines = grid.headers.first().map_or(0, Vec::len);
    let mut lines: Vec<String> = (0..header_lines)
        .map(|header| {
            row(&|at, view, width| line::pad(grid.headers[at][header], width, view.is_right_aligned))
        })
        .map(|header| screen.style.bold(&header))
        .collect();
    lines.push(screen.style.dim(&row(&|_, _, width| "─".repeat(width))));
    lines.extend((0..table.rows.len()).map(|index| {
        row(&|_, view, width| {
            line::pad(
                &line::shorten(&view.cells[index], width, view.cut),
                width,
                view.is_right_aligned,
            )
        })
    }));

    let is_shown = |column: &&Column| shown.iter().any(|view| std::ptr::eq(view.column, *column));
    let hidden = table
        .columns
        .iter()
        .filter(|column| !is_shown(column))
        .map(|column| column.name.as_str());
    (lines.join("\n"), hidden.collect())
}

/// One column with its values as text.
struct View<'a> {
    column: &'a Column,
    cells: Vec<String>,
    is_right_aligned: bool,
    cut: Cut,
}

impl<'a> View<'a> {
    fn new(table: &'a Table, index: usize, cells: Vec<String>) -> Self {
        let column = &table.columns[index];
        let is_right_aligned = cell::is_right_aligned(table, index, column);
        let cut = if column.is_identifier() {
            Cut::Middle
        } else {
            Cut::End
        };
        Self {
            column,
            cells,
            is_right_aligned,
            cut,
        }
    }

    /// The id of the row's application is copied into the next command, which half of one is no use for.
    fn is_copied(&self) -> bool {
        const LONGEST_ID: usize = 40;
        self.column.name == "app_id" && self.cells.iter().all(|cell| line::width(cell) <= LONGEST_ID)
    }

    fn field(&self) -> Field<'a> {
        Field {
            header: &self.column.name,
            widest: self.cells.iter().map(|cell| line::width(cell)).max().unwrap_or(0),
            may_shrink: !self.is_right_aligned && self.column.unit == Unit::Text && !self.is_copied(),
        }
    }
}

/// The only row from top to bottom. There is room for every column.
fn record(table: &Table, screen: Screen) -> String {
    let widest = table
        .columns
        .iter()
        .map(|column| line::width(&column.name))
        .max()
        .unwrap_or(0);
    let field = |(index, column): (usize, &Column)| {
        let name = screen.style.bold(&line::pad(&column.name, widest, false));
        let value = cell::texts(table, index, column).swap_remove(0);
        // Further lines start under the value, not under the name.
        let room = screen.width.map(|width| width.saturating_sub(widest + GAP));
        let value = line::wrap(&value, room, 0).replace('\n', &format!("\n{}", " ".repeat(widest + GAP)));
        format!("{name}{}{value}", " ".repeat(GAP))
    };
    table
        .columns
        .iter()
        .enumerate()
        .map(field)
        .collect::<Vec<_>>()
        .join("\n")
}

/// So many are named; --explain names all.
const NAMED_COLUMNS: usize = 8;

/// `+3 columns hidden: a, b, c (--wide or --format json shows all)`
pub(super) fn hidden_columns(names: &[&str]) -> Option<String> {
    let columns = match names.len() {
        0 => return None,
        1 => "column",
        _ => "columns",
    };
    let (named, others) = names.split_at(names.len().min(NAMED_COLUMNS));
    let others = match others.len() {
        0 => String::new(),
        others => format!(" and {others} more"),
    };
    Some(format!(
        "+{} {columns} hidden: {}{others} (--wide or --format json shows all)",
        names.len(),
        named.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::super::{Style, sample};
    use super::*;
    use crate::query::table::{Coverage, Value};

    /// So that the tables of the tests end soon.
    const TRUST: &str = "\n1,234 applications (all there is); event loss 0 %\n";

    fn at(width: usize) -> Screen {
        Screen {
            width: Some(width),
            ..Screen::default()
        }
    }

    fn short(table: Table, rows: usize) -> Table {
        let coverage = Coverage {
            applications: 1_234,
            event_loss_pct: Some(0.0),
            ..Coverage::default()
        };
        let rows = table.rows.into_iter().take(rows).collect();
        Table {
            rows,
            coverage,
            more_rows: None,
            ..table
        }
    }

    #[test]
    fn a_page_has_heading_table_and_notes() {
        assert_eq!(
            page(&sample::small(), at(80)),
            r#"Resource hogs: who uses the cluster

app_name         start             alloc_core_h  share_pct  input_bytes
───────────────  ────────────────  ────────────  ─────────  ───────────
nightly | "etl"  2026-11-23 00:16       1,234.6     42.1 %      1.2 TiB
evil�[2J� two    -                       0.0031        0 %            -

(2 of 1,234 rows; --limit 0 shows all)
+1 column hidden: app_id (--wide or --format json shows all)
1,234 applications, 2026-11-16 00:00 to 2026-11-23 01:00 UTC (last 7 days);
  left out: 12 local (--include-local), 3 unfinished (--include-incomplete);
  1 damaged log (report quality); event loss 0 %;
  memory peaks known for 87 % of core-hours; data as of 2026-11-23 00:58 UTC
"#
        );
    }

    #[test]
    fn a_narrow_page_breaks_headers_shortens_text_and_names_what_it_hides() {
        let expected = "\
Resource hogs: who uses the cluster

                                                  alloc_  share_    cum_   busy_
app_name            user          queue           core_h     pct     pct     pct
──────────────────  ────────────  ────────────  ────────  ──────  ──────  ──────
customer-360-nigh…  etl           root.prod     18,234.6  36.5 %  36.5 %     0 %
ml_feature_store_…  ml-platform   root.ml       11,305.4  22.7 %  59.2 %  37.0 %
Thrift JDBC/ODBC…   hive          root.adhoc     7,009.4  14.0 %  73.2 %  <0.1 %
orders: bronze to…  dataeng       root.…itical   4,345.8   8.7 %  82.0 %  11.0 %
clickstream-sessi…  web           root.prod      2,694.4   5.4 %  87.4 %  48.0 %
com.example.fraud…  svc-fraud-d…  root.ml        1,670.5   3.3 %  90.7 %  85.0 %
PySparkShell        alice         -              1,035.7   2.1 %  92.8 %  22.0 %
顧客データ集計 (…   etl           root.…itical     642.2   1.3 %  94.1 %  59.0 %

+7 columns hidden: alloc_gib_h, peak_executors, shuffle_read_bytes, spill_bytes,
  duration_s, app_id, start (--wide or --format json shows all)";
        assert_eq!(
            page(&short(sample::hogs(), 8), at(80)),
            expected.to_owned() + TRUST
        );
    }

    #[test]
    fn wide_shows_every_column_however_narrow_the_terminal() {
        let page = page(&short(sample::hogs(), 3), Screen { wide: true, ..at(40) });
        let mut lines = page.lines().skip(2);
        assert_eq!(
            lines.next(),
            Some(
                "app_name                           user         queue       alloc_core_h  share_pct  cum_pct  \
                 busy_pct  alloc_gib_h  peak_executors  shuffle_read_bytes  spill_bytes  duration_s  app_id                          start"
            )
        );
        assert_eq!(
            lines.nth(2),
            Some(
                "ml_feature_store_backfill_2026_q3  ml-platform  root.ml         11,305.4     22.7 %   59.2 %    \
                 37.0 %     48,048.1             600             2.2 TiB     36.2 GiB      10.4 h  application_1795300000000_0611  2026-11-22 22:08"
            )
        );
        assert!(!page.contains("hidden"));
    }

    #[test]
    fn lines_fit_every_terminal_that_has_room_for_two_columns() {
        for width in 40..260 {
            let page = page(&sample::hogs(), at(width));
            let widest = page.lines().map(line::width).max();
            assert!(widest <= Some(width), "{width}: {widest:?}\n{page}");
        }
    }

    #[test]
    fn a_trend_has_sparklines_and_days() {
        let expected = "\
Usage: how much of the cluster was held, and how busy it was

alloc_core_h  ▃▆█▁ ▄▇  0 – 1,234.5
busy_pct      ▇█▇  ▇█  38.0 % – 46.5 %

day         alloc_core_h  busy_pct
──────────  ────────────  ────────
2026-11-16         345.6    38.0 %
2026-11-17         800.0    46.5 %
2026-11-18       1,234.5    40.0 %
2026-11-19             0         -
2026-11-20             -         -
2026-11-21         512.0    39.0 %
2026-11-22       1,000.0    44.0 %
";
        assert_eq!(
            page(&short(sample::usage(), 7), at(80)),
            expected.to_owned() + TRUST
        );
    }

    #[test]
    fn a_single_row_of_many_columns_stands_upright() {
        let mut table = short(sample::hogs(), 1);
        table.columns.truncate(9);
        table.more_rows = Some(20);
        table.rows[0][0] = Value::Text("a name of several words that does not fit".to_owned());
        let expected = "\
Resource hogs: who uses the cluster

app_name        a name of several words
                that does not fit
user            etl
queue           root.prod
alloc_core_h    18,234.6
share_pct       36.5 %
cum_pct         36.5 %
busy_pct        0 %
alloc_gib_h     77,496.9
peak_executors  1,200

(1 of 20 rows; --limit 0 shows all)
1,234 applications (all there is);
  event loss 0 %
";
        assert_eq!(page(&table, at(40)), expected);
    }

    #[test]
    fn an_empty_page_says_what_to_do() {
        let table = Table {
            coverage: Coverage::default(),
            ..short(sample::hogs(), 0)
        };
        assert_eq!(
            page(&table, at(80)),
            "Resource hogs: who uses the cluster\n\n\
             No applications match. Loosen the filters, or read logs first with `shh ingest\n\
             --log-directory DIR`.\n\n\
             0 applications (all there is)\n"
        );
    }

    #[test]
    fn color_is_bold_and_dim() {
        let mut table = short(sample::usage(), 1);
        table.columns[1].series = false;
        table.columns[2].series = false;
        assert_eq!(
            page(
                &table,
                Screen {
                    style: Style { color: true },
                    ..Screen::default()
                }
            ),
            "\x1b[1mUsage: how much of the cluster was held, and how busy it was\x1b[0m\n\n\
             \x1b[1mday         alloc_core_h  busy_pct\x1b[0m\n\
             \x1b[2m──────────  ────────────  ────────\x1b[0m\n\
             2026-11-16         345.6    38.0 %\n\n\
             \x1b[2m1,234 applications (all there is); event loss 0 %\x1b[0m\n"
        );
    }
}
