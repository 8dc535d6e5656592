//! Which tables and columns there are, and what they mean. Told from the schema of this version, so that no
//! database is needed, and none can have lost its comments.

use anyhow::Result;
use duckdb::types::ValueRef;
use duckdb::{Connection, ToSql};

use super::table::{Column, Table, Value};
use crate::error::UserError;
use crate::store::{Limits, open_empty};

const TABLES: &str = include_str!("../../queries/own/tables.sql");
const COLUMNS: &str = include_str!("../../queries/own/columns.sql");

const LIMITS: Limits = Limits {
    memory_bytes: 64 << 20,
    threads: 1,
};

/// Every table.
///
/// # Errors
/// When DuckDB cannot be started.
pub fn tables() -> Result<Table> {
    let columns = [
        ("table", "Name of the table"),
        ("columns", "Number of its columns"),
        ("comment", "What it has a row for"),
    ];
    list("tables", &columns, TABLES, &[])
}

/// Every column of a table, or of all of them.
///
/// # Errors
/// When there is no such table.
pub fn columns(table: Option<&str>) -> Result<Table> {
    let columns = [
        ("table", "Name of the table"),
        ("column", "Name of the column"),
        ("type", "Type in DuckDB"),
        ("comment", "Unit and meaning"),
    ];
    let name = table.unwrap_or_default().to_lowercase();
    let answer = list("schema", &columns, COLUMNS, &[("table", &name)])?;
    if answer.rows.is_empty() {
        let error = UserError::usage(format!("there is no table `{name}`"));
        return Err(match nearest_table(&name) {
            Some(nearest) => error.hint(format!(
                "did you mean `{nearest}`? `shh sql --tables` lists all tables"
            )),
            None => error.hint("`shh sql --tables` lists the tables"),
        }
        .into());
    }
    Ok(answer)
}

/// The table whose name is most like this one.
pub(super) fn nearest_table(name: &str) -> Option<String> {
    let names: Vec<String> = names().ok()?;
    let name = name.to_lowercase();
    names
        .into_iter()
        .map(|known| (strsim::jaro_winkler(&known, &name), known))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}

fn names() -> Result<Vec<String>> {
    let conn = open_empty(LIMITS)?;
    let mut statement = conn.prepare(TABLES)?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

fn list(name: &str, columns: &[(&str, &str)], sql: &str, values: &[(&str, &dyn ToSql)]) -> Result<Table> {
    let conn: Connection = open_empty(LIMITS)?;
    let mut statement = conn.prepare(sql)?;
    let mut rows = if values.is_empty() {
        statement.query([])?
    } else {
        statement.query(values)?
    };
    let mut table = Table {
        name: name.to_owned(),
        columns: columns
            .iter()
            .map(|(name, definition)| Column {
                name: (*name).to_owned(),
                definition: (*definition).to_owned(),
                ..Column::default()
            })
            .collect(),
        ..Table::default()
    };
    while let Some(row) = rows.next()? {
        let mut values = Vec::with_capacity(columns.len());
        for place in 0..columns.len() {
            values.push(match row.get_ref(place)? {
                ValueRef::BigInt(number) => Value::Int(number),
                ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                _ => Value::Null,
            });
        }
        table.rows.push(values);
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_and_column_has_a_comment() {
        for table in [tables().unwrap(), columns(None).unwrap()] {
            assert!(table.rows.len() > 10);
            for row in &table.rows {
                assert!(
                    matches!(row.last(), Some(Value::Text(text)) if !text.is_empty()),
                    "{row:?}"
                );
            }
        }
    }

    #[test]
    fn a_typing_mistake_finds_its_table() {
        assert_eq!(nearest_table("app").as_deref(), Some("apps"));
        assert_eq!(nearest_table("STAGE").as_deref(), Some("stages"));
        assert_eq!(nearest_table("xyzzy"), None);
    }
}
