//! What the tests of this folder share: Spark's own bytes, encoders, and ways to do harm.

use std::io::{self, Read, Write};

use super::{Chunks, Codec, DecodeError, Decoder};

/// What each of the samples decodes to; written by Spark 4.3's codecs with a flush after line one.
pub(super) fn sample_text() -> Vec<u8> {
    let mut text = b"{\"Event\":\"SparkListenerLogStart\",\"Spark Version\":\"4.3.0\"}\n".to_vec();
    text.extend(b"{\"Event\":\"X\",\"i\":1}\n".repeat(40));
    text
}

pub(super) const SAMPLE_LZ4: &[u8] = b"LZ4Block\x25\x50\x00\x00\x00\x5a\x03\x00\x00\x8e\x0c\xe6\x00\
    \xf2\x12{\"Event\":\"SparkListenerLogStart\",\x18\x00\xf6\x04 Version\":\"4.3.0\"}\n\x3a\x00\x8fX\",\"i\":1\
    \x14\x00\xff\xff\xf8P\":1}\nLZ4Block\x15\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00";

pub(super) const SAMPLE_SNAPPY: &[u8] = b"\x82SNAPPY\x00\x00\x00\x00\x01\x00\x00\x00\x01\
    \x00\x00\x009:\x80{\"Event\":\"SparkListenerLogStart\",\x09\x18H Version\":\"4.3.0\"}\n\
    \x00\x00\x00\x3e\xa0\x06L{\"Event\":\"X\",\"i\":1}\n\xfe\x14\x00\xfe\x14\x00\xfe\x14\x00\xfe\x14\x00\
    \xfe\x14\x00\xfe\x14\x00\xfe\x14\x00\xfe\x14\x00\xfe\x14\x00\xfe\x14\x00\xfe\x14\x00\xfe\x14\x00\x2e\x14\x00";

pub(super) const SAMPLE_LZF: &[u8] = b"ZV\x01\x00\x53\x03\x5a\x1f{\"Event\":\"SparkListenerLogStart\"\x00,\
    \x80\x17\x07 Version\x20\x27\x074.3.0\"}\n\xe0\x01\x39\x00X\x20\x25\x03i\":1\
    \xe0\xff\x13\xc1\x51\xe1\xff\x17\xe2\xeb\x1b\x01}\n";

pub(super) const SAMPLE_ZSTD: &[u8] =
    b"\x28\xb5\x2f\xfd\x00\x48\xd1\x01\x00{\"Event\":\"SparkListenerLogStart\",\
    \"Spark Version\":\"4.3.0\"}\n\x28\xb5\x2f\xfd\x00\x48\xdd\x00\x00\xa0{\"Event\":\"X\",\"i\":1}\n\
    \x01\x00\x12\x5e\x35\x99";

/// Lines of uneven length that look a little like a log, `count` of them.
pub(super) fn lines(count: usize) -> Vec<u8> {
    let mut text = Vec::new();
    let mut random = Random(7);
    for i in 0..count {
        let width = random.below(90);
        let _ = writeln!(
            text,
            "{{\"Event\":\"SparkListenerTaskEnd\",\"Task ID\":{i},\"x\":\"{:>width$}\"}}",
            random.next()
        );
    }
    text
}

/// Packs `text` as Spark would, `block` bytes at a time.
pub(super) fn pack(codec: Codec, text: &[u8], block: usize) -> Vec<u8> {
    let blocks = text.chunks(block);
    match codec {
        Codec::Plain => text.to_vec(),
        Codec::Zstd => blocks.flat_map(zstd_frame).collect(),
        Codec::Lz4 => blocks
            .map(|block| lz4_block(block, true))
            .chain([lz4_block(b"", false)])
            .flatten()
            .collect(),
        Codec::Snappy => {
            let mut packed = SAMPLE_SNAPPY[..16].to_vec();
            for block in blocks {
                let block = snap::raw::Encoder::new().compress_vec(block).unwrap();
                packed.extend(u32::try_from(block.len()).unwrap().to_be_bytes());
                packed.extend(block);
            }
            packed
        }
        Codec::Lzf => blocks
            .flat_map(|block| block.chunks(0xffff))
            .flat_map(lzf_stored)
            .collect(),
        Codec::Gzip => blocks.flat_map(gzip_member).collect(),
    }
}

/// Without content size and checksum, as zstd-jni's stream writes it.
pub(super) fn zstd_frame(text: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    encoder.include_contentsize(false).unwrap();
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn lz4_block(text: &[u8], is_packed: bool) -> Vec<u8> {
    let payload = if is_packed {
        lz4_flex::block::compress(text)
    } else {
        text.to_vec()
    };
    let size_class = u8::try_from(text.len().max(1024).next_power_of_two().ilog2() - 10).unwrap();
    let checksum = if text.is_empty() {
        0
    } else {
        twox_hash::XxHash32::oneshot(0x9747_b28c, text) & 0x0fff_ffff
    };
    let mut block = b"LZ4Block".to_vec();
    block.push(size_class | if is_packed { 0x20 } else { 0x10 });
    block.extend(u32::try_from(payload.len()).unwrap().to_le_bytes());
    block.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
    block.extend(checksum.to_le_bytes());
    block.extend(payload);
    block
}

pub(super) fn lzf_stored(text: &[u8]) -> Vec<u8> {
    let mut chunk = b"ZV\0".to_vec();
    chunk.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
    chunk.extend(text);
    chunk
}

pub(super) fn gzip_member(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// All that can be decoded, and how it ended.
pub(super) fn decode(bytes: impl Read, hint: Option<Codec>) -> (Vec<u8>, Result<(), DecodeError>) {
    let mut decoder = Decoder::new(bytes, hint);
    let mut text = Vec::new();
    loop {
        match decoder.fill(&mut text, 1000) {
            Ok(0) => return (text, Ok(())),
            Ok(_) => {}
            Err(error) => return (text, Err(error)),
        }
    }
}

/// The chunks, and how it ended.
pub(super) fn cut<R: Read>(chunks: &mut Chunks<R>) -> (Vec<Vec<u8>>, Result<(), DecodeError>) {
    let mut cuts = Vec::new();
    let mut buf = Vec::new();
    loop {
        match chunks.next_chunk(&mut buf) {
            Ok(true) => cuts.push(buf.clone()),
            Ok(false) => return (cuts, Ok(())),
            Err(error) => return (cuts, Err(error)),
        }
    }
}

/// Every cut of a file delivers a prefix of its text and ends cleanly or as truncated.
pub(super) fn check_every_cut(packed: &[u8], text: &[u8]) {
    let codec = Codec::from_magic(packed);
    for length in 0..packed.len() {
        let (decoded, result) = decode(&packed[..length], codec);
        assert!(text.starts_with(&decoded), "cut at {length}");
        assert!(
            matches!(result, Ok(()) | Err(DecodeError::Truncated)),
            "cut at {length}: {result:?}"
        );
    }
}

/// Harms `packed` in `rounds` ways and decodes the result; it must end, quietly and not large.
pub(super) fn check_mutations(packed: &[u8], rounds: u64) {
    for seed in 1..=rounds {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut harmed = packed.to_vec();
        for _ in 0..=random.below(3) {
            let at = random.below(harmed.len());
            match random.below(5) {
                0 => harmed[at] ^= 1 << random.below(8),
                1 => harmed[at] = random.next().to_le_bytes()[0],
                2 => harmed[at] = [0, 0x7f, 0x80, 0xff][random.below(4)],
                3 => drop(harmed.drain(at..harmed.len().min(at + 1 + random.below(4)))),
                _ => harmed.insert(at, random.next().to_le_bytes()[0]),
            }
            if harmed.is_empty() {
                break;
            }
        }
        let mut chunks = Chunks::new(Decoder::new(&harmed[..], Codec::from_magic(packed)), 512, 1 << 20);
        let (cuts, _) = cut(&mut chunks);
        assert!(cuts.iter().all(|chunk| !chunk.is_empty()), "seed {seed}");
        assert!(chunks.decoded_bytes() < 64 << 20, "seed {seed}");
    }
}

/// Marsaglia's xorshift: the same harm in every run.
pub(super) struct Random(pub u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }
}

/// Gives a few bytes at a time, and then fails if told to.
pub(super) struct Trickle<'a> {
    pub bytes: &'a [u8],
    pub step: usize,
    pub fails: bool,
}

impl Read for Trickle<'_> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        if self.bytes.is_empty() && self.fails {
            return Err(io::Error::other("the disk is gone"));
        }
        let count = self.step.min(target.len());
        self.bytes.read(&mut target[..count])
    }
}
