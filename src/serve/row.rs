//! One row of a table by the names of its columns.

use crate::query::table::{Table, Unit, Value};

/// One row.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub table: &'a Table,
    pub place: usize,
}

/// The rows of a table.
pub(super) fn rows(table: &Table) -> impl Iterator<Item = Row<'_>> {
    (0..table.rows.len()).map(|place| Row { table, place })
}

impl<'a> Row<'a> {
    /// The first row, if there is one.
    pub(super) fn first(table: &'a Table) -> Option<Self> {
        rows(table).next()
    }

    pub(super) fn value(self, name: &str) -> &'a Value {
        match self.table.columns.iter().position(|column| column.name == name) {
            Some(column) => self.table.value(self.place, column),
            None => &Value::Null,
        }
    }

    pub(super) fn unit(self, name: &str) -> Unit {
        let place = self.table.columns.iter().position(|column| column.name == name);
        place.map_or(Unit::Text, |column| self.table.unit(self.place, column))
    }

    /// A text, or a number that names something.
    pub(super) fn text(self, name: &str) -> Option<String> {
        match self.value(name) {
            Value::Text(text) => Some(text.clone()),
            Value::Int(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// A number that is known.
    pub(super) fn number(self, name: &str) -> Option<f64> {
        number(self.value(name))
    }

    /// A moment, ms since the epoch.
    pub(super) fn time(self, name: &str) -> Option<i64> {
        match self.value(name) {
            Value::Time(ms) => Some(*ms),
            _ => None,
        }
    }
}

/// A number that is known.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "figures for people and JSON")]
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) if number.is_finite() => Some(*number),
        _ => None,
    }
}
