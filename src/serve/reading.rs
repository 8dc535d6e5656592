//! One log -> one application, by a replay of all its lines, with the processors that there are.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use memchr::memchr_iter;

use crate::decode::{Chunks, Codec, DecodeError, Decoder};
use crate::event::detail::{Line, parse};
use crate::replay::{Application, Replay, Retention};
use crate::source::{Log, LogFile, Open};

/// Bounds of a replay.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub line_bytes: usize,
    /// What the application may take in memory.
    pub bytes: usize,
    pub deadline: Instant,
    pub retention: Option<Retention>,
}

/// Why a log was not replayed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// A file cannot be opened or read: its file system is away, perhaps.
    Away(String),
    /// Spark would not show it either: it is no event log, or damaged.
    Unreadable(String),
    TooSlow,
    TooLarge,
}

/// Small enough to stay in a core's cache, large enough that handing over does not count.
const CHUNK_BYTES: usize = 512 << 10;
/// How often it is asked what the replay takes: that means a walk through all of its stages.
const WEIGHED_CHUNKS: u64 = 8;
/// Smaller files are read by one thread: starting others takes longer.
const SMALL_BYTES: u64 = 1 << 20;
/// More threads than this wait for each other.
const MOST_THREADS: usize = 8;

/// Replays a log. Tasks that have not ended have run until `last_updated_ms`.
pub(super) fn replay(
    source: &dyn Open,
    log: &Log,
    limits: Limits,
    last_updated_ms: i64,
) -> Result<Application, Failure> {
    let mut applier = Applier {
        replay: Replay::new(limits.retention),
        turn: 0,
        may_be_cut: log.in_progress,
        bad_line: false,
        is_stopped: false,
        failure: None,
        limits,
    };
    for file in &log.files {
        applier = read_file(source, file, applier)?;
        if applier.is_stopped {
            break;
        }
    }
    Ok(applier.replay.finish(last_updated_ms))
}

fn read_file(source: &dyn Open, file: &LogFile, mut applier: Applier) -> Result<Applier, Failure> {
    let input = source
        .open(file)
        .map_err(|error| Failure::Away(format!("cannot open {}: {error}", file.name())))?;
    let decoder = Decoder::new(input, Codec::from_name(file.name()));
    let chunks = Chunks::new(decoder, CHUNK_BYTES, applier.limits.line_bytes);
    let threads = if file.size_bytes < SMALL_BYTES {
        1
    } else {
        std::thread::available_parallelism().map_or(1, |threads| threads.get().min(MOST_THREADS))
    };
    applier.turn = 0;
    applier.bad_line = false;
    let may_be_cut = applier.may_be_cut;
    let shared = Shared {
        reader: Mutex::new(Reader {
            chunks,
            next: 0,
            end: None,
        }),
        applier: Mutex::new(applier),
        turned: Condvar::new(),
    };
    if threads == 1 {
        shared.work();
    } else {
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| shared.work());
            }
        });
    }
    let applier = shared
        .applier
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    let end = shared
        .reader
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .end;
    if let Some(failure) = applier.failure {
        return Err(failure);
    }
    // Bad lines with nothing behind them are where a writer stopped.
    if applier.bad_line && !may_be_cut && !applier.is_stopped {
        return Err(Failure::Unreadable(format!(
            "{}: the last line is no event",
            file.name()
        )));
    }
    match end {
        Some(Err(DecodeError::Truncated)) if may_be_cut => Ok(applier),
        Some(Err(DecodeError::Io(error))) => {
            Err(Failure::Away(format!("cannot read {}: {error}", file.name())))
        }
        Some(Err(error)) if !applier.is_stopped => {
            Err(Failure::Unreadable(format!("{}: {error}", file.name())))
        }
        _ => Ok(applier),
    }
}

/// What the threads that read a file share.
struct Shared<R: std::io::Read> {
    reader: Mutex<Reader<R>>,
    applier: Mutex<Applier>,
    /// It is the turn of another chunk.
    turned: Condvar,
}

struct Reader<R: std::io::Read> {
    chunks: Chunks<R>,
    /// Number of the next chunk.
    next: u64,
    /// How the file ended, once it has.
    end: Option<Result<(), DecodeError>>,
}

/// Takes in lines in the order of the file.
struct Applier {
    replay: Replay,
    /// Number of the chunk whose turn it is.
    turn: u64,
    /// The log is still being written.
    may_be_cut: bool,
    /// The line before this was no JSON, which is only right for the last one.
    bad_line: bool,
    /// Spark reads no further.
    is_stopped: bool,
    failure: Option<Failure>,
    limits: Limits,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<R: std::io::Read> Shared<R> {
    /// Takes chunks until there are none: parses each by itself, and applies it when its turn comes.
    fn work(&self) {
        // When this thread ends, in whatever way, nobody must wait for its turn.
        let _leaving = Leaving(self);
        let mut chunk = Vec::new();
        loop {
            let number = lock(&self.reader).take(&mut chunk);
            let Some(number) = number else { return };
            let lines: Vec<Line> = lines(&chunk).collect();
            let mut applier = lock(&self.applier);
            while applier.turn != number && !applier.is_over() {
                applier = self.turned.wait(applier).unwrap_or_else(PoisonError::into_inner);
            }
            if applier.is_over() {
                return;
            }
            applier.apply(&lines);
            applier.turn += 1;
            drop(applier);
            self.turned.notify_all();
            if lock(&self.applier).is_over() {
                return;
            }
        }
    }
}

/// Wakes up those who wait when a thread panics, which then see that it is over.
struct Leaving<'a, R: std::io::Read>(&'a Shared<R>);

impl<R: std::io::Read> Drop for Leaving<'_, R> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            lock(&self.0.applier).failure = Some(Failure::Unreadable("it cannot be replayed".to_owned()));
        }
        self.0.turned.notify_all();
    }
}

impl<R: std::io::Read> Reader<R> {
    /// Fills `chunk` and answers its number; `None` at the end of the file.
    fn take(&mut self, chunk: &mut Vec<u8>) -> Option<u64> {
        if self.end.is_some() {
            return None;
        }
        match self.chunks.next_chunk(chunk) {
            Ok(true) => {
                self.next += 1;
                Some(self.next - 1)
            }
            Ok(false) => {
                self.end = Some(Ok(()));
                None
            }
            Err(error) => {
                self.end = Some(Err(error));
                None
            }
        }
    }
}

impl Applier {
    fn is_over(&self) -> bool {
        self.is_stopped || self.failure.is_some()
    }

    fn apply(&mut self, lines: &[Line]) {
        for line in lines {
            if self.bad_line {
                self.failure = Some(Failure::Unreadable("a line in its middle is no event".to_owned()));
                return;
            }
            match line {
                Line::Event(event) => self.replay.apply(event),
                Line::Passed => {}
                Line::NotJson => self.bad_line = true,
                Line::Broken => {
                    self.is_stopped = true;
                    return;
                }
            }
        }
        if Instant::now() > self.limits.deadline {
            self.failure = Some(Failure::TooSlow);
        } else if self.turn.is_multiple_of(WEIGHED_CHUNKS) && self.replay.bytes() > self.limits.bytes {
            self.failure = Some(Failure::TooLarge);
        }
    }
}

fn lines(chunk: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut start = 0;
    let ends = memchr_iter(b'\n', chunk).chain((!chunk.ends_with(b"\n")).then_some(chunk.len()));
    ends.filter_map(move |end| {
        let line = &chunk[start..end];
        start = end + 1;
        (!line.is_empty()).then(|| parse(line))
    })
}
