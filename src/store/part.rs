//! A table, a day of it, and a file: what the next statement of an export or of a compaction is about. DuckDB
//! takes neither tables nor files as parameters, but both from a variable.

use std::path::Path;

use anyhow::{Context, Result};
use duckdb::{Connection, params};

use super::publish::explain_full;

const CHOOSE_PART: &str = include_str!("../../queries/store/choose_part.sql");
const COUNT_PART: &str = include_str!("../../queries/store/count_part.sql");
const DAYS_OF_APPS: &str = include_str!("../../queries/store/days_of_apps.sql");
const DAYS_OF_USAGE: &str = include_str!("../../queries/store/days_of_usage.sql");

/// What the day of a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DayOf {
    /// The day on which its application started.
    Application,
    /// The day of its own hour.
    Hour,
}

/// Every table that holds rows of applications, `apps` itself excepted.
pub(super) const TABLES_OF_APPS: [&str; 8] = [
    "executors",
    "jobs",
    "stages",
    "sql_executions",
    "failures",
    "conf",
    "resource_profiles",
    "usage",
];

/// Every other table, but for the version of the schema.
pub(super) const OTHER_TABLES: [&str; 5] = ["fleet_minutes", "logs", "ingests", "prunes", "naming"];

/// Makes the next statement one about this part.
pub(super) fn choose(conn: &Connection, table: &str, day: Option<i64>, file: Option<&Path>) -> Result<()> {
    let file = file
        .map(|file| file.to_str().context("the path of the export is not Unicode"))
        .transpose()?;
    conn.execute(CHOOSE_PART, params![table, day, file])
        .map_err(explain_full)?;
    Ok(())
}

/// How many rows the table of the chosen part has.
pub(super) fn count(conn: &Connection) -> Result<u64> {
    let rows: i64 = conn
        .query_row(COUNT_PART, [], |row| row.get(0))
        .map_err(explain_full)?;
    Ok(u64::try_from(rows).unwrap_or(0))
}

/// The days of the parts of a table, counted from the epoch, in order.
pub(super) fn days(conn: &Connection, of: DayOf) -> Result<Vec<i64>> {
    let sql = match of {
        DayOf::Application => DAYS_OF_APPS,
        DayOf::Hour => DAYS_OF_USAGE,
    };
    let mut statement = conn.prepare(sql)?;
    let days = statement.query_map([], |row| row.get(0))?;
    Ok(days.collect::<Result<_, _>>()?)
}
