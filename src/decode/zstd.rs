//! Spark's `.zstd`: standard frames, concatenated, very many of them.
//!
//! Spark flushes after most events and its writer ends the frame at each flush, so a log is
//! thousands of frames of a few kilobytes that do not tell their content's length. Decoding those
//! as a stream, as `zstd -dc` does, costs a copy through the window and a set-up for each frame.
//! A frame that lies in the input as a whole is therefore decoded in one go, straight into the
//! output. Everything else, and whatever goes wrong on that way, takes the stream's way, one block
//! at a time, so that what precedes the damage gets delivered.
//! <https://github.com/facebook/zstd/blob/dev/doc/zstd_compression_format.md>

use std::cell::Cell;
use std::io::{Cursor, Read};

use zstd::zstd_safe::{DCtx, DParameter, InBuffer, OutBuffer, ResetDirective, get_error_name};

use super::error::DecodeError;
use super::input::Input;
use super::output::Output;

const MAGIC: u32 = 0xFD2F_B528;
/// Sixteen magic numbers of frames without content, to be skipped.
const SKIPPABLE_MAGIC: u32 = 0x184D_2A50;
const SKIPPABLE_HEADER_BYTES: usize = 8;
const BLOCK_HEADER_BYTES: usize = 3;
const MAX_BLOCK_BYTES: usize = 128 * 1024;
/// Frames that might be longer than this are not worth the memory to decode them in one go.
const MAX_WHOLE_FRAME_BYTES: usize = 8 * MAX_BLOCK_BYTES;
/// 128 MiB, what `zstd -d` accepts too. A frame's header alone decides on the window's allocation.
const WINDOW_LOG_MAX: u32 = 27;

thread_local! {
    /// The library's state of the file that this thread read before; making one costs as much as a small log.
    static SPARE: Cell<Option<DCtx<'static>>> = const { Cell::new(None) };
}

/// The library's state, reused for all frames, and the place in the file.
pub(super) struct Zstd {
    /// Always there until it is put back.
    context: Context,
    place: Place,
}

#[derive(Clone, Copy)]
enum Place {
    /// Before a frame, or at the end of the file.
    Between,
    /// Inside a frame that is decoded as a stream.
    Inside {
        /// What is left of the current block.
        wanted: usize,
        /// The library may hold decoded bytes for which there was no room.
        holds_back: bool,
    },
    /// Inside a skippable frame, of which so many bytes are left.
    Skipping(usize),
}

/// A decoding state that goes back to its thread's spare when it is dropped.
struct Context(Option<DCtx<'static>>);

impl Context {
    fn take() -> Result<Self, DecodeError> {
        if let Some(mut context) = SPARE.take()
            && context.reset(ResetDirective::SessionOnly).is_ok()
        {
            return Ok(Context(Some(context)));
        }
        let mut context = DCtx::try_create().ok_or(NO_MEMORY)?;
        context
            .set_parameter(DParameter::WindowLogMax(WINDOW_LOG_MAX))
            .map_err(corrupt)?;
        Ok(Context(Some(context)))
    }

    fn get(&mut self) -> Result<&mut DCtx<'static>, DecodeError> {
        self.0.as_mut().ok_or(NO_MEMORY)
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        if let Some(context) = self.0.take() {
            // A frame with a large window has left a large buffer behind; that is not kept.
            if context.sizeof() <= MAX_SPARE_BYTES {
                SPARE.set(Some(context));
            }
        }
    }
}

const NO_MEMORY: DecodeError =
    DecodeError::Corrupt(std::borrow::Cow::Borrowed("no memory for a zstd decoder"));
const MAX_SPARE_BYTES: usize = 2 << 20;

impl Zstd {
    pub(super) fn new() -> Result<Self, DecodeError> {
        Ok(Self {
            context: Context::take()?,
            place: Place::Between,
        })
    }

    /// Unpacks frame by frame, or block by block, until `want` bytes are there.
    pub(super) fn unpack<R: Read>(
        &mut self,
        input: &mut Input<R>,
        out: &mut Output<'_>,
        want: usize,
    ) -> Result<(), DecodeError> {
        let goal = out.len() + want;
        while out.len() < goal {
            match self.place {
                Place::Between if input.data().is_empty() && !input.more()? => return Ok(()),
                Place::Between => self.begin(input, out)?,
                Place::Inside { wanted, holds_back } => self.decode_block(input, out, wanted, holds_back)?,
                Place::Skipping(left) => {
                    if input.data().is_empty() && !input.more()? {
                        return Err(DecodeError::Truncated);
                    }
                    let count = input.data().len().min(left);
                    input.consume(count);
                    self.place = if count < left {
                        Place::Skipping(left - count)
                    } else {
                        Place::Between
                    };
                }
            }
        }
        Ok(())
    }

    /// Decodes the next frame if that can be done in one go, else begins to.
    fn begin<R: Read>(&mut self, input: &mut Input<R>, out: &mut Output<'_>) -> Result<(), DecodeError> {
        let Some(magic) = word(input, 0)? else {
            return Err(at_end(input.data()));
        };
        if magic & !0xf == SKIPPABLE_MAGIC {
            let length = word(input, 4)?.ok_or(DecodeError::Truncated)?;
            input.consume(SKIPPABLE_HEADER_BYTES);
            // Not 0: that would ask for input where the file may end.
            self.place = if length > 0 {
                Place::Skipping(length as usize)
            } else {
                Place::Between
            };
            return Ok(());
        }
        if magic != MAGIC {
            return Err(DecodeError::corrupt("no zstd frame where one should begin"));
        }
        if let Some(frame) = Frame::find(input)? {
            let packed = &input.data()[..frame.packed];
            let context = self.context.get()?;
            let decoded = out.append(frame.max_decoded, |bytes| {
                let end = bytes.len() as u64;
                let mut target = Cursor::new(bytes);
                target.set_position(end);
                context.decompress(&mut target, packed)
            });
            if decoded.is_ok() {
                input.consume(frame.packed);
                return Ok(());
            }
        }
        let wanted = self.context.get()?.init().map_err(corrupt)?;
        self.place = Place::Inside {
            wanted,
            holds_back: false,
        };
        Ok(())
    }

    /// Goes on with a frame by one block at most: an error takes with it what its call decoded.
    fn decode_block<R: Read>(
        &mut self,
        input: &mut Input<R>,
        out: &mut Output<'_>,
        wanted: usize,
        holds_back: bool,
    ) -> Result<(), DecodeError> {
        if !holds_back && input.data().is_empty() && !input.more()? {
            return Err(DecodeError::Truncated);
        }
        let count = input.data().len().min(wanted.max(1));
        let mut source = InBuffer::around(&input.data()[..count]);
        let context = self.context.get()?;
        let (result, holds_back) = out.append(MAX_BLOCK_BYTES, |bytes| {
            let end = bytes.len();
            let mut target = OutBuffer::around_pos(bytes, end);
            let result = context.decompress_stream(&mut target, &mut source);
            (result, target.pos() == target.capacity())
        });
        let read = source.pos();
        input.consume(read);
        self.place = match result.map_err(corrupt)? {
            0 => Place::Between,
            wanted => Place::Inside { wanted, holds_back },
        };
        Ok(())
    }
}

/// The extent of a frame that lies in the input from its first to its last byte.
#[derive(Debug, PartialEq, Eq)]
struct Frame {
    packed: usize,
    max_decoded: usize,
}

impl Frame {
    /// The frame at the front, read in full if it fits into the buffer.
    fn find<R: Read>(input: &mut Input<R>) -> Result<Option<Self>, DecodeError> {
        loop {
            match Self::measure(input.data()) {
                Ok(frame) => return Ok(frame),
                Err(Incomplete) if input.more()? => {}
                Err(Incomplete) => return Ok(None),
            }
        }
    }

    /// Goes from block to block without decoding any. `Ok(None)` is a frame not to be decoded in
    /// one go, whether too long or wrong; which one, the library will say.
    fn measure(data: &[u8]) -> Result<Option<Self>, Incomplete> {
        let descriptor = *data.get(4).ok_or(Incomplete)?;
        let is_single_segment = descriptor & 0x20 != 0;
        let has_checksum = descriptor & 0x04 != 0;
        let window = usize::from(!is_single_segment);
        let dictionary_id = [0, 1, 2, 4][usize::from(descriptor & 0x03)];
        let content_size = [usize::from(is_single_segment), 2, 4, 8][usize::from(descriptor >> 6)];

        let mut at = 5 + window + dictionary_id + content_size;
        let mut max_decoded = 0;
        loop {
            let &[low, middle, high] = data
                .get(at..)
                .and_then(|rest| rest.first_chunk::<BLOCK_HEADER_BYTES>())
                .ok_or(Incomplete)?;
            let header = u32::from_le_bytes([low, middle, high, 0]);
            let size = (header >> 3) as usize;
            let (packed, decoded) = match (header >> 1) & 3 {
                0 => (size, size),
                1 => (1, size),
                2 => (size, MAX_BLOCK_BYTES),
                _ => return Ok(None),
            };
            at += BLOCK_HEADER_BYTES + packed;
            max_decoded += decoded;
            if max_decoded > MAX_WHOLE_FRAME_BYTES {
                return Ok(None);
            }
            if header & 1 != 0 {
                break;
            }
        }
        at += if has_checksum { 4 } else { 0 };
        if at > data.len() {
            Err(Incomplete)
        } else {
            Ok(Some(Self {
                packed: at,
                max_decoded,
            }))
        }
    }
}

/// The input does not reach to the end of the frame.
#[derive(Debug, PartialEq, Eq)]
struct Incomplete;

/// The 32 bits at `offset`, if the file goes that far.
fn word<R: Read>(input: &mut Input<R>, offset: usize) -> Result<Option<u32>, DecodeError> {
    input.require(offset + 4)?;
    Ok(input
        .data()
        .get(offset..)
        .and_then(|rest| rest.first_chunk())
        .copied()
        .map(u32::from_le_bytes))
}

/// What it means that fewer bytes than a magic number are left.
fn at_end(rest: &[u8]) -> DecodeError {
    let is_skippable = match rest {
        [first, others @ ..] => {
            first & 0xf0 == 0x50 && SKIPPABLE_MAGIC.to_le_bytes()[1..].starts_with(others)
        }
        [] => true,
    };
    if is_skippable || MAGIC.to_le_bytes().starts_with(rest) {
        DecodeError::Truncated
    } else {
        DecodeError::corrupt("no zstd frame where one should begin")
    }
}

fn corrupt(code: usize) -> DecodeError {
    DecodeError::Corrupt(format!("zstd frame: {}", get_error_name(code)).into())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zstd::zstd_safe::find_frame_compressed_size;

    use super::super::testing::{decode, lines, zstd_frame};
    use super::*;

    fn large_frame(text: &[u8], has_checksum: bool) -> Vec<u8> {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap();
        encoder.include_checksum(has_checksum).unwrap();
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn frames_are_measured_as_the_library_does() {
        for count in [0, 1, 100, 3000] {
            let text = lines(count);
            for frame in [
                zstd_frame(&text),
                large_frame(&text, true),
                zstd::bulk::compress(&text, 1).unwrap(),
            ] {
                let length = find_frame_compressed_size(&frame).unwrap();
                let measured = Frame::measure(&[&frame[..], b"more"].concat()).unwrap().unwrap();
                assert_eq!(measured.packed, length);
                assert!(measured.max_decoded >= text.len());
                assert_eq!(Frame::measure(&frame[..length - 1]), Err(Incomplete));
            }
        }
    }

    #[test]
    fn skippable_frames_are_skipped() {
        let remark = |length: u32| {
            let mut frame = 0x184D_2A5B_u32.to_le_bytes().to_vec();
            frame.extend(length.to_le_bytes());
            frame.resize(8 + length as usize, 0xaa);
            frame
        };
        let frame = zstd_frame(b"{}\n");
        let file = [
            remark(5),
            frame.clone(),
            remark(0),
            remark(1_000_000),
            frame,
            remark(0),
        ]
        .concat();
        let (text, result) = decode(&file[..], None);
        result.unwrap();
        assert_eq!(text, b"{}\n{}\n");

        let (_, result) = decode(&remark(50)[..40], None);
        assert!(matches!(result, Err(DecodeError::Truncated)), "{result:?}");
    }

    #[test]
    fn a_damaged_checksum_is_corrupt_and_blocks_before_it_are_delivered() {
        for count in [50, 40_000] {
            let text = lines(count);
            let mut frame = large_frame(&text, true);
            *frame.last_mut().unwrap() ^= 1;
            let (decoded, result) = decode(&frame[..], None);
            assert!(matches!(result, Err(DecodeError::Corrupt(_))), "{result:?}");
            assert!(text.starts_with(&decoded));
            assert!(decoded.len() + 2 * MAX_BLOCK_BYTES >= text.len());
        }
    }

    #[test]
    fn a_cut_frame_delivers_its_whole_blocks() {
        let text = lines(40_000);
        let frame = large_frame(&text, false);
        let (decoded, result) = decode(&frame[..frame.len() / 2], None);
        assert!(matches!(result, Err(DecodeError::Truncated)), "{result:?}");
        assert!(text.starts_with(&decoded));
        assert!(
            decoded.len() > text.len() / 3,
            "{} of {}",
            decoded.len(),
            text.len()
        );
    }

    #[test]
    fn a_window_over_the_limit_is_refused() {
        // Window descriptor: 2^(10 + 21) bytes.
        let frame = b"\x28\xb5\x2f\xfd\x00\xa8\x04\x00\x10\xff\xff\x03a";
        let (_, result) = decode(&frame[..], None);
        assert!(matches!(result, Err(DecodeError::Corrupt(_))), "{result:?}");
    }
}
