//! Moments as text, always UTC.

use jiff::Timestamp;

/// To the millisecond, for programs: `2026-11-23T00:16:27.123Z`. None outside the years that can be
/// written so.
pub(super) fn exact(ms: i64) -> Option<String> {
    Some(format!("{:.3}", Timestamp::from_millisecond(ms).ok()?))
}

/// To the minute, for people: `2026-11-23 00:16`.
pub(super) fn minute(ms: i64) -> Option<String> {
    Some(
        Timestamp::from_millisecond(ms)
            .ok()?
            .strftime("%Y-%m-%d %H:%M")
            .to_string(),
    )
}

/// The day alone, if the moment is its beginning.
pub(super) fn day(ms: i64) -> Option<String> {
    const DAY_MS: i64 = 86_400_000;
    let is_midnight = ms.rem_euclid(DAY_MS) == 0;
    Some(
        Timestamp::from_millisecond(ms)
            .ok()
            .filter(|_| is_midnight)?
            .strftime("%Y-%m-%d")
            .to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_utc() {
        assert_eq!(
            exact(1_795_392_987_123).as_deref(),
            Some("2026-11-23T00:16:27.123Z")
        );
        assert_eq!(minute(1_795_392_987_123).as_deref(), Some("2026-11-23 00:16"));
    }

    #[test]
    fn milliseconds_are_always_written() {
        assert_eq!(exact(0).as_deref(), Some("1970-01-01T00:00:00.000Z"));
        assert_eq!(exact(-1).as_deref(), Some("1969-12-31T23:59:59.999Z"));
        assert_eq!(minute(-1).as_deref(), Some("1969-12-31 23:59"));
    }

    #[test]
    fn only_midnight_is_a_day() {
        assert_eq!(day(1_794_787_200_000).as_deref(), Some("2026-11-16"));
        assert_eq!(day(-86_400_000).as_deref(), Some("1969-12-31"));
        assert_eq!(day(1_794_787_200_001), None);
    }

    #[test]
    fn moments_beyond_the_calendar_are_unknown() {
        assert_eq!(exact(i64::MAX), None);
        assert_eq!(minute(i64::MIN), None);
    }
}
