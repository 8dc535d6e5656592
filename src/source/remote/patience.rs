//! How long a call may take and how often it is tried: one deadline for each attempt, one budget for all of
//! them, and growing pauses between them.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// Bounds of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patience {
    /// The longest that one attempt may take.
    pub(crate) attempt: Duration,
    /// The longest that all attempts and pauses together may take.
    pub(crate) budget: Duration,
    /// The pause after the first failure; each further one is twice as long.
    pub(crate) first_pause: Duration,
    pub(crate) longest_pause: Duration,
    pub(crate) most_attempts: u32,
}

impl Patience {
    /// Within `budget` as a whole and `attempt` each time.
    pub(crate) const fn within(attempt: Duration, budget: Duration) -> Self {
        Patience {
            attempt,
            budget,
            first_pause: Duration::from_millis(200),
            longest_pause: Duration::from_secs(4),
            most_attempts: 8,
        }
    }

    /// How long the next attempt may take, once `elapsed` of the budget is spent; `None` if it is not worth
    /// beginning.
    pub(crate) fn next_attempt(&self, elapsed: Duration) -> Option<Duration> {
        let left = self.budget.checked_sub(elapsed)?;
        (!left.is_zero()).then(|| left.min(self.attempt))
    }

    /// The pause after the attempt of this number, counted from 1; `None` if there is no next one.
    ///
    /// Between half and the whole of the doubling pause, so that clients who failed together do not come
    /// back together. `luck` is any number.
    pub(crate) fn pause_after(&self, attempt: u32, elapsed: Duration, luck: u64) -> Option<Duration> {
        if attempt >= self.most_attempts {
            return None;
        }
        let doubled = self
            .first_pause
            .saturating_mul(1 << attempt.saturating_sub(1).min(16));
        let longest = doubled.min(self.longest_pause);
        let pause = longest / 2 + longest / 2 * u32::try_from(luck % 1024).unwrap_or(0) / 1024;
        (elapsed + pause < self.budget).then_some(pause)
    }
}

/// A number that nobody can foresee, which is all that a pause needs.
pub(super) fn luck() -> u64 {
    RandomState::new().hash_one(0_u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn patience() -> Patience {
        Patience::within(1000 * MS, 3000 * MS)
    }

    #[test]
    fn pauses_double_up_to_a_limit_and_are_spread() {
        let lower = |attempt| patience().pause_after(attempt, Duration::ZERO, 0);
        assert_eq!(lower(1), Some(100 * MS));
        assert_eq!(lower(2), Some(200 * MS));
        assert_eq!(lower(3), Some(400 * MS));
        assert_eq!(lower(7), Some(2000 * MS));
        let upper = patience().pause_after(1, Duration::ZERO, 1023).unwrap();
        assert!(upper > 199 * MS && upper < 200 * MS, "{upper:?}");
    }

    #[test]
    fn nothing_is_begun_beyond_the_budget() {
        assert_eq!(patience().pause_after(1, 2950 * MS, 0), None);
        assert_eq!(patience().pause_after(8, Duration::ZERO, 0), None);
        assert_eq!(patience().next_attempt(Duration::ZERO), Some(1000 * MS));
        assert_eq!(patience().next_attempt(2800 * MS), Some(200 * MS));
        assert_eq!(patience().next_attempt(3000 * MS), None);
        assert_eq!(patience().next_attempt(3001 * MS), None);
    }
}
