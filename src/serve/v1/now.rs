//! The moment of a request.

use std::cell::Cell;

/// The moment at which a request is answered. Of what still runs, times are told up to it: an answer that never
/// asked for it is the same at any other moment.
#[derive(Debug)]
pub(super) struct Now {
    ms: i64,
    is_asked_for: Cell<bool>,
}

impl Now {
    pub(super) fn at(ms: i64) -> Self {
        Now {
            ms,
            is_asked_for: Cell::new(false),
        }
    }

    /// Milliseconds since the epoch.
    pub(super) fn ms(&self) -> i64 {
        self.is_asked_for.set(true);
        self.ms
    }

    pub(super) fn is_asked_for(&self) -> bool {
        self.is_asked_for.get()
    }
}
