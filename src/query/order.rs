//! The order of rows that was asked for, and how many of them.

use std::cmp::Ordering;

use anyhow::Result;

use super::registry::Query;
use super::table::{Table, Value};
use crate::error::UserError;
use crate::settings::Filters;

/// The column to sort by and whether upwards, if one was asked for: numbers and times go down by default,
/// words up.
pub(super) fn sort_column(query: &Query, filters: &Filters) -> Result<Option<(usize, bool)>> {
    let Some((name, ascending)) = &filters.sort else {
        return Ok(None);
    };
    let Some(place) = query.columns.iter().position(|column| column.name == *name) else {
        let names: Vec<&str> = query.columns.iter().map(|column| column.name.as_str()).collect();
        return Err(UserError::usage(format!(
            "the {} `{}` has no column `{name}`",
            query.kind.noun(),
            query.name
        ))
        .hint(format!("columns: {}", names.join(", ")))
        .into());
    };
    let is_text = query.columns[place].unit == super::table::Unit::Text;
    Ok(Some((place, ascending.unwrap_or(is_text))))
}

/// Sorts rows by a column; unknown values go last whichever way, equal rows keep the query's order.
pub(super) fn sort(table: &mut Table, column: usize, ascending: bool) {
    table.rows.sort_by(|a, b| match (&a[column], &b[column]) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Greater,
        (_, Value::Null) => Ordering::Less,
        (a, b) if ascending => compare(a, b),
        (a, b) => compare(b, a),
    });
}

fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) | (Value::Time(a), Value::Time(b)) => a.cmp(b),
        // A clock that is put back shows an hour twice, which is one bucket.
        (Value::LocalTime { clock_ms: a, .. }, Value::LocalTime { clock_ms: b, .. }) => a.cmp(b),
        (Value::Float(a), Value::Float(b)) => a.total_cmp(b),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        _ => Ordering::Equal,
    }
}

pub(super) fn cut(table: &mut Table, limit: u64) {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if limit > 0 && table.rows.len() > limit {
        table.more_rows = Some(table.rows.len() as u64);
        table.rows.truncate(limit);
    }
}
