//! Moments as people write them.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::{Malformed, Span};

/// A moment, in milliseconds since 1970, or how long ago it is.
///
/// RFC 3339 (`2026-11-01T10:30:00+01:00`), a date (its midnight), a date with a time (both in UTC),
/// seconds or milliseconds since 1970 (told apart by their digits), `now`, or a span: `7d`, `36h`,
/// `7d ago`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    At(i64),
    Ago(Span),
}

const MALFORMED: Malformed = Malformed {
    expected: "a time such as `2026-11-01`, `2026-11-01T10:30`, `2026-11-01T10:30:00Z`, or how long ago: `7d`, `36h`",
};

impl When {
    /// In milliseconds since 1970.
    pub fn to_ms(self, now_ms: i64) -> i64 {
        match self {
            Self::At(ms) => ms,
            Self::Ago(span) => now_ms.saturating_sub(span.ms()),
        }
    }
}

impl FromStr for When {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("now") {
            return Ok(Self::Ago(Span::from_days(0)));
        }
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
            return epoch(text).map(Self::At).ok_or(MALFORMED);
        }
        if let Ok(span) = text.strip_suffix("ago").unwrap_or(text).parse() {
            return Ok(Self::Ago(span));
        }
        date_and_time(text)
            .map(|moment| Self::At(moment.as_millisecond()))
            .ok_or(MALFORMED)
    }
}

/// Seconds have 9 to 11 digits from 1973 to 5138, milliseconds 12 to 14. A shorter number is rather
/// a date that lost its dashes.
fn epoch(digits: &str) -> Option<i64> {
    let number: i64 = digits.parse().ok()?;
    match digits.len() {
        9..=11 => Some(number * 1000),
        12..=14 => Some(number),
        _ => None,
    }
}

fn date_and_time(text: &str) -> Option<Timestamp> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment);
    }
    // What is left has no offset. jiff would pass over a zone in brackets: refuse it, rather than
    // take it for UTC.
    if text.contains('[') {
        return None;
    }
    let local = match text.parse::<DateTime>() {
        Ok(local) if text.contains(':') => local,
        _ => text.parse::<Date>().ok()?.at(0, 0, 0, 0),
    };
    local.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOV_1: i64 = 1_793_491_200_000;

    fn when(text: &str) -> Option<When> {
        text.parse().ok()
    }

    #[test]
    fn moments_as_people_write_them() {
        assert_eq!(when("2026-11-01"), Some(When::At(NOV_1)));
        assert_eq!(when("2026-11-01T10:30"), Some(When::At(NOV_1 + 37_800_000)));
        assert_eq!(when("2026-11-01 10:30:05"), Some(When::At(NOV_1 + 37_805_000)));
        assert_eq!(when("2026-11-01T10:30:00Z"), Some(When::At(NOV_1 + 37_800_000)));
        assert_eq!(
            when("2026-11-01T10:30:00.250+01:00"),
            Some(When::At(NOV_1 + 34_200_250))
        );
        assert_eq!(when("1793491200"), Some(When::At(NOV_1)));
        assert_eq!(when("1793491200123"), Some(When::At(NOV_1 + 123)));
        assert_eq!(
            when("7d").map(|when| when.to_ms(NOV_1)),
            Some(NOV_1 - 7 * 86_400_000)
        );
        assert_eq!(
            when("36h ago").map(|when| when.to_ms(NOV_1)),
            Some(NOV_1 - 36 * 3_600_000)
        );
        assert_eq!(when("now").map(|when| when.to_ms(NOV_1)), Some(NOV_1));
    }

    #[test]
    fn what_is_no_moment() {
        for text in [
            "",
            "yesterday",
            "2026",
            "20261101",
            "2026-13-01",
            "2026-02-30",
            "2026-11-01T25:00",
            "2026-11-01T10:30[Europe/Berlin]",
            "-7d",
            "ago",
            "99999999999999999999",
        ] {
            assert_eq!(when(text), None, "{text}");
        }
    }
}
