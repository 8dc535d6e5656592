//! One file's bytes, unpacked: finds the codec and hands over to it.

use std::io::Read;

use super::codec::Codec;
use super::error::DecodeError;
use super::gzip::Gzip;
use super::input::Input;
use super::output::Output;
use super::snappy::Snappy;
use super::zstd::Zstd;
use super::{lz4, lzf};

/// Unpacks one file, whatever codec it was packed with.
pub struct Decoder<R: Read> {
    input: Input<R>,
    hint: Option<Codec>,
    state: State,
}

enum State {
    Start,
    Running(Codec, Unpacker),
    Ended(Codec),
    Failed(Option<Codec>),
}

/// What each codec has to remember from one call to the next.
enum Unpacker {
    Plain,
    Zstd(Zstd),
    Lz4,
    Snappy(Snappy),
    Lzf,
    Gzip(Gzip),
}

impl<R: Read> Decoder<R> {
    /// A decoder of `input`, from its first byte. `hint` is what the file's name promises; it only
    /// counts for files too short to tell, because magic bytes beat names.
    pub fn new(input: R, hint: Option<Codec>) -> Self {
        Self {
            input: Input::new(input),
            hint,
            state: State::Start,
        }
    }

    /// The codec, known once something was read.
    pub fn codec(&self) -> Option<Codec> {
        match self.state {
            State::Start => None,
            State::Running(codec, _) | State::Ended(codec) => Some(codec),
            State::Failed(codec) => codec,
        }
    }

    /// Appends at least one and about `want` decoded bytes to `out`, at most `want` and one block
    /// of the codec. `Ok(0)` is the clean end of the file.
    ///
    /// # Errors
    ///
    /// If the file is damaged, ends too early or cannot be read. What was decoded before that has
    /// been appended nonetheless. There is no going on after an error: it is all that comes.
    pub fn fill(&mut self, out: &mut Vec<u8>, want: usize) -> Result<usize, DecodeError> {
        let before = out.len();
        self.fill_output(&mut Output::new(out, before), want)?;
        Ok(out.len() - before)
    }

    /// [`Self::fill`] for callers that want to keep the memory behind the decoded bytes.
    pub(super) fn fill_output(&mut self, out: &mut Output<'_>, want: usize) -> Result<(), DecodeError> {
        let before = out.len();
        let result = self.unpack(out, want.max(1));
        match (&result, &self.state) {
            (Err(_), _) => self.state = State::Failed(self.codec()),
            (Ok(()), State::Running(codec, _)) if out.len() == before => self.state = State::Ended(*codec),
            (Ok(()), _) => {}
        }
        result
    }

    fn unpack(&mut self, out: &mut Output<'_>, want: usize) -> Result<(), DecodeError> {
        if matches!(self.state, State::Start) {
            self.input.require(Codec::HEAD_BYTES)?;
            let codec = Codec::detect(self.input.data(), self.hint).map_err(DecodeError::Unsupported)?;
            self.state = State::Running(codec, Unpacker::new(codec)?);
        }
        match &mut self.state {
            State::Running(_, unpacker) => unpacker.unpack(&mut self.input, out, want),
            State::Start | State::Ended(_) => Ok(()),
            State::Failed(_) => Err(DecodeError::corrupt("reading had failed before")),
        }
    }
}

impl Unpacker {
    fn new(codec: Codec) -> Result<Self, DecodeError> {
        Ok(match codec {
            Codec::Plain => Self::Plain,
            Codec::Zstd => Self::Zstd(Zstd::new()?),
            Codec::Lz4 => Self::Lz4,
            Codec::Snappy => Self::Snappy(Snappy::new()),
            Codec::Lzf => Self::Lzf,
            Codec::Gzip => Self::Gzip(Gzip::new()),
        })
    }

    /// Appends at least one byte to `out` and stops at about `want`; appends nothing at the clean
    /// end of the file only.
    fn unpack<R: Read>(
        &mut self,
        input: &mut Input<R>,
        out: &mut Output<'_>,
        want: usize,
    ) -> Result<(), DecodeError> {
        match self {
            Self::Plain => copy(input, out, want),
            Self::Zstd(zstd) => zstd.unpack(input, out, want),
            Self::Lz4 => lz4::unpack(input, out, want),
            Self::Snappy(snappy) => snappy.unpack(input, out, want),
            Self::Lzf => lzf::unpack(input, out, want),
            Self::Gzip(gzip) => gzip.unpack(input, out, want),
        }
    }
}

/// Only the first buffer, read to find the codec, has to be copied.
fn copy<R: Read>(input: &mut Input<R>, out: &mut Output<'_>, want: usize) -> Result<(), DecodeError> {
    let waiting = input.data().len().min(want);
    if waiting > 0 {
        out.extend(&input.data()[..waiting]);
        input.consume(waiting);
    } else {
        let count = input.read_past(out.free(want))?;
        out.advance(count);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{
        SAMPLE_LZ4, SAMPLE_LZF, SAMPLE_SNAPPY, SAMPLE_ZSTD, Trickle, check_every_cut, check_mutations,
        decode, lines, pack, sample_text,
    };
    use super::*;

    const CODECS: [Codec; 6] = [
        Codec::Plain,
        Codec::Zstd,
        Codec::Lz4,
        Codec::Snappy,
        Codec::Lzf,
        Codec::Gzip,
    ];

    #[test]
    fn files_of_spark_decode() {
        for (sample, codec) in [
            (SAMPLE_LZ4, Codec::Lz4),
            (SAMPLE_SNAPPY, Codec::Snappy),
            (SAMPLE_LZF, Codec::Lzf),
            (SAMPLE_ZSTD, Codec::Zstd),
        ] {
            assert_eq!(Codec::from_magic(sample), Some(codec));
            let (text, result) = decode(sample, None);
            assert_eq!(
                String::from_utf8_lossy(&text),
                String::from_utf8_lossy(&sample_text()),
                "{codec:?}"
            );
            result.unwrap();
            check_every_cut(sample, &sample_text());
        }
    }

    #[test]
    fn every_codec_survives_a_round_trip() {
        let text = lines(20_000);
        for codec in CODECS {
            for block in [1000, 32 * 1024, 700_000] {
                let packed = pack(codec, &text, block);
                for step in [777, usize::MAX] {
                    let (decoded, result) = decode(
                        Trickle {
                            bytes: &packed,
                            step,
                            fails: false,
                        },
                        None,
                    );
                    result.unwrap();
                    assert!(
                        decoded == text,
                        "{codec:?} in blocks of {block}, {step} at a time"
                    );
                }
            }
        }
    }

    #[test]
    fn concatenated_files_decode_to_both() {
        for codec in CODECS {
            let packed = pack(codec, &lines(100), 5000).repeat(2);
            let (decoded, result) = decode(&packed[..], None);
            result.unwrap();
            assert!(decoded == lines(100).repeat(2), "{codec:?}");
        }
    }

    #[test]
    fn magic_bytes_beat_the_hint() {
        for codec in CODECS {
            for hint in CODECS {
                let packed = pack(codec, b"{}\n", 10);
                let mut decoder = Decoder::new(&packed[..], Some(hint));
                assert_eq!(decoder.codec(), None);
                let mut text = Vec::new();
                decoder.fill(&mut text, 1).unwrap();
                assert_eq!(
                    (decoder.codec(), &text[..]),
                    (Some(codec), &b"{}\n"[..text.len()])
                );
            }
        }
    }

    #[test]
    fn an_empty_file_ends_at_once_whatever_its_name() {
        for codec in CODECS {
            let mut decoder = Decoder::new(&b""[..], Some(codec));
            assert_eq!(decoder.fill(&mut Vec::new(), 1).unwrap(), 0);
            assert_eq!(decoder.fill(&mut Vec::new(), 1).unwrap(), 0);
            assert_eq!(decoder.codec(), Some(codec));
        }
    }

    #[test]
    fn cuts_deliver_a_prefix() {
        let text = lines(30);
        for codec in CODECS {
            check_every_cut(&pack(codec, &text, 800), &text);
        }
    }

    #[test]
    fn harmed_files_end_quietly() {
        for codec in CODECS {
            check_mutations(&pack(codec, &lines(12), 300), 20_000);
        }
        for sample in [SAMPLE_LZ4, SAMPLE_SNAPPY, SAMPLE_LZF, SAMPLE_ZSTD] {
            check_mutations(sample, 20_000);
        }
    }

    #[test]
    fn garbage_behind_whole_blocks_is_corrupt() {
        for codec in [Codec::Zstd, Codec::Lz4, Codec::Snappy, Codec::Lzf, Codec::Gzip] {
            let text = lines(20);
            let mut packed = pack(codec, &text, 800);
            packed.extend(b"\xee".repeat(100));
            let (decoded, result) = decode(&packed[..], None);
            assert!(decoded == text, "{codec:?}");
            assert!(
                matches!(result, Err(DecodeError::Corrupt(_))),
                "{codec:?}: {result:?}"
            );
        }
    }

    #[test]
    fn what_precedes_a_failing_read_is_delivered() {
        let text = lines(40);
        for codec in CODECS {
            let packed = pack(codec, &text, 1000);
            let mut decoder = Decoder::new(
                Trickle {
                    bytes: &packed,
                    step: 50,
                    fails: true,
                },
                None,
            );
            let mut received = Vec::new();
            let error = loop {
                match decoder.fill(&mut received, 100) {
                    Ok(count) => assert_ne!(count, 0, "{codec:?}"),
                    Err(error) => break error,
                }
            };
            assert!(matches!(error, DecodeError::Io(_)), "{codec:?}: {error:?}");
            assert!(received == text, "{codec:?}");
            decoder.fill(&mut received, 100).unwrap_err();
        }
    }

    #[test]
    fn an_lz4_frame_is_named() {
        let (_, result) = decode(&b"\x04\x22\x4d\x18\x64\x40\xa7"[..], Some(Codec::Lz4));
        assert_eq!(
            result.unwrap_err().to_string(),
            "unsupported compression: lz4 frame format, Spark's is lz4-java's block format"
        );
    }
}
