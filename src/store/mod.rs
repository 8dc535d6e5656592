//! The DuckDB file: schema, lock, what was ingested, append, publish. The only module that opens one.
//!
//! DuckDB allows one writing process or many readers of a file, never both. So nobody ever writes the
//! published file: an ingest works on a copy and renames it over (see [`publish`]); readers hold an inode
//! that never changes.

mod append;
mod columns;
mod compact;
mod edition;
mod export;
mod fleet;
mod ledger;
mod lock;
mod manifest;
mod part;
mod prune;
mod publish;
mod rename;
mod sandbox;
mod schema;

pub use append::{Appended, Batch, LogRows};
pub use compact::{Compacted, compact};
pub use edition::Edition;
pub use export::{Exported, export};
pub use ledger::{Candidate, Known, Ledger, LogEntry, PARSER_VERSION, Verdict};
pub use lock::Lock;
pub use prune::{Pruned, prune, would_prune};
pub use publish::{Draft, Totals};
pub use sandbox::{Sandbox, Watchdog};
pub use schema::SCHEMA_VERSION;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use duckdb::{AccessMode, Config, Connection};

use crate::error::UserError;

const ATTACH: &str = include_str!("../../queries/store/attach.sql");
const SET_EXPORT: &str = include_str!("../../queries/store/set_export.sql");
const OPEN_EXPORT: &str = include_str!("../../queries/store/open_export.sql");

/// How much DuckDB may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub memory_bytes: u64,
    pub threads: usize,
}

/// Opens the published file, or an export, for reading.
///
/// # Errors
/// When there is none, it is no database of ours, or it is of a newer version.
pub fn open_read_only(database: &Path, limits: Limits) -> Result<Connection> {
    if database.is_dir() {
        return open_export(database, limits);
    }
    if !database.try_exists().unwrap_or(false) {
        return Err(
            UserError::failure(format!("there is no database `{}` yet", database.display()))
                .hint("make one with `shh ingest --log-directory DIR`, or name another with --database FILE")
                .into(),
        );
    }
    let config = config(limits)?.access_mode(AccessMode::ReadOnly)?;
    let conn = open(database, config)?;
    schema::check(&conn, database)?;
    Ok(conn)
}

/// Opens the published file for a writer, which brings an older one up to date; says whether it is one.
fn open_to_update(database: &Path, limits: Limits) -> Result<(Connection, bool)> {
    let config = config(limits)?.access_mode(AccessMode::ReadOnly)?;
    let conn = open(database, config)?;
    let is_older = schema::is_older(&conn, database)?;
    Ok((conn, is_older))
}

/// Opens an export: a view for each table over its files.
fn open_export(directory: &Path, limits: Limits) -> Result<Connection> {
    manifest::Manifest::of_readable(directory)?;
    let path = std::path::absolute(directory)?;
    let Some(text) = path.to_str() else {
        return Err(UserError::failure(format!(
            "the path `{}` of the export is not Unicode",
            path.display()
        ))
        .into());
    };
    // Without a directory of its own, a question that is larger than memory would spill into the working
    // directory.
    let config = config(limits)?.with("temp_directory", sibling(&path, ".tmp").to_string_lossy())?;
    let conn = open_in_memory(config)?;
    conn.execute(SET_EXPORT, [text, &escape_glob(text)])?;
    conn.execute_batch(OPEN_EXPORT).map_err(|error| {
        UserError::failure(format!("cannot open the export `{}`", directory.display()))
            .hint("make it again with `shh export`")
            .because(first_line(&error.to_string()))
    })?;
    Ok(conn)
}

/// The tables of this version without a row, to look at their columns and comments.
///
/// # Errors
/// When DuckDB cannot be started.
pub fn open_empty(limits: Limits) -> Result<Connection> {
    let conn = open_in_memory(config(limits)?)?;
    schema::migrate(&conn, Path::new(":memory:"))?;
    Ok(conn)
}

/// Brackets make a pattern of a path; each goes into brackets of its own.
fn escape_glob(path: &str) -> String {
    path.chars()
        .map(|char| match char {
            '*' | '?' | '[' => format!("[{char}]"),
            char => char.to_string(),
        })
        .collect()
}

/// Opens a file that nobody else can have open, for writing.
fn open_writable(database: &Path, limits: Limits) -> Result<Connection> {
    let path = std::path::absolute(database)?;
    let Some(text) = path.to_str() else {
        return Err(cannot_open(database)
            .hint("its path is not UTF-8: name another file with --database FILE")
            .into());
    };
    // One thread, the caller's: with more, DuckDB spins for work that the readers of logs need the cores
    // for. The copy is checkpointed once, at the end.
    let config = config(Limits { threads: 1, ..limits })?
        .with("checkpoint_threshold", "16GB")?
        .with("write_buffer_row_group_count", "1")?
        // Of a new file: a writer takes two blocks for each of some 350 columns, however few rows it brings.
        .with("default_block_size", "65536")?
        .with("temp_directory", sibling(&path, ".tmp").to_string_lossy())?;
    let conn = open_in_memory(config)?;
    let quoted = format!("'{}'", text.replace('\'', "''"));
    conn.execute_batch(&ATTACH.replacen("'COPY'", &quoted, 1))
        .map_err(|error| explain_open(database, &error))?;
    Ok(conn)
}

fn config(limits: Limits) -> Result<Config> {
    // Without this DuckDB would look for missing functions on the internet.
    let config = Config::default()
        .enable_autoload_extension(false)?
        .max_memory(&format!("{}B", limits.memory_bytes))?
        .threads(i64::try_from(limits.threads.max(1)).unwrap_or(1))?;
    Ok(config)
}

#[expect(clippy::disallowed_methods, reason = "the one place that opens databases")]
fn open(database: &Path, config: Config) -> Result<Connection> {
    // DuckDB reads more than a path into `~` and `md:name`, but not into what begins with a slash.
    let path = std::path::absolute(database)?;
    Connection::open_with_flags(path, config).map_err(|error| explain_open(database, &error))
}

fn cannot_open(database: &Path) -> UserError {
    UserError::failure(format!("cannot open the database `{}`", database.display()))
}

fn explain_open(database: &Path, error: &duckdb::Error) -> anyhow::Error {
    let text = error.to_string();
    let failure = cannot_open(database);
    let failure = if text.contains("Could not set lock on file") {
        failure.hint("another program has the file open for writing: close it, then try again")
    } else if text.contains("WAL") {
        failure.hint("another program wrote to the file in place and left a .wal file beside it; open it once with that program and run CHECKPOINT")
    } else if text.contains("Permission denied") {
        failure.hint("run as a user who may read it, or name another file with --database FILE")
    } else {
        failure.hint("is it a DuckDB file made by shh? Name another with --database FILE")
    };
    failure.because(first_line(&text)).into()
}

#[expect(clippy::disallowed_methods, reason = "the one place that opens databases")]
fn open_in_memory(config: Config) -> Result<Connection> {
    Connection::open_in_memory_with_flags(config).context("cannot start DuckDB")
}

/// DuckDB's messages carry help texts and stack traces below the first line.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// `path` with `suffix` added to its file name.
fn sibling(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Makes the directory that the database is to be in.
fn create_parent(database: &Path) -> Result<PathBuf> {
    let parent = match database.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    std::fs::create_dir_all(&parent).with_context(|| {
        format!(
            "cannot make the directory `{}` for the database",
            parent.display()
        )
    })?;
    Ok(parent)
}
