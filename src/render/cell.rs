//! One value as people read it.

use super::{line, time};
use crate::number::{self, UNKNOWN};
use crate::query::table::{Column, Table, Unit, Value};

/// The value in human units, harmless and on one line.
#[must_use]
pub fn human(value: &Value, unit: Unit) -> String {
    match value {
        Value::Null => UNKNOWN.to_owned(),
        Value::Bool(value) => if *value { "yes" } else { "no" }.to_owned(),
        Value::Text(text) => line::clean(text).into_owned(),
        Value::Time(ms) | Value::LocalTime { clock_ms: ms, .. } => {
            time::minute(*ms).unwrap_or_else(|| UNKNOWN.to_owned())
        }
        Value::Int(value) => match unit {
            Unit::Text | Unit::Time | Unit::Bool => value.to_string(),
            Unit::Count | Unit::Cores => number::count(*value),
            unit => amount(number::approximate(*value), unit),
        },
        Value::Float(value) => amount(*value, unit),
    }
}

/// The values of a column in human units. Moments that all begin a day are shown as days.
pub(super) fn texts(table: &Table, index: usize, column: &Column) -> Vec<String> {
    let values = || (0..table.rows.len()).map(|row| table.value(row, index));
    let as_day = |value: &Value| match value {
        Value::Null => Some(UNKNOWN.to_owned()),
        Value::Time(ms) | Value::LocalTime { clock_ms: ms, .. } => time::day(*ms),
        _ => None,
    };
    if column.unit == Unit::Time
        && let Some(days) = values().map(as_day).collect()
    {
        return days;
    }
    (0..table.rows.len())
        .map(|row| human(table.value(row, index), table.unit(row, index)))
        .collect()
}

/// A number in the unit it is counted in.
pub(super) fn amount(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Bytes => number::bytes(value),
        Unit::Seconds => number::seconds(value),
        Unit::Percent => number::percent(value),
        Unit::Ratio => number::ratio(value),
        Unit::Cost => number::cost(value),
        Unit::CoreHours | Unit::GibHours | Unit::Gib => number::decimal(value),
        Unit::Count | Unit::Cores | Unit::Text | Unit::Time | Unit::Bool | Unit::Row => {
            number::average(value)
        }
    }
}

/// A count that cannot be negative.
pub(super) fn count(value: u64) -> String {
    number::count(i64::try_from(value).unwrap_or(i64::MAX))
}

/// Whether the column lines up at the right: amounts do, and so do numbers that name something.
pub(super) fn is_right_aligned(table: &Table, index: usize, column: &Column) -> bool {
    let is_number = |value: &Value| matches!(value, Value::Int(_) | Value::Float(_));
    let mut known = (0..table.rows.len())
        .map(|row| table.value(row, index))
        .filter(|value| **value != Value::Null);
    column.unit.is_amount() || known.next().is_some_and(is_number) && known.all(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_in_their_unit() {
        assert_eq!(human(&Value::Null, Unit::Bytes), "-");
        assert_eq!(human(&Value::Bool(false), Unit::Bool), "no");
        assert_eq!(human(&Value::Int(1_536), Unit::Bytes), "1.5 KiB");
        assert_eq!(human(&Value::Int(12_345), Unit::Count), "12,345");
        assert_eq!(human(&Value::Int(12_345), Unit::Text), "12345");
        assert_eq!(human(&Value::Float(12.5), Unit::Cores), "12.5");
        assert_eq!(human(&Value::Float(f64::NAN), Unit::CoreHours), "-");
        assert_eq!(human(&Value::Int(7_200), Unit::Seconds), "2.0 h");
        assert_eq!(human(&Value::Time(i64::MAX), Unit::Time), "-");
        assert_eq!(
            human(&Value::Text("a\u{1b}b".to_owned()), Unit::Text),
            "a\u{fffd}b"
        );
        assert_eq!(count(u64::MAX), "9,223,372,036,854,775,807");
    }
}
