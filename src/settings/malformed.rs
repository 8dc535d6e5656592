//! What a text should have been.

use std::fmt;

/// A text that does not parse, told by what was expected: "a size such as `256MiB`".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    pub expected: &'static str,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.expected)
    }
}

impl std::error::Error for Malformed {}
