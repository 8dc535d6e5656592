//! The bytes of a range as they came, piece by piece and not copied together: they are read once, in order.

use std::collections::VecDeque;

use bytes::{Buf, Bytes, BytesMut};

/// Smaller pieces are copied together, so that a store that sends bytes one by one does not fill the memory with
/// what says where they are.
const SMALL_BYTES: usize = 4 << 10;

/// Bytes in pieces.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pieces {
    whole: VecDeque<Bytes>,
    /// Small ones that came after all of `whole`.
    small: BytesMut,
    len: usize,
}

impl Pieces {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn push(&mut self, piece: Bytes) {
        self.len += piece.len();
        if piece.len() < SMALL_BYTES {
            self.small.extend_from_slice(&piece);
            return;
        }
        self.end_small();
        self.whole.push_back(piece);
    }

    fn end_small(&mut self) {
        if !self.small.is_empty() {
            self.whole.push_back(self.small.split().freeze());
        }
    }

    /// Moves as much as there is, or as much as `buffer` takes, out of the first piece; 0 at the end only.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> usize {
        if self.whole.is_empty() {
            self.end_small();
        }
        let Some(first) = self.whole.front_mut() else {
            return 0;
        };
        let num = buffer.len().min(first.len());
        first.copy_to_slice(&mut buffer[..num]);
        if first.is_empty() {
            self.whole.pop_front();
        }
        self.len -= num;
        num
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_and_small_pieces_come_out_in_their_order() {
        let content: Vec<u8> = (0..=250).cycle().take(60_000).collect();
        let mut pieces = Pieces::default();
        let mut rest = Bytes::from(content.clone());
        for len in [1, 2, 5000, 4096, 3, 20_000, 0, 4095, 1] {
            pieces.push(rest.split_to(len));
        }
        pieces.push(rest);
        assert_eq!(pieces.len(), content.len());
        let mut read = Vec::new();
        let mut buffer = [0; 1000];
        loop {
            match pieces.read(&mut buffer) {
                0 => break,
                num => read.extend_from_slice(&buffer[..num]),
            }
        }
        assert!(read == content && pieces.len() == 0);
    }

    #[test]
    fn bytes_that_come_one_by_one_are_kept_together() {
        let mut pieces = Pieces::default();
        for _ in 0..100_000 {
            pieces.push(Bytes::from_static(b"x"));
        }
        pieces.end_small();
        assert_eq!((pieces.len(), pieces.whole.len()), (100_000, 1));
    }
}
