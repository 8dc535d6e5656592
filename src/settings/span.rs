//! Lengths of time as people write them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::Malformed;

/// A length of time: `90s`, `10m`, `36h`, `7d`, `2w`, `1h30m`; a day is 24 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    ms: i64,
}

const MALFORMED: Malformed = Malformed {
    expected: "a duration such as `90s`, `10m`, `36h` or `7d`",
};

const UNITS: [(&str, i64); 6] = [
    ("w", 7 * 86_400_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

impl Span {
    /// `days` days of 24 hours.
    pub const fn from_days(days: u32) -> Self {
        Self {
            ms: days as i64 * 86_400_000,
        }
    }

    /// In milliseconds; never negative.
    pub const fn ms(self) -> i64 {
        self.ms
    }

    /// As the standard library's type.
    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.ms.unsigned_abs())
    }
}

impl FromStr for Span {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let mut rest = text.trim();
        if rest == "0" {
            return Ok(Self { ms: 0 });
        }
        if rest.is_empty() {
            return Err(MALFORMED);
        }
        let mut ms = 0_i64;
        while !rest.is_empty() {
            let (number, tail) = rest.split_at(run(rest, |c| c.is_ascii_digit()));
            let (unit, tail) = tail.split_at(run(tail, |c| c.is_ascii_alphabetic()));
            let number: i64 = number.parse().map_err(|_| MALFORMED)?;
            let (_, unit_ms) = UNITS.iter().find(|(name, _)| *name == unit).ok_or(MALFORMED)?;
            let part_ms = number.checked_mul(*unit_ms).ok_or(MALFORMED)?;
            ms = ms.checked_add(part_ms).ok_or(MALFORMED)?;
            rest = tail;
        }
        Ok(Self { ms })
    }
}

/// How many bytes at the start of `text` satisfy `is_part`.
fn run(text: &str, is_part: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is_part(c)).unwrap_or(text.len())
}

/// In the largest unit that says it exactly; parses back to the same span.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Weeks are for typing: people read "21d" more easily than "3w".
        let unit = UNITS[1..]
            .iter()
            .find(|(_, unit_ms)| self.ms != 0 && self.ms % unit_ms == 0);
        let (name, unit_ms) = unit.copied().unwrap_or(("s", 1_000));
        write!(f, "{}{name}", self.ms / unit_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> Option<i64> {
        text.parse::<Span>().ok().map(Span::ms)
    }

    #[test]
    fn spans_as_people_write_them() {
        assert_eq!(ms("0"), Some(0));
        assert_eq!(ms("250ms"), Some(250));
        assert_eq!(ms("90s"), Some(90_000));
        assert_eq!(ms("10m"), Some(600_000));
        assert_eq!(ms("36h"), Some(36 * 3_600_000));
        assert_eq!(ms("7d"), Some(7 * 86_400_000));
        assert_eq!(ms("2w"), Some(14 * 86_400_000));
        assert_eq!(ms("1h30m"), Some(5_400_000));
    }

    #[test]
    fn what_is_no_span() {
        for text in [
            "",
            "7",
            "d",
            "-7d",
            "7 d",
            "7days",
            "1.5h",
            "99999999999999w",
            "7d?",
            "\u{661}d",
        ] {
            assert_eq!(ms(text), None, "{text}");
        }
    }

    #[test]
    fn a_printed_span_parses_back() {
        for text in ["0s", "250ms", "90s", "10m", "36h", "7d"] {
            assert_eq!(
                text.parse::<Span>().map(|span| span.to_string()).as_deref(),
                Ok(text)
            );
        }
        assert_eq!(Span::from_days(30).to_string(), "30d");
    }
}
