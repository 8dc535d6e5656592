//! From Spark's whole milliseconds and nanoseconds to the hours and seconds of the tables.

/// Milliseconds in an hour.
pub const HOUR_MS: i64 = 3_600_000;

#[expect(
    clippy::cast_precision_loss,
    reason = "a sum of milliseconds stays far below 2^53"
)]
pub(super) fn seconds(ms: i64) -> f64 {
    ms as f64 / 1e3
}

#[expect(
    clippy::cast_precision_loss,
    reason = "2^53 ns are 104 days of CPU; beyond, 1e-16 is lost"
)]
pub(super) fn seconds_of_nanos(ns: i64) -> f64 {
    ns as f64 / 1e9
}

#[expect(
    clippy::cast_precision_loss,
    reason = "2^53 ns are 104 days of CPU; beyond, 1e-16 is lost"
)]
pub(super) fn hours_of_nanos(ns: i64) -> f64 {
    ns as f64 / 3.6e12
}

/// Core milliseconds to core-hours.
pub(super) fn hours(core_ms: f64) -> f64 {
    core_ms / 3.6e6
}

/// MiB milliseconds to GiB-hours.
pub(super) fn gib_hours(mib_ms: f64) -> f64 {
    mib_ms / 1024.0 / 3.6e6
}

/// Seconds between two times, at least 0.
pub(super) fn span_seconds(start_ms: i64, end_ms: i64) -> f64 {
    seconds(end_ms.saturating_sub(start_ms).max(0))
}

/// The start of the hour that holds `ms`.
pub fn hour_of(ms: i64) -> i64 {
    ms.div_euclid(HOUR_MS).saturating_mul(HOUR_MS)
}
