//! `[history.circuit_breaker]`: when a store that fails is left alone.

use std::time::Duration;

use anyhow::Result;

use super::section::Section;

/// `[history.circuit_breaker]`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CircuitBreakerConfig {
    pub enabled: Option<bool>,
    pub failure_threshold: Option<u64>,
    pub success_threshold: Option<u64>,
    pub timeout_duration_secs: Option<u64>,
    pub window_duration_secs: Option<u64>,
}

impl CircuitBreakerConfig {
    pub(super) fn read(section: &Section<'_>) -> Result<Self> {
        Ok(Self {
            enabled: section.boolean("enabled")?,
            failure_threshold: section.number("failure_threshold", 1, u64::MAX)?,
            success_threshold: section.number("success_threshold", 1, u64::MAX)?,
            timeout_duration_secs: section.number("timeout_duration_secs", 1, u64::MAX)?,
            window_duration_secs: section.number("window_duration_secs", 1, u64::MAX)?,
        })
    }
}

/// When a store that fails is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerSettings {
    pub is_enabled: bool,
    pub failures: usize,
    pub successes: usize,
    pub open_for: Duration,
    pub window: Duration,
}

const DEFAULT_FAILURES: usize = 10;

const DEFAULT_SUCCESSES: usize = 2;

const DEFAULT_OPEN_FOR: Duration = Duration::from_secs(15);

const DEFAULT_WINDOW: Duration = Duration::from_secs(60);

impl BreakerSettings {
    pub(super) fn of(config: &CircuitBreakerConfig) -> Self {
        let count = |number: Option<u64>, default| {
            number.map_or(default, |number| usize::try_from(number).unwrap_or(usize::MAX))
        };
        let seconds = |number: Option<u64>, default| number.map_or(default, Duration::from_secs);
        Self {
            is_enabled: config.enabled.unwrap_or(true),
            failures: count(config.failure_threshold, DEFAULT_FAILURES),
            successes: count(config.success_threshold, DEFAULT_SUCCESSES),
            open_for: seconds(config.timeout_duration_secs, DEFAULT_OPEN_FOR),
            window: seconds(config.window_duration_secs, DEFAULT_WINDOW),
        }
    }
}
