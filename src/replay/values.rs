//! The numbers of a task: added up by stage and executor, and packed to a few bytes for each task.

use crate::event::detail::Values;

/// Places in [`Values`], named as REST v1 names them.
pub mod place {
    pub const DESERIALIZE_TIME: usize = 0;
    pub const DESERIALIZE_CPU_TIME: usize = 1;
    pub const RUN_TIME: usize = 2;
    pub const CPU_TIME: usize = 3;
    pub const RESULT_SIZE: usize = 4;
    pub const GC_TIME: usize = 5;
    pub const SERIALIZATION_TIME: usize = 6;
    pub const MEMORY_SPILLED: usize = 7;
    pub const DISK_SPILLED: usize = 8;
    pub const PEAK_MEMORY: usize = 9;
    pub const INPUT_BYTES: usize = 10;
    pub const INPUT_RECORDS: usize = 11;
    pub const OUTPUT_BYTES: usize = 12;
    pub const OUTPUT_RECORDS: usize = 13;
    pub const REMOTE_BLOCKS: usize = 14;
    pub const LOCAL_BLOCKS: usize = 15;
    pub const FETCH_WAIT: usize = 16;
    pub const REMOTE_BYTES: usize = 17;
    pub const REMOTE_BYTES_TO_DISK: usize = 18;
    pub const LOCAL_BYTES: usize = 19;
    pub const READ_RECORDS: usize = 20;
    pub const REMOTE_REQUESTS: usize = 21;
    /// The first of the nine of push-based shuffle.
    pub const PUSHED: usize = 22;
    pub const WRITE_BYTES: usize = 31;
    pub const WRITE_TIME: usize = 32;
    pub const WRITE_RECORDS: usize = 33;
}

/// How many numbers a task has.
pub const NUM_VALUES: usize = 34;

/// Numbers added up. Sums go round at the ends of their range, as Java's do.
pub type Sums = [i64; NUM_VALUES];

pub(super) fn add(sums: &mut Sums, values: &Values) {
    for (sum, value) in sums.iter_mut().zip(values.0) {
        *sum = sum.wrapping_add(value);
    }
}

/// A task's numbers, packed: which of them are not zero, then those, seven bits to a byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed(Box<[u8]>);

const MASK_BYTES: usize = NUM_VALUES.div_ceil(8);

impl Packed {
    pub(super) fn new(values: &Values) -> Self {
        let mut bytes = [0_u8; MASK_BYTES + NUM_VALUES * 10];
        let mut end = MASK_BYTES;
        for (place, value) in values.0.iter().enumerate() {
            if *value == 0 {
                continue;
            }
            bytes[place / 8] |= 1 << (place % 8);
            // Small numbers of both signs become small ones without.
            let mut rest = value.wrapping_shl(1).cast_unsigned() ^ value.wrapping_shr(63).cast_unsigned();
            while rest >= 0x80 {
                bytes[end] = rest.to_le_bytes()[0] | 0x80;
                end += 1;
                rest >>= 7;
            }
            bytes[end] = rest.to_le_bytes()[0];
            end += 1;
        }
        Packed(Box::from(&bytes[..end]))
    }

    /// The numbers again.
    pub fn unpack(&self) -> Values {
        let mut values = [0; NUM_VALUES];
        let (mask, mut rest) = self.0.split_at(MASK_BYTES.min(self.0.len()));
        for (place, value) in values.iter_mut().enumerate() {
            if mask
                .get(place / 8)
                .is_some_and(|byte| byte & (1 << (place % 8)) != 0)
            {
                let mut number = 0_u64;
                let mut shift = 0;
                while let Some((byte, behind)) = rest.split_first() {
                    rest = behind;
                    number |= u64::from(byte & 0x7f) << shift;
                    shift += 7;
                    if byte & 0x80 == 0 || shift > 63 {
                        break;
                    }
                }
                *value = (number >> 1).cast_signed() ^ (number & 1).cast_signed().wrapping_neg();
            }
        }
        Values(values)
    }

    pub(super) fn bytes(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_numbers_come_back() {
        let mut values = Values([0; NUM_VALUES]);
        assert_eq!(Packed::new(&values).unpack(), values);
        let some = [1, -1, 127, 128, -128, 1 << 20, i64::MAX, i64::MIN, 3_000_000_000];
        for (place, value) in values.0.iter_mut().enumerate() {
            *value = some[place % some.len()];
        }
        assert_eq!(Packed::new(&values).unpack(), values);
        values.0[3] = 0;
        assert_eq!(Packed::new(&values).unpack(), values);
    }
}
