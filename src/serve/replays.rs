//! Applications that were replayed, kept as long as there is room for them.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::event_logs::EventLogs;
use super::reading::{self, Failure, Limits};
use crate::replay::{Application, Retention};
use crate::source::Log;

/// How long what was seen of a log counts before it is looked at again.
const LOOK_TIME: Duration = Duration::from_secs(1);
/// Replays at the same time: each takes all processors.
const REPLAYS: usize = 2;

/// An application that was replayed.
#[derive(Debug, Clone)]
pub(super) struct Replayed {
    pub app: Arc<Application>,
    /// Another for each replay, so that what was made from one is not taken for what would be made from another.
    pub number: u64,
}

/// Replays logs on demand, each once.
pub(super) struct Replays {
    logs: Arc<EventLogs>,
    /// What all applications that are kept may take, and so also what one may.
    limit_bytes: usize,
    line_bytes: usize,
    retention: Option<Retention>,
    state: Mutex<State>,
    /// Something was replayed, or given up.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    kept: HashMap<String, Kept>,
    bytes: usize,
    /// Counts up with every use and every replay.
    uses: u64,
    /// Logs that are being replayed.
    running: HashSet<String>,
}

#[derive(Debug)]
struct Kept {
    replayed: Replayed,
    seen: Seen,
    looked: Instant,
    /// Somebody is finding out whether the log has changed.
    is_looked_at: bool,
    last_use: u64,
}

/// What tells a log from what it was before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    size_bytes: u64,
    modified_ms: i64,
    last_index: Option<i64>,
    in_progress: bool,
}

impl Seen {
    fn of(log: &Log) -> Self {
        Seen {
            size_bytes: log.size_bytes,
            modified_ms: log.modified_ms,
            last_index: log.last_index,
            in_progress: log.in_progress,
        }
    }
}

impl Replays {
    pub(super) fn new(
        logs: Arc<EventLogs>,
        limit_bytes: usize,
        line_bytes: usize,
        retention: Option<Retention>,
    ) -> Self {
        Replays {
            logs,
            limit_bytes,
            line_bytes,
            retention,
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The application of a log, if it was looked at just now, or somebody is at it. Does not block.
    pub(super) fn at_hand(&self, path: &str) -> Option<Replayed> {
        self.state().fresh(path)
    }

    /// The application of a log, which is replayed unless it was and has not changed since. Whoever asks for
    /// one that is being replayed for the first time waits for it; of one that has grown, others are told what was
    /// known before.
    pub(super) fn get(&self, path: &str, deadline: Instant) -> Result<Replayed, Failure> {
        {
            let mut state = self.state();
            if let Some(replayed) = state.fresh(path) {
                return Ok(replayed);
            }
            state.set_looked_at(path, true);
        }
        let _looking = Looking { replays: self, path };
        let looked = Instant::now();
        let stale = |why: String| self.state().stale(path).ok_or(Failure::Away(why));
        let log = match self.logs.locate(path) {
            Ok(Some(log)) => log,
            // What is known of it may still be told.
            Ok(None) => return stale(format!("{path} is gone")),
            Err(error) => return stale(format!("cannot read {path}: {error}")),
        };
        let seen = Seen::of(&log);
        let mut state = self.state();
        loop {
            if let Some(replayed) = state.unchanged(path, seen, looked) {
                return Ok(replayed);
            }
            if !state.running.contains(path) && state.running.len() < REPLAYS {
                break;
            }
            let Some(left) = deadline.checked_duration_since(Instant::now()) else {
                return Err(Failure::TooSlow);
            };
            state = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        state.running.insert(path.to_owned());
        drop(state);
        let running = Running { replays: self, path };
        let limits = Limits {
            line_bytes: self.line_bytes,
            bytes: self.limit_bytes,
            deadline,
            retention: self.retention,
        };
        let app = reading::replay(&*self.logs, &log, limits, log.modified_ms).map(Arc::new)?;
        let (replayed, forgotten) = self.state().keep(path, app, seen, looked, self.limit_bytes);
        drop(running);
        // Millions of tasks take a while to be let go of: not while others wait for the lock.
        drop(forgotten);
        Ok(replayed)
    }
}

/// Marks a log as being looked at, until it is dropped.
struct Looking<'a> {
    replays: &'a Replays,
    path: &'a str,
}

impl Drop for Looking<'_> {
    fn drop(&mut self) {
        self.replays.state().set_looked_at(self.path, false);
    }
}

/// Marks a log as being replayed, until it is dropped.
struct Running<'a> {
    replays: &'a Replays,
    path: &'a str,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.replays.state().running.remove(self.path);
        self.replays.changed.notify_all();
    }
}

impl State {
    fn used(&mut self, path: &str) -> Option<&mut Kept> {
        self.uses += 1;
        let uses = self.uses;
        let kept = self.kept.get_mut(path)?;
        kept.last_use = uses;
        Some(kept)
    }

    fn fresh(&mut self, path: &str) -> Option<Replayed> {
        let kept = self.used(path)?;
        (kept.is_looked_at || kept.looked.elapsed() < LOOK_TIME).then(|| kept.replayed.clone())
    }

    fn stale(&mut self, path: &str) -> Option<Replayed> {
        self.used(path).map(|kept| kept.replayed.clone())
    }

    fn unchanged(&mut self, path: &str, seen: Seen, looked: Instant) -> Option<Replayed> {
        let kept = self.used(path)?;
        if kept.seen != seen {
            return None;
        }
        kept.looked = kept.looked.max(looked);
        Some(kept.replayed.clone())
    }

    fn set_looked_at(&mut self, path: &str, is_looked_at: bool) {
        if let Some(kept) = self.kept.get_mut(path) {
            kept.is_looked_at = is_looked_at;
        }
    }

    /// Keeps an application, and lets go of those that were not used for the longest time: these are handed out.
    fn keep(
        &mut self,
        path: &str,
        app: Arc<Application>,
        seen: Seen,
        looked: Instant,
        limit_bytes: usize,
    ) -> (Replayed, Vec<Kept>) {
        self.uses += 1;
        let replayed = Replayed {
            app,
            number: self.uses,
        };
        let bytes = replayed.app.bytes;
        let mut forgotten: Vec<Kept> = self.forget(path).into_iter().collect();
        while self.bytes + bytes > limit_bytes {
            let oldest = self.kept.iter().min_by_key(|(_, kept)| kept.last_use);
            let Some(oldest) = oldest.map(|(path, _)| path.clone()) else {
                return (replayed, forgotten);
            };
            forgotten.extend(self.forget(&oldest));
        }
        self.bytes += bytes;
        let kept = Kept {
            replayed: replayed.clone(),
            seen,
            looked,
            is_looked_at: false,
            last_use: self.uses,
        };
        self.kept.insert(path.to_owned(), kept);
        (replayed, forgotten)
    }

    fn forget(&mut self, path: &str) -> Option<Kept> {
        let kept = self.kept.remove(path)?;
        self.bytes -= kept.replayed.app.bytes;
        Some(kept)
    }
}
