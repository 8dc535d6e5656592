//! Why a file could not be decoded to its end.

use std::borrow::Cow;
use std::{error, fmt, io};

/// Why decoding stopped before the end of the file.
#[derive(Debug)]
pub enum DecodeError {
    /// The file ends inside a frame or block: it is still being written, or its writer died.
    Truncated,
    /// The bytes are not what their format allows, or fail its checksum.
    Corrupt(Cow<'static, str>),
    /// A known format, but none that Spark writes or reads.
    Unsupported(&'static str),
    /// The file could not be read.
    Io(io::Error),
}

impl DecodeError {
    /// For a reason known when this was written.
    pub(super) const fn corrupt(reason: &'static str) -> Self {
        Self::Corrupt(Cow::Borrowed(reason))
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => f.write_str("data ends in the middle of a compressed block"),
            Self::Corrupt(reason) => write!(f, "damaged data: {reason}"),
            Self::Unsupported(format) => write!(f, "unsupported compression: {format}"),
            Self::Io(_) => f.write_str("cannot read"),
        }
    }
}

impl error::Error for DecodeError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::Truncated | Self::Corrupt(_) | Self::Unsupported(_) => None,
        }
    }
}

impl From<io::Error> for DecodeError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
