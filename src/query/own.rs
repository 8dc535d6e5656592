//! A statement that a user wrote, answered from a locked-down database.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use duckdb::Statement;
use duckdb::arrow::array::Array;
use duckdb::core::{LogicalTypeHandle, LogicalTypeId};

use super::dictionary;
use super::table::{Column, Table, Value};
use super::{any_value, statement};
use crate::error::UserError;
use crate::store::{Limits, Sandbox};

const SET_STATEMENT: &str = include_str!("../../queries/own/set_statement.sql");
const AS_TEXT: &str = include_str!("../../queries/own/as_text.sql");

/// What a statement may take, and how much of its answer is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    pub limits: Limits,
    pub timeout: Duration,
    /// Rows that are wanted; 0 means all.
    pub rows: u64,
}

/// Answers the statement. The units of the columns are not known; their definitions are their types.
///
/// # Errors
/// When it is not one question, DuckDB does not understand it, or it goes beyond its bounds.
pub fn answer(database: &Path, text: &str, bounds: Bounds) -> Result<Table> {
    statement::check(text)?;
    let sandbox = Sandbox::open(database, bounds.limits)?;
    let watchdog = sandbox.watch(bounds.timeout)?;
    let explain = |error: duckdb::Error| {
        if watchdog.has_barked() {
            return UserError::failure("the statement took too long")
                .hint("give it more time with --timeout 10m, or let it read less: a window on apps.start, fewer columns");
        }
        explain(&error.to_string(), bounds)
    };
    let mut statement = sandbox.conn().prepare(text).map_err(explain)?;
    if statement.parameter_count() > 0 {
        return Err(
            UserError::usage("the statement has parameters, and there is nothing to fill them with").into(),
        );
    }
    // Rows are taken as they come: DuckDB's memory limit does not count an answer that is kept whole.
    let types = match statement.stream_arrow([]) {
        Ok(_) => Some(types(&statement)),
        // The one type of which not even the name arrives.
        Err(error) if error.to_string().contains("decoding Variant") => None,
        Err(error) => return Err(explain(error).into()),
    };
    if types
        .as_deref()
        .is_some_and(|types| types.iter().all(any_value::is_readable))
    {
        return read(&statement, None, bounds, &explain);
    }
    drop(statement);
    sandbox.conn().execute(SET_STATEMENT, [text])?;
    let mut statement = sandbox.conn().prepare(AS_TEXT).map_err(explain)?;
    drop(statement.stream_arrow([]).map_err(explain)?);
    let types = types.unwrap_or_else(|| self::types(&statement));
    read(&statement, Some(&types), bounds, &explain)
}

/// The types of the columns of an answer.
fn types(statement: &Statement<'_>) -> Vec<LogicalTypeHandle> {
    (0..statement.column_count())
        .map(|place| statement.column_logical_type(place))
        .collect()
}

/// Reads the rows that are wanted. `shown_as_text`: the types of the columns, if DuckDB has made texts of them.
fn read(
    statement: &Statement<'_>,
    shown_as_text: Option<&[LogicalTypeHandle]>,
    bounds: Bounds,
    explain: &dyn Fn(duckdb::Error) -> UserError,
) -> Result<Table> {
    let own_types = types(statement);
    let types = shown_as_text.unwrap_or(&own_types);
    let ids: Vec<LogicalTypeId> = types.iter().map(LogicalTypeHandle::id).collect();
    let mut table = Table {
        name: "sql".to_owned(),
        columns: columns(statement.column_names(), types),
        ..Table::default()
    };
    let wanted = if bounds.rows == 0 { u64::MAX } else { bounds.rows };
    let mut bytes = 0_u64;
    while let Some(batch) = statement.step().map_err(explain)? {
        for row in 0..batch.len() {
            if table.rows.len() as u64 >= wanted {
                table.more_rows = Some(wanted.saturating_add(1));
                return Ok(table);
            }
            let values: Vec<Value> = batch
                .columns()
                .iter()
                .zip(&ids)
                .map(|(column, id)| match any_value::value(column, row, *id) {
                    Value::Text(text) if shown_as_text.is_some() => any_value::of_text(&text, *id),
                    value => value,
                })
                .collect();
            bytes += size(&values);
            if bytes > bounds.limits.memory_bytes {
                return Err(
                    UserError::failure("the answer is larger than the memory it may take")
                        .hint("let the statement answer with fewer rows (LIMIT), or raise --memory-limit")
                        .into(),
                );
            }
            table.rows.push(values);
        }
    }
    Ok(table)
}

/// What a row takes in memory, roughly and rather more.
fn size(row: &[Value]) -> u64 {
    const OF_ALLOCATION: usize = 16;
    let of_value = |value: &Value| match value {
        Value::Text(text) => size_of::<Value>() + text.len() + OF_ALLOCATION,
        _ => size_of::<Value>(),
    };
    let bytes = size_of::<Vec<Value>>() + OF_ALLOCATION + row.iter().map(of_value).sum::<usize>();
    bytes as u64
}

/// Names that occur twice get a number, because rows become JSON objects.
fn columns(names: Vec<String>, types: &[LogicalTypeHandle]) -> Vec<Column> {
    let mut taken = HashSet::new();
    let mut columns = Vec::new();
    for (name, of) in names.into_iter().zip(types) {
        let mut unique = name.clone();
        let mut number = 1;
        while !taken.insert(unique.clone()) {
            unique = format!("{name}_{number}");
            number += 1;
        }
        columns.push(Column {
            name: unique,
            definition: any_value::type_name(of),
            ..Column::default()
        });
    }
    columns
}

/// DuckDB's message, and what the user can do about it.
fn explain(text: &str, bounds: Bounds) -> UserError {
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let failure = UserError::failure("the statement cannot be answered");
    let failure = match hint(first, text) {
        Some(hint) => failure.hint(hint),
        None if first.starts_with("Out of Memory") => failure.hint(format!(
            "it may take {} MiB: raise that with --memory-limit, or let the statement read less",
            bounds.limits.memory_bytes >> 20
        )),
        None => failure,
    };
    failure.because(message(text))
}

/// The message without help that is not about this program, with the place it is about.
fn message(text: &str) -> String {
    let first = text.lines().next().unwrap_or_default();
    let place: Vec<&str> = text
        .lines()
        .skip_while(|line| !line.starts_with("LINE "))
        .take(2)
        .collect();
    match place.as_slice() {
        [line, caret] => format!("{first}\n    {line}\n    {caret}"),
        _ => first.to_owned(),
    }
}

fn hint(first: &str, text: &str) -> Option<String> {
    if let Some(rest) = first.split("Table with name ").nth(1) {
        let name = rest.split(' ').next().unwrap_or_default().trim_matches('"');
        return Some(match dictionary::nearest_table(name) {
            Some(nearest) => format!("did you mean `{nearest}`? `shh sql --tables` lists all tables"),
            None => "`shh sql --tables` lists the tables".to_owned(),
        });
    }
    if first.contains("Referenced column") || first.contains("does not have a column named") {
        let candidates = text
            .lines()
            .find_map(|line| line.strip_prefix("Candidate bindings: "))
            .map(|names| format!("did you mean one of {names}? "))
            .unwrap_or_default();
        return Some(format!(
            "{candidates}`shh sql --schema TABLE` lists the columns of a table"
        ));
    }
    if first.starts_with("Permission Error") {
        return Some(
            "`shh sql` reads the tables of the database and nothing else: no files, no network".to_owned(),
        );
    }
    if first.contains("read-only mode") {
        return Some("`shh sql` only asks".to_owned());
    }
    None
}
