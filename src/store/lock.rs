//! One ingest at a time: an advisory lock on `<database>.lock`, which the kernel frees when its holder
//! dies, however it dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use super::sibling;

/// Held from before the ledger is read until the new file is published.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Why the lock was not had.
#[derive(Debug)]
pub enum LockError {
    /// Another ingest holds it; the text says which and since when, as far as it wrote that down.
    Held(String),
    Io(std::io::Error),
}

impl Lock {
    /// Takes the lock of `database`, trying again until `wait` is over.
    pub fn acquire(database: &Path, wait: Duration, started: &str) -> Result<Self, LockError> {
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
