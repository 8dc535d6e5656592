//! One log -> its ledger row and its application's rows.
//!
//! A small log is read by one worker, line after line into the fold. A large one keeps all workers busy:
//! while one window of chunks is decoded, the window before it is parsed in parallel and the one before
//! that is folded, in the order of the log.

use memchr::memchr_iter;
use rayon::prelude::*;

use super::progress::Progress;
use crate::decode::{Chunks, Codec, DecodeError, Decoder};
use crate::event::{Event, Parsed, parse};
use crate::fold::{Fold, LogFacts, display_text};
use crate::source::{Log, LogFile, Source};
use crate::store::{LogEntry, LogRows};

/// Bounds of reading.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub line_bytes: usize,
    pub threads: usize,
}

/// What a chunk holds; small enough to stay in a core's cache while it is parsed.
const CHUNK_BYTES: usize = 256 << 10;

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
        .any(|file| Codec::from_name(&file.name).is_some_and(|codec| codec != Codec::Plain));
    log.size_bytes
        >= if is_packed {
            LARGE_PACKED_BYTES
        } else {
            LARGE_PLAIN_BYTES
        }
}

/// Reads a whole log. Nothing in it can make this fail: what is wrong is in the ledger row.
pub fn read_log(source: &dyn Source, log: &Log, limits: Limits, how: How, progress: &Progress) -> LogRows {
    let mut reading = Reading::default();
    let mut how = how;
    for (place, file) in log.files.iter().enumerate() {
        let is_last = place + 1 == log.files.len();
        let file_place = FilePlace {
            may_be_cut: log.in_progress && is_last,
            is_only: log.files.len() == 1,
        };
        let stopped = reading.file(source, file, limits, &mut how, progress, file_place);
        if stopped {
            if !is_last && reading.damage.is_some() {
                reading.later_files = log.files.len() - place - 1;
            }
            break;
        }
    }
    progress.log_done();
    reading.finish(log)
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
    later_files: usize,
}

impl Reading {
    /// Reads one file; true if reading the log must stop here.
    fn file(
        &mut self,
        source: &dyn Source,
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
                self.damage = Some(format!("cannot open {}: {error}", file.name));
                self.cannot_open = true;
                return true;
            }
        };
        let mut chunks = Chunks::new(
            Decoder::new(input, Codec::from_name(&file.name)),
            CHUNK_BYTES,
            limits.line_bytes,
        );
        let outcome = match how {
            How::InParallel => self.lines_in_parallel(&mut chunks, limits.threads, progress),
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
            Err(error) => {
                let file_name = if is_only {
                    String::new()
                } else {
                    format!("{}: ", file.name)
                };
                self.damage = Some(format!("{file_name}{}", damage(&error)));
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

    fn lines_in_parallel<R: std::io::Read + Send>(
        &mut self,
        chunks: &mut Chunks<R>,
        threads: usize,
        progress: &Progress,
    ) -> Result<(), DecodeError> {
        let window = threads.clamp(2, 16) * 4;
        let mut decoded: Vec<Vec<u8>> = Vec::new();
        let mut spare: Vec<Vec<u8>> = Vec::new();
        let mut outcome = decode_window(chunks, window, &mut spare, &mut decoded);
        loop {
            if decoded.is_empty() {
                break;
            }
            let current = std::mem::take(&mut decoded);
            let more = outcome.is_ok();
            let reading = &mut *self;
            // Folding one part of the window overlaps with parsing the next; decoding overlaps with both.
            let ((), next) = rayon::join(
                || reading.parse_and_fold(&current, progress),
                || {
                    if more {
                        decode_window(chunks, window, &mut spare, &mut decoded)
                    } else {
                        Ok(())
                    }
                },
            );
            if more {
                outcome = next;
            }
            spare.extend(current);
        }
        outcome
    }

    fn parse_and_fold(&mut self, window: &[Vec<u8>], progress: &Progress) {
        let mut parts = window.chunks(window.len().div_ceil(4).max(1));
        let Some(first) = parts.next() else { return };
        let mut parsed = parse_chunks(first);
        for part in parts {
            let reading = &mut *self;
            let ((), next) = rayon::join(|| reading.fold_chunks(parsed, progress), || parse_chunks(part));
            parsed = next;
        }
        self.fold_chunks(parsed, progress);
    }

    fn fold_chunks(&mut self, chunks: Vec<ParsedChunk>, progress: &Progress) {
        for chunk in chunks {
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
    }

    fn finish(self, log: &Log) -> LogRows {
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let has_end = self.fold.has_ended();
        let last_event_ms = self.fold.last_event_ms();
        let problem = self.problem();
        let rows = self.fold.finish(LogFacts {
            in_progress: log.in_progress,
            compacted: log.is_compacted,
        });
        let outcome = match (&rows, &problem) {
            _ if self.cannot_open && self.events == 0 => "unreadable",
            (None, _) => "no_application",
            (Some(_), Some(_)) => "damaged",
            (Some(_), None) if has_end => "complete",
            (Some(_), None) if log.in_progress => "running",
            (Some(_), None) => "unfinished",
        };
        let message = match (problem, outcome) {
            (Some(problem), _) => Some(problem),
            (None, "no_application") if self.events == 0 => Some("not an event log".to_owned()),
            (None, "no_application") => Some("no ApplicationStart with an application id".to_owned()),
            _ => None,
        };
        let entry = LogEntry {
            path: log.path.clone(),
            app_key: None,
            app_id: rows.as_ref().map(|rows| rows.app.app_id.clone()),
            attempt: rows.as_ref().and_then(|rows| rows.app.attempt.clone()),
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
            decoded_bytes: count(self.decoded_bytes),
            events: count(self.events),
            malformed_lines: count(self.malformed),
            oversized_lines: count(self.oversized),
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
            return Some(format!("not an event log: line 1 is {reason}"));
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

fn parse_chunks(chunks: &[Vec<u8>]) -> Vec<ParsedChunk<'_>> {
    chunks
        .par_iter()
        .with_max_len(1)
        .map(|chunk| parse_chunk(chunk))
        .collect()
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

/// Decodes up to `window` chunks into `decoded`, in buffers from `spare`.
fn decode_window<R: std::io::Read>(
    chunks: &mut Chunks<R>,
    window: usize,
    spare: &mut Vec<Vec<u8>>,
    decoded: &mut Vec<Vec<u8>>,
) -> Result<(), DecodeError> {
    while decoded.len() < window {
        let mut chunk = spare.pop().unwrap_or_default();
        match chunks.next_chunk(&mut chunk) {
            Ok(true) => decoded.push(chunk),
            Ok(false) => {
                spare.push(chunk);
                return Ok(());
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
