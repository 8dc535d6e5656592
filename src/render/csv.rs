//! A table as CSV after RFC 4180: a header, raw values, nothing that is not data.

use std::borrow::Cow;
use std::io;

use super::raw::{Raw, raw};
use crate::query::table::Table;

/// Writes every column and every row; unknown values are empty.
pub(super) fn write(table: &Table, out: &mut dyn io::Write) -> io::Result<()> {
    write_record(out, table.columns.iter().map(|column| field(&column.name)))?;
    for row in 0..table.rows.len() {
        let values = (0..table.columns.len()).map(|column| match raw(table.value(row, column)) {
            Raw::Null => Cow::Borrowed(""),
            Raw::Literal(text) => Cow::Owned(text),
            Raw::Text(text) => Cow::Owned(field(&text).into_owned()),
        });
        write_record(out, values)?;
    }
    Ok(())
}

fn write_record<'a>(out: &mut dyn io::Write, fields: impl Iterator<Item = Cow<'a, str>>) -> io::Result<()> {
    for (index, field) in fields.enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        out.write_all(field.as_bytes())?;
    }
    out.write_all(b"\r\n")
}

/// The text in quotes if it needs them. So does empty text, or it would read as unknown, and space at
/// an end, which some readers trim.
fn field(text: &str) -> Cow<'_, str> {
    let needs_quotes = text.is_empty()
        || text.contains([',', '"', '\r', '\n'])
        || text.starts_with(char::is_whitespace)
        || text.ends_with(char::is_whitespace);
    if needs_quotes {
        Cow::Owned(format!("\"{}\"", text.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_table_is_a_header_and_raw_values() {
        let mut out = Vec::new();
        write(&sample::small(), &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "app_name,start,alloc_core_h,share_pct,input_bytes,app_id\r\n\
             \"nightly | \"\"etl\"\"\",2026-11-23T00:16:27.123Z,1234.56,42.1,1319413953332,application_1795300000000_0001\r\n\
             \"evil\u{1b}[2J\u{202e}\ntwo\",,0.0031,0.0,,app-20261123-0042\r\n"
        );
    }

    #[test]
    fn only_fields_that_need_quotes_get_them() {
        assert_eq!(field("plain text"), "plain text");
        assert_eq!(field("=1+1"), "=1+1");
        assert_eq!(field("a,b"), "\"a,b\"");
        assert_eq!(field("a\rb"), "\"a\rb\"");
        assert_eq!(field("say \"hi\""), "\"say \"\"hi\"\"\"");
        assert_eq!(field(""), "\"\"");
        assert_eq!(field(" a"), "\" a\"");
    }
}
