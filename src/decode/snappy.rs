//! Spark's `.snappy`: the stream of snappy-java (xerial), not the snappy framing format.
//!
//! A header of 16 bytes, then chunks: a length of 32 bits, big-endian, and one raw snappy block.
//! There is no checksum, so flipped bits often go unnoticed. Where a length should be, another
//! header may stand: streams can be concatenated.
//! <https://github.com/xerial/snappy-java/blob/main/src/main/java/org/xerial/snappy/SnappyInputStream.java>

use std::io::Read;

use super::error::DecodeError;
use super::input::Input;
use super::output::Output;

const MAGIC: &[u8; 8] = b"\x82SNAPPY\0";
/// Magic, version, lowest compatible version.
const HEADER_BYTES: usize = 16;
const LENGTH_BYTES: usize = 4;
/// Spark's blocks hold 32 KiB; `spark.io.compression.snappy.blockSize` allows more, hardly this.
const MAX_BLOCK_BYTES: usize = 64 * 1024 * 1024;
/// Three packed bytes stand for at most 64 (a copy), so this is generous.
const MAX_RATIO: usize = 22;

/// The raw format's decoder, which is reused.
pub(super) struct Snappy {
    decoder: snap::raw::Decoder,
}

impl Snappy {
    pub(super) fn new() -> Self {
        Self {
            decoder: snap::raw::Decoder::new(),
        }
    }

    /// Unpacks chunk by chunk until `want` bytes are there.
    pub(super) fn unpack<R: Read>(
        &mut self,
        input: &mut Input<R>,
        out: &mut Output<'_>,
        want: usize,
    ) -> Result<(), DecodeError> {
        let goal = out.len() + want;
        while out.len() < goal {
            if !input.require(LENGTH_BYTES)? {
                return if input.data().is_empty() {
                    Ok(())
                } else {
                    Err(DecodeError::Truncated)
                };
            }
            if input.data().starts_with(&MAGIC[..LENGTH_BYTES]) {
                skip_header(input)?;
                continue;
            }
            let Some(length) = input.data().first_chunk().copied().map(u32::from_be_bytes) else {
                return Err(DecodeError::Truncated);
            };
            let end = LENGTH_BYTES + length as usize;
            // Also what snappy-java takes for negative.
            if end > snap::raw::max_compress_len(MAX_BLOCK_BYTES) {
                return Err(DecodeError::corrupt("impossible length of a snappy chunk"));
            }
            if !input.require(end)? {
                return Err(DecodeError::Truncated);
            }
            self.unpack_block(&input.data()[LENGTH_BYTES..end], out)?;
            input.consume(end);
        }
        Ok(())
    }

    fn unpack_block(&mut self, packed: &[u8], out: &mut Output<'_>) -> Result<(), DecodeError> {
        let original = snap::raw::decompress_len(packed).map_err(|error| corrupt(&error))?;
        if original > MAX_BLOCK_BYTES || original > packed.len() * MAX_RATIO {
            return Err(DecodeError::corrupt("impossible length of a snappy block"));
        }
        let count = self
            .decoder
            .decompress(packed, out.free(original))
            .map_err(|error| corrupt(&error))?;
        out.advance(count);
        Ok(())
    }
}

fn skip_header<R: Read>(input: &mut Input<R>) -> Result<(), DecodeError> {
    if !input.require(HEADER_BYTES)? {
        return Err(DecodeError::Truncated);
    }
    if !input.data().starts_with(MAGIC) {
        return Err(DecodeError::corrupt("no snappy header where one should be"));
    }
    input.consume(HEADER_BYTES);
    Ok(())
}

fn corrupt(error: &snap::Error) -> DecodeError {
    DecodeError::Corrupt(format!("snappy block: {error}").into())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{SAMPLE_SNAPPY, decode};
    use super::*;

    fn file(rest: &[u8]) -> Vec<u8> {
        [&SAMPLE_SNAPPY[..HEADER_BYTES], rest].concat()
    }

    #[test]
    fn a_header_alone_is_an_empty_file() {
        let (text, result) = decode(&file(b"")[..], None);
        result.unwrap();
        assert!(text.is_empty());
    }

    #[test]
    fn negative_and_huge_lengths_are_corrupt() {
        for rest in [
            &b"\xff\xff\xff\xff"[..],
            b"\x7f\xff\xff\xff",
            b"\0\0\0\0",
            b"\0\0\0\x05\xff\xff\xff\x1f\0",
        ] {
            let (text, result) = decode(&file(rest)[..], None);
            assert!(text.is_empty() && text.capacity() < 1 << 20);
            assert!(
                matches!(result, Err(DecodeError::Corrupt(_))),
                "{rest:?}: {result:?}"
            );
        }
    }

    #[test]
    fn a_second_header_must_be_whole() {
        let (_, result) = decode(&file(&MAGIC[..5])[..], None);
        assert!(matches!(result, Err(DecodeError::Truncated)), "{result:?}");
        let (_, result) = decode(&file(b"\x82SNAPPIER than ever")[..], None);
        assert!(matches!(result, Err(DecodeError::Corrupt(_))), "{result:?}");
    }
}
