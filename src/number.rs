//! Quantities as people read them: one function per kind of quantity.
//!
//! Rules they share: rounding never promotes a value into a wrong-looking one (`1,024.0 KiB` is
//! `1.0 MiB`), something never reads as nothing (0.02 % is `<0.1 %`; only a true zero is `0`), and
//! what is not a number is [`UNKNOWN`].

/// Stands for a value that is not known.
pub const UNKNOWN: &str = "-";

/// Beyond this an `f64` no longer holds every integer, and commas would pretend it did.
const EXACT: f64 = 9e15;

/// A whole number with thousands commas: `12,345`.
#[must_use]
pub fn count(value: i64) -> String {
    with_commas(&value.to_string())
}

/// A number of things that may be an average: `12,345`, `3.5`.
#[must_use]
pub fn average(value: f64) -> String {
    if value.fract() == 0.0 {
        fixed(value, 0)
    } else {
        decimal(value)
    }
}

/// An amount without a unit of its own, such as core-hours: `1,234.5`, `0.0031`.
#[must_use]
pub fn decimal(value: f64) -> String {
    small_or(value, |value| fixed(value, 1))
}

/// A ratio, one digit finer than [`decimal`]: `1.35`, `0.042`.
#[must_use]
pub fn ratio(value: f64) -> String {
    small_or(value, |value| fixed(value, 2))
}

/// Money without its currency: `1,234.50`.
#[must_use]
pub fn cost(value: f64) -> String {
    match value.abs() {
        tiny if tiny > 0.0 && tiny < 0.005 => below(value, "0.01"),
        _ => fixed(value, 2),
    }
}

/// A share of 100: `42.1 %`.
#[must_use]
pub fn percent(value: f64) -> String {
    match value.abs() {
        0.0 => "0 %".to_owned(),
        tiny if tiny < 0.05 => below(value, "0.1 %"),
        _ => with_unit(fixed(value, 1), "%"),
    }
}

/// Bytes in powers of 1024: `1.2 TiB`.
#[must_use]
pub fn bytes(value: f64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let size = value.abs();
    if size > 0.0 && size < 0.5 {
        return below(value, "1 B");
    }
    if size < 1023.5 {
        return with_unit(fixed(value, 0), "B");
    }
    let mut scaled = value / 1024.0;
    let mut units = UNITS.into_iter();
    let mut unit = units.next().unwrap_or_default();
    // 1023.95 is the least that one decimal shows as 1,024.0.
    while scaled.abs() >= 1023.95 {
        let Some(next) = units.next() else { break };
        scaled /= 1024.0;
        unit = next;
    }
    with_unit(fixed(scaled, 1), unit)
}

/// A duration given in seconds: `320 ms`, `45.2 s`, `12 min`, `3.4 h`, `2.5 d`.
#[must_use]
pub fn seconds(value: f64) -> String {
    const MINUTE: f64 = 60.0;
    const HOUR: f64 = 3600.0;
    const DAY: f64 = 86_400.0;
    // Each bound is where the smaller unit would be rounded up to a whole larger one.
    match value.abs() {
        0.0 => "0 s".to_owned(),
        size if size < 0.000_999_5 => with_unit(decimal(value * 1000.0), "ms"),
        size if size < 0.9995 => with_unit(fixed(value * 1000.0, 0), "ms"),
        size if size < 59.95 => with_unit(fixed(value, 1), "s"),
        size if size < 9.95 * MINUTE => with_unit(fixed(value / MINUTE, 1), "min"),
        size if size < 59.5 * MINUTE => with_unit(fixed(value / MINUTE, 0), "min"),
        size if size < 47.95 * HOUR => with_unit(fixed(value / HOUR, 1), "h"),
        _ => with_unit(fixed(value / DAY, 1), "d"),
    }
}

/// An integer as the nearest `f64`, for the quantities that are shown rounded anyway.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "two or three digits of it are shown")]
pub const fn approximate(value: i64) -> f64 {
    value as f64
}

/// Two significant digits below 1, `large` from there on.
fn small_or(value: f64, large: impl Fn(f64) -> String) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    // The exponent after rounding: 0.996 has two digits as 1.0, not as 0.100.
    let rounded = format!("{:.1e}", value.abs());
    match rounded
        .split_once("e-")
        .and_then(|(_, exponent)| exponent.parse::<usize>().ok())
    {
        None => large(value),
        Some(exponent) if exponent <= 4 => fixed(value, exponent + 1),
        Some(_) => below(value, "0.0001"),
    }
}

/// A value too close to zero for its format.
fn below(value: f64, least: &str) -> String {
    if value < 0.0 {
        format!(">-{least}")
    } else {
        format!("<{least}")
    }
}

/// The value with this many decimals and thousands commas.
fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return UNKNOWN.to_owned();
    }
    if value.abs() >= EXACT {
        return format!("{value:.1e}");
    }
    let text = format!("{value:.decimals$}");
    let is_negative_zero = text.starts_with('-') && !text.contains(|digit| matches!(digit, '1'..='9'));
    with_commas(if is_negative_zero { &text[1..] } else { &text })
}

/// Unknown stays unknown, whatever its unit.
fn with_unit(number: String, unit: &str) -> String {
    if number == UNKNOWN {
        number
    } else {
        format!("{number} {unit}")
    }
}

/// Puts commas between the thousands of a decimal number.
fn with_commas(number: &str) -> String {
    let (sign, number) = number
        .strip_prefix('-')
        .map_or(("", number), |number| ("-", number));
    let (whole, fraction) = number.find('.').map_or((number, ""), |dot| number.split_at(dot));
    let mut text = String::with_capacity(number.len() + number.len() / 3 + 1);
    text.push_str(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text.push_str(fraction);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<T: Copy>(format: fn(T) -> String, cases: &[(T, &str)]) {
        for &(value, expected) in cases {
            assert_eq!(format(value), expected);
        }
    }

    #[test]
    fn counts_have_commas() {
        check(
            count,
            &[
                (0, "0"),
                (999, "999"),
                (1_000, "1,000"),
                (-1_000, "-1,000"),
                (-999, "-999"),
                (12_345_678, "12,345,678"),
                (i64::MAX, "9,223,372,036,854,775,807"),
                (i64::MIN, "-9,223,372,036,854,775,808"),
            ],
        );
        check(
            average,
            &[
                (0.0, "0"),
                (1_234.0, "1,234"),
                (3.5, "3.5"),
                (0.25, "0.25"),
                (-0.0, "0"),
            ],
        );
    }

    #[test]
    fn decimals_show_two_digits_of_small_amounts() {
        check(
            decimal,
            &[
                (0.0, "0"),
                (-0.0, "0"),
                (1_234.5, "1,234.5"),
                (999.94, "999.9"),
                (999.96, "1,000.0"),
                (1.0, "1.0"),
                (0.996, "1.0"),
                (0.42, "0.42"),
                (0.0996, "0.10"),
                (0.0031, "0.0031"),
                (0.000_123, "0.00012"),
                (0.000_012_3, "<0.0001"),
                (-0.000_012_3, ">-0.0001"),
                (-1_234.56, "-1,234.6"),
                (1e15, "1,000,000,000,000,000.0"),
                (1e300, "1.0e300"),
                (f64::NAN, "-"),
                (f64::INFINITY, "-"),
                (f64::NEG_INFINITY, "-"),
            ],
        );
        check(
            ratio,
            &[
                (0.0, "0"),
                (1.349, "1.35"),
                (12.5, "12.50"),
                (0.0421, "0.042"),
                (f64::NAN, "-"),
            ],
        );
    }

    #[test]
    fn money_has_two_decimals() {
        check(
            cost,
            &[
                (0.0, "0.00"),
                (0.001, "<0.01"),
                (-0.001, ">-0.01"),
                (0.005, "0.01"),
                (1_234.5, "1,234.50"),
                (-3.0, "-3.00"),
                (f64::NAN, "-"),
            ],
        );
    }

    #[test]
    fn percentages_tell_little_from_nothing() {
        check(
            percent,
            &[
                (0.0, "0 %"),
                (0.02, "<0.1 %"),
                (-0.02, ">-0.1 %"),
                (0.05, "0.1 %"),
                (42.123, "42.1 %"),
                (100.0, "100.0 %"),
                (-12.0, "-12.0 %"),
                (12_345.6, "12,345.6 %"),
                (f64::NAN, "-"),
            ],
        );
    }

    #[test]
    fn bytes_change_unit_where_rounding_does() {
        check(
            bytes,
            &[
                (0.0, "0 B"),
                (0.3, "<1 B"),
                (1.0, "1 B"),
                (1_023.0, "1,023 B"),
                (1_023.7, "1.0 KiB"),
                (1_024.0, "1.0 KiB"),
                (1_536.0, "1.5 KiB"),
                (1_048_575.0, "1.0 MiB"),
                (1_000.0 * 1_048_576.0, "1,000.0 MiB"),
                (1.2 * 1_099_511_627_776.0, "1.2 TiB"),
                (-2_048.0, "-2.0 KiB"),
                (approximate(i64::MAX), "8.0 EiB"),
                (1e300, "8.7e281 EiB"),
                (f64::NAN, "-"),
                (f64::INFINITY, "-"),
            ],
        );
    }

    #[test]
    fn durations_change_unit_where_rounding_does() {
        check(
            seconds,
            &[
                (0.0, "0 s"),
                (0.000_42, "0.42 ms"),
                (0.000_999_9, "1 ms"),
                (0.32, "320 ms"),
                (0.9994, "999 ms"),
                (0.9996, "1.0 s"),
                (45.2, "45.2 s"),
                (59.94, "59.9 s"),
                (59.96, "1.0 min"),
                (90.0, "1.5 min"),
                (597.5, "10 min"),
                (744.0, "12 min"),
                (3_569.0, "59 min"),
                (3_571.0, "1.0 h"),
                (12_240.0, "3.4 h"),
                (47.96 * 3_600.0, "2.0 d"),
                (216_000.0, "2.5 d"),
                (-90.0, "-1.5 min"),
                (approximate(i64::MAX), "106,751,991,167,300.6 d"),
                (f64::NAN, "-"),
            ],
        );
    }
}
