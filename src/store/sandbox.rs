//! A database opened for statements that a user wrote: it can be asked anything and touches nothing.
//!
//! The file is read-only, and nothing else can be opened: no file, no network, no extension, no setting. What
//! is left is time and memory, which are bounded. It is a guard against mistakes on the user's own machine,
//! not one that would make it safe to run statements of strangers.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};
use duckdb::Connection;

use super::{Limits, open_read_only};

const LOCK_DOWN: &str = include_str!("../../queries/store/lock_down.sql");
const LOCK_DOWN_EXPORT: &str = include_str!("../../queries/store/lock_down_export.sql");

/// The database, locked down.
#[derive(Debug)]
pub struct Sandbox {
    conn: Connection,
}

impl Sandbox {
    /// # Errors
    /// When the database cannot be opened.
    pub fn open(database: &Path, limits: Limits) -> Result<Self> {
        let conn = open_read_only(database, limits)?;
        let sql = if database.is_dir() {
            LOCK_DOWN_EXPORT
        } else {
            LOCK_DOWN
        };
        conn.execute_batch(sql).context("cannot lock the database down")?;
        Ok(Sandbox { conn })
    }

    /// To ask.
    pub fn conn(&self) -> &Connection {
        &self.conn
    }

    /// Interrupts whatever is asked once this much time is over.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn watch(&self, limit: Duration) -> Result<Watchdog> {
        Watchdog::start(&self.conn, limit)
    }
}

/// Interrupts a connection when its time is over. Stops when it is dropped.
#[derive(Debug)]
pub struct Watchdog {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
    has_barked: Arc<AtomicBool>,
}

impl Watchdog {
    fn start(conn: &Connection, limit: Duration) -> Result<Self> {
        const AGAIN: Duration = Duration::from_millis(10);
        let interrupt = conn.interrupt_handle();
        let has_barked = Arc::new(AtomicBool::new(false));
        let (stop, stopped) = channel::<()>();
        let barked = Arc::clone(&has_barked);
        let thread = std::thread::Builder::new()
            .name("watchdog".to_owned())
            .spawn(move || {
                let mut wait = limit;
                while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                    barked.store(true, Ordering::Relaxed);
                    // An interrupt that comes before the statement runs is forgotten.
                    interrupt.interrupt();
                    wait = AGAIN;
                }
            })?;
        Ok(Watchdog {
            stop: Some(stop),
            thread: Some(thread),
            has_barked,
        })
    }

    /// Whether the time was over.
    pub fn has_barked(&self) -> bool {
        self.has_barked.load(Ordering::Relaxed)
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
