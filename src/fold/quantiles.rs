//! Exact quantiles over the tasks of a stage attempt, as Spark's `taskSummary` takes them.

use super::rows::Quantiles;

/// The values of one measure. Most measures of most tasks are 0 (no input, no spill), so zeros are
/// counted rather than kept: a million tasks cost what their other values cost.
#[derive(Debug, Default)]
pub(super) struct Samples {
    zeros: usize,
    others: Vec<i64>,
}

/// Room made at once on a log's word; more comes as values come.
const MOST_RESERVED: usize = 1024;

/// The places asked for, beside the largest value.
const RANKS: [f64; 6] = [0.0, 0.25, 0.5, 0.75, 0.95, 0.99];

impl Samples {
    /// Takes in a value. `expected`: how many there may be in all, as far as that is known.
    pub(super) fn push(&mut self, value: i64, expected: usize) {
        if value == 0 {
            self.zeros += 1;
        } else {
            if self.others.capacity() == 0 {
                self.others.reserve_exact(expected.clamp(4, MOST_RESERVED));
            }
            self.others.push(value);
        }
    }

    /// The element at `min(floor(q * count), count - 1)` of the sorted values for each rank q; no
    /// interpolation. `None` without values. (Spark's `AppStatusStore.taskSummary`.)
    pub(super) fn into_quantiles(mut self) -> Quantiles {
        let count = self.zeros + self.others.len();
        if count == 0 {
            return None;
        }
        self.others.sort_unstable();
        let negatives = self.others.partition_point(|value| *value < 0);
        let at = |rank: usize| -> i64 {
            if rank < negatives {
                self.others[rank]
            } else if rank < negatives + self.zeros {
                0
            } else {
                self.others[rank - self.zeros]
            }
        };
        let mut values = [0; 7];
        for (value, q) in values.iter_mut().zip(RANKS) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "a count of tasks is far below 2^53 and q is at least 0"
            )]
            let rank = (q * count as f64) as usize;
            *value = at(rank.min(count - 1));
        }
        values[6] = at(count - 1);
        Some(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantiles(values: &[i64]) -> Quantiles {
        let mut samples = Samples::default();
        values.iter().for_each(|value| samples.push(*value, values.len()));
        samples.into_quantiles()
    }

    #[test]
    fn no_values_have_no_quantiles() {
        assert_eq!(quantiles(&[]), None);
    }

    #[test]
    fn ranks_are_floored_and_never_interpolated() {
        assert_eq!(
            quantiles(&[125, 114, 123, 116]),
            Some([114, 116, 123, 125, 125, 125, 125])
        );
    }

    #[test]
    fn counted_zeros_take_their_sorted_place() {
        assert_eq!(quantiles(&[0, 7, 0, -3, 9]), Some([-3, 0, 0, 7, 9, 9, 9]));
        assert_eq!(quantiles(&[0, 0, 0]), Some([0; 7]));
    }
}
