//! Spark's `.lzf`: the chunks of compress-lzf.
//!
//! Each chunk has `ZV`, a type, and lengths of 16 bits, big-endian: one if stored (type 0), the
//! packed and the original one if packed (type 1). No checksum and no end mark. Few programs
//! use the format, so its decoder is here instead of in a dependency.
//! <https://github.com/ning/compress/blob/master/src/main/java/com/ning/compress/lzf/ChunkDecoder.java>

use std::io::Read;

use super::error::DecodeError;
use super::input::Input;
use super::output::Output;

const MAGIC: &[u8; 2] = b"ZV";
const STORED_HEADER_BYTES: usize = 5;
const PACKED_HEADER_BYTES: usize = 7;
/// A copy of fixed length is one or two machine instructions, one of variable length is a call.
const STEP: usize = 32;

/// Unpacks chunk by chunk until `want` bytes are there.
pub(super) fn unpack<R: Read>(
    input: &mut Input<R>,
    out: &mut Output<'_>,
    want: usize,
) -> Result<(), DecodeError> {
    let goal = out.len() + want;
    while out.len() < goal {
        if !input.require(STORED_HEADER_BYTES)? {
            return at_end(input.data());
        }
        match *input.data() {
            [b'Z', b'V', 0, high, low, ..] => {
                let end = STORED_HEADER_BYTES + length(high, low);
                if !input.require(end)? {
                    return Err(DecodeError::Truncated);
                }
                out.extend(&input.data()[STORED_HEADER_BYTES..end]);
                input.consume(end);
            }
            [b'Z', b'V', 1, high, low, ..] => {
                let end = PACKED_HEADER_BYTES + length(high, low);
                if !input.require(end)? {
                    return Err(DecodeError::Truncated);
                }
                let original = length(input.data()[5], input.data()[6]);
                let packed = &input.data()[PACKED_HEADER_BYTES..end];
                expand(packed, out.free(original))
                    .ok_or(DecodeError::corrupt("impossible content of an lzf chunk"))?;
                out.advance(original);
                input.consume(end);
            }
            _ => return Err(DecodeError::corrupt("no lzf chunk where one should begin")),
        }
    }
    Ok(())
}

fn at_end(rest: &[u8]) -> Result<(), DecodeError> {
    if rest.is_empty() {
        Ok(())
    } else if rest.starts_with(MAGIC) || MAGIC.starts_with(rest) {
        Err(DecodeError::Truncated)
    } else {
        Err(DecodeError::corrupt("no lzf chunk where one should begin"))
    }
}

fn length(high: u8, low: u8) -> usize {
    usize::from(u16::from_be_bytes([high, low]))
}

/// Unpacks a chunk's content into exactly `target`. None if that cannot be.
///
/// A control byte below 32 announces that many literal bytes and one more. Any other one is a
/// repetition: length in its upper three bits (7: and the next byte), distance in the other five
/// and the byte that follows.
fn expand(packed: &[u8], target: &mut [u8]) -> Option<()> {
    let mut at = 0;
    let mut rest = packed;
    while let Some((&control, tail)) = rest.split_first() {
        let control = usize::from(control);
        if control < 32 {
            let count = control + 1;
            let end = at + count;
            match (tail.first_chunk::<STEP>(), target.get_mut(at..at + STEP)) {
                // The bytes too many are overwritten by what follows.
                (Some(literals), Some(place)) => place.copy_from_slice(literals),
                _ => target.get_mut(at..end)?.copy_from_slice(tail.get(..count)?),
            }
            rest = tail.get(count..)?;
            at = end;
        } else {
            let (count, tail) = match control >> 5 {
                7 => tail
                    .split_first()
                    .map(|(more, tail)| (9 + usize::from(*more), tail))?,
                short => (short + 2, tail),
            };
            let (&low, tail) = tail.split_first()?;
            let distance = ((control & 31) << 8 | usize::from(low)) + 1;
            repeat(target, at, distance, count)?;
            rest = tail;
            at += count;
        }
    }
    (at == target.len()).then_some(())
}

/// Writes to `at` the `count` bytes that stand `distance` before it; they may overlap, which
/// repeats a pattern.
fn repeat(target: &mut [u8], at: usize, distance: usize, count: usize) -> Option<()> {
    let from = at.checked_sub(distance)?;
    let end = at + count;
    if end > target.len() {
        return None;
    }
    if distance >= STEP && end + STEP <= target.len() {
        let mut done = 0;
        while done < count {
            target.copy_within(from + done..from + done + STEP, at + done);
            done += STEP;
        }
    } else {
        // Each round doubles what is known of the pattern.
        let mut to = at;
        while to < end {
            let known = (to - from).min(end - to);
            target.copy_within(from..from + known, to);
            to += known;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(packed: &[u8], length: usize) -> Option<Vec<u8>> {
        let mut target = vec![0; length];
        expand(packed, &mut target).map(|()| target)
    }

    #[test]
    fn literals_and_repetitions_expand() {
        assert_eq!(expanded(b"", 0).unwrap(), b"");
        assert_eq!(expanded(b"\x02abc", 3).unwrap(), b"abc");
        // Three bytes from three back.
        assert_eq!(expanded(b"\x02abc\x20\x02", 6).unwrap(), b"abcabc");
        // Overlapping: 9 + 255 bytes from one back.
        assert_eq!(expanded(b"\x00x\xe0\xff\x00", 265).unwrap(), b"x".repeat(265));
        for distance in 1..=70_u8 {
            let pattern: Vec<u8> = (0..distance).collect();
            let mut packed = Vec::new();
            for literals in pattern.chunks(32) {
                packed.push(u8::try_from(literals.len() - 1).unwrap());
                packed.extend(literals);
            }
            packed.extend([0xe0, 100, distance - 1, 0xe0, 3, distance - 1, 0x00, b'!']);
            let length = usize::from(distance) + 109 + 12;
            let mut text: Vec<u8> = pattern.iter().copied().cycle().take(length).collect();
            text.push(b'!');
            assert_eq!(expanded(&packed, length + 1).unwrap(), text, "{distance}");
        }
    }

    #[test]
    fn impossible_content_is_refused() {
        for (packed, length) in [
            (&b"\x02ab"[..], 3),
            (b"\x02abc", 2),
            (b"\x02abc", 4),
            (b"\x02abc\x20\x03", 6),
            (b"\x02abc\x20\x02", 5),
            (b"\x02abc\x20", 6),
            (b"\x02abc\xe0", 6),
            (b"\x20\x00", 3),
            (b"", 1),
        ] {
            assert_eq!(expanded(packed, length), None, "{packed:?}");
        }
    }
}
