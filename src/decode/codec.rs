//! Which codec packed a file: the order of evidence, in one place.
//!
//! The first bytes decide. Names lie: logs get renamed, unpacked in place and packed again, and
//! Spark itself knows neither `.zst` nor `.gz`. A name only counts where a file is too short to
//! carry its format's magic bytes.

/// How a log file's bytes are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// Not at all.
    Plain,
    /// Concatenated zstd frames, about one for each flush.
    Zstd,
    /// Blocks of lz4-java's `LZ4BlockOutputStream`; not the LZ4 frame format.
    Lz4,
    /// Chunks of snappy-java's `SnappyOutputStream`; not the snappy framing format.
    Snappy,
    /// Chunks of compress-lzf.
    Lzf,
    /// Gzip members. Spark never writes them, people do.
    Gzip,
}

/// Formats that look like a codec of Spark's by their name or their users, but are not.
const UNSUPPORTED: [(&[u8], &str); 4] = [
    (
        b"\x04\x22\x4d\x18",
        "lz4 frame format, Spark's is lz4-java's block format",
    ),
    (
        b"\xff\x06\x00\x00sNaPpY",
        "snappy framing format, Spark's is snappy-java's",
    ),
    (b"\xfd7zXZ\x00", "xz"),
    (b"BZh", "bzip2"),
];

impl Codec {
    /// As many bytes as it takes to recognize any format.
    pub(super) const HEAD_BYTES: usize = 10;

    const PACKED: [Self; 5] = [Self::Zstd, Self::Lz4, Self::Snappy, Self::Lzf, Self::Gzip];

    /// The codec whose magic bytes `head`, the first bytes of a file, begins with.
    #[must_use]
    pub fn from_magic(head: &[u8]) -> Option<Self> {
        // A zstd file may begin with a frame that only carries a remark, as those of pzstd do.
        if matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..]) {
            return Some(Self::Zstd);
        }
        let codec = Self::PACKED
            .into_iter()
            .find(|codec| head.starts_with(codec.magic()))?;
        // Two letters are little evidence: they have to be followed by one of the two chunk types.
        let is_text = codec == Self::Lzf && head.get(2).is_some_and(|chunk_type| *chunk_type > 1);
        (!is_text).then_some(codec)
    }

    /// The codec that a file's name promises, by Spark's own rule: without `.compact` and then
    /// `.inprogress`, the last piece after the first dot. `zst`, `gz` and `gzip` are understood too.
    #[must_use]
    pub fn from_name(file_name: &str) -> Option<Self> {
        let name = file_name.strip_suffix(".compact").unwrap_or(file_name);
        let name = name.strip_suffix(".inprogress").unwrap_or(name);
        let (_, extension) = name.rsplit_once('.')?;
        match extension {
            "zstd" | "zst" => Some(Self::Zstd),
            "lz4" => Some(Self::Lz4),
            "snappy" => Some(Self::Snappy),
            "lzf" => Some(Self::Lzf),
            "gz" | "gzip" => Some(Self::Gzip),
            _ => None,
        }
    }

    /// The name Spark has for it in `spark.eventLog.compression.codec`, where it has one.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
            Self::Snappy => "snappy",
            Self::Lzf => "lzf",
            Self::Gzip => "gzip",
        }
    }

    /// Decides by the first bytes of a file, by `hint` where these are too few, else for plain text.
    /// The error names a format that nothing here can read.
    pub(super) fn detect(head: &[u8], hint: Option<Self>) -> Result<Self, &'static str> {
        if let Some(codec) = Self::from_magic(head) {
            return Ok(codec);
        }
        if let Some((_, format)) = UNSUPPORTED.into_iter().find(|(magic, _)| head.starts_with(magic)) {
            return Err(format);
        }
        let promised =
            hint.filter(|codec| head.len() < codec.magic().len() && codec.magic().starts_with(head));
        Ok(promised.unwrap_or(Self::Plain))
    }

    const fn magic(self) -> &'static [u8] {
        match self {
            Self::Plain => b"",
            Self::Zstd => b"\x28\xb5\x2f\xfd",
            Self::Lz4 => b"LZ4Block",
            Self::Snappy => b"\x82SNAPPY\0",
            Self::Lzf => b"ZV",
            Self::Gzip => b"\x1f\x8b",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rule_of_spark() {
        for (name, codec) in [
            ("local-1.zstd", Some(Codec::Zstd)),
            ("local-1.zstd.inprogress", Some(Codec::Zstd)),
            ("events_2_local-1.lz4.compact", Some(Codec::Lz4)),
            ("events_2_local-1.snappy.inprogress.compact", Some(Codec::Snappy)),
            ("app.v2.lzf", Some(Codec::Lzf)),
            ("app.zst", Some(Codec::Zstd)),
            ("app.gz", Some(Codec::Gzip)),
            ("app.gzip", Some(Codec::Gzip)),
            ("zstd", None),
            ("local-1", None),
            ("local-1.inprogress", None),
            ("local-1.zstd.bak", None),
            ("local-1.", None),
            ("", None),
        ] {
            assert_eq!(Codec::from_name(name), codec, "{name}");
        }
    }

    #[test]
    fn magic_bytes_decide() {
        assert_eq!(Codec::from_magic(b"\x28\xb5\x2f\xfd\0"), Some(Codec::Zstd));
        assert_eq!(Codec::from_magic(b"\x5a\x2a\x4d\x18"), Some(Codec::Zstd));
        assert_eq!(Codec::from_magic(b"LZ4Block%"), Some(Codec::Lz4));
        assert_eq!(Codec::from_magic(b"\x82SNAPPY\0\0\0"), Some(Codec::Snappy));
        assert_eq!(Codec::from_magic(b"ZV\x01"), Some(Codec::Lzf));
        assert_eq!(Codec::from_magic(b"ZV\x00"), Some(Codec::Lzf));
        assert_eq!(Codec::from_magic(b"ZVEREV"), None);
        assert_eq!(Codec::from_magic(b"\x1f\x8b\x08"), Some(Codec::Gzip));
        assert_eq!(Codec::from_magic(b"{\"Event\":"), None);
        assert_eq!(Codec::from_magic(b""), None);
    }

    #[test]
    fn a_name_counts_only_where_the_head_is_too_short() {
        assert_eq!(Codec::detect(b"{\"Event\"", Some(Codec::Lz4)), Ok(Codec::Plain));
        assert_eq!(Codec::detect(b"\x1f\x8b\x08", Some(Codec::Lz4)), Ok(Codec::Gzip));
        assert_eq!(Codec::detect(b"LZ4", Some(Codec::Lz4)), Ok(Codec::Lz4));
        assert_eq!(Codec::detect(b"LZ4", None), Ok(Codec::Plain));
        assert_eq!(Codec::detect(b"{}", Some(Codec::Lz4)), Ok(Codec::Plain));
        assert_eq!(Codec::detect(b"", Some(Codec::Lz4)), Ok(Codec::Lz4));
        assert_eq!(Codec::detect(b"", None), Ok(Codec::Plain));
    }

    #[test]
    fn formats_of_other_tools_are_named() {
        for (magic, _) in UNSUPPORTED {
            assert!(magic.len() <= Codec::HEAD_BYTES);
            assert!(Codec::detect(magic, None).is_err());
        }
    }
}
