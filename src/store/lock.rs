//! One writer at a time: an advisory lock on `<database>.lock`, which the kernel frees when its holder
//! dies, however it dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result as AnyResult;
use jiff::Timestamp;

use super::publish::remove_stale;
use super::{create_parent, sibling};
use crate::error::UserError;

/// Held from before the ledger is read until the new file is published.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Why the lock was not had.
#[derive(Debug)]
enum LockError {
    /// Another writer holds it; the text says which and since when, as far as it wrote that down.
    Held(String),
    Io(std::io::Error),
}

impl Lock {
    /// Takes the lock of `database`, waiting for it at most so long, and removes what writers that died have
    /// left. `now_ms` is told to whoever finds the lock held.
    ///
    /// # Errors
    /// When another writer holds it, or the directory of the database cannot be written.
    pub fn take(database: &Path, wait: Duration, now_ms: i64) -> AnyResult<Self> {
        if database.is_dir() {
            return Err(UserError::failure(format!(
                "`{}` is a directory, not a database: an export can be asked and not changed",
                database.display()
            ))
            .hint("name the database file with --database FILE")
            .into());
        }
        create_parent(database)?;
        let started = Timestamp::from_millisecond(now_ms)
            .map(|time| time.to_string())
            .unwrap_or_default();
        match Self::acquire(database, wait, &started) {
            Ok(lock) => {
                remove_stale(database)?;
                Ok(lock)
            }
            Err(LockError::Held(holder)) => {
                let holder = if holder.is_empty() {
                    "another process".to_owned()
                } else {
                    holder
                };
                Err(UserError::locked(format!(
                    "another ingest, prune or compact is at work on `{}` ({holder})",
                    database.display()
                ))
                .hint("try again when it is done, or wait for it with --wait 10m")
                .into())
            }
            Err(LockError::Io(error)) => Err(UserError::failure(format!(
                "cannot lock the database `{}`",
                database.display()
            ))
            .because(error)
            .into()),
        }
    }

    fn acquire(database: &Path, wait: Duration, started: &str) -> Result<Self, LockError> {
        let path = sibling(database, ".lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(LockError::Io)?;
        let deadline = Instant::now() + wait;
        let mut pause = Duration::from_millis(20);
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => {
                    let now = Instant::now();
                    if now >= deadline {
                        let mut holder = String::new();
                        let _ = file.read_to_string(&mut holder);
                        return Err(LockError::Held(holder.trim().to_owned()));
                    }
                    std::thread::sleep(pause.min(deadline - now));
                    pause = (pause * 2).min(Duration::from_secs(1));
                }
                Err(TryLockError::Error(error)) => return Err(LockError::Io(error)),
            }
        }
        let note = format!("process {}, started {started}\n", std::process::id());
        // Only a courtesy to whoever finds the lock held.
        let _ = file.set_len(0);
        let _ = file.seek(SeekFrom::Start(0));
        let _ = file.write_all(note.as_bytes());
        Ok(Lock { _file: file })
    }
}
