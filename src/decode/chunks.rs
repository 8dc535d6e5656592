//! Decoded bytes, cut where a line ends, so that each chunk can be parsed on its own.

use std::io::Read;

use memchr::{memchr, memrchr};

use super::codec::Codec;
use super::decoder::Decoder;
use super::error::DecodeError;
use super::output::Output;

/// A buffer that grew to this many chunks for the sake of a long line is shrunk again.
const KEPT_CHUNKS: usize = 8;
/// Room for what decoders write beyond what was asked for, so that buffers are made only once.
const OVERSHOOT_BYTES: usize = 128 * 1024;

/// Cuts decoded bytes into chunks that end at a line end.
///
/// Lines end with `\n` and with nothing else. Lines longer than the limit are left out and counted,
/// and never held in memory beyond it.
pub struct Chunks<R: Read> {
    decoder: Decoder<R>,
    chunk_bytes: usize,
    line_limit: usize,
    /// The beginning of a line whose end comes with the next chunk.
    carry: Vec<u8>,
    /// The line being read is over the limit, and counted already.
    is_skipping: bool,
    end: Option<End>,
    decoded_bytes: u64,
    oversized_lines: u64,
}

/// How the file ended.
enum End {
    Clean,
    /// With an error that the caller has not been told yet.
    Damaged(DecodeError),
}

impl<R: Read> Chunks<R> {
    /// Chunks of about `chunk_bytes`; longer ones only where a line is. A line may have
    /// `line_limit` bytes, its end not counted.
    pub fn new(decoder: Decoder<R>, chunk_bytes: usize, line_limit: usize) -> Self {
        let line_limit = line_limit.max(1);
        Self {
            decoder,
            // So only a chunk that outgrew its size can hold a line over the limit.
            chunk_bytes: chunk_bytes.clamp(1, line_limit),
            line_limit,
            carry: Vec::new(),
            is_skipping: false,
            end: None,
            decoded_bytes: 0,
            oversized_lines: 0,
        }
    }

    /// Replaces the content of `buf` with the next chunk: one or more whole lines. Only the very
    /// last line of the file may lack its end. False at the end of the file; `buf` is empty then.
    ///
    /// Hand in a buffer as an earlier call left it, without clearing it: what it still holds is
    /// memory that need not be zeroed again.
    ///
    /// # Errors
    ///
    /// If the file is damaged, ends too early or cannot be read: once, after all whole lines before
    /// the damage have been delivered. The line that was cut is not delivered.
    pub fn next_chunk(&mut self, buf: &mut Vec<u8>) -> Result<bool, DecodeError> {
        self.resize(buf);
        let mut chunk = Output::new(buf, 0);
        loop {
            chunk.extend(&self.carry);
            self.carry.clear();
            if !self.gather(&mut chunk) {
                break;
            }
            if chunk.len() > self.line_limit {
                let Self {
                    line_limit,
                    oversized_lines,
                    ..
                } = self;
                chunk.retain_lines(|line| {
                    let is_short = line.strip_suffix(b"\n").unwrap_or(line).len() <= *line_limit;
                    *oversized_lines += u64::from(!is_short);
                    is_short
                });
            }
            if chunk.len() > 0 {
                return Ok(true);
            }
        }
        match self.end.replace(End::Clean) {
            Some(End::Damaged(error)) => Err(error),
            Some(End::Clean) | None => Ok(false),
        }
    }

    /// The file's codec, known once a chunk was asked for.
    pub fn codec(&self) -> Option<Codec> {
        self.decoder.codec()
    }

    /// How many bytes were decoded so far, those of lines left out included.
    pub fn decoded_bytes(&self) -> u64 {
        self.decoded_bytes
    }

    /// How many lines were left out so far because they are over the limit.
    pub fn oversized_lines(&self) -> u64 {
        self.oversized_lines
    }

    /// Fills `chunk`, which begins with the carry, up to a line end, and puts the rest into the
    /// carry. False if nothing is left to fill it with.
    fn gather(&mut self, chunk: &mut Output<'_>) -> bool {
        loop {
            // No line ends before this.
            let searched = chunk.len();
            self.fill(chunk);
            if self.is_skipping {
                match memchr(b'\n', chunk.decoded()) {
                    Some(end) => {
                        chunk.remove_front(end + 1);
                        self.is_skipping = false;
                    }
                    None => chunk.truncate(0),
                }
            }
            let last = memrchr(b'\n', &chunk.decoded()[searched..]).map(|last| searched + last + 1);
            match (&self.end, last) {
                (None, Some(end)) => {
                    self.carry.extend_from_slice(&chunk.decoded()[end..]);
                    chunk.truncate(end);
                    return true;
                }
                (None, None) if chunk.len() > self.line_limit => {
                    self.oversized_lines += 1;
                    self.is_skipping = true;
                    chunk.truncate(0);
                }
                (None, None) => {}
                (Some(End::Clean), _) => return chunk.len() > 0,
                (Some(End::Damaged(_)), last) => {
                    chunk.truncate(last.unwrap_or(0));
                    return chunk.len() > 0;
                }
            }
        }
    }

    /// Decodes until a chunk is full, or fuller by another chunk if it was full but holds no line
    /// end; not far beyond the line limit, though.
    fn fill(&mut self, chunk: &mut Output<'_>) {
        let goal = if chunk.len() < self.chunk_bytes {
            self.chunk_bytes
        } else {
            chunk
                .len()
                .saturating_add(self.chunk_bytes)
                .min(self.line_limit.saturating_add(1))
        };
        while chunk.len() < goal && self.end.is_none() {
            let before = chunk.len();
            let result = self.decoder.fill_output(chunk, goal - before);
            self.decoded_bytes += (chunk.len() - before) as u64;
            match result {
                Err(error) => self.end = Some(End::Damaged(error)),
                Ok(()) if chunk.len() == before => self.end = Some(End::Clean),
                Ok(()) => {}
            }
        }
    }

    /// Gives a buffer the size that most chunks need.
    fn resize(&self, buf: &mut Vec<u8>) {
        let usual = self.chunk_bytes.saturating_add(OVERSHOOT_BYTES);
        if buf.capacity() / KEPT_CHUNKS > usual {
            buf.truncate(usual);
            buf.shrink_to(usual);
        }
        buf.reserve_exact(usual.saturating_sub(buf.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Trickle, cut, lines, lz4_block, pack, zstd_frame};
    use super::*;

    fn chunks(text: &[u8], chunk_bytes: usize, line_limit: usize) -> Chunks<&[u8]> {
        Chunks::new(Decoder::new(text, None), chunk_bytes, line_limit)
    }

    #[test]
    fn borders_may_fall_anywhere() {
        let text = lines(12);
        for codec in [Codec::Plain, Codec::Zstd, Codec::Lz4] {
            let packed = pack(codec, &text, 100);
            for chunk_bytes in 1..text.len() + 2 {
                for text_step in [1, 13, usize::MAX] {
                    let source = Trickle {
                        bytes: &packed,
                        step: text_step,
                        fails: false,
                    };
                    let mut chunks = Chunks::new(Decoder::new(source, None), chunk_bytes, 1 << 20);
                    let (cuts, result) = cut(&mut chunks);
                    result.unwrap();
                    assert!(
                        cuts.iter().all(|chunk| chunk.ends_with(b"\n")),
                        "{codec:?} {chunk_bytes}"
                    );
                    assert_eq!(cuts.concat(), text, "{codec:?} {chunk_bytes}");
                    assert_eq!(chunks.decoded_bytes(), text.len() as u64);
                }
            }
        }
    }

    #[test]
    fn only_the_last_line_may_lack_its_end() {
        for chunk_bytes in 1..20 {
            let mut chunks = chunks(b"one\r\n\r\n\n\ntwo\r", chunk_bytes, 100);
            let (cuts, result) = cut(&mut chunks);
            result.unwrap();
            assert_eq!(cuts.concat(), b"one\r\n\r\n\n\ntwo\r");
            let (_, whole) = cuts.split_last().unwrap();
            assert!(whole.iter().all(|chunk| chunk.ends_with(b"\n")));
        }
    }

    #[test]
    fn an_empty_file_has_no_chunks() {
        let mut chunks = chunks(b"", 10, 10);
        let mut buf = b"old".to_vec();
        assert!(!chunks.next_chunk(&mut buf).unwrap());
        assert!(buf.is_empty());
        assert!(!chunks.next_chunk(&mut buf).unwrap());
    }

    #[test]
    fn lines_over_the_limit_are_left_out_and_counted() {
        let mut text = Vec::new();
        let mut kept = Vec::new();
        for length in [3, 10, 11, 10, 12, 0, 50, 200, 1, 11, 11, 9, 10] {
            let line = [b"x".repeat(length), b"\n".to_vec()].concat();
            text.extend(&line);
            kept.extend(if length <= 10 { line } else { Vec::new() });
        }
        for tail in [0, 7, 10, 11, 100] {
            let text = [&text[..], &b"y".repeat(tail)].concat();
            let kept = [&kept[..], &b"y".repeat(if tail <= 10 { tail } else { 0 })].concat();
            // One block of lz4 goes far beyond the chunk that was asked for.
            for packed in [text.clone(), lz4_block(&text, true), pack(Codec::Zstd, &text, 17)] {
                for chunk_bytes in 1..30 {
                    let mut chunks = chunks(&packed, chunk_bytes, 10);
                    let (cuts, result) = cut(&mut chunks);
                    result.unwrap();
                    assert_eq!(cuts.concat(), kept, "chunks of {chunk_bytes}, tail of {tail}");
                    assert_eq!(chunks.oversized_lines(), 6 + u64::from(tail > 10));
                    assert_eq!(chunks.decoded_bytes(), text.len() as u64);
                }
            }
        }
    }

    #[test]
    fn damage_comes_after_the_whole_lines_before_it() {
        let text = [&lines(50)[..], b"{\"cut"].concat();
        for codec in [Codec::Zstd, Codec::Lz4, Codec::Snappy, Codec::Lzf, Codec::Gzip] {
            let mut packed = pack(codec, &text, 400);
            packed.extend(b"\xee".repeat(50));
            for chunk_bytes in [1, 100, 1 << 20] {
                let mut chunks = chunks(&packed, chunk_bytes, 1 << 20);
                let (cuts, result) = cut(&mut chunks);
                assert!(
                    matches!(result, Err(DecodeError::Corrupt(_))),
                    "{codec:?}: {result:?}"
                );
                assert!(cuts.concat() == lines(50), "{codec:?}");
                // The error is told once.
                let mut buf = Vec::new();
                assert!(!chunks.next_chunk(&mut buf).unwrap());
            }
        }
    }

    #[test]
    fn a_bomb_takes_no_memory() {
        // 1 GiB of zeros as one endless line; then a frame of nothing but line ends.
        let zeros = zstd_frame(&vec![0; 1 << 20]).repeat(1024);
        let mut zero_line = chunks(&zeros, 1 << 20, 4 << 20);
        let mut buf = Vec::new();
        assert!(!zero_line.next_chunk(&mut buf).unwrap());
        assert_eq!(
            (zero_line.decoded_bytes(), zero_line.oversized_lines()),
            (1 << 30, 1)
        );
        assert!(buf.capacity() < 8 << 20, "{}", buf.capacity());

        let one_frame = zstd_frame(&vec![b'\n'; 1 << 28]);
        assert!(one_frame.len() < 64 << 10);
        let mut empty_lines = chunks(&one_frame, 1 << 20, 256 << 20);
        let mut buf = Vec::new();
        while empty_lines.next_chunk(&mut buf).unwrap() {
            assert!(
                buf.len() < 2 << 20 && buf.capacity() < 2 << 20,
                "{} {}",
                buf.len(),
                buf.capacity()
            );
        }
        assert_eq!(empty_lines.decoded_bytes(), 1 << 28);
    }

    #[test]
    fn a_buffer_shrinks_after_a_long_line() {
        let text = [b"x".repeat(5 << 20), b"\n".to_vec(), b"y\n".repeat(100)].concat();
        let mut chunks = chunks(&text, 1000, 1 << 30);
        let mut buf = Vec::new();
        assert!(chunks.next_chunk(&mut buf).unwrap());
        assert!(buf.len() > 5 << 20);
        assert!(chunks.next_chunk(&mut buf).unwrap());
        assert!(buf.capacity() < 1 << 20, "{}", buf.capacity());
    }
}
