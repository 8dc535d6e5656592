//! The schema: numbered SQL files applied in order, and a refusal of files from the future.

use std::path::Path;

use anyhow::{Context, Result};
use duckdb::Connection;

use super::publish::explain_full;
use crate::error::UserError;

/// Every schema file ever released, oldest first. A file, once released, is never edited.
const FILES: &[&str] = &[
    include_str!("../../queries/schema/0001_tables.sql"),
    include_str!("../../queries/schema/0002_unseen_counts.sql"),
];

/// The number of the newest schema file.
#[expect(clippy::cast_possible_wrap, reason = "a handful of files")]
pub const SCHEMA_VERSION: i64 = FILES.len() as i64;

const VERSION: &str = include_str!("../../queries/store/schema_version.sql");
const SET_VERSION: &str = include_str!("../../queries/store/set_schema_version.sql");
const TABLES: &str = include_str!("../../queries/store/tables.sql");

/// Brings a file to the newest schema: a new one from nothing, an older one step by step. Answers whether that
/// was needed.
///
/// In one transaction, because each costs a sync of the disk and a file has hundreds of statements.
pub(super) fn migrate(conn: &Connection, database: &Path) -> Result<bool> {
    let version = version(conn, database)?;
    let applied = usize::try_from(version).unwrap_or(0);
    if applied >= FILES.len() {
        return Ok(false);
    }
    conn.execute_batch("begin").map_err(explain_full)?;
    for file in FILES.iter().skip(applied) {
        conn.execute_batch(file)
            .map_err(explain_full)
            .context("cannot bring the database to the current schema")?;
    }
    conn.execute(SET_VERSION, duckdb::params![SCHEMA_VERSION])?;
    conn.execute_batch("commit").map_err(explain_full)?;
    Ok(true)
}

/// Refuses a file of a newer schema, and a file that is not ours. Answers whether it is of an older one.
pub(super) fn is_older(conn: &Connection, database: &Path) -> Result<bool> {
    match version(conn, database)? {
        0 => Err(not_ours(database)),
        version => Ok(version < SCHEMA_VERSION),
    }
}

/// Refuses a file of any other schema, and a file that is not ours.
pub(super) fn check(conn: &Connection, database: &Path) -> Result<()> {
    if is_older(conn, database)? {
        let version = version(conn, database)?;
        return Err(UserError::failure(format!(
            "the database `{}` is of an older version (schema {version}, this is {SCHEMA_VERSION})",
            database.display()
        ))
        .hint("run `shh ingest` once: it brings the file up to date")
        .into());
    }
    Ok(())
}

/// 0 for an empty file.
fn version(conn: &Connection, database: &Path) -> Result<i64> {
    let tables: i64 = conn.query_row(TABLES, [], |row| row.get(0))?;
    if tables == 0 {
        return Ok(0);
    }
    let version: i64 = conn
        .query_row(VERSION, [], |row| row.get(0))
        .map_err(|_| not_ours(database))?;
    if version > SCHEMA_VERSION {
        return Err(UserError::failure(format!(
            "the database `{}` was made by a newer shh (schema {version}, this one knows {SCHEMA_VERSION})",
            database.display()
        ))
        .hint("use the newer shh, or name another file with --database FILE")
        .into());
    }
    Ok(version)
}

fn not_ours(database: &Path) -> anyhow::Error {
    UserError::failure(format!(
        "`{}` is a DuckDB file, but not one of shh",
        database.display()
    ))
    .hint("name another file with --database FILE")
    .into()
}
