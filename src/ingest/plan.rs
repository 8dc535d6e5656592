//! What has to be read: everything that listing finds, less what the ledger knows unchanged.

use std::collections::HashSet;
use std::hash::BuildHasher;

use anyhow::Result;
use foldhash::fast::RandomState;
use rayon::prelude::*;

use super::progress::Progress;
use crate::error::UserError;
use crate::settings::{IngestSettings, Location};
use crate::source::{Found, Local, Log, Rejected, Source};
use crate::store::{Candidate, Known, Ledger, Verdict};

/// The logs to read, in the order of reading.
#[derive(Debug, Default)]
pub struct Plan {
    pub logs: Vec<Log>,
    /// Logs found, read or not.
    pub found: usize,
    pub unchanged: usize,
    /// Left for a later run by `--max-applications`.
    pub postponed: usize,
    /// Left out by `--since`.
    pub too_old: usize,
    pub skipped: Vec<Skipped>,
    /// Hashes of the paths of all logs that are there now.
    present: HashSet<u64, RandomState>,
    /// Canonical directories that were listed, to tell "gone" from "elsewhere".
    pub roots: Vec<String>,
}

/// A log or directory that could not be looked at.
#[derive(Debug, Clone)]
pub struct Skipped {
    pub path: String,
    pub reason: String,
    /// When a rolling directory that is rejected changed last, if that can be relied on: it is remembered
    /// and not looked at again until it changes.
    pub rejected_ms: Option<i64>,
}

/// Logs are read in the order of time, so that rows lie in the order of time; within a window of this many
/// the largest go first, so that no worker is left with a long one at the end.
const WINDOW: usize = 256;

impl Plan {
    pub fn is_empty(&self) -> bool {
        self.logs.is_empty() && self.skipped.iter().all(|skipped| skipped.rejected_ms.is_none())
    }

    /// Whether a path of the ledger is below a directory that was listed and was not found there.
    pub fn is_gone(&self, path: &str) -> bool {
        self.roots.iter().any(|root| path.starts_with(root.as_str()))
            && !self.present.contains(&self.present.hasher().hash_one(path))
    }

    pub(super) fn make(
        settings: &IngestSettings,
        ledger: &Ledger,
        pool: &rayon::ThreadPool,
        progress: &Progress,
    ) -> Result<Self> {
        let mut plan = Plan::default();
        let mut found = pool.install(|| plan.list(settings, progress))?;
        found.sort_by(|a, b| a.path().cmp(b.path()));
        found.dedup_by(|a, b| a.path() == b.path());
        plan.found = found.len();
        let hasher = plan.present.hasher().clone();
        plan.present
            .extend(found.iter().map(|found| hasher.hash_one(found.path())));
        if let Some(since_ms) = settings.since_ms {
            let before = found.len();
            found.retain(|found| found.modified_ms() >= since_ms);
            plan.too_old = before - found.len();
        }
        let found = plan.changed(ledger, found);
        let expanded: Vec<Result<Log, Skipped>> =
            pool.install(|| found.into_par_iter().map(expand).collect());
        let mut logs = Vec::with_capacity(expanded.len());
        for outcome in expanded {
            match outcome {
                Ok(log) => logs.push(log),
                Err(skipped) if skipped.reason.is_empty() => plan.found = plan.found.saturating_sub(1),
                Err(skipped) => plan.skipped.push(skipped),
            }
        }
        let mut logs = plan.changed_files(ledger, logs);
        if let Some(most) = settings.max_applications {
            let most = usize::try_from(most).unwrap_or(usize::MAX);
            if logs.len() > most {
                logs.sort_by_key(|log| std::cmp::Reverse(log.modified_ms));
                plan.postponed = logs.len() - most;
                logs.truncate(most);
            }
        }
        logs.sort_by(|a, b| (a.modified_ms, &a.path).cmp(&(b.modified_ms, &b.path)));
        for window in logs.chunks_mut(WINDOW) {
            window.sort_by_key(|log| std::cmp::Reverse(log.size_bytes));
        }
        plan.logs = logs;
        Ok(plan)
    }

    fn list(&mut self, settings: &IngestSettings, progress: &Progress) -> Result<Vec<Found>> {
        let mut all = Vec::new();
        for location in &settings.locations {
            let Location::Local(path) = location;
            progress.listing(&location.to_string());
            let listing = Local::new(path).list(settings.depth).map_err(|error| {
                let failure = UserError::failure(format!("cannot list the log directory `{location}`"));
                let failure = match error.kind() {
                    std::io::ErrorKind::NotFound => failure.hint("does the directory exist on this machine?"),
                    std::io::ErrorKind::PermissionDenied => {
                        failure.hint("run as a user who may read it; Spark writes logs with mode 0660")
                    }
                    _ => failure,
                };
                failure.because(error)
            })?;
            self.roots
                .extend(std::fs::canonicalize(path).map(|root| root.to_string_lossy().into_owned()));
            for (path, error) in listing.unlisted {
                self.skipped.push(Skipped {
                    path,
                    reason: error.to_string(),
                    rejected_ms: None,
                });
            }
            all.extend(listing.found);
        }
        Ok(all)
    }

    /// What is left of `found` without opening anything or listing a rolling directory that cannot have
    /// changed.
    fn changed(&mut self, ledger: &Ledger, found: Vec<Found>) -> Vec<Found> {
        self.keep(found, |found| {
            let facts = match found {
                Found::Single(log) => files_facts(log),
                Found::Rolling(directory) => Known::Directory {
                    modified_ms: directory.modified_ms,
                },
            };
            ledger.judge(&Candidate {
                path: found.path(),
                facts,
            })
        })
    }

    /// The same for rolling directories whose files are known by now.
    fn changed_files(&mut self, ledger: &Ledger, logs: Vec<Log>) -> Vec<Log> {
        self.keep(logs, |log| {
            if log.is_rolling {
                ledger.judge(&Candidate {
                    path: &log.path,
                    facts: files_facts(log),
                })
            } else {
                Verdict::Read
            }
        })
    }

    fn keep<T>(&mut self, mut items: Vec<T>, judge: impl Fn(&T) -> Verdict) -> Vec<T> {
        let before = items.len();
        items.retain(|item| judge(item) == Verdict::Read);
        self.unchanged += before - items.len();
        items
    }
}

fn files_facts(log: &Log) -> Known {
    Known::Files {
        size_bytes: i64::try_from(log.size_bytes).unwrap_or(i64::MAX),
        modified_ms: log.modified_ms,
        last_index: log.last_index,
        in_progress: log.in_progress,
    }
}

/// Lists a rolling directory's files. An empty reason means that it is passed over in silence.
fn expand(found: Found) -> Result<Log, Skipped> {
    let directory = match found {
        Found::Single(log) => return Ok(log),
        Found::Rolling(directory) => directory,
    };
    let skipped = |reason: String| Skipped {
        path: directory.path.clone(),
        reason,
        rejected_ms: None,
    };
    let local = Local::new(&directory.path);
    match local.expand(&directory) {
        Ok(Ok(log)) => Ok(log),
        Ok(Err(Rejected::NotALog)) => Err(skipped(String::new())),
        Ok(Err(Rejected::MissingIndex(index))) => {
            let reason =
                format!("the file with index {index} is missing, so the log is not read, as Spark does");
            Err(Skipped {
                rejected_ms: directory.is_settled.then_some(directory.modified_ms),
                ..skipped(reason)
            })
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(skipped(String::new())),
        Err(error) => Err(skipped(format!("the directory cannot be listed: {error}"))),
    }
}
