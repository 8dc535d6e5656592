//! The packed side: a file's bytes, as many at a time as a codec needs in one piece.

use std::cell::Cell;
use std::io::{self, ErrorKind, Read};

/// What is read at once. Large enough that the frames and blocks of Spark's writers (32 KiB before
/// packing) lie in it whole, small enough to stay in the processor's cache.
const BUFFER_BYTES: usize = 256 * 1024;

thread_local! {
    /// The buffer of the file that this thread read before: many logs are smaller than what it costs to
    /// make one.
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A reader and the bytes read from it that no codec has taken yet.
pub(super) struct Input<R: Read> {
    reader: R,
    // Initialized throughout; what is waiting lies in `start..end`.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl<R: Read> Input<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            buffer: Vec::new(),
            start: 0,
            end: 0,
        }
    }

    /// The bytes that are waiting.
    pub(super) fn data(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Takes the first `count` of the waiting bytes away.
    pub(super) fn consume(&mut self, count: usize) {
        self.start = self.end.min(self.start + count);
    }

    /// Reads once more behind the waiting bytes. False at the end of the file, and also if the
    /// buffer cannot take more: it does not grow here.
    pub(super) fn more(&mut self) -> io::Result<bool> {
        if self.buffer.is_empty() {
            self.buffer = SPARE.take();
            self.buffer.resize(BUFFER_BYTES, 0);
        }
        if self.start > 0 && (self.start == self.end || self.end == self.buffer.len()) {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        let count = read(&mut self.reader, &mut self.buffer[self.end..])?;
        self.end += count;
        Ok(count > 0)
    }

    /// Reads until `count` bytes are waiting. False if the file ends before.
    ///
    /// The buffer grows with the bytes that really arrive, never by what `count` merely claims.
    pub(super) fn require(&mut self, count: usize) -> io::Result<bool> {
        while self.data().len() < count {
            if self.start == 0 && self.end == self.buffer.len() && !self.buffer.is_empty() {
                self.buffer.resize(self.buffer.len() * 2, 0);
            }
            if !self.more()? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads straight into `target`, past the buffer, which has to be empty.
    pub(super) fn read_past(&mut self, target: &mut [u8]) -> io::Result<usize> {
        debug_assert!(self.data().is_empty());
        read(&mut self.reader, target)
    }
}

impl<R: Read> Drop for Input<R> {
    fn drop(&mut self) {
        if self.buffer.len() == BUFFER_BYTES {
            SPARE.set(std::mem::take(&mut self.buffer));
        }
    }
}

/// Reads once, again if only a signal came between.
fn read<R: Read>(reader: &mut R, target: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(target) {
            // A reader that claims more than it was given room for must not lead astray.
            Ok(count) => return Ok(count.min(target.len())),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
