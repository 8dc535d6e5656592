//! The values of an SQL metric as Spark prints them.

/// The task that had the largest value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Largest {
    pub(super) value: i64,
    pub(super) stage_id: i64,
    pub(super) attempt: i64,
    pub(super) task_id: i64,
}

/// Whether Spark remembers which task had the largest value of a metric of this type.
pub(super) fn has_largest(kind: &str) -> bool {
    kind != "sum"
}

/// `MetricUtils.stringValue`.
pub(super) fn text(kind: &str, values: &mut Vec<i64>, largest: Option<Largest>) -> String {
    let place = match largest {
        Some(at) => format!("(stage {}.{}: task {})", at.stage_id, at.attempt, at.task_id),
        None => "(driver)".to_owned(),
    };
    let sum = |values: &[i64]| values.iter().fold(0_i64, |sum, value| sum.wrapping_add(*value));
    match kind {
        // Metrics of a data source print themselves, in classes that the history server does not have.
        _ if kind.starts_with("v2Custom_") => "N/A".to_owned(),
        "sum" => with_commas(sum(values)),
        "average" => {
            values.retain(|value| *value > 0);
            values.sort_unstable();
            match values[..] {
                [] => tenths(0),
                [only] => tenths(only),
                [min, .., max] => format!(
                    "(min, med, max (stageId: taskId)):\n({}, {}, {} {place})",
                    tenths(min),
                    tenths(values[values.len() / 2]),
                    tenths(max)
                ),
            }
        }
        _ => {
            let print = match kind {
                "size" => bytes,
                "timing" => milliseconds,
                "nsTiming" => nanoseconds,
                _ => unknown,
            };
            values.retain(|value| *value >= 0);
            values.sort_unstable();
            match values[..] {
                [] => print(0),
                [only] => print(only),
                [min, .., max] => format!(
                    "total (min, med, max (stageId: taskId))\n{} ({}, {}, {} {place})",
                    print(sum(values)),
                    print(min),
                    print(values[values.len() / 2]),
                    print(max)
                ),
            }
        }
    }
}

fn unknown(value: i64) -> String {
    format!("[unknown] {}", with_commas(value))
}

fn with_commas(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    if value < 0 {
        text.push('-');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Spark keeps an average as ten times its value.
fn tenths(value: i64) -> String {
    let whole = with_commas(value / 10);
    match value % 10 {
        0 => whole,
        tenth => format!("{whole}.{}", tenth.abs()),
    }
}

/// `Utils.bytesToString`: a unit from twice its size on.
#[expect(clippy::cast_precision_loss, reason = "as Spark divides")]
fn bytes(value: i64) -> String {
    const UNITS: [(&str, u32); 6] = [
        ("EiB", 60),
        ("PiB", 50),
        ("TiB", 40),
        ("GiB", 30),
        ("MiB", 20),
        ("KiB", 10),
    ];
    let value = i128::from(value);
    for (unit, shift) in UNITS {
        let size = 1_i128 << shift;
        if value >= 2 * size {
            return format!("{} {unit}", one_decimal(value as f64 / size as f64));
        }
    }
    format!("{} B", one_decimal(value as f64))
}

/// `Utils.msDurationToString`.
#[expect(clippy::cast_precision_loss, reason = "as Spark divides")]
fn milliseconds(value: i64) -> String {
    let ms = value as f64;
    match value {
        _ if value < 1_000 => format!("{value} ms"),
        _ if value < 60_000 => format!("{} s", one_decimal(ms / 1_000.0)),
        _ if value < 3_600_000 => format!("{} m", one_decimal(ms / 60_000.0)),
        _ => format!("{} h", decimals(ms / 3_600_000.0, 2)),
    }
}

fn nanoseconds(value: i64) -> String {
    milliseconds(value / 1_000_000)
}

fn one_decimal(value: f64) -> String {
    decimals(value, 1)
}

/// As Java's `%.1f` rounds: the shortest text of the number, half up.
fn decimals(value: f64, places: usize) -> String {
    let shortest = format!("{}", value.abs());
    let (whole, fraction) = shortest.split_once('.').unwrap_or((&shortest, ""));
    let sign = if value < 0.0 { "-" } else { "" };
    if fraction.len() <= places {
        return format!("{sign}{whole}.{fraction:0<places$}");
    }
    let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes().take(places)).collect();
    let is_up = fraction
        .as_bytes()
        .get(places)
        .is_some_and(|digit| *digit >= b'5');
    let mut carry = is_up;
    for digit in digits.iter_mut().rev() {
        if !carry {
            break;
        }
        carry = *digit == b'9';
        *digit = if carry { b'0' } else { *digit + 1 };
    }
    if carry {
        digits.insert(0, b'1');
    }
    let text: String = digits.into_iter().map(char::from).collect();
    let (whole, fraction) = text.split_at(text.len() - places);
    format!("{sign}{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_begin_at_twice_their_size() {
        assert_eq!(bytes(1357), "1357.0 B");
        assert_eq!(bytes(2048), "2.0 KiB");
        assert_eq!(bytes(10_854), "10.6 KiB");
        assert_eq!(bytes(1088 << 10), "1088.0 KiB");
        assert_eq!(bytes(0), "0.0 B");
    }

    #[test]
    fn durations_are_short() {
        assert_eq!(milliseconds(747), "747 ms");
        assert_eq!(milliseconds(1_250), "1.3 s");
        assert_eq!(milliseconds(90_000), "1.5 m");
        assert_eq!(milliseconds(7_200_000), "2.00 h");
        assert_eq!(nanoseconds(2_500_000), "2 ms");
    }

    #[test]
    fn sums_and_averages_have_commas() {
        assert_eq!(text("sum", &mut vec![4_000_000], None), "4,000,000");
        assert_eq!(text("average", &mut vec![15, 0], None), "1.5");
        assert_eq!(text("new", &mut vec![1_500], None), "[unknown] 1,500");
        assert_eq!(text("v2Custom_a.B", &mut vec![1], None), "N/A");
        assert_eq!(with_commas(-1_234), "-1,234");
    }

    #[test]
    fn several_values_come_with_their_spread() {
        let at = Largest {
            value: 256,
            stage_id: 41,
            attempt: 0,
            task_id: 45,
        };
        assert_eq!(
            text("timing", &mut vec![256, 113, 236], Some(at)),
            "total (min, med, max (stageId: taskId))\n605 ms (113 ms, 236 ms, 256 ms (stage 41.0: task 45))"
        );
    }
}
