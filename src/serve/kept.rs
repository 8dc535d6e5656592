//! A body that is sent again and again: its tag and its packed form are made once.

use std::io::Write;
use std::sync::OnceLock;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use twox_hash::XxHash3_128;

/// Shorter bodies do not get shorter.
const LEAST_PACKED_BYTES: usize = 1024;
const LEVEL: Compression = Compression::new(7);

/// A body with status 200.
#[derive(Debug)]
pub(crate) struct Kept {
    pub content_type: &'static str,
    pub body: Bytes,
    /// For `ETag`.
    pub tag: String,
    packed: OnceLock<Option<Bytes>>,
}

impl Kept {
    pub(crate) fn new(content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        Kept {
            content_type,
            tag: tag_of(&body),
            body,
            packed: OnceLock::new(),
        }
    }

    /// Packed with gzip, if that makes it shorter. The first call does the work, on a thread where it may block.
    pub(crate) fn packed(&self) -> Option<&Bytes> {
        let pack = || {
            if self.body.len() < LEAST_PACKED_BYTES {
                return None;
            }
            let mut encoder = GzEncoder::new(Vec::with_capacity(self.body.len() / 4), LEVEL);
            // Writing to a Vec cannot fail.
            let _ = encoder.write_all(&self.body);
            encoder.finish().ok().map(|mut packed| {
                packed.shrink_to_fit();
                Bytes::from(packed)
            })
        };
        self.packed.get_or_init(pack).as_ref()
    }

    /// Whether that work was done.
    pub(crate) fn is_packed(&self) -> bool {
        self.packed.get().is_some()
    }

    /// What it takes in memory once it is packed, about.
    pub(crate) fn bytes(&self) -> usize {
        let packed = match self.packed.get() {
            Some(packed) => packed.as_ref().map_or(0, Bytes::len),
            None => self.body.len() / 4,
        };
        self.body.len() + packed + 256
    }
}

/// Weak: the same tag is of the packed body.
pub(crate) fn tag_of(body: &[u8]) -> String {
    format!("W/\"{:032x}\"", XxHash3_128::oneshot(body))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn it_is_packed_once_and_only_where_that_is_shorter() {
        let long = Kept::new("text/plain", vec![b'a'; 100_000]);
        assert!(!long.is_packed());
        let packed = long.packed().unwrap().clone();
        assert!(long.is_packed() && packed.len() < 1000);
        assert_eq!(packed.as_ptr(), long.packed().unwrap().as_ptr());
        let mut unpacked = Vec::new();
        GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, long.body);
        assert_eq!(Kept::new("text/plain", "short").packed(), None);
    }
}
