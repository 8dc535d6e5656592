//! What has been read of a log so far.

use crate::decode::Codec;
use crate::event::{Parsed, parse};
use crate::fold::Fold;

/// What has been read of a log so far, and what was wrong with it.
#[derive(Default)]
pub(super) struct Reading {
    pub(super) fold: Fold,
    pub(super) codec: Option<Codec>,
    pub(super) decoded_bytes: u64,
    pub(super) lines: u64,
    pub(super) events: u64,
    pub(super) malformed: u64,
    pub(super) first_malformed: Option<(u64, String)>,
    /// The last line lacked its line end and was no event: where a writer was stopped.
    pub(super) cut_line: Option<String>,
    pub(super) oversized: u64,
    pub(super) damage: Option<String>,
    /// What was not given today, by a store or a file system, is no damage.
    pub(super) cannot_read: bool,
    /// A file was replaced while it was read: what was read of it is of no use.
    pub(super) has_changed: bool,
    /// Reading ended before bytes that are known to be there, and cannot be read yet.
    pub(super) unseen: Option<String>,
    pub(super) later_files: usize,
}

impl Reading {
    #[inline]
    pub(super) fn line(&mut self, line: &[u8], is_cut: bool) {
        self.lines += 1;
        if line.is_empty() {
            return;
        }
        match parse(line) {
            Parsed::Event(event) => {
                self.events += 1;
                self.fold.apply(&event);
            }
            Parsed::Malformed(reason) if is_cut => self.cut_line = Some(reason),
            Parsed::Malformed(reason) => self.malformed(self.lines, reason),
        }
    }

    pub(super) fn malformed(&mut self, line: u64, reason: String) {
        self.malformed += 1;
        self.first_malformed.get_or_insert((line, reason));
    }
}
