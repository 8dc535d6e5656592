//! The database written anew: rows in the order of time, and no free space between them.

use std::path::Path;

use anyhow::{Result, bail};
use duckdb::Connection;
use duckdb::arrow::record_batch::RecordBatch;

use super::part::{self, DayOf, OTHER_TABLES, TABLES_OF_APPS};
use super::publish::explain_full;
use super::{Draft, Limits, open_read_only};

const ROWS_IN_TIME_ORDER: &str = include_str!("../../queries/store/rows_in_time_order.sql");
const FORGET_NAMING: &str = include_str!("../../queries/store/forget_naming.sql");
const ROWS_AS_THEY_ARE: &str = include_str!("../../queries/store/rows_as_they_are.sql");

/// The size of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compacted {
    pub bytes_before: u64,
    pub bytes_after: u64,
}

/// Writes every row into a new file, day by day, and publishes it. The caller holds the lock.
///
/// # Errors
/// When there is no database of this version, or there is no room for the new file.
pub fn compact(database: &Path, limits: Limits) -> Result<Compacted> {
    let bytes_before = std::fs::metadata(database).map_or(0, |metadata| metadata.len());
    let old = open_read_only(database, limits)?;
    let draft = Draft::create_empty(database, limits)?;
    let days = part::days(&old, DayOf::Application)?;
    for table in std::iter::once("apps").chain(TABLES_OF_APPS) {
        copy(&old, &draft, table, ROWS_IN_TIME_ORDER, &days)?;
    }
    draft.conn().execute_batch(FORGET_NAMING).map_err(explain_full)?;
    for table in OTHER_TABLES {
        copy(&old, &draft, table, ROWS_AS_THEY_ARE, &[0])?;
    }
    drop(old);
    draft.put_in_place()?;
    let bytes_after = std::fs::metadata(database).map_or(0, |metadata| metadata.len());
    Ok(Compacted {
        bytes_before,
        bytes_after,
    })
}

/// Copies what `sql` selects of a table for each of the days, and sees to it that no row is lost.
fn copy(old: &Connection, draft: &Draft, table: &str, sql: &str, days: &[i64]) -> Result<()> {
    let new = draft.conn();
    let mut appender = new.appender(table)?;
    for day in days {
        part::choose(old, table, Some(*day), None)?;
        let mut statement = old.prepare(sql)?;
        // The iterator would panic where the next rows cannot be had.
        drop(statement.stream_arrow([])?);
        while let Some(rows) = statement.step()? {
            appender
                .append_record_batch(RecordBatch::from(&rows))
                .map_err(explain_full)?;
        }
    }
    appender.flush().map_err(explain_full)?;
    drop(appender);
    let rows = |conn: &Connection| {
        part::choose(conn, table, None, None)?;
        part::count(conn)
    };
    let (rows_before, rows_after) = (rows(old)?, rows(new)?);
    if rows_before != rows_after {
        bail!(
            "`{table}` has {rows_before} rows, of which {rows_after} belong to an application; nothing was published"
        );
    }
    Ok(())
}
