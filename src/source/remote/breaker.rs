//! The circuit breaker of one endpoint: after enough failures nobody calls it any more, for a while.
//!
//! Closed: calls go through, failures within a window are counted, a success forgets them. Open: no call
//! goes through. Half-open, after a while: one call at a time goes through; enough successes close the
//! breaker, one failure opens it again.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// When a breaker opens and closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Thresholds {
    /// Failures within `window`, without a success in between, that open it; `None`: it never opens.
    pub(crate) failures: Option<usize>,
    pub(crate) window: Duration,
    /// How long it stays open before a call is let through again.
    pub(crate) open_for: Duration,
    /// Successes in half-open state that close it.
    pub(crate) successes: usize,
}

#[derive(Debug)]
enum State {
    Closed {
        failures: VecDeque<Instant>,
    },
    Open {
        until: Instant,
    },
    /// `probe_until`: a call is under way and, should it never be heard of again, is forgotten then.
    HalfOpen {
        successes: usize,
        probe_until: Option<Instant>,
    },
}

/// Counts the failures of one endpoint.
#[derive(Debug)]
pub(crate) struct Breaker {
    thresholds: Thresholds,
    state: Mutex<State>,
}

impl Breaker {
    pub(crate) fn new(thresholds: Thresholds) -> Self {
        Breaker {
            thresholds,
            state: Mutex::new(State::Closed {
                failures: VecDeque::new(),
            }),
        }
    }

    /// Whether a call may be made now.
    pub(crate) fn admits(&self, now: Instant) -> bool {
        let mut state = self.state();
        match &mut *state {
            State::Closed { .. } => true,
            State::Open { until } if now < *until => false,
            State::Open { .. } => {
                *state = State::HalfOpen {
                    successes: 0,
                    probe_until: Some(now + self.thresholds.open_for),
                };
                true
            }
            State::HalfOpen { probe_until, .. } => {
                let is_free = probe_until.is_none_or(|until| now >= until);
                if is_free {
                    *probe_until = Some(now + self.thresholds.open_for);
                }
                is_free
            }
        }
    }

    /// The endpoint has answered, be it with a refusal.
    pub(crate) fn succeeded(&self) {
        let mut state = self.state();
        match &mut *state {
            State::Closed { failures } => failures.clear(),
            // The answer to a call that was made before the others failed.
            State::Open { .. } => {}
            State::HalfOpen {
                successes,
                probe_until,
            } => {
                *successes += 1;
                *probe_until = None;
                if *successes >= self.thresholds.successes {
                    *state = State::Closed {
                        failures: VecDeque::new(),
                    };
                }
            }
        }
    }

    /// The endpoint has not answered, or has answered that it cannot.
    pub(crate) fn failed(&self, now: Instant) {
        let Some(most) = self.thresholds.failures else {
            return;
        };
        let mut state = self.state();
        let opens = match &mut *state {
            State::Closed { failures } => {
                failures.push_back(now);
                while failures
                    .front()
                    .is_some_and(|first| now.duration_since(*first) > self.thresholds.window)
                {
                    failures.pop_front();
                }
                failures.len() >= most
            }
            State::Open { .. } => false,
            State::HalfOpen { .. } => true,
        };
        if opens {
            *state = self.open(now);
        }
    }

    /// The endpoint has asked for patience: no failure yet, but one if a call is given up and nobody got an answer
    /// since.
    pub(crate) fn doubted(&self, now: Instant) {
        let mut state = self.state();
        if let State::Closed { failures } = &mut *state
            && failures.is_empty()
        {
            failures.push_back(now);
        }
    }

    /// A call was given up after all its attempts. If the endpoint has not answered anybody else in the
    /// meantime, that is proof enough.
    pub(crate) fn gave_up(&self, now: Instant) {
        if self.thresholds.failures.is_none() {
            return;
        }
        let mut state = self.state();
        if matches!(&*state, State::Closed { failures } if !failures.is_empty()) {
            *state = self.open(now);
        }
    }

    fn open(&self, now: Instant) -> State {
        State::Open {
            until: now + self.thresholds.open_for,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn breaker() -> Breaker {
        Breaker::new(Thresholds {
            failures: Some(3),
            window: 10 * SECOND,
            open_for: 5 * SECOND,
            successes: 2,
        })
    }

    #[test]
    fn failures_within_the_window_open_it() {
        let (breaker, start) = (breaker(), Instant::now());
        breaker.failed(start);
        breaker.failed(start + SECOND);
        assert!(breaker.admits(start + SECOND));
        breaker.failed(start + 2 * SECOND);
        assert!(!breaker.admits(start + 2 * SECOND));
    }

    #[test]
    fn old_failures_and_those_before_a_success_do_not_count() {
        let (breaker, start) = (breaker(), Instant::now());
        breaker.failed(start);
        breaker.failed(start + SECOND);
        breaker.failed(start + 12 * SECOND);
        assert!(breaker.admits(start + 12 * SECOND));
        breaker.failed(start + 12 * SECOND);
        breaker.succeeded();
        breaker.failed(start + 13 * SECOND);
        assert!(breaker.admits(start + 13 * SECOND));
    }

    #[test]
    fn half_open_lets_one_call_through_and_closes_after_successes() {
        let (breaker, start) = (breaker(), Instant::now());
        (0..3).for_each(|_| breaker.failed(start));
        assert!(!breaker.admits(start + 4 * SECOND));
        let later = start + 5 * SECOND;
        assert!(breaker.admits(later) && !breaker.admits(later));
        breaker.succeeded();
        assert!(breaker.admits(later) && !breaker.admits(later));
        // That call was never heard of again.
        assert!(breaker.admits(later + 5 * SECOND));
        breaker.succeeded();
        assert!(breaker.admits(later) && breaker.admits(later));
    }

    #[test]
    fn a_failure_in_half_open_state_opens_it_again() {
        let (breaker, start) = (breaker(), Instant::now());
        (0..3).for_each(|_| breaker.failed(start));
        let later = start + 5 * SECOND;
        assert!(breaker.admits(later));
        breaker.failed(later);
        assert!(!breaker.admits(later + 4 * SECOND));
        assert!(breaker.admits(later + 5 * SECOND));
    }

    #[test]
    fn a_call_that_was_given_up_opens_it_unless_somebody_was_answered() {
        let (breaker, start) = (breaker(), Instant::now());
        breaker.failed(start);
        breaker.failed(start);
        breaker.gave_up(start);
        assert!(!breaker.admits(start));
        let breaker = self::breaker();
        breaker.failed(start);
        breaker.failed(start);
        breaker.succeeded();
        breaker.gave_up(start);
        assert!(breaker.admits(start));
    }

    #[test]
    fn doubts_open_it_only_when_a_call_is_given_up() {
        let start = Instant::now();
        let breaker = breaker();
        (0..100).for_each(|_| breaker.doubted(start));
        assert!(breaker.admits(start));
        breaker.succeeded();
        breaker.gave_up(start);
        assert!(breaker.admits(start));
        breaker.doubted(start);
        breaker.gave_up(start);
        assert!(!breaker.admits(start));
    }

    #[test]
    fn it_can_be_turned_off() {
        let breaker = Breaker::new(Thresholds {
            failures: None,
            window: SECOND,
            open_for: SECOND,
            successes: 1,
        });
        let now = Instant::now();
        (0..100).for_each(|_| breaker.failed(now));
        breaker.gave_up(now);
        assert!(breaker.admits(now));
    }
}
