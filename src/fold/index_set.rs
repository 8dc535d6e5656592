//! A set of task indexes.

use std::collections::HashSet;

/// Indexes from 0 up are kept as bits; one that no stage of this world has goes to a hash set, so that a
/// hostile index cannot ask for gigabytes.
#[derive(Debug, Default)]
pub(super) struct IndexSet {
    bits: Vec<u64>,
    others: HashSet<i64>,
    len: usize,
}

const MOST_BITS: usize = 1 << 23;

impl IndexSet {
    /// Adds an index and says whether it is new.
    pub(super) fn insert(&mut self, index: i64) -> bool {
        let is_new = match usize::try_from(index) {
            Ok(index) if index < MOST_BITS => {
                let word = index / 64;
                if word >= self.bits.len() {
                    self.bits.resize(word + 1, 0);
                }
                let bit = 1_u64 << (index % 64);
                let is_new = self.bits[word] & bit == 0;
                self.bits[word] |= bit;
                is_new
            }
            _ => self.others.insert(index),
        };
        self.len += usize::from(is_new);
        is_new
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_each_index_once_wherever_it_lies() {
        let mut set = IndexSet::default();
        for index in [0, 63, 64, 0, i64::MAX, -1, i64::MAX, 64] {
            set.insert(index);
        }
        assert_eq!(set.len(), 5);
    }
}
