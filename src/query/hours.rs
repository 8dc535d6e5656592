//! The hours of a window and the buckets they fall into, in the time zone that was asked for.
//!
//! Usage is kept by the full hour UTC. In a zone that is off by half an hour a bucket begins with the hour
//! that holds its begin.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::table::Value;
use crate::fold::{HOUR_MS, hour_of};
use crate::settings::Bucket;

/// One hour of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hour {
    /// Begin, ms since the epoch.
    pub start_ms: i64,
    /// Begin of the bucket as the zone's clocks show it, as if they were UTC's: ms since the epoch.
    pub bucket_ms: i64,
    /// 1 for Monday, in the zone.
    pub weekday: i64,
    pub hour_of_day: i64,
}

/// The hours from `since_ms` to `until_ms`.
pub(super) fn hours(since_ms: i64, until_ms: i64, bucket: Bucket, zone: &TimeZone) -> Vec<Hour> {
    let mut hours = Vec::new();
    let mut start_ms = hour_of(since_ms);
    while start_ms < until_ms {
        if let Some(hour) = hour(start_ms, bucket, zone) {
            hours.push(hour);
        }
        start_ms += HOUR_MS;
    }
    hours
}

fn hour(start_ms: i64, bucket: Bucket, zone: &TimeZone) -> Option<Hour> {
    let at: Zoned = Timestamp::from_millisecond(start_ms).ok()?.to_zoned(zone.clone());
    let day = at.date();
    let weekday = i64::from(day.weekday().to_monday_one_offset());
    let bucket_start = match bucket {
        Bucket::Hour => day.at(at.hour(), 0, 0, 0),
        Bucket::Day => day.at(0, 0, 0, 0),
        Bucket::Week => day
            .checked_sub(jiff::Span::new().days(weekday - 1))
            .ok()?
            .at(0, 0, 0, 0),
        Bucket::Month => day.first_of_month().at(0, 0, 0, 0),
    };
    let bucket_ms = bucket_start
        .to_zoned(TimeZone::UTC)
        .ok()?
        .timestamp()
        .as_millisecond();
    Some(Hour {
        start_ms,
        bucket_ms,
        weekday,
        hour_of_day: i64::from(at.hour()),
    })
}

/// The moment at which the clocks of `zone` show what `clock_ms` is in UTC's; the first of two, and the one after the
/// jump where there is none.
pub(super) fn zoned(clock_ms: i64, zone: &TimeZone) -> Value {
    let found = Timestamp::from_millisecond(clock_ms)
        .ok()
        .map(|clock| TimeZone::UTC.to_datetime(clock))
        .and_then(|clock| zone.to_ambiguous_zoned(clock).compatible().ok());
    found.map_or(Value::Time(clock_ms), |moment| Value::LocalTime {
        clock_ms,
        offset_s: moment.offset().seconds(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clocks_show_is_known_with_its_offset() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let offset = |clock: &str| match zoned(ms(clock), &zone) {
            Value::LocalTime { clock_ms, offset_s } if clock_ms == ms(clock) => Some(offset_s),
            _ => None,
        };
        assert_eq!(offset("2026-07-01T00:00:00Z"), Some(7200));
        // Clocks go back from 3 to 2 on 2026-10-25: the first 2 is summer's.
        assert_eq!(offset("2026-10-25T02:00:00Z"), Some(7200));
        assert_eq!(offset("2026-10-25T03:00:00Z"), Some(3600));
    }

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn days_are_cut_in_the_zone() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let day = |text: &str| hours(ms(text), ms(text) + 1, Bucket::Day, &zone)[0].bucket_ms;
        // Four hours behind UTC before clocks go back on 2026-11-01 at 06:00 UTC, five after.
        assert_eq!(day("2026-11-01T03:00:00Z"), ms("2026-10-31T00:00:00Z"));
        assert_eq!(day("2026-11-01T04:00:00Z"), ms("2026-11-01T00:00:00Z"));
        assert_eq!(day("2026-11-02T04:00:00Z"), ms("2026-11-01T00:00:00Z"));
        assert_eq!(day("2026-11-02T05:00:00Z"), ms("2026-11-02T00:00:00Z"));
    }

    #[test]
    fn weeks_begin_on_monday_and_months_on_the_first() {
        let hour = |bucket| {
            hours(
                ms("2026-11-22T23:00:00Z"),
                ms("2026-11-23T00:00:00Z"),
                bucket,
                &TimeZone::UTC,
            )[0]
        };
        assert_eq!(hour(Bucket::Week).bucket_ms, ms("2026-11-16T00:00:00Z"));
        assert_eq!(hour(Bucket::Month).bucket_ms, ms("2026-11-01T00:00:00Z"));
        assert_eq!(
            (hour(Bucket::Hour).weekday, hour(Bucket::Hour).hour_of_day),
            (7, 23)
        );
    }

    #[test]
    fn every_hour_of_the_window_is_there() {
        let found = hours(
            ms("2026-10-01T00:00:00Z"),
            ms("2026-10-08T00:00:00Z"),
            Bucket::Day,
            &TimeZone::UTC,
        );
        assert_eq!(found.len(), 7 * 24);
    }
}
