//! Publish by copy and rename: a writer (ingest, prune, compact) works on a copy of the published file and
//! renames it over.
//!
//! A crash at any point leaves the published file as it was; what is left of the copy is removed by the
//! next ingest. A copy is never published with a write-ahead log beside it: renamed over without its log a
//! file loses rows, and a log of another file bricks it.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use duckdb::Connection;

use super::{Limits, create_parent, fleet, open_writable, schema, sibling};
use crate::error::UserError;

/// DuckDB's files beside a database.
const SIDE_FILES: [&str; 4] = [".wal", ".wal.checkpoint", ".wal.recovery", ".tmp"];

const RETRIES: &str = include_str!("../../queries/store/mark_retries.sql");
const RETRIES_USAGE: &str = include_str!("../../queries/store/mark_retries_usage.sql");
const ADD_INGEST: &str = include_str!("../../queries/store/add_ingest.sql");
const NEXT_INGEST: &str = include_str!("../../queries/store/next_ingest.sql");
const CHANGED_DAYS: &str = include_str!("../../queries/store/changed_days.sql");
const COMMIT: &str = include_str!("../../queries/store/commit.sql");
const CREATE_CHANGED: &str = include_str!("../../queries/store/create_changed.sql");
const PRUNED_BEFORE: &str = include_str!("../../queries/store/pruned_before.sql");

/// What an ingest did, for the row that remembers it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Totals {
    pub started_ms: i64,
    pub finished_ms: i64,
    pub logs: u64,
    pub events: u64,
    pub decoded_bytes: u64,
    pub damaged_logs: u64,
}

/// The copy that a writer works on. Dropped without being published it is removed.
#[derive(Debug)]
pub struct Draft {
    database: PathBuf,
    path: PathBuf,
    conn: Option<Connection>,
    is_migrated: bool,
    ingest_id: i64,
    pruned_before_ms: Option<i64>,
}

impl Draft {
    /// Copies the published file (or starts an empty one) and opens the copy. The caller holds the lock.
    pub fn create(database: &Path, limits: Limits) -> Result<Self> {
        create_parent(database)?;
        let mut draft = Draft::closed(database);
        if database.try_exists()? {
            refuse_foreign_log(database)?;
            copy(database, &draft.path).map_err(|error| {
                let failure = UserError::failure(format!("cannot copy the database to `{}`", draft.path.display()));
                let failure = match error.kind() {
                    io::ErrorKind::StorageFull => failure.hint("an ingest needs room for a second copy of the database; the published file is untouched"),
                    _ => failure.hint("the published file is untouched"),
                };
                failure.because(error)
            })?;
        }
        draft.open(limits)?;
        Ok(draft)
    }

    /// Starts an empty file that is to take the place of the published one. The caller holds the lock.
    pub(super) fn create_empty(database: &Path, limits: Limits) -> Result<Self> {
        refuse_foreign_log(database)?;
        let mut draft = Draft::closed(database);
        draft.open(limits)?;
        Ok(draft)
    }

    /// From here on the file is ours to remove.
    fn closed(database: &Path) -> Self {
        Draft {
            database: database.to_owned(),
            path: sibling(database, &format!(".next-{}", std::process::id())),
            conn: None,
            is_migrated: false,
            ingest_id: 0,
            pruned_before_ms: None,
        }
    }

    fn open(&mut self, limits: Limits) -> Result<()> {
        let conn = open_writable(&self.path, limits)?;
        // Whoever may not read the published file may not read the next one either.
        if let Ok(published) = std::fs::metadata(&self.database) {
            std::fs::set_permissions(&self.path, published.permissions())
                .with_context(|| format!("cannot set the permissions of `{}`", self.path.display()))?;
        }
        self.is_migrated = schema::migrate(&conn, &self.path)?;
        // Everything is one transaction, which ends with `put_in_place`: what is written then needs no write-ahead
        // log, and full row groups are compressed and written while logs are still being read.
        conn.execute_batch("begin").map_err(explain_full)?;
        conn.execute_batch(CREATE_CHANGED).map_err(explain_full)?;
        self.ingest_id = conn.query_row(NEXT_INGEST, [], |row| row.get(0))?;
        self.pruned_before_ms = conn.query_row(PRUNED_BEFORE, [], |row| row.get(0))?;
        self.conn = Some(conn);
        Ok(())
    }

    /// The connection to the copy.
    pub fn conn(&self) -> &Connection {
        self.conn
            .as_ref()
            .expect("the copy is open until it is published")
    }

    /// Whether the file was brought to the current schema, which is worth publishing by itself.
    pub fn is_migrated(&self) -> bool {
        self.is_migrated
    }

    /// The number of this ingest.
    pub fn ingest_id(&self) -> i64 {
        self.ingest_id
    }

    /// What ended before was pruned, and is not to come back.
    pub(super) fn pruned_before_ms(&self) -> Option<i64> {
        self.pruned_before_ms
    }

    /// Finishes what spans applications, and puts the copy in the place of the published file.
    pub fn publish(self, totals: Totals) -> Result<()> {
        self.finish(totals).context("cannot finish the database")?;
        self.put_in_place()
    }

    /// Puts the copy in the place of the published file.
    pub(super) fn put_in_place(mut self) -> Result<()> {
        let conn = self.conn.take().expect("the copy is open until it is published");
        conn.execute_batch(COMMIT)
            .map_err(explain_full)
            .context("cannot write the database")?;
        conn.close()
            .map_err(|(_, error)| error)
            .context("cannot close the database")?;
        for suffix in SIDE_FILES {
            if sibling(&self.path, suffix).try_exists()? && suffix != ".tmp" {
                bail!(
                    "`{}{suffix}` is left after a checkpoint; nothing was published",
                    self.path.display()
                );
            }
        }
        let file =
            File::open(&self.path).with_context(|| format!("cannot open `{}`", self.path.display()))?;
        file.sync_all()
            .with_context(|| format!("cannot write `{}` to disk", self.path.display()))?;
        std::fs::rename(&self.path, &self.database)
            .with_context(|| format!("cannot move the new database to `{}`", self.database.display()))?;
        // Makes the rename itself last; where a directory cannot be synced, it lasts a little later.
        if let Ok(directory) = File::open(create_parent(&self.database)?) {
            let _ = directory.sync_all();
        }
        Ok(())
    }

    fn finish(&self, totals: Totals) -> Result<()> {
        let conn = self.conn();
        self.settle(self.pruned_before_ms)?;
        conn.execute(
            ADD_INGEST,
            duckdb::params![
                self.ingest_id,
                totals.started_ms,
                totals.finished_ms,
                totals.logs,
                totals.events,
                totals.decoded_bytes,
                totals.damaged_logs,
                env!("CARGO_PKG_VERSION"),
            ],
        )
        .map_err(explain_full)?;
        Ok(())
    }

    /// Computes anew what spans applications, for those that changed: retries, and what the fleet held from
    /// `not_before_ms` on. Of the time before that not everything is known any more.
    pub(super) fn settle(&self, not_before_ms: Option<i64>) -> Result<()> {
        let conn = self.conn();
        conn.execute(RETRIES, []).map_err(explain_full)?;
        conn.execute(RETRIES_USAGE, []).map_err(explain_full)?;
        let mut statement = conn.prepare(CHANGED_DAYS)?;
        let days = statement.query_map([], |row| row.get(0))?;
        let mut days: Vec<i64> = days.collect::<Result<_, _>>()?;
        days.retain(|day_ms| not_before_ms.is_none_or(|limit_ms| *day_ms >= fleet::day_of(limit_ms)));
        fleet::refresh(conn, &days)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Closed first: it would write its log again.
        self.conn.take();
        remove_copy(&self.path);
    }
}

/// Removes what ingests that died have left. The caller holds the lock.
pub(super) fn remove_stale(database: &Path) -> io::Result<()> {
    let Some(name) = database.file_name() else {
        return Ok(());
    };
    let prefix = format!("{}.next-", name.to_string_lossy());
    // As `Draft::closed` names them, so that no other database is taken for one.
    let is_stale = |name: &str| {
        let process = name.strip_prefix(&prefix)?;
        let digits = process.bytes().take_while(u8::is_ascii_digit).count();
        let suffix = &process[digits..];
        Some(digits > 0 && (suffix.is_empty() || SIDE_FILES.contains(&suffix)))
    };
    let parent = match database.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let entries = match std::fs::read_dir(parent) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        if is_stale(&entry.file_name().to_string_lossy()) == Some(true) {
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                std::fs::remove_dir_all(path)?;
            } else {
                std::fs::remove_file(path)?;
            }
        }
    }
    Ok(())
}

fn remove_copy(path: &Path) {
    let _ = std::fs::remove_file(path);
    for suffix in SIDE_FILES {
        let side = sibling(path, suffix);
        let _ = std::fs::remove_file(&side);
        let _ = std::fs::remove_dir_all(&side);
    }
}

/// A log beside the published file means that somebody wrote to it in place; a copy without that log would
/// lose their rows.
fn refuse_foreign_log(database: &Path) -> Result<()> {
    for suffix in SIDE_FILES.iter().filter(|suffix| **suffix != ".tmp") {
        let side = sibling(database, suffix);
        if side.try_exists()? {
            return Err(UserError::failure(format!(
                "another program writes to the database in place: `{}` exists",
                side.display()
            ))
            .hint("close that program; if it is gone, open the database once with the duckdb shell and run CHECKPOINT")
            .into());
        }
    }
    Ok(())
}

/// A reflink where the file system can, else a copy in the kernel.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let source = File::open(from)?;
    let target = File::options().write(true).create_new(true).open(to)?;
    #[cfg(target_os = "linux")]
    if rustix::fs::ioctl_ficlone(&target, &source).is_ok() {
        return Ok(());
    }
    drop((source, target));
    std::fs::copy(from, to).map(drop)
}

/// The hint that goes with a full disk.
pub(super) fn explain_full(error: duckdb::Error) -> anyhow::Error {
    let text = error.to_string();
    let is_full = [
        "No space left",
        "failed to offload data block",
        "disk full",
        "Disk quota",
        "could not write all bytes",
        "File too large",
    ]
    .iter()
    .any(|sign| text.contains(sign));
    if is_full {
        UserError::failure("there is no room left to write the database".to_owned())
            .hint("free some space; the published file is untouched")
            .because(super::first_line(&text))
            .into()
    } else {
        error.into()
    }
}
