//! Accumulables of tasks and stages.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::Text;

/// One accumulable that is not internal to Spark.
#[derive(Debug, Deserialize)]
pub struct Accumulable<'a> {
    #[serde(rename = "ID")]
    pub id: i64,
    #[serde(rename = "Name", borrow, default)]
    pub name: Option<Text<'a>>,
    #[serde(rename = "Update", borrow, default)]
    pub update: Option<Scalar<'a>>,
    #[serde(rename = "Value", borrow, default)]
    pub value: Option<Scalar<'a>>,
    #[serde(rename = "Internal", default)]
    pub(super) is_internal: bool,
    #[serde(rename = "Metadata", borrow, default)]
    pub(super) metadata: Option<Text<'a>>,
}

impl Accumulable<'_> {
    /// Whether it belongs to a metric of an SQL plan.
    pub fn is_sql(&self) -> bool {
        self.metadata.as_deref() == Some("sql")
    }

    /// Whether REST v1 shows it.
    pub fn is_shown(&self) -> bool {
        !self.is_sql() && !self.is_internal
    }
}

/// The accumulables of an event.
#[derive(Debug, Default)]
pub struct Accumulables<'a> {
    /// Those that are not internal, in the order of the log.
    pub list: Vec<Accumulable<'a>>,
    /// How many others there were.
    pub num_internal: usize,
}

impl<'a> Accumulables<'a> {
    pub(super) fn take(&mut self, accumulable: Accumulable<'a>) {
        // An internal one can carry a value for SQL only under an SQL accumulator's own id.
        if !accumulable.is_internal || accumulable.is_sql() {
            self.list.push(accumulable);
        } else {
            self.num_internal += 1;
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Accumulables<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Accumulables<'de>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a list of accumulables")
            }
            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Accumulables::default())
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut all = Accumulables::default();
                while let Some(accumulable) = seq.next_element()? {
                    all.take(accumulable);
                }
                Ok(all)
            }
        }
        deserializer.deserialize_any(List)
    }
}

/// A value that may be of any type; lists and objects (block statuses) are not looked into.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar<'a> {
    Text(Cow<'a, str>),
    Int(i64),
    Float(f64),
    Bool(bool),
    Other,
}

impl Scalar<'_> {
    /// The whole number, also where it is written as text.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Scalar::Int(number) => Some(*number),
            Scalar::Text(text) => text.parse().ok(),
            _ => None,
        }
    }
}

impl fmt::Display for Scalar<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::Text(text) => f.write_str(text),
            Scalar::Int(number) => write!(f, "{number}"),
            Scalar::Float(number) => write!(f, "{number:?}"),
            Scalar::Bool(value) => write!(f, "{value}"),
            Scalar::Other => Ok(()),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Scalar<'de>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("any value")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Scalar::Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Scalar::Text(Cow::Owned(text.to_owned())))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
                Ok(Scalar::Int(value))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
                Ok(i64::try_from(value).map_or(Scalar::Other, Scalar::Int))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
                Ok(Scalar::Float(value))
            }
            fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
                Ok(Scalar::Bool(value))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Scalar::Other)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Scalar::Other)
            }
        }
        deserializer.deserialize_any(Any)
    }
}
