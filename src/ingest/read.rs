//! One log -> its ledger row and its application's rows.
//!
//! A small log is read by one worker, line after line into the fold. A large one keeps all workers busy:
//! while one decodes a chunk, another parses the chunk before it, and another folds the one before that, in
//! the order of the log.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, TryLockError};

use memchr::memchr_iter;

use super::progress::Progress;
use crate::decode::{Chunks, Codec, DecodeError, Decoder};
use crate::event::{Event, Parsed, parse};
use crate::fold::{Fold, LogFacts, display_text};
use crate::source::{Log, LogFile, Open, has_changed, is_unseen, named_application, remote_error, told};
use crate::store::{LogEntry, LogRows};

/// Bounds of reading.
#[derive(Debug, Clone, Copy)]
pub struct Limits<'a> {
    pub line_bytes: usize,
    /// Properties of applications to keep besides those that always are.
    pub properties: &'a [String],
}

/// What a chunk holds; small enough to stay in a core's cache while it is parsed.
const CHUNK_BYTES: usize = 256 << 10;
/// Larger where workers take turns: handing over costs more than the cache gives.
const SHARED_CHUNK_BYTES: usize = 512 << 10;

/// Logs of at least this size, as stored, are read by all workers together.
pub(super) const LARGE_PLAIN_BYTES: u64 = 32 << 20;
pub(super) const LARGE_PACKED_BYTES: u64 = 8 << 20;

/// Who reads a log.
#[derive(Debug)]
pub enum How<'a> {
    /// All workers together.
    InParallel,
    /// This worker, with a buffer that it keeps from log to log.
    Alone(&'a mut Vec<u8>),
}

/// Whether a log is worth reading with all workers.
pub(super) fn is_large(log: &Log) -> bool {
    let is_packed = log
        .files
        .iter()
        .any(|file| Codec::from_name(file.name()).is_some_and(|codec| codec != Codec::Plain));
    log.size_bytes
        >= if is_packed {
            LARGE_PACKED_BYTES
        } else {
            LARGE_PLAIN_BYTES
        }
}

/// A file that is replaced while it is read is read again, so often.
const MOST_READINGS: usize = 3;

/// Reads a whole log. Nothing in it can make this fail: what is wrong is in the ledger row.
pub fn read_log(source: &dyn Open, log: &Log, limits: Limits, how: How, progress: &Progress) -> LogRows {
    let mut how = how;
    let mut reading = read_once(source, log, limits, &mut how, progress);
    for _ in 1..MOST_READINGS {
        if !reading.has_changed {
            break;
        }
        reading = read_once(source, log, limits, &mut how, progress);
    }
    progress.log_done();
    reading.finish(log)
}

fn read_once(source: &dyn Open, log: &Log, limits: Limits, how: &mut How, progress: &Progress) -> Reading {
    let mut reading = Reading {
        fold: Fold::keeping(limits.properties),
        ..Reading::default()
    };
    for (place, file) in log.files.iter().enumerate() {
        let is_last = place + 1 == log.files.len();
        let file_place = FilePlace {
            may_be_cut: log.in_progress && is_last,
            is_only: log.files.len() == 1,
        };
        let stopped = reading.file(source, file, limits, how, progress, file_place);
        if stopped {
            if !is_last && reading.damage.is_some() {
                reading.later_files = log.files.len() - place - 1;
            }
            break;
        }
    }
    reading
}

/// Where in its log a file stands.
#[derive(Clone, Copy)]
struct FilePlace {
    /// The file may still be written to, so that its end may be anywhere.
    may_be_cut: bool,
    is_only: bool,
}

#[derive(Default)]
struct Reading {
    fold: Fold,
    codec: Option<Codec>,
    decoded_bytes: u64,
    lines: u64,
    events: u64,
    malformed: u64,
    first_malformed: Option<(u64, String)>,
    /// The last line lacked its line end and was no event: where a writer was stopped.
    cut_line: Option<String>,
    oversized: u64,
    damage: Option<String>,
    cannot_open: bool,
    cannot_read: bool,
    /// A file was replaced while it was read: what was read of it is of no use.
    has_changed: bool,
    /// Reading ended before bytes that are known to be there, and cannot be read yet.
    unseen: Option<String>,
    later_files: usize,
}

impl Reading {
    /// Reads one file; true if reading the log must stop here.
    fn file(
        &mut self,
        source: &dyn Open,
        file: &LogFile,
        limits: Limits,
        how: &mut How,
        progress: &Progress,
        place: FilePlace,
    ) -> bool {
        let FilePlace { may_be_cut, is_only } = place;
        let input = match source.open(file) {
            Ok(input) => input,
            Err(error) => {
                self.damage = Some(format!("cannot open {}: {}", file.name(), told(&error)));
                self.cannot_open = true;
                return true;
            }
        };
        let chunk_bytes = match how {
            How::InParallel => SHARED_CHUNK_BYTES,
            How::Alone(_) => CHUNK_BYTES,
        };
        let decoder = Decoder::new(input, Codec::from_name(file.name()));
        let mut chunks = Chunks::new(decoder, chunk_bytes, limits.line_bytes);
        let outcome = match how {
            How::InParallel => self.lines_in_parallel(&mut chunks, progress),
            How::Alone(chunk) => self.lines(&mut chunks, chunk, progress),
        };
        self.codec = self.codec.or(chunks.codec());
        self.decoded_bytes += chunks.decoded_bytes();
        self.oversized += chunks.oversized_lines();
        if let Some(reason) = self.cut_line.take()
            && !may_be_cut
        {
            self.malformed(self.lines, reason);
        }
        match outcome {
            Ok(()) => false,
            Err(DecodeError::Truncated) if may_be_cut => true,
            Err(DecodeError::Io(error)) if may_be_cut && is_unseen(&error) => {
                self.unseen = Some(error.to_string());
                true
            }
            Err(error) => {
                let file_name = if is_only {
                    String::new()
                } else {
                    format!("{}: ", file.name())
                };
                self.damage = Some(format!("{file_name}{}", damage(&error)));
                if let DecodeError::Io(error) = &error {
                    // What a store did not give today is no damage of the log: nothing of it is kept, so that
                    // it is read again, and what is known of its application stays as it is.
                    self.has_changed = has_changed(error);
                    self.cannot_read = remote_error(error).is_some() && !is_unseen(error);
                }
                true
            }
        }
    }

    fn lines<R: std::io::Read>(
        &mut self,
        chunks: &mut Chunks<R>,
        chunk: &mut Vec<u8>,
        progress: &Progress,
    ) -> Result<(), DecodeError> {
        while chunks.next_chunk(chunk)? {
            let events_before = self.events;
            let mut start = 0;
            for end in memchr_iter(b'\n', chunk) {
                self.line(&chunk[start..end], false);
                start = end + 1;
            }
            if start < chunk.len() {
                self.line(&chunk[start..], true);
            }
            progress.add(chunk.len(), self.events - events_before);
        }
        Ok(())
    }

    #[inline]
    fn line(&mut self, line: &[u8], is_cut: bool) {
        self.lines += 1;
        if line.is_empty() {
            return;
        }
        match parse(line) {
            Parsed::Event(event) => {
                self.events += 1;
                self.fold.apply(&event);
            }
            Parsed::Malformed(reason) if is_cut => self.cut_line = Some(reason),
            Parsed::Malformed(reason) => self.malformed(self.lines, reason),
        }
    }

    fn malformed(&mut self, line: u64, reason: String) {
        self.malformed += 1;
        self.first_malformed.get_or_insert((line, reason));
    }

    /// All workers together: each takes the next chunk, parses it where it lies in its cache, and folds it
    /// when its turn comes.
    fn lines_in_parallel<R: std::io::Read + Send>(
        &mut self,
        chunks: &mut Chunks<R>,
        progress: &Progress,
    ) -> Result<(), DecodeError> {
        let reader = Mutex::new(Reader {
            chunks,
            next: 0,
            outcome: None,
        });
        let folder = Folder {
            reading: Mutex::new(self),
            turn: AtomicU64::new(0),
            is_abandoned: AtomicBool::new(false),
        };
        rayon::broadcast(|_| {
            let mut chunk = Vec::new();
            loop {
                // Let go of before the chunk is parsed; in a `while let` the lock would be held all along.
                let number = held(&reader).take(&mut chunk);
                let Some(number) = number else { break };
                let turn = Turn {
                    folder: &folder,
                    number,
                };
                let parsed = parse_chunk(&chunk);
                turn.fold(parsed, progress);
            }
        });
        held(&reader).outcome.take().unwrap_or(Ok(()))
    }

    fn fold_chunk(&mut self, chunk: ParsedChunk, progress: &Progress) {
        for event in &chunk.events {
            self.fold.apply(event);
        }
        let num_events = chunk.events.len() as u64;
        self.events += num_events;
        for (line, reason) in chunk.malformed {
            self.malformed(self.lines + line, reason);
        }
        if chunk.cut_line.is_some() {
            self.cut_line = chunk.cut_line;
        }
        self.lines += chunk.lines;
        progress.add(chunk.bytes, num_events);
    }

    fn finish(self, log: &Log) -> LogRows {
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let has_end = self.fold.has_ended();
        let last_event_ms = self.fold.last_event_ms();
        let problem = self.problem();
        let is_unreadable = self.cannot_read || (self.cannot_open && self.events == 0);
        let rows = if is_unreadable {
            None
        } else {
            self.fold.finish(LogFacts {
                in_progress: log.in_progress,
                compacted: log.is_compacted,
            })
        };
        // It runs, and what can be read of it does not say which application it is.
        let is_early = log.in_progress && rows.is_none() && problem.is_none() && !is_unreadable;
        let is_invisible = is_early && self.events == 0;
        let outcome = match (&rows, &problem) {
            _ if is_unreadable => "unreadable",
            _ if is_early => "running",
            (None, _) => "no_application",
            (Some(_), Some(_)) => "damaged",
            (Some(_), None) if has_end => "complete",
            (Some(_), None) if log.in_progress => "running",
            (Some(_), None) => "unfinished",
        };
        let message = match (problem, outcome) {
            (Some(problem), _) => Some(problem),
            (None, "running") if is_invisible => Some(format!(
                "nothing of it can be read while it is written; the application is that of its name{}",
                self.unseen
                    .map(|reason| format!(" ({reason})"))
                    .unwrap_or_default()
            )),
            (None, "running") if is_early => {
                Some("its start cannot be read yet; the application is that of its name".to_owned())
            }
            (None, "running") => self.unseen,
            (None, "no_application") if self.events == 0 => Some("not an event log".to_owned()),
            (None, "no_application") => Some("no ApplicationStart with an application id".to_owned()),
            _ => None,
        };
        let (app_id, attempt) = match &rows {
            Some(rows) => (Some(rows.app.app_id.clone()), rows.app.attempt.clone()),
            None if is_early => {
                let (app_id, attempt) = named_application(&log.path);
                (Some(app_id), attempt)
            }
            None => (None, None),
        };
        let seen = |number: u64| (!is_invisible).then(|| count(number));
        let entry = LogEntry {
            path: log.path.clone(),
            app_key: None,
            app_id,
            attempt,
            outcome,
            message,
            codec: self.codec.map(Codec::name),
            rolling: log.is_rolling,
            compacted: log.is_compacted,
            in_progress: log.in_progress,
            files: count(log.files.len() as u64),
            last_index: log.last_index,
            size_bytes: count(log.size_bytes),
            modified_ms: log.modified_ms,
            directory_modified_ms: log.directory_modified_ms.filter(|_| !log.in_progress),
            decoded_bytes: seen(self.decoded_bytes),
            events: seen(self.events),
            malformed_lines: seen(self.malformed),
            oversized_lines: seen(self.oversized),
            has_end,
            last_event_ms,
            ingest_id: 0,
        };
        LogRows { entry, rows }
    }

    /// What is wrong with the log, in one sentence; `None` if nothing is.
    fn problem(&self) -> Option<String> {
        if self.events == 0
            && self.damage.is_none()
            && let Some((_, reason)) = &self.first_malformed
        {
            return Some(format!("not an event log (line 1: {reason})"));
        }
        let mut problems = Vec::new();
        if let Some(damage) = &self.damage {
            problems.push(damage.clone());
            if self.later_files > 0 {
                problems.push(format!("{} later files were not read", self.later_files));
            }
        }
        if let Some((line, reason)) = &self.first_malformed {
            problems.push(match self.malformed {
                1 => format!("1 malformed line, line {line}: {reason}"),
                more => format!("{more} malformed lines, the first is line {line}: {reason}"),
            });
        }
        if self.oversized > 0 {
            problems.push(format!("{} lines are longer than the limit", self.oversized));
        }
        (!problems.is_empty()).then(|| display_text(&problems.join("; "), 500))
    }
}

/// A decoding error with the cause behind it.
fn damage(error: &DecodeError) -> String {
    if let DecodeError::Io(cause) = error
        && remote_error(cause).is_some()
    {
        return told(cause);
    }
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

/// The events of one chunk, not yet folded.
#[derive(Default)]
struct ParsedChunk<'a> {
    events: Vec<Event<'a>>,
    lines: u64,
    bytes: usize,
    malformed: Vec<(u64, String)>,
    cut_line: Option<String>,
}

fn parse_chunk(chunk: &[u8]) -> ParsedChunk<'_> {
    let mut parsed = ParsedChunk {
        bytes: chunk.len(),
        events: Vec::with_capacity(chunk.len() / 2048),
        ..ParsedChunk::default()
    };
    let mut start = 0;
    let ends = memchr_iter(b'\n', chunk).map(|end| (end, false));
    let cut = (!chunk.ends_with(b"\n")).then_some((chunk.len(), true));
    for (end, is_cut) in ends.chain(cut) {
        let line = &chunk[start..end];
        start = end + 1;
        parsed.lines += 1;
        if line.is_empty() {
            continue;
        }
        match parse(line) {
            Parsed::Event(event) => parsed.events.push(event),
            Parsed::Malformed(reason) if is_cut => parsed.cut_line = Some(reason),
            Parsed::Malformed(reason) => parsed.malformed.push((parsed.lines, reason)),
        }
    }
    parsed
}

/// The file, of which one worker at a time takes a chunk.
struct Reader<'a, R: std::io::Read> {
    chunks: &'a mut Chunks<R>,
    /// Number of the next chunk.
    next: u64,
    /// How the file ended, once it has.
    outcome: Option<Result<(), DecodeError>>,
}

impl<R: std::io::Read> Reader<'_, R> {
    /// Fills `chunk` and answers its number; `None` at the end of the file.
    fn take(&mut self, chunk: &mut Vec<u8>) -> Option<u64> {
        if self.outcome.is_some() {
            return None;
        }
        match self.chunks.next_chunk(chunk) {
            Ok(true) => {
                let number = self.next;
                self.next += 1;
                Some(number)
            }
            Ok(false) => {
                self.outcome = Some(Ok(()));
                None
            }
            Err(error) => {
                self.outcome = Some(Err(error));
                None
            }
        }
    }
}

/// The fold, which takes in chunks in the order of the file.
struct Folder<'a> {
    reading: Mutex<&'a mut Reading>,
    /// Number of the chunk whose turn it is.
    turn: AtomicU64,
    /// A worker has panicked: its turn will not come, and the others must not wait for it.
    is_abandoned: AtomicBool,
}

/// A worker's right to fold the chunk that it has taken, and its duty to pass the turn on.
struct Turn<'a, 'b> {
    folder: &'a Folder<'b>,
    number: u64,
}

impl Turn<'_, '_> {
    fn fold(self, chunk: ParsedChunk, progress: &Progress) {
        let folder = self.folder;
        patiently(|| {
            let is_mine = folder.turn.load(Ordering::Acquire) == self.number;
            (is_mine || folder.is_abandoned.load(Ordering::Relaxed)).then_some(())
        });
        if !folder.is_abandoned.load(Ordering::Relaxed) {
            held(&folder.reading).fold_chunk(chunk, progress);
            folder.turn.store(self.number + 1, Ordering::Release);
        }
    }
}

impl Drop for Turn<'_, '_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.folder.is_abandoned.store(true, Ordering::Relaxed);
        }
    }
}

/// Takes a lock. One is only poisoned by a panic, which ends the ingest by itself.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    patiently(|| match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    })
}

/// Waits without going to sleep: what is waited for takes some ten microseconds, and waking up takes longer.
fn patiently<T>(mut attempt: impl FnMut() -> Option<T>) -> T {
    let mut attempts = 0_u32;
    loop {
        if let Some(outcome) = attempt() {
            return outcome;
        }
        attempts = attempts.wrapping_add(1);
        if attempts.is_multiple_of(256) {
            std::thread::yield_now();
        } else {
            std::hint::spin_loop();
        }
    }
}
