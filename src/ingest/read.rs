//! One log -> its ledger row and its application's rows.
//!
//! A small log is read by one worker, line after line into the fold; a large one by all of them together.

use memchr::memchr_iter;

use super::progress::Progress;
use super::reading::Reading;
use super::together::lines_together;
use crate::decode::{Chunks, Codec, DecodeError, Decoder};
use crate::fold::Fold;
use crate::source::{Log, LogFile, Open, has_changed, is_unseen, remote_error, told};
use crate::store::LogRows;

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
                self.cannot_read = true;
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
            How::InParallel => lines_together(self, &mut chunks, progress),
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
                    self.cannot_read = !is_unseen(error);
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
        // Of an ingest that is to stop nothing is published, so that half of a log does no harm.
        while !progress.is_stopped() && chunks.next_chunk(chunk)? {
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

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::path::Path;

    use super::*;

    struct Bytes(Vec<u8>);

    impl Open for Bytes {
        fn open(&self, _: &LogFile) -> std::io::Result<Box<dyn std::io::Read + Send>> {
            Ok(Box::new(Cursor::new(self.0.clone())))
        }
    }

    /// A real log, its middle many times over, with a line that is no event in each repetition and a last line that
    /// was cut: more chunks than may wait for their turn.
    fn long_log() -> Vec<u8> {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/spark-events/app-20261123003745-0000");
        let log = std::fs::read_to_string(path).unwrap();
        let lines: Vec<&str> = log.lines().collect();
        let (head, tail) = lines.split_at(20);
        let mut text = head.join("\n");
        while text.len() < 24 << 20 {
            text.push_str("\n{\"Event\":\n");
            text.push_str(&tail.join("\n"));
        }
        text.push_str("\n{\"Event\":\"SparkListenerTaskEnd\",\"Stage");
        text.into_bytes()
    }

    #[test]
    fn all_workers_together_read_what_one_reads() {
        let source = Bytes(long_log());
        let file = LogFile {
            path: "app-20261123003745-0000".to_owned(),
            size_bytes: source.0.len() as u64,
            modified_ms: 0,
        };
        let log = Log {
            path: file.path.clone(),
            size_bytes: file.size_bytes,
            files: vec![file],
            is_rolling: false,
            is_compacted: false,
            in_progress: true,
            last_index: None,
            modified_ms: 0,
            directory_modified_ms: None,
        };
        let limits = Limits {
            line_bytes: 1 << 20,
            properties: &[],
        };
        let progress = Progress::new(false);
        let mut chunk = Vec::new();
        let alone = read_log(&source, &log, limits, How::Alone(&mut chunk), &progress);
        assert!(alone.entry.malformed_lines > Some(10), "{:?}", alone.entry);
        assert!(alone.rows.as_ref().is_some_and(|rows| rows.app.tasks > 0));
        for threads in [1, 2, 5] {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            let together = pool.install(|| read_log(&source, &log, limits, How::InParallel, &progress));
            assert_eq!(format!("{together:?}"), format!("{alone:?}"));
        }
    }
}
