//! The unpacked side: a vector that is filled without being zeroed again and again.

use std::mem;

/// Decoded bytes at the front of a vector, and behind them whatever the vector held before.
///
/// The bytes behind are initialized memory that codecs can write to for free. Dropping this cuts
/// the vector down to what was decoded.
pub(super) struct Output<'a> {
    bytes: &'a mut Vec<u8>,
    len: usize,
}

impl<'a> Output<'a> {
    /// Keeps the first `len` bytes and treats the others as free.
    pub(super) fn new(bytes: &'a mut Vec<u8>, len: usize) -> Self {
        let len = len.min(bytes.len());
        Self { bytes, len }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn decoded(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// The next `count` bytes to write to; [`Self::advance`] then says how many were written.
    pub(super) fn free(&mut self, count: usize) -> &mut [u8] {
        let end = self.len + count;
        if self.bytes.len() < end {
            reserve(self.bytes, end);
            self.bytes.resize(end, 0);
        }
        &mut self.bytes[self.len..end]
    }

    pub(super) fn advance(&mut self, count: usize) {
        debug_assert!(self.len + count <= self.bytes.len());
        self.len = self.bytes.len().min(self.len + count);
    }

    pub(super) fn extend(&mut self, bytes: &[u8]) {
        self.free(bytes.len()).copy_from_slice(bytes);
        self.advance(bytes.len());
    }

    /// Lends the vector, ending where the decoded bytes end, to a codec that appends to it and
    /// does not care whether the `count` bytes of capacity behind are initialized.
    pub(super) fn append<T>(&mut self, count: usize, write: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        self.bytes.truncate(self.len);
        reserve(self.bytes, self.len + count);
        let result = write(self.bytes);
        self.len = self.bytes.len().max(self.len);
        result
    }

    /// Forgets what was decoded from `len` on.
    pub(super) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Forgets the first `count` decoded bytes.
    pub(super) fn remove_front(&mut self, count: usize) {
        let count = count.min(self.len);
        self.bytes.copy_within(count..self.len, 0);
        self.len -= count;
    }

    /// Keeps only the pieces, lines with their ends, that `keep` says yes to.
    pub(super) fn retain_lines(&mut self, mut keep: impl FnMut(&[u8]) -> bool) {
        let (mut from, mut to) = (0, 0);
        while from < self.len {
            let rest = &self.bytes[from..self.len];
            let count = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            if keep(&rest[..count]) {
                self.bytes.copy_within(from..from + count, to);
                to += count;
            }
            from += count;
        }
        self.len = to;
    }
}

impl Drop for Output<'_> {
    fn drop(&mut self) {
        self.bytes.truncate(self.len);
    }
}

/// Grows by a quarter rather than by doubling: a line at the limit must not take twice the limit.
fn reserve(bytes: &mut Vec<u8>, needed: usize) {
    if bytes.capacity() >= needed {
        return;
    }
    let capacity = needed.max(bytes.capacity() + bytes.capacity() / 4);
    if bytes.is_empty() {
        // Nothing to keep, so nothing to copy.
        drop(mem::replace(bytes, Vec::with_capacity(capacity)));
    } else {
        bytes.reserve_exact(capacity - bytes.len());
    }
}
