//! One value as programs read it: exact, without units.

use super::time;
use crate::query::table::Value;

/// A value that is a JSON literal as well as a CSV field.
pub(super) enum Raw<'a> {
    /// Not known, or not a number.
    Null,
    /// A number or a boolean, in JSON's notation.
    Literal(String),
    /// Anything that JSON puts in quotes.
    Text(std::borrow::Cow<'a, str>),
}

/// The value with nothing lost. Floats are the shortest text that reads back as the same number.
pub(super) fn raw(value: &Value) -> Raw<'_> {
    match value {
        Value::Null => Raw::Null,
        Value::Bool(value) => Raw::Literal(value.to_string()),
        Value::Int(value) => Raw::Literal(value.to_string()),
        Value::Float(value) => float(*value).map_or(Raw::Null, Raw::Literal),
        Value::Text(text) => Raw::Text(text.as_str().into()),
        Value::Time(ms) => time::exact(*ms).map_or(Raw::Null, |text| Raw::Text(text.into())),
        Value::LocalTime { clock_ms, offset_s } => {
            time::exact_local(*clock_ms, *offset_s).map_or(Raw::Null, |text| Raw::Text(text.into()))
        }
    }
}

/// The shortest exact text of a number. NaN and infinities have none in JSON.
pub(super) fn float(value: f64) -> Option<String> {
    serde_json::Number::from_f64(value).map(|number| number.to_string())
}
