//! A table as one JSON document, a row a line so that it can be read, compared and split.

use std::fmt::Write as _;
use std::io;

use super::raw::{Raw, float, raw};
use super::{line, time};
use crate::query::table::Table;

/// Writes `{"columns":[…],"rows":[…],"coverage":{…}}` with every column and every row.
pub(super) fn write(table: &Table, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(b"{\"columns\":[")?;
    let names: Vec<String> = table.columns.iter().map(|column| string(&column.name)).collect();
    for (index, (column, name)) in table.columns.iter().zip(&names).enumerate() {
        let unit = string(column.unit.as_str());
        let definition = string(&column.definition);
        let comma = if index == 0 { "\n" } else { ",\n" };
        write!(
            out,
            "{comma}{{\"name\":{name},\"unit\":{unit},\"definition\":{definition}}}"
        )?;
    }
    write_rows(table, &names, out)?;
    writeln!(out, "\n],\"coverage\":{}}}", coverage(table))
}

/// The same of a table of which only names, types and values are known: `{"columns":[…],"rows":[…]}`.
pub(super) fn write_bare(table: &Table, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(b"{\"columns\":[")?;
    let names: Vec<String> = table.columns.iter().map(|column| string(&column.name)).collect();
    for (index, (column, name)) in table.columns.iter().zip(&names).enumerate() {
        let of_type = string(&column.definition);
        let comma = if index == 0 { "\n" } else { ",\n" };
        write!(out, "{comma}{{\"name\":{name},\"type\":{of_type}}}")?;
    }
    write_rows(table, &names, out)?;
    // Where there are more rows, nobody has counted them.
    let is_cut = table.more_rows.map_or("", |_| ",\"is_cut\":true");
    writeln!(out, "\n]{is_cut}}}")
}

/// `],"rows":[…`, each row an object with a value for each of the names.
fn write_rows(table: &Table, names: &[String], out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(b"\n],\"rows\":[")?;
    for row in 0..table.rows.len() {
        out.write_all(if row == 0 { b"\n{" } else { b",\n{" })?;
        for (column, name) in names.iter().enumerate() {
            let comma = if column == 0 { "" } else { "," };
            let value = match raw(table.value(row, column)) {
                Raw::Null => "null".to_owned(),
                Raw::Literal(text) => text,
                Raw::Text(text) => string(&text),
            };
            write!(out, "{comma}{name}:{value}")?;
        }
        out.write_all(b"}")?;
    }
    Ok(())
}

fn coverage(table: &Table) -> String {
    let coverage = &table.coverage;
    // Says that rows were cut, and how many there are in all.
    let total = table
        .more_rows
        .map_or_else(String::new, |total| format!("\"rows_total\":{total},"));
    let null = || "null".to_owned();
    let percent = |value: Option<f64>| value.and_then(float).unwrap_or_else(null);
    let price_source = match &coverage.price_source {
        Some(source) => format!(",\"price_source\":{}", string(source)),
        None => String::new(),
    };
    let moment = |ms: Option<i64>| ms.and_then(time::exact).map_or_else(null, |text| string(&text));
    let left_out: Vec<String> = coverage
        .left_out
        .iter()
        .map(|left_out| {
            let reason = string(&left_out.reason);
            let flag = string(&left_out.flag);
            format!(
                "{{\"reason\":{reason},\"applications\":{},\"flag\":{flag}}}",
                left_out.applications
            )
        })
        .collect();
    format!(
        "{{{total}\"applications\":{},\"left_out\":[{}],\"event_loss_pct\":{},\"peak_coverage_pct\":{},\
         \"damaged_logs\":{},\"window\":{{\"since\":{},\"until\":{},\"anchor\":{}}},\"data_as_of\":{}{price_source}}}",
        coverage.applications,
        left_out.join(","),
        percent(coverage.event_loss_pct),
        percent(coverage.peak_coverage_pct),
        coverage.damaged_logs,
        moment(coverage.window_since),
        moment(coverage.window_until),
        string(coverage.window_anchor.as_str()),
        moment(coverage.data_as_of),
    )
}

/// A JSON string. Characters that could take over a terminal are escaped too: the document means the
/// same, and may be looked at.
pub(super) fn string(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    if !quoted.chars().any(line::is_hostile) {
        return quoted;
    }
    let mut escaped = String::with_capacity(quoted.len() + 16);
    for char in quoted.chars() {
        if line::is_hostile(char) {
            for unit in char.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(char);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn written(table: &Table) -> String {
        let mut out = Vec::new();
        write(table, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_table_is_one_document_with_raw_values() {
        assert_eq!(
            written(&sample::small()),
            r#"{"columns":[
{"name":"app_name","unit":"text","definition":"Name the application gave itself."},
{"name":"start","unit":"time","definition":"When the application started, UTC."},
{"name":"alloc_core_h","unit":"core_h","definition":"Cores held, times hours held, inside the window."},
{"name":"share_pct","unit":"pct","definition":"Part of all alloc_core_h in the window."},
{"name":"input_bytes","unit":"bytes","definition":"Bytes read from storage."},
{"name":"app_id","unit":"text","definition":"Id given by the cluster manager."}
],"rows":[
{"app_name":"nightly | \"etl\"","start":"2026-11-23T00:16:27.123Z","alloc_core_h":1234.56,"share_pct":42.1,"input_bytes":1319413953332,"app_id":"application_1795300000000_0001"},
{"app_name":"evil\u001b[2J\u202e\ntwo","start":null,"alloc_core_h":0.0031,"share_pct":0.0,"input_bytes":null,"app_id":"app-20261123-0042"}
],"coverage":{"rows_total":1234,"applications":1234,"left_out":[{"reason":"local","applications":12,"flag":"--include-local"},{"reason":"unfinished","applications":3,"flag":"--include-incomplete"}],"event_loss_pct":0.0,"peak_coverage_pct":87.4,"damaged_logs":1,"window":{"since":"2026-11-16T00:00:00.000Z","until":"2026-11-23T01:00:00.000Z","anchor":"now"},"data_as_of":"2026-11-23T00:58:00.000Z"}}
"#
        );
    }

    #[test]
    fn a_document_parses_back_to_the_same_values() {
        let table = sample::small();
        let document: serde_json::Value = serde_json::from_str(&written(&table)).unwrap();
        assert_eq!(document["rows"][1]["app_name"], "evil\u{1b}[2J\u{202e}\ntwo");
        assert_eq!(document["rows"][0]["alloc_core_h"].as_f64(), Some(1234.56));
    }

    #[test]
    fn an_empty_table_is_a_document() {
        assert_eq!(
            written(&Table::default()),
            "{\"columns\":[\n],\"rows\":[\n],\"coverage\":{\"applications\":0,\"left_out\":[],\
             \"event_loss_pct\":null,\"peak_coverage_pct\":null,\"damaged_logs\":0,\
             \"window\":{\"since\":null,\"until\":null,\"anchor\":\"everything\"},\"data_as_of\":null}}\n"
        );
    }

    #[test]
    fn numbers_keep_every_digit_and_nan_is_null() {
        assert_eq!(float(0.1 + 0.2).as_deref(), Some("0.30000000000000004"));
        assert_eq!(float(f64::NAN), None);
        assert_eq!(float(f64::NEG_INFINITY), None);
    }

    #[test]
    fn characters_beyond_the_first_plane_are_escaped_as_pairs() {
        assert_eq!(string("\u{e0041}"), "\"\\udb40\\udc41\"");
        assert_eq!(string("\u{85}\\é😀"), "\"\\u0085\\\\é😀\"");
    }
}
