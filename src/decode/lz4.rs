//! Spark's `.lz4`: the block stream of lz4-java, not the LZ4 frame format.
//!
//! Each block is independent and has a header of 21 bytes, little-endian: `LZ4Block`, a token
//! (method in the high half, size class in the low one), packed length, original length and a
//! checksum. A block of length 0 marks the end of a stream; another stream may follow it.
//! <https://github.com/lz4/lz4-java/blob/master/src/java/net/jpountz/lz4/LZ4BlockInputStream.java>

use std::io::Read;

use twox_hash::XxHash32;

use super::error::DecodeError;
use super::input::Input;
use super::output::Output;

const MAGIC: &[u8; 8] = b"LZ4Block";
const HEADER_BYTES: usize = 21;
const METHOD_RAW: u8 = 0x10;
const METHOD_LZ4: u8 = 0x20;
/// The smallest size class is 1 KiB; with a low half of 15 at most, the largest is 32 MiB.
const SIZE_CLASS_BASE: u8 = 10;
const CHECKSUM_SEED: u32 = 0x9747_B28C;
/// lz4-java clears the checksum's highest bits.
const CHECKSUM_MASK: u32 = 0x0FFF_FFFF;
/// No byte of a packed block can stand for more bytes than that.
const MAX_RATIO: usize = 255;

/// What a header says, checked.
struct Block {
    is_raw: bool,
    packed: usize,
    original: usize,
    checksum: u32,
}

/// Unpacks block by block until `want` bytes are there.
pub(super) fn unpack<R: Read>(
    input: &mut Input<R>,
    out: &mut Output<'_>,
    want: usize,
) -> Result<(), DecodeError> {
    let goal = out.len() + want;
    while out.len() < goal {
        if !input.require(HEADER_BYTES)? {
            return at_end(input.data());
        }
        let block = Block::parse(input.data())?;
        let length = HEADER_BYTES + block.packed;
        if !input.require(length)? {
            return Err(DecodeError::Truncated);
        }
        block.unpack(&input.data()[HEADER_BYTES..length], out)?;
        input.consume(length);
    }
    Ok(())
}

/// A file may end between two blocks, with or without an end mark.
fn at_end(rest: &[u8]) -> Result<(), DecodeError> {
    if rest.is_empty() {
        Ok(())
    } else if rest.starts_with(MAGIC) || MAGIC.starts_with(rest) {
        Err(DecodeError::Truncated)
    } else {
        Err(DecodeError::corrupt("no lz4 block where one should begin"))
    }
}

impl Block {
    /// Reads the header at the front of `data`, which holds one in full.
    fn parse(data: &[u8]) -> Result<Self, DecodeError> {
        let (Some((magic, rest)), Some(packed), Some(original), Some(checksum)) = (
            data.split_first_chunk(),
            word(data, 9),
            word(data, 13),
            word(data, 17),
        ) else {
            return Err(DecodeError::Truncated);
        };
        if magic != MAGIC {
            return Err(DecodeError::corrupt("no lz4 block where one should begin"));
        }
        let token = rest.first().copied().unwrap_or_default();
        let is_raw = match token & 0xf0 {
            METHOD_RAW => true,
            METHOD_LZ4 => false,
            _ => return Err(DecodeError::corrupt("unknown method in an lz4 block")),
        };
        let limit = 1_usize << (SIZE_CLASS_BASE + (token & 0x0f));
        let (packed, original) = (packed as usize, original as usize);
        // A packed block that is longer than its content is legal, if only by the worst case.
        let is_possible = original <= limit
            && packed <= limit + limit / MAX_RATIO + 16
            && original <= packed.saturating_mul(MAX_RATIO)
            && (packed == 0) == (original == 0)
            && (!is_raw || packed == original)
            && (original > 0 || checksum == 0);
        if !is_possible {
            return Err(DecodeError::corrupt("impossible lengths in an lz4 block"));
        }
        Ok(Self {
            is_raw,
            packed,
            original,
            checksum,
        })
    }

    /// Appends the block's content, and only if it is right.
    fn unpack(&self, packed: &[u8], out: &mut Output<'_>) -> Result<(), DecodeError> {
        if self.original == 0 {
            return Ok(());
        }
        let target = out.free(self.original);
        if self.is_raw {
            target.copy_from_slice(packed);
        } else {
            match lz4_flex::block::decompress_into(packed, target) {
                Ok(count) if count == self.original => {}
                Ok(_) => return Err(DecodeError::corrupt("an lz4 block is shorter than declared")),
                Err(error) => return Err(DecodeError::Corrupt(format!("lz4 block: {error}").into())),
            }
        }
        if XxHash32::oneshot(CHECKSUM_SEED, target) & CHECKSUM_MASK != self.checksum {
            return Err(DecodeError::corrupt("wrong checksum of an lz4 block"));
        }
        out.advance(self.original);
        Ok(())
    }
}

/// The 32 bits at `offset`.
fn word(data: &[u8], offset: usize) -> Option<u32> {
    data.get(offset..)?.first_chunk().copied().map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{decode, lines, lz4_block};
    use super::*;

    #[test]
    fn stored_blocks_and_end_marks_in_between_decode() {
        let file = [
            lz4_block(b"a", false),
            lz4_block(b"", false),
            lz4_block(&lines(5), true),
            lz4_block(b"", false),
            lz4_block(b"z\n", false),
        ];
        let (text, result) = decode(&file.concat()[..], None);
        result.unwrap();
        assert_eq!(text, [b"a", &lines(5)[..], b"z\n"].concat());
    }

    #[test]
    fn a_wrong_checksum_withholds_the_block() {
        let mut file = [lz4_block(b"first\n", true), lz4_block(b"second\n", false)].concat();
        *file.last_mut().unwrap() ^= 1;
        let (text, result) = decode(&file[..], None);
        assert_eq!(text, b"first\n");
        assert_eq!(
            result.unwrap_err().to_string(),
            "damaged data: wrong checksum of an lz4 block"
        );
    }

    #[test]
    fn lengths_are_checked_before_memory_is_taken() {
        for (at, word) in [
            (9, u32::MAX),
            (13, u32::MAX),
            (13, 0),
            (9, 0),
            (13, 1 << 25),
            (9, 1 << 26),
        ] {
            let mut block = lz4_block(b"some text\n", true);
            block[8] = 0x2f;
            block[at..at + 4].copy_from_slice(&word.to_le_bytes());
            let (text, result) = decode(&block[..], None);
            assert!(text.is_empty() && text.capacity() < 1 << 20);
            assert!(
                matches!(result, Err(DecodeError::Corrupt(_))),
                "{at} {word}: {result:?}"
            );
        }
    }
}
