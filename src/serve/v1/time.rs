//! Dates as Spark prints them, and as it reads them from parameters.

use jiff::Timestamp;
use jiff::civil::Date;

const DAY_MS: i64 = 86_400_000;

/// `yyyy-MM-dd'T'HH:mm:ss.SSS'GMT'`.
pub(super) fn date(ms: i64) -> String {
    match Timestamp::from_millisecond(ms) {
        Ok(moment) => moment.strftime("%Y-%m-%dT%H:%M:%S.%3fGMT").to_string(),
        // Beyond the year 9999.
        Err(_) => format!("{ms}"),
    }
}

/// `SimpleDateParam`: a moment or a day, read as leniently as Java's `SimpleDateFormat` does; what follows is
/// ignored. `None` if it is neither.
pub(super) fn parse(text: &str) -> Option<i64> {
    moment(text).or_else(|| day(&mut Reader { rest: text }))
}

fn moment(text: &str) -> Option<i64> {
    let mut at = Reader { rest: text };
    let day = day(&mut at)?;
    at.literal('T')?;
    let hours = at.number()?;
    at.literal(':')?;
    let minutes = at.number()?;
    at.literal(':')?;
    let seconds = at.number()?;
    at.literal('.')?;
    let ms = at.number()?;
    let offset_minutes = at.zone()?;
    let time = hours
        .checked_mul(3_600_000)?
        .checked_add(minutes.checked_sub(offset_minutes)?.checked_mul(60_000)?)?
        .checked_add(seconds.checked_mul(1_000)?)?
        .checked_add(ms)?;
    day.checked_add(time)
}

fn day(at: &mut Reader) -> Option<i64> {
    let year = at.number()?;
    at.literal('-')?;
    let month = at.number()?;
    at.literal('-')?;
    let day = at.number()?;
    // A month or day beyond its range counts on.
    let months = year.checked_mul(12)?.checked_add(month)?.checked_sub(1)?;
    let year = i16::try_from(months.div_euclid(12)).ok()?;
    let month = i8::try_from(months.rem_euclid(12) + 1).ok()?;
    let first = Date::new(year, month, 1).ok()?;
    let days = i64::from((first - Date::constant(1970, 1, 1)).get_days());
    days.checked_add(day)?.checked_sub(1)?.checked_mul(DAY_MS)
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn literal(&mut self, expected: char) -> Option<()> {
        self.rest = self.rest.strip_prefix(expected)?;
        Some(())
    }

    /// A number, perhaps negative, perhaps after blanks, in any digits.
    fn number(&mut self) -> Option<i64> {
        let text = self.rest.trim_start_matches([' ', '\t']);
        let (is_negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let mut value = 0_i64;
        let mut length = 0;
        for char in digits.chars() {
            let Some(digit) = digit(char) else { break };
            value = value.checked_mul(10)?.checked_add(digit)?;
            length += char.len_utf8();
        }
        if length == 0 {
            return None;
        }
        self.rest = &digits[length..];
        Some(if is_negative { -value } else { value })
    }

    /// The offset of a zone, in minutes.
    fn zone(&mut self) -> Option<i64> {
        let text = self.rest;
        if let Some(sign) = sign(text) {
            return Some(sign * offset(&text[1..], false)?);
        }
        if text.get(..3).is_some_and(|zone| zone.eq_ignore_ascii_case("GMT")) {
            let behind = &text[3..];
            return match sign(behind) {
                Some(sign) => Some(sign * offset(&behind[1..], true)?),
                None => Some(0),
            };
        }
        ZONES
            .iter()
            .filter(|(name, _)| {
                text.get(..name.len())
                    .is_some_and(|zone| zone.eq_ignore_ascii_case(name))
            })
            .max_by_key(|(name, _)| name.len())
            .map(|(_, minutes)| *minutes)
    }
}

fn sign(text: &str) -> Option<i64> {
    match text.chars().next() {
        Some('+') => Some(1),
        Some('-') => Some(-1),
        _ => None,
    }
}

/// `hhmm`, or `hh:mm` where a colon is due.
fn offset(text: &str, has_colon: bool) -> Option<i64> {
    let mut digits = text.chars();
    let mut next = || digits.next().and_then(|char| char.to_digit(10)).map(i64::from);
    let first = next()?;
    let mut hours = first;
    let rest = if has_colon {
        let (before, behind) = text.split_once(':')?;
        if before.is_empty() || before.len() > 2 {
            return None;
        }
        hours = before.parse().ok()?;
        behind
    } else {
        hours = hours * 10 + next()?;
        text.get(2..)?
    };
    let minutes: i64 = rest.get(..2)?.parse().ok()?;
    (hours <= 23 && minutes <= 59).then_some(hours * 60 + minutes)
}

/// Fullwidth and ASCII digits.
fn digit(char: char) -> Option<i64> {
    match char {
        '0'..='9' => Some(i64::from(u32::from(char) - u32::from('0'))),
        '\u{ff10}'..='\u{ff19}' => Some(i64::from(u32::from(char) - 0xff10)),
        _ => None,
    }
}

/// The abbreviations in use, with their offsets in minutes.
const ZONES: [(&str, i64); 24] = [
    ("UTC", 0),
    ("UT", 0),
    ("WET", 0),
    ("BST", 60),
    ("CET", 60),
    ("WEST", 60),
    ("CEST", 120),
    ("EET", 120),
    ("EEST", 180),
    ("MSK", 180),
    ("IST", 330),
    ("HKT", 480),
    ("JST", 540),
    ("KST", 540),
    ("AEST", 600),
    ("AEDT", 660),
    ("NZST", 720),
    ("EDT", -240),
    ("EST", -300),
    ("CDT", -300),
    ("CST", -360),
    ("MST", -420),
    ("PDT", -420),
    ("PST", -480),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_in_gmt() {
        assert_eq!(date(1_430_917_380_893), "2015-05-06T13:03:00.893GMT");
        assert_eq!(date(-1), "1969-12-31T23:59:59.999GMT");
    }

    #[test]
    fn dates_are_read_leniently() {
        let day = 1_776_211_200_000;
        for (text, ms) in [
            ("2026-04-15T00:00:00.000GMT", day),
            ("2026-04-15T00:00:00.000gmt", day),
            ("2026-04-15T02:00:00.000GMT+02:00", day),
            ("2026-04-15T01:00:00.000+0100", day),
            ("2026-04-14T16:00:00.000PST", day),
            ("2026-04-15", day),
            ("2026-4-15xyz", day),
            (" 2026-04-15", day),
            ("2026-03-46", day),
            ("2025-16-15", day),
            ("2026-04-15T20:00:00GMT", day),
            ("2026-04-15T20:00:00.000Z", day),
            ("2026-04-15T20:00:00.000+00:00", day),
        ] {
            assert_eq!(parse(text), Some(ms), "{text}");
        }
        for text in ["", "2026", "20261122", "2026/11/22", "1776211200000", "x"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
