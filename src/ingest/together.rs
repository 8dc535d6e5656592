//! One large log, read by all workers: while one decodes a chunk, another parses the chunk before it, and another
//! folds the one before that, in the order of the log.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, TryLockError};

use memchr::memchr_iter;

use super::progress::Progress;
use super::reading::Reading;
use crate::decode::{Chunks, DecodeError};
use crate::event::{Event, Parsed, parse};

/// All workers together: each takes the next chunk, parses it where it lies in its cache, and folds it
/// when its turn comes.
pub(super) fn lines_together<R: std::io::Read + Send>(
    reading: &mut Reading,
    chunks: &mut Chunks<R>,
    progress: &Progress,
) -> Result<(), DecodeError> {
    let reader = Mutex::new(Reader {
        chunks,
        next: 0,
        outcome: None,
    });
    let folder = Folder {
        reading: Mutex::new(reading),
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

fn fold_chunk(reading: &mut Reading, chunk: ParsedChunk, progress: &Progress) {
    for event in &chunk.events {
        reading.fold.apply(event);
    }
    let num_events = chunk.events.len() as u64;
    reading.events += num_events;
    for (line, reason) in chunk.malformed {
        reading.malformed(reading.lines + line, reason);
    }
    if chunk.cut_line.is_some() {
        reading.cut_line = chunk.cut_line;
    }
    reading.lines += chunk.lines;
    progress.add(chunk.bytes, num_events);
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
            fold_chunk(&mut held(&folder.reading), chunk, progress);
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
