//! A value of any type that DuckDB has as a [`Value`]: numbers that fit stay numbers, everything that has no
//! counterpart becomes a text.

use std::fmt::Write as _;

use duckdb::arrow::array::{Array, ArrayRef, AsArray};
use duckdb::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalUnit, Time64MicrosecondType, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use duckdb::arrow::util::display::{ArrayFormatter, FormatOptions};
use duckdb::core::{LogicalTypeHandle, LogicalTypeId as Id};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::table::Value;

/// The name of a type, as DuckDB writes it.
pub(super) fn type_name(of: &LogicalTypeHandle) -> String {
    let children = || (0..of.num_children()).map(|place| of.child(place));
    let fields = || {
        let fields: Vec<String> = children()
            .enumerate()
            .map(|(place, child)| format!("{} {}", of.child_name(place), type_name(&child)))
            .collect();
        fields.join(", ")
    };
    match of.id() {
        Id::Decimal => format!("DECIMAL({},{})", of.decimal_width(), of.decimal_scale()),
        Id::List | Id::Array => children().map(|child| type_name(&child) + "[]").collect(),
        Id::Struct => format!("STRUCT({})", fields()),
        Id::Union => format!("UNION({})", fields()),
        Id::Map => {
            let parts: Vec<String> = children().map(|child| type_name(&child)).collect();
            format!("MAP({})", parts.join(", "))
        }
        Id::TimeTZ => "TIME WITH TIME ZONE".to_owned(),
        Id::TimestampTZ => "TIMESTAMP WITH TIME ZONE".to_owned(),
        Id::TimestampS => "TIMESTAMP_S".to_owned(),
        Id::TimestampMs => "TIMESTAMP_MS".to_owned(),
        Id::TimestampNs => "TIMESTAMP_NS".to_owned(),
        Id::TimeNs => "TIME_NS".to_owned(),
        id => format!("{id:?}").to_uppercase(),
    }
}

/// Whether values of the type arrive as what they are. Those of others have to be made texts by DuckDB.
pub(super) fn is_readable(of: &LogicalTypeHandle) -> bool {
    let is_readable_itself = !matches!(
        of.id(),
        Id::Bit
            | Id::Bignum
            | Id::Geometry
            | Id::TimeNs
            | Id::TimeTZ
            | Id::Variant
            | Id::Any
            | Id::Unsupported
    );
    is_readable_itself && (0..of.num_children()).all(|place| is_readable(&of.child(place)))
}

/// A value that DuckDB has made a text, as what it was.
pub(super) fn of_text(text: &str, id: Id) -> Value {
    let number = match id {
        Id::Boolean => text.parse().ok().map(Value::Bool),
        Id::Tinyint
        | Id::Smallint
        | Id::Integer
        | Id::Bigint
        | Id::UTinyint
        | Id::USmallint
        | Id::UInteger
        | Id::UBigint
        | Id::Hugeint
        | Id::UHugeint => text.parse().ok().map(Value::Int),
        Id::Float | Id::Double => text.parse().ok().map(Value::Float),
        _ => None,
    };
    number.unwrap_or_else(|| Value::Text(text.to_owned()))
}

/// The value of a column of this type in a row.
pub(super) fn value(column: &ArrayRef, row: usize, id: Id) -> Value {
    macro_rules! int {
        ($kind:ty) => {
            Value::Int(i64::from(column.as_primitive::<$kind>().value(row)))
        };
    }
    macro_rules! timestamp {
        ($kind:ty, $unit:expr) => {
            timestamp(column.as_primitive::<$kind>().value(row), $unit)
        };
    }
    if column.is_null(row) {
        return Value::Null;
    }
    match column.data_type() {
        DataType::Null => Value::Null,
        DataType::Boolean => Value::Bool(column.as_boolean().value(row)),
        DataType::Int8 => int!(Int8Type),
        DataType::Int16 => int!(Int16Type),
        DataType::Int32 => int!(Int32Type),
        DataType::Int64 => int!(Int64Type),
        DataType::UInt8 => int!(UInt8Type),
        DataType::UInt16 => int!(UInt16Type),
        DataType::UInt32 => int!(UInt32Type),
        DataType::UInt64 => int_or_text(column.as_primitive::<UInt64Type>().value(row)),
        // By way of its digits: as f64 it would show more than it has.
        DataType::Float32 => float(&column.as_primitive::<Float32Type>().value(row).to_string()),
        DataType::Float64 => Value::Float(column.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal128(_, scale) => {
            let number = column.as_primitive::<Decimal128Type>().value(row);
            match id {
                // The same bits without a sign.
                Id::UHugeint => int_or_text(number.cast_unsigned()),
                Id::Hugeint => int_or_text(number),
                _ => decimal(number, *scale),
            }
        }
        DataType::Utf8 => Value::Text(column.as_string::<i32>().value(row).to_owned()),
        DataType::LargeUtf8 => Value::Text(column.as_string::<i64>().value(row).to_owned()),
        DataType::Binary => Value::Text(blob(column.as_binary::<i32>().value(row))),
        DataType::LargeBinary => Value::Text(blob(column.as_binary::<i64>().value(row))),
        DataType::Date32 => Value::Text(date(column.as_primitive::<Date32Type>().value(row))),
        DataType::Time64(TimeUnit::Microsecond) => {
            Value::Text(time(column.as_primitive::<Time64MicrosecondType>().value(row)))
        }
        DataType::Timestamp(unit, _) => match unit {
            TimeUnit::Second => timestamp!(TimestampSecondType, *unit),
            TimeUnit::Millisecond => timestamp!(TimestampMillisecondType, *unit),
            TimeUnit::Microsecond => timestamp!(TimestampMicrosecondType, *unit),
            TimeUnit::Nanosecond => timestamp!(TimestampNanosecondType, *unit),
        },
        DataType::Interval(IntervalUnit::MonthDayNano) => Value::Text(interval(
            column.as_primitive::<IntervalMonthDayNanoType>().value(row),
        )),
        _ => other(column, row),
    }
}

/// Lists, structs, maps, unions and enums: `[1, NULL]`, `{a: 1, b: x}`.
fn other(column: &ArrayRef, row: usize) -> Value {
    let options = FormatOptions::default().with_null("NULL");
    let text = ArrayFormatter::try_new(column, &options)
        .ok()
        .and_then(|formatter| formatter.value(row).try_to_string().ok());
    Value::Text(text.unwrap_or_else(|| format!("a value of type {}", column.data_type())))
}

fn int_or_text<T: TryInto<i64> + ToString + Copy>(value: T) -> Value {
    value
        .try_into()
        .map_or_else(|_| Value::Text(value.to_string()), Value::Int)
}

fn float(text: &str) -> Value {
    text.parse().map_or(Value::Null, Value::Float)
}

/// A number if it is exact as one, else its digits.
fn decimal(number: i128, scale: i8) -> Value {
    const EXACT_DIGITS: usize = 15;
    let scale = usize::try_from(scale).unwrap_or(0);
    let sign = if number < 0 { "-" } else { "" };
    let digits = format!("{:0>1$}", number.unsigned_abs(), scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let point = if scale == 0 { "" } else { "." };
    let text = format!("{sign}{whole}{point}{fraction}");
    if scale == 0 {
        return number.try_into().map_or(Value::Text(text), Value::Int);
    }
    if digits.trim_start_matches('0').len() <= EXACT_DIGITS {
        return float(&text);
    }
    Value::Text(text)
}

/// Bytes that are no printable ASCII as `\xAB`.
fn blob(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        if (b' '..=b'~').contains(byte) && *byte != b'\\' {
            text.push(char::from(*byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(text, "\\x{byte:02X}");
        }
    }
    text
}

fn date(days: i32) -> String {
    match days {
        i32::MAX => return "infinity".to_owned(),
        days if days == -i32::MAX => return "-infinity".to_owned(),
        _ => {}
    }
    let date = Date::constant(1970, 1, 1).checked_add(SignedDuration::from_hours(i64::from(days) * 24));
    date.map_or_else(|_| format!("day {days} from 1970-01-01"), |date| date.to_string())
}

/// `10:30:00`, with as many digits behind the point as it needs.
fn time(micros: i64) -> String {
    let (seconds, fraction) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    let fraction = match fraction {
        0 => String::new(),
        fraction => format!(".{fraction:06}").trim_end_matches('0').to_owned(),
    };
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}{fraction}", seconds % 60)
}

/// A moment, if milliseconds tell it whole and a calendar has it.
fn timestamp(count: i64, unit: TimeUnit) -> Value {
    match count {
        i64::MAX => return Value::Text("infinity".to_owned()),
        count if count == -i64::MAX => return Value::Text("-infinity".to_owned()),
        _ => {}
    }
    let time = match unit {
        TimeUnit::Second => Timestamp::from_second(count),
        TimeUnit::Millisecond => Timestamp::from_millisecond(count),
        TimeUnit::Microsecond => Timestamp::from_microsecond(count),
        TimeUnit::Nanosecond => Timestamp::from_nanosecond(count.into()),
    };
    match time {
        Ok(time) if time.subsec_nanosecond() % 1_000_000 == 0 => Value::Time(time.as_millisecond()),
        Ok(time) => Value::Text(time.to_string()),
        Err(_) => Value::Text(format!("{count} {unit:?}s from 1970-01-01")),
    }
}

/// `1 year 2 months 3 days 04:05:06`
fn interval(value: IntervalMonthDayNano) -> String {
    let IntervalMonthDayNano {
        months,
        days,
        nanoseconds,
    } = value;
    let mut parts = Vec::new();
    for (number, unit) in [(months / 12, "year"), (months % 12, "month"), (days, "day")] {
        if number != 0 {
            let plural = if number.unsigned_abs() == 1 { "" } else { "s" };
            parts.push(format!("{number} {unit}{plural}"));
        }
    }
    let micros = nanoseconds / 1000;
    if micros != 0 || parts.is_empty() {
        let sign = if micros < 0 { "-" } else { "" };
        parts.push(format!("{sign}{}", time(micros.saturating_abs())));
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_every_digit() {
        assert_eq!(decimal(-1_250, 2), Value::Float(-12.5));
        assert_eq!(decimal(5, 3), Value::Float(0.005));
        assert_eq!(decimal(42, 0), Value::Int(42));
        assert_eq!(
            decimal(1_234_567_890_123_456_789, 2),
            Value::Text("12345678901234567.89".to_owned())
        );
    }

    #[test]
    fn moments_lose_nothing() {
        assert_eq!(timestamp(1_500, TimeUnit::Millisecond), Value::Time(1_500));
        assert_eq!(
            timestamp(1_500_001, TimeUnit::Microsecond),
            Value::Text("1970-01-01T00:00:01.500001Z".to_owned())
        );
        assert_eq!(
            timestamp(i64::MAX, TimeUnit::Microsecond),
            Value::Text("infinity".to_owned())
        );
        assert!(matches!(
            timestamp(i64::MAX - 1, TimeUnit::Second),
            Value::Text(_)
        ));
    }

    #[test]
    fn intervals_read_well() {
        let text = |months, days, nanoseconds| {
            interval(IntervalMonthDayNano {
                months,
                days,
                nanoseconds,
            })
        };
        assert_eq!(text(14, 1, 3_723_500_000_000), "1 year 2 months 1 day 01:02:03.5");
        assert_eq!(text(0, 0, 0), "00:00:00");
        assert_eq!(text(0, 0, -1_000_000_000), "-00:00:01");
        let _ = text(i32::MIN, i32::MIN, i64::MIN);
    }

    #[test]
    fn days_are_dates() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(-1), "1969-12-31");
        assert_eq!(date(i32::MIN), "day -2147483648 from 1970-01-01");
        assert_eq!(date(i32::MAX), "infinity");
    }
}
