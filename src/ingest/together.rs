//! One large log, read by all workers: while one decodes a chunk, others parse the chunks before it, and the events
//! are folded in the order of the log by whoever hands in the chunk whose turn it is.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use memchr::memchr_iter;
use self_cell::self_cell;

use super::progress::Progress;
use super::reading::Reading;
use crate::decode::{Chunks, DecodeError};
use crate::event::{Event, Parsed, parse};

/// Parsed chunks that may wait for their turn. So many that a worker whose core was given to another thread for some
/// milliseconds does not make the others wait.
const MOST_WAITING: usize = 16;

/// All workers together: each takes the next chunk, parses it where it lies in its cache, and goes on with another
/// one whether or not it was its turn.
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
        waiting: Mutex::default(),
        num_waiting: AtomicUsize::new(0),
        is_abandoned: AtomicBool::new(false),
        progress,
    };
    rayon::broadcast(|_| {
        let _abandon = AbandonOnPanic(&folder);
        while let Some(mut chunk) = folder.buffer() {
            // Before a chunk is taken: the others would wait for one that never comes.
            if progress.is_stopped() {
                break;
            }
            // Let go of before the chunk is parsed; in a `while let` the lock would be held all along.
            let number = patiently_held(&reader).take(&mut chunk);
            let Some(number) = number else { break };
            folder.hand_in(number, Handed::new(chunk, |chunk| parse_chunk(chunk)));
        }
    });
    patiently_held(&reader).outcome.take().unwrap_or(Ok(()))
}

self_cell! {
    /// A chunk and what was parsed of it.
    struct Handed {
        owner: Vec<u8>,
        #[covariant]
        dependent: ParsedChunk,
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

fn fold_chunk(reading: &mut Reading, chunk: &mut ParsedChunk, progress: &Progress) {
    for event in &chunk.events {
        reading.fold.apply(event);
    }
    let num_events = chunk.events.len() as u64;
    reading.events += num_events;
    for (line, reason) in chunk.malformed.drain(..) {
        reading.malformed(reading.lines + line, reason);
    }
    if chunk.cut_line.is_some() {
        reading.cut_line = chunk.cut_line.take();
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
    waiting: Mutex<Waiting>,
    /// How many chunks wait, to be looked at without taking the lock.
    num_waiting: AtomicUsize,
    /// A worker has panicked: its chunk will not come, and the others must not wait for it.
    is_abandoned: AtomicBool,
    progress: &'a Progress,
}

/// Chunks before they are folded, and buffers after.
#[derive(Default)]
struct Waiting {
    /// Number of the chunk whose turn it is.
    turn: u64,
    handed: BTreeMap<u64, Handed>,
    spare: Vec<Vec<u8>>,
}

impl Folder<'_> {
    /// A buffer for the next chunk, once not too many wait; `None` if a worker has panicked.
    fn buffer(&self) -> Option<Vec<u8>> {
        patiently(|| {
            let has_room = self.num_waiting.load(Ordering::Relaxed) < MOST_WAITING;
            (has_room || self.is_abandoned.load(Ordering::Relaxed)).then_some(())
        });
        let is_abandoned = self.is_abandoned.load(Ordering::Relaxed);
        (!is_abandoned).then(|| held(&self.waiting).spare.pop().unwrap_or_default())
    }

    /// Takes over a parsed chunk, and folds whatever can be folded unless another worker is at it.
    fn hand_in(&self, number: u64, chunk: Handed) {
        self.num_waiting.fetch_add(1, Ordering::Relaxed);
        held(&self.waiting).handed.insert(number, chunk);
        // Asked again after each round: what was handed in while the fold was held by this worker may have found
        // it taken just before it was let go of.
        while self.is_due()
            && let Some(mut reading) = try_held(&self.reading)
        {
            while let Some(mut chunk) = self.next() {
                chunk.with_dependent_mut(|_, parsed| fold_chunk(&mut reading, parsed, self.progress));
                held(&self.waiting).spare.push(chunk.into_owner());
            }
        }
    }

    fn is_due(&self) -> bool {
        let waiting = held(&self.waiting);
        waiting.handed.contains_key(&waiting.turn)
    }

    /// The chunk whose turn it is, if it is there.
    fn next(&self) -> Option<Handed> {
        let mut waiting = held(&self.waiting);
        let turn = waiting.turn;
        let chunk = waiting.handed.remove(&turn)?;
        waiting.turn += 1;
        self.num_waiting.fetch_sub(1, Ordering::Relaxed);
        Some(chunk)
    }
}

struct AbandonOnPanic<'a, 'b>(&'a Folder<'b>);

impl Drop for AbandonOnPanic<'_, '_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.is_abandoned.store(true, Ordering::Relaxed);
        }
    }
}

/// Takes a lock that is held for moments. One is only poisoned by a panic, which ends the ingest by itself.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn try_held<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// Takes a lock that is held for as long as reading a chunk takes.
fn patiently_held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    patiently(|| try_held(mutex))
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
