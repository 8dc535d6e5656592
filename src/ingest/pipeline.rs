//! Workers read logs, one writer owns the copy of the database, a bounded channel joins them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::Result;
use crossbeam_channel::{Receiver, Sender, bounded};

use super::plan::{Plan, Skipped};
use super::progress::Progress;
use super::read::{How, Limits as ReadLimits, is_large, read_log};
use super::summary::Phases;
use crate::error::UserError;
use crate::naming::Naming;
use crate::settings::IngestSettings;
use crate::source::{Log, Sources};
use crate::store::{Appended, Batch, Draft, LogEntry, LogRows, Totals};

/// A batch is written once it holds this many rows; then an ingest of any size needs the same memory.
const BATCH_ROWS: usize = 40_000;
/// Folded logs are handed to the writer in parcels of about this many rows: to wake it for each of a hundred
/// thousand small logs costs more than to write them.
const PARCEL_ROWS: usize = 1_000;
/// Which part of a worker's share is a good one: so much of the time may be lost by logs that are read alone.
const GOOD_PART: u64 = 4;
/// How many logs before its turn a log of another machine is asked for.
const LOGS_AHEAD: usize = 16;
/// Parcels that may wait for the writer: about what is read while it writes a batch.
const WAITING_PARCELS: usize = 24;

/// What reading and writing did.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub totals: Totals,
    /// Logs whose rows are in the database now.
    pub applications: u64,
    /// Logs whose applications ended before the limit of a prune.
    pub pruned: u64,
    /// Path and reason of each log that could not be read in full.
    pub damaged: Vec<(String, String)>,
    /// Something was read that the published file does not have.
    pub is_news: bool,
    pub published: bool,
    pub phases: Phases,
}

impl Outcome {
    fn add(&mut self, appended: Appended) {
        self.applications += appended.applications;
        self.pruned += appended.pruned;
    }
}

/// When the ingest began.
#[derive(Debug, Clone, Copy)]
pub(super) struct Begun {
    /// By the calendar, in milliseconds since the epoch.
    pub now_ms: i64,
    /// By the clock that durations are taken from.
    pub started: Instant,
}

/// Reads the plan's logs and publishes their rows.
pub(super) fn run(
    settings: &IngestSettings,
    naming: &Naming,
    sources: &Sources,
    pool: &rayon::ThreadPool,
    plan: &Plan,
    begun: Begun,
    progress: &Progress,
) -> Result<Outcome> {
    let Begun { now_ms, started } = begun;
    let properties = naming.properties();
    let read_limits = ReadLimits {
        line_bytes: usize::try_from(settings.line_limit_bytes).unwrap_or(usize::MAX),
        properties: &properties,
    };
    progress.reading(plan.logs.len());
    let (sender, receiver) = bounded(WAITING_PARCELS);
    let stop = AtomicBool::new(false);
    let plan_s = started.elapsed().as_secs_f64();
    let (outcome, read_s, draft) = std::thread::scope(|scope| {
        let stop = &stop;
        // The copy is made while the first logs are being read.
        let writer = std::thread::Builder::new()
            .name("write".to_owned())
            .spawn_scoped(scope, move || {
                let outcome = write(settings, naming, plan, &receiver);
                stop.store(outcome.is_err(), Ordering::Relaxed);
                outcome
            })?;
        pool.install(|| read_all(plan, sources, read_limits, pool, stop, &sender, progress));
        drop(sender);
        let read_s = started.elapsed().as_secs_f64() - plan_s;
        let written = writer
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        written.map(|(outcome, draft)| (outcome, read_s, draft))
    })?;
    let mut outcome: Outcome = outcome;
    if progress.is_stopped() {
        return Err(UserError::failure("the ingest was stopped; the published file is untouched").into());
    }
    if !outcome.is_news && settings.database.try_exists()? {
        // Only logs that could not be opened, as before: not worth a new file.
        return Ok(outcome);
    }
    let write_s = started.elapsed().as_secs_f64() - plan_s - read_s;
    progress.publishing();
    outcome.totals.started_ms = now_ms;
    outcome.totals.finished_ms =
        now_ms.saturating_add(i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX));
    draft.publish(outcome.totals)?;
    outcome.published = true;
    let publish_s = started.elapsed().as_secs_f64() - plan_s - read_s - write_s;
    outcome.phases = Phases {
        plan_s,
        read_s,
        write_s,
        publish_s,
    };
    Ok(outcome)
}

/// Reads the logs that would keep all but one worker waiting at the end with all workers, one after the other, then
/// the others each with one.
fn read_all(
    plan: &Plan,
    sources: &Sources,
    limits: ReadLimits,
    pool: &rayon::ThreadPool,
    stop: &AtomicBool,
    sender: &Sender<Batch>,
    progress: &Progress,
) {
    let least_shared = least_shared_bytes(&plan.logs, pool.current_num_threads());
    let (shared, own): (Vec<_>, Vec<_>) = plan
        .logs
        .iter()
        .partition(|log| is_large(log) && log.size_bytes >= least_shared);
    let expect = |log: Option<&&Log>| {
        if let Some(file) = log.and_then(|log| log.files.first()) {
            sources.expect(file);
        }
    };
    for (place, log) in shared.iter().enumerate() {
        expect(shared.get(place + 1));
        let mut parcel = Batch::default();
        parcel.push(read_log(sources, log, limits, How::InParallel, progress));
        if stop.load(Ordering::Relaxed) || progress.is_stopped() || sender.send(parcel).is_err() {
            return;
        }
    }
    own.iter().take(LOGS_AHEAD).for_each(|log| expect(Some(log)));
    let next = Mutex::new(0);
    // In one step, so that a log is never asked for after another worker has begun to read it.
    let claim = || {
        let mut next = next.lock().unwrap_or_else(PoisonError::into_inner);
        let place = *next;
        *next += 1;
        expect(own.get(place + LOGS_AHEAD));
        own.get(place)
    };
    pool.broadcast(|_| {
        let mut chunk = Vec::new();
        let mut parcel = Batch::default();
        while let Some(log) = claim() {
            parcel.push(read_log(sources, log, limits, How::Alone(&mut chunk), progress));
            if stop.load(Ordering::Relaxed) || progress.is_stopped() {
                return;
            }
            if parcel.num_rows() >= PARCEL_ROWS && sender.send(std::mem::take(&mut parcel)).is_err() {
                return;
            }
        }
        // If nobody receives any more, the writer has failed and says why.
        let _ = sender.send(parcel);
    });
}

/// The size from which on a large log is read with all workers: a good part of one worker's share of what is left
/// after the larger ones. Of many logs alike each is read alone, so that workers need not wait for each other.
fn least_shared_bytes(logs: &[Log], workers: usize) -> u64 {
    let mut sizes: Vec<u64> = logs.iter().map(|log| log.size_bytes).collect();
    sizes.sort_unstable_by_key(|size| std::cmp::Reverse(*size));
    let mut left: u64 = sizes.iter().sum();
    let mut least = u64::MAX;
    for size in sizes {
        if size.saturating_mul(GOOD_PART).saturating_mul(workers as u64) < left {
            break;
        }
        least = size;
        left -= size;
    }
    least
}

fn write(
    settings: &IngestSettings,
    naming: &Naming,
    plan: &Plan,
    receiver: &Receiver<Batch>,
) -> Result<(Outcome, Draft)> {
    let draft = Draft::create(&settings.database, super::limits(settings))?;
    let is_gone = |path: &str| plan.is_gone(path);
    let is_news = draft.is_migrated()
        | draft.rename(naming.fingerprint(), |app_name, conf| {
            let names = naming.names(app_name, conf);
            (names.job, names.tags)
        })?;
    let mut outcome = Outcome {
        is_news,
        ..Outcome::default()
    };
    let mut batch = Batch::default();
    for skipped in &plan.skipped {
        if let Some(rejected_ms) = skipped.rejected_ms {
            outcome.is_news = true;
            batch.push(LogRows {
                entry: rejected_entry(skipped, rejected_ms, draft.ingest_id()),
                rows: None,
            });
        }
    }
    for mut log in receiver.iter().flat_map(|parcel| parcel.logs) {
        log.entry.ingest_id = draft.ingest_id();
        if let Some(rows) = &mut log.rows {
            let names = naming.names(&rows.app.app_name, &rows.conf);
            (rows.app.job, rows.app.tags) = (names.job, names.tags);
        }
        let entry = &log.entry;
        outcome.totals.logs += 1;
        outcome.totals.events += count(entry.events);
        outcome.totals.decoded_bytes += count(entry.decoded_bytes);
        outcome.is_news |= entry.outcome != "unreadable";
        if entry.outcome != "running"
            && let Some(message) = &entry.message
        {
            outcome.totals.damaged_logs += 1;
            outcome.damaged.push((entry.path.clone(), message.clone()));
        }
        batch.push(log);
        if batch.num_rows() >= BATCH_ROWS {
            outcome.add(draft.append(std::mem::take(&mut batch), &is_gone)?);
        }
    }
    if !batch.logs.is_empty() {
        outcome.add(draft.append(batch, &is_gone)?);
    }
    Ok((outcome, draft))
}

fn count(number: Option<i64>) -> u64 {
    number.and_then(|number| u64::try_from(number).ok()).unwrap_or(0)
}

fn rejected_entry(skipped: &Skipped, rejected_ms: i64, ingest_id: i64) -> LogEntry {
    LogEntry {
        path: skipped.path.clone(),
        app_key: None,
        app_id: None,
        attempt: None,
        outcome: "rejected",
        message: Some(skipped.reason.clone()),
        codec: None,
        rolling: true,
        compacted: false,
        in_progress: false,
        files: 0,
        last_index: None,
        size_bytes: 0,
        modified_ms: rejected_ms,
        directory_modified_ms: Some(rejected_ms),
        decoded_bytes: Some(0),
        events: Some(0),
        malformed_lines: Some(0),
        oversized_lines: Some(0),
        has_end: false,
        last_event_ms: None,
        ingest_id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_shared_that_would_outlast_the_others() {
        let log = |size_bytes| Log {
            path: String::new(),
            files: Vec::new(),
            is_rolling: false,
            is_compacted: false,
            in_progress: false,
            last_index: None,
            size_bytes,
            modified_ms: 0,
            directory_modified_ms: None,
        };
        let least = |sizes: &[u64], workers| {
            least_shared_bytes(&sizes.iter().map(|size| log(*size)).collect::<Vec<_>>(), workers)
        };
        assert_eq!(least(&[7], 2), 7);
        assert_eq!(least(&[5; 3], 2), 5);
        assert_eq!(least(&[5; 32], 2), u64::MAX);
        assert_eq!(least(&[5; 32], 32), 5);
        let mut sizes = [1; 100];
        (sizes[3], sizes[50]) = (1000, 20);
        assert_eq!(least(&sizes, 2), 20);
        assert_eq!(least(&[], 2), u64::MAX);
    }
}
