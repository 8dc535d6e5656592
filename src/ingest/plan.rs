//! What has to be read: everything that listing finds, less what the ledger knows unchanged.

use std::collections::HashSet;
use std::hash::BuildHasher;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::Result;
use foldhash::fast::RandomState;
use rayon::prelude::*;

use super::progress::Progress;
use crate::error::UserError;
use crate::settings::{IngestSettings, Location};
use crate::source::{Found, Listing, Log, Rejected, RollingDirectory, Sources, remote_error, told};
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
    /// Rolling directories of which a file is missing, or which cannot be listed.
    pub not_whole: usize,
    pub skipped: Vec<Skipped>,
    /// Hashes of the paths of all logs that are there now.
    present: HashSet<u64, RandomState>,
    /// Canonical directories that were listed, to tell "gone" from "elsewhere".
    pub roots: Vec<String>,
    /// Directories below them that could not be listed: nothing there is known to be gone.
    unlisted: Vec<String>,
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

/// Places on other machines that are listed at the same time.
const PLACES_SIDE_BY_SIDE: usize = 16;

impl Plan {
    pub fn is_empty(&self) -> bool {
        self.logs.is_empty() && self.skipped.iter().all(|skipped| skipped.rejected_ms.is_none())
    }

    /// Whether a path of the ledger is below a directory that was listed and was not found there.
    pub fn is_gone(&self, path: &str) -> bool {
        let is_in = |directories: &[String]| directories.iter().any(|directory| lies_in(path, directory));
        is_in(&self.roots)
            && !is_in(&self.unlisted)
            && !self.present.contains(&self.present.hasher().hash_one(path))
    }

    pub(super) fn make(
        settings: &IngestSettings,
        ledger: &Ledger,
        sources: &Sources,
        pool: &rayon::ThreadPool,
        progress: &Progress,
    ) -> Result<Self> {
        let mut plan = Plan::default();
        let mut found = pool.install(|| plan.list(settings, sources, progress))?;
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
        let found = plan.changed(ledger, sources, found);
        let expanded: Vec<Result<Log, Skipped>> = pool.install(|| {
            found
                .into_par_iter()
                .map(|found| expand(sources, found))
                .collect()
        });
        let mut logs = Vec::with_capacity(expanded.len());
        for outcome in expanded {
            match outcome {
                Ok(log) => logs.push(log),
                Err(skipped) if skipped.reason.is_empty() => plan.found = plan.found.saturating_sub(1),
                Err(skipped) => {
                    plan.not_whole += 1;
                    plan.skipped.push(skipped);
                }
            }
        }
        let mut logs = plan.changed_files(ledger, sources, logs);
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

    fn list(
        &mut self,
        settings: &IngestSettings,
        sources: &Sources,
        progress: &Progress,
    ) -> Result<Vec<Found>> {
        let mut all = Vec::new();
        let mut first_failure = None;
        let listings = list_places(settings, sources, progress)?;
        for (location, listed) in settings.locations.iter().zip(listings) {
            match listed {
                Ok(listing) => all.extend(self.take(listing)),
                // A typing mistake among the directories of this machine is better told at once.
                Err(error) if matches!(location, Location::Local(_)) => {
                    return Err(unlistable(location, error));
                }
                Err(error) => {
                    self.skipped.push(Skipped {
                        path: location.to_string(),
                        reason: format!("cannot be listed: {}", told(&error)),
                        rejected_ms: None,
                    });
                    first_failure.get_or_insert((location, error));
                }
            }
        }
        match first_failure {
            // Of several places those that answer are read; of one there is nothing to read.
            Some((location, error)) if self.roots.is_empty() => Err(unlistable(location, error)),
            _ => Ok(all),
        }
    }

    fn take(&mut self, listing: Listing) -> Vec<Found> {
        self.roots.push(listing.root);
        for (path, error) in listing.unlisted {
            self.unlisted.push(path.clone());
            self.skipped.push(Skipped {
                path,
                reason: told(&error),
                rejected_ms: None,
            });
        }
        listing.found
    }

    /// What is left of `found` without opening anything or listing a rolling directory that cannot have
    /// changed.
    fn changed(&mut self, ledger: &Ledger, sources: &Sources, found: Vec<Found>) -> Vec<Found> {
        self.keep(found, |found| {
            let facts = match found {
                Found::Whole(log) if log.in_progress && sources.grows_unseen(log) => {
                    return Verdict::Read;
                }
                Found::Whole(log) => files_facts(log),
                Found::Rolling(RollingDirectory { modified_ms, .. })
                | Found::Incomplete { modified_ms, .. } => Known::Directory {
                    modified_ms: *modified_ms,
                },
            };
            ledger.judge(&Candidate {
                path: found.path(),
                facts,
            })
        })
    }

    /// The same for rolling directories whose files are known by now.
    fn changed_files(&mut self, ledger: &Ledger, sources: &Sources, logs: Vec<Log>) -> Vec<Log> {
        self.keep(logs, |log| {
            if log.is_rolling && !(log.in_progress && sources.grows_unseen(log)) {
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

/// Whether a path is a directory's own, or below it.
fn lies_in(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || directory.ends_with('/'))
}

/// Lists all places, those of other machines side by side: of several that have gone, each costs its deadline, and
/// together they cost no more than one.
fn list_places(
    settings: &IngestSettings,
    sources: &Sources,
    progress: &Progress,
) -> io::Result<Vec<io::Result<Listing>>> {
    let list = |location: &Location| {
        progress.listing(&location.to_string());
        sources
            .at(location)
            .and_then(|source| source.list(settings.depth))
    };
    let is_local = |location: &Location| matches!(location, Location::Local(_));
    let places: Vec<(usize, &Location)> = settings.locations.iter().enumerate().collect();
    let (local, remote): (Vec<_>, Vec<_>) = places.into_iter().partition(|(_, location)| is_local(location));
    let next = AtomicUsize::new(0);
    let mut listings = thread::scope(|scope| {
        let workers: Vec<_> = (0..remote.len().min(PLACES_SIDE_BY_SIDE))
            .map(|_| {
                thread::Builder::new()
                    .name("list".to_owned())
                    .spawn_scoped(scope, || {
                        let mut listings = Vec::new();
                        while let Some((place, location)) = remote.get(next.fetch_add(1, Ordering::Relaxed)) {
                            listings.push((*place, list(location)));
                        }
                        listings
                    })
            })
            .collect::<io::Result<_>>()?;
        // On this thread, which belongs to the pool that looks into directories side by side.
        let mut listings: Vec<_> = local
            .iter()
            .map(|(place, location)| (*place, list(location)))
            .collect();
        for worker in workers {
            listings.extend(
                worker
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            );
        }
        Ok::<_, io::Error>(listings)
    })?;
    listings.sort_by_key(|(place, _)| *place);
    Ok(listings.into_iter().map(|(_, listed)| listed).collect())
}

fn files_facts(log: &Log) -> Known {
    Known::Files {
        size_bytes: i64::try_from(log.size_bytes).unwrap_or(i64::MAX),
        modified_ms: log.modified_ms,
        last_index: log.last_index,
        in_progress: log.in_progress,
    }
}

/// Why nothing at all could be read at a place.
fn unlistable(location: &Location, error: io::Error) -> anyhow::Error {
    let failure = UserError::failure(format!("cannot list the log directory `{location}`"));
    let advice = remote_error(&error).and_then(|remote| remote.advice().map(str::to_owned));
    let failure = match (advice, error.kind()) {
        (Some(advice), _) => failure.hint(advice),
        (None, io::ErrorKind::NotFound) if matches!(location, Location::Local(_)) => {
            failure.hint("does the directory exist on this machine?")
        }
        (None, io::ErrorKind::PermissionDenied) => {
            failure.hint("run as a user who may read it; Spark writes logs with mode 0660")
        }
        _ => failure,
    };
    failure.because(error).into()
}

fn missing(index: i64) -> String {
    format!("the file with index {index} is missing, so the log is not read, as Spark does")
}

/// Lists a rolling directory's files. An empty reason means that it is passed over in silence.
fn expand(sources: &Sources, found: Found) -> Result<Log, Skipped> {
    let directory = match found {
        Found::Whole(log) => return Ok(log),
        Found::Rolling(directory) => directory,
        Found::Incomplete {
            path,
            missing_index,
            modified_ms,
        } => {
            return Err(Skipped {
                path,
                reason: missing(missing_index),
                rejected_ms: Some(modified_ms),
            });
        }
    };
    let skipped = |reason: String| Skipped {
        path: directory.path.clone(),
        reason,
        rejected_ms: None,
    };
    match sources.expand(&directory) {
        Ok(Ok(log)) => Ok(log),
        Ok(Err(Rejected::NotALog)) => Err(skipped(String::new())),
        Ok(Err(Rejected::MissingIndex(index))) => Err(Skipped {
            rejected_ms: directory.is_settled.then_some(directory.modified_ms),
            ..skipped(missing(index))
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(skipped(String::new())),
        Err(error) => Err(skipped(format!(
            "the directory cannot be listed: {}",
            told(&error)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_not_below_another_whose_name_it_begins_with() {
        assert!(lies_in("/logs/a", "/logs"));
        assert!(lies_in("/logs", "/logs"));
        assert!(lies_in("/logs/a", "/logs/"));
        assert!(lies_in("/logs", "/"));
        assert!(!lies_in("/logs-archive/a", "/logs"));
        assert!(!lies_in("/log", "/logs"));
    }
}
