//! Moments as text: UTC, but for those that are a time zone's.

use jiff::Timestamp;
use jiff::tz::Offset;

/// To the millisecond, for programs: `2026-11-23T00:16:27.123Z`. None outside the years that can be
/// written so.
pub(super) fn exact(ms: i64) -> Option<String> {
    Some(format!("{:.3}", Timestamp::from_millisecond(ms).ok()?))
}

/// The same of what the clocks of a time zone show, ahead of UTC by `offset_s` seconds:
/// `2026-11-23T01:16:27.123+01:00`.
pub(super) fn exact_local(clock_ms: i64, offset_s: i32) -> Option<String> {
    let offset = Offset::from_seconds(offset_s).ok()?;
    let moment = Timestamp::from_millisecond(clock_ms.checked_sub(i64::from(offset_s) * 1000)?).ok()?;
    let shown = moment.to_zoned(offset.to_time_zone());
    Some(shown.strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string())
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
    fn a_zones_moments_say_how_far_it_is_from_utc() {
        let exact = |offset_s| exact_local(1_795_392_987_123, offset_s);
        assert_eq!(exact(3600).as_deref(), Some("2026-11-23T00:16:27.123+01:00"));
        assert_eq!(exact(0).as_deref(), Some("2026-11-23T00:16:27.123+00:00"));
        assert_eq!(exact(-12_600).as_deref(), Some("2026-11-23T00:16:27.123-03:30"));
        assert_eq!(exact_local(i64::MIN, 1), None);
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
