//! A [`Table`] as text: for people (terminal, Markdown) or for programs (JSON, CSV).
//!
//! People get human units, shortened text and the line that says how far to trust the numbers;
//! whatever a log says is cleaned first, because application names come from strangers. Programs get
//! every column and every raw value. Nothing here prints: the caller hands in the writer.

mod cell;
mod csv;
mod explain;
mod grid;
mod json;
mod line;
mod markdown;
mod raw;
mod rows;
#[cfg(test)]
mod sample;
mod sparkline;
mod text;
mod time;
mod trust;

use std::io;

use crate::query::table::Table;

pub use cell::human;
pub use explain::explain;
pub use trust::{line as trust_line, nothing_found};

/// In which form a table leaves the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns for a terminal.
    #[default]
    Table,
    /// One JSON document.
    Json,
    /// RFC 4180.
    Csv,
    /// A GitHub table.
    Markdown,
}

impl Format {
    /// The name on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Markdown => "md",
        }
    }

    /// The format with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Table, Self::Json, Self::Csv, Self::Markdown]
            .into_iter()
            .find(|format| format.as_str() == name)
    }
}

/// What text for people is laid out for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Screen {
    /// Columns of the terminal; none is without limit, as in a pipe.
    pub width: Option<usize>,
    /// Show every column, however long the lines get.
    pub wide: bool,
    /// How text may be set off.
    pub style: Style,
}

/// How text may be set off from other text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Whether escape sequences are allowed. Only bold and dim are used: they fit every color theme.
    pub color: bool,
}

impl Style {
    fn bold(self, text: &str) -> String {
        self.set_off("\x1b[1m", text)
    }

    fn dim(self, text: &str) -> String {
        self.set_off("\x1b[2m", text)
    }

    /// Line by line, so that a pager that starts in the middle shows it right.
    fn set_off(self, start: &str, text: &str) -> String {
        if !self.color || text.is_empty() {
            return text.to_owned();
        }
        text.split('\n')
            .map(|line| format!("{start}{line}\x1b[0m"))
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// Writes tables one after the other: JSON as one document `{"reports":[{"name":…,"report":{…}},…]}`. A single
/// one is written as [`render`] writes it.
///
/// # Errors
///
/// Only those of the writer.
pub fn render_all(
    tables: &[Table],
    format: Format,
    screen: Screen,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    if let [table] = tables {
        return render(table, format, screen, out);
    }
    let is_json = format == Format::Json;
    if is_json {
        out.write_all(b"{\"reports\":[")?;
    }
    for (place, table) in tables.iter().enumerate() {
        match (is_json, place) {
            (true, 0) => {}
            (true, _) => out.write_all(b",")?,
            (false, 0) => {}
            (false, _) => out.write_all(b"\n")?,
        }
        if is_json {
            write!(out, "\n{{\"name\":{},\"report\":", json::string(&table.name))?;
        }
        render(table, format, screen, out)?;
        if is_json {
            out.write_all(b"}")?;
        }
    }
    if is_json {
        out.write_all(b"\n]}\n")?;
    }
    Ok(())
}

/// Writes the table in this format; it ends with a newline.
///
/// # Errors
///
/// Only those of the writer.
pub fn render(table: &Table, format: Format, screen: Screen, out: &mut dyn io::Write) -> io::Result<()> {
    match format {
        Format::Table => out.write_all(text::page(table, screen).as_bytes()),
        Format::Markdown => out.write_all(markdown::page(table, screen.wide).as_bytes()),
        Format::Json => json::write(table, out),
        Format::Csv => csv::write(table, out),
    }
}

/// Writes the rows of a table that answers nobody's question but the user's own: values as they are, nothing
/// above them and nothing below.
///
/// # Errors
///
/// Only those of the writer.
pub fn render_rows(table: &Table, format: Format, screen: Screen, out: &mut dyn io::Write) -> io::Result<()> {
    match format {
        Format::Table => out.write_all(rows::text(table, screen).as_bytes()),
        Format::Markdown => out.write_all(rows::markdown(table).as_bytes()),
        Format::Json => json::write_bare(table, out),
        Format::Csv => csv::write(table, out),
    }
}

/// Whether the table is one record with many fields, better read from top to bottom.
fn is_record(table: &Table) -> bool {
    const MOST_BESIDE_EACH_OTHER: usize = 8;
    table.rows.len() == 1 && table.columns.len() > MOST_BESIDE_EACH_OTHER
}

/// `Resource hogs: who uses the cluster`
fn heading(table: &Table) -> String {
    let title = if table.title.is_empty() {
        &table.name
    } else {
        &table.title
    };
    match table.answers.as_str() {
        "" => line::clean(title).into_owned(),
        answers => format!("{}: {}", line::clean(title), line::clean(answers)),
    }
}

/// `20 of 1,234 rows; --limit 0 shows all`
fn rows_cut(table: &Table) -> Option<String> {
    let shown = cell::count(u64::try_from(table.rows.len()).unwrap_or(u64::MAX));
    let all = cell::count(table.more_rows?);
    Some(format!("{shown} of {all} rows; --limit 0 shows all"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_found_by_its_name() {
        for format in [Format::Table, Format::Json, Format::Csv, Format::Markdown] {
            assert_eq!(Format::parse(format.as_str()), Some(format));
        }
        assert_eq!(Format::parse("xml"), None);
    }

    #[test]
    fn style_is_closed_on_every_line() {
        let style = Style { color: true };
        assert_eq!(style.bold("a\nb"), "\x1b[1ma\x1b[0m\n\x1b[1mb\x1b[0m");
        assert_eq!(Style::default().bold("a"), "a");
    }

    #[test]
    fn odd_tables_do_not_panic_in_any_format() {
        let uneven = Table {
            columns: sample::hogs().columns,
            rows: vec![vec![], vec![crate::query::table::Value::Null; 99]],
            ..Table::default()
        };
        for table in [Table::default(), uneven] {
            for format in [Format::Table, Format::Json, Format::Csv, Format::Markdown] {
                for width in [None, Some(0), Some(1), Some(20)] {
                    let mut out = Vec::new();
                    render(
                        &table,
                        format,
                        Screen {
                            width,
                            ..Screen::default()
                        },
                        &mut out,
                    )
                    .unwrap();
                    assert!(out.ends_with(b"\n"), "{format:?}");
                }
            }
        }
    }
}
