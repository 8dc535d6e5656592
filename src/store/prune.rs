//! Retention: what ended long ago is removed, and does not come back.
//!
//! The limit is the begin of a day in UTC and is remembered. Applications that ended before it go with all
//! their rows; usage and fleet minutes of the time before it go as well, also those of applications that lived
//! on, because an hour of which only some applications tell would be taken for the whole. Their logs stay in
//! the ledger and are not read again.

use std::path::Path;

use anyhow::{Context, Result};
use duckdb::{Connection, ToSql, params};

use super::publish::explain_full;
use super::{Draft, Limits, open_read_only};

const CHOOSE_PRUNED: &str = include_str!("../../queries/store/choose_pruned.sql");
const COUNT_PRUNED: &str = include_str!("../../queries/store/count_pruned.sql");
const DELETE_PRUNED: &str = include_str!("../../queries/store/delete_pruned.sql");
const DELETE_HOURS_BEFORE: &str = include_str!("../../queries/store/delete_hours_before.sql");
const DELETE_MINUTES_BEFORE: &str = include_str!("../../queries/store/delete_minutes_before.sql");
const ADD_PRUNE: &str = include_str!("../../queries/store/add_prune.sql");

/// What a prune removes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Application attempts.
    pub applications: u64,
    /// Rows by table, `apps` first.
    pub rows: Vec<(String, u64)>,
}

/// What [`prune`] would remove.
///
/// # Errors
/// When the database cannot be read.
pub fn would_prune(database: &Path, limits: Limits, before_ms: i64) -> Result<Pruned> {
    let conn = open_read_only(database, limits)?;
    choose(&conn, before_ms)
}

/// Removes applications that ended before `before_ms` and publishes the database without them; when there are
/// none, nothing is published. The caller holds the lock.
///
/// # Errors
/// When there is no database, or it cannot be written.
pub fn prune(database: &Path, limits: Limits, before_ms: i64, now_ms: i64) -> Result<Pruned> {
    let pruned = would_prune(database, limits, before_ms)?;
    if pruned.applications == 0 {
        return Ok(pruned);
    }
    let draft = Draft::create(database, limits)?;
    let pruned = remove(&draft, before_ms, now_ms).context("cannot prune the database")?;
    draft.put_in_place()?;
    Ok(pruned)
}

fn choose(conn: &Connection, before_ms: i64) -> Result<Pruned> {
    conn.execute(CHOOSE_PRUNED, params![before_ms])
        .map_err(explain_full)?;
    let mut statement = conn.prepare(COUNT_PRUNED)?;
    let before: [(&str, &dyn ToSql); 1] = [("before_ms", &before_ms)];
    let rows = statement.query_map(&before[..], |row| {
        let rows: i64 = row.get(1)?;
        Ok((row.get(0)?, u64::try_from(rows).unwrap_or(0)))
    })?;
    let rows: Vec<(String, u64)> = rows.collect::<Result<_, _>>()?;
    Ok(Pruned {
        applications: rows.first().map_or(0, |(_, rows)| *rows),
        rows,
    })
}

fn remove(draft: &Draft, before_ms: i64, now_ms: i64) -> Result<Pruned> {
    let conn = draft.conn();
    let pruned = choose(conn, before_ms)?;
    conn.execute_batch(DELETE_PRUNED).map_err(explain_full)?;
    conn.execute(DELETE_HOURS_BEFORE, params![before_ms])
        .map_err(explain_full)?;
    conn.execute(DELETE_MINUTES_BEFORE, params![before_ms])
        .map_err(explain_full)?;
    draft.settle(Some(before_ms))?;
    conn.execute(
        ADD_PRUNE,
        params![before_ms, now_ms, pruned.applications, env!("CARGO_PKG_VERSION")],
    )
    .map_err(explain_full)?;
    Ok(pruned)
}
