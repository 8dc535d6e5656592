//! Conditions that a result must not fulfil: `--fail-if 'idle_pct>70'`.

use jiff::Timestamp;
use jiff::tz::Offset;

use super::table::{Column, Table, Unit, Value};
use crate::error::UserError;
use crate::settings::{Comparison, Condition};

/// A row for which a condition holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The condition as it was written.
    pub condition: String,
    /// The words of the row that tell which it is: `app_name etl, user bob`.
    pub row: String,
    pub column: String,
    pub value: String,
}

/// Fails unless every condition is about a column of numbers.
///
/// # Errors
/// Names the columns there are.
pub fn check(columns: &[Column], conditions: &[Condition]) -> Result<(), UserError> {
    for condition in conditions {
        let column = columns.iter().find(|column| column.name == condition.column);
        if column.is_some_and(|column| is_number(column.unit)) {
            continue;
        }
        let message = match column {
            None => format!("--fail-if: there is no column `{}`", condition.column),
            Some(_) => format!("--fail-if: the column `{}` holds no numbers", condition.column),
        };
        let names: Vec<&str> = columns
            .iter()
            .filter(|column| is_number(column.unit))
            .map(|column| column.name.as_str())
            .collect();
        return Err(UserError::usage(message).hint(format!("columns: {}", names.join(", "))));
    }
    Ok(())
}

/// Every row for which a condition holds. What is not known fulfils none.
#[must_use]
pub fn findings(table: &Table, conditions: &[Condition]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for condition in conditions {
        let Some(place) = table
            .columns
            .iter()
            .position(|column| column.name == condition.column)
        else {
            continue;
        };
        for row in 0..table.rows.len() {
            let value = table.value(row, place);
            if number(value).is_some_and(|number| holds(number, condition)) {
                findings.push(Finding {
                    condition: condition.to_string(),
                    row: words(table, row),
                    column: condition.column.clone(),
                    value: text(value),
                });
            }
        }
    }
    findings
}

fn is_number(unit: Unit) -> bool {
    unit.is_amount() || unit == Unit::Bool
}

#[expect(clippy::cast_precision_loss, reason = "compared with a number that was typed")]
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Bool(value) => Some(f64::from(u8::from(*value))),
        Value::Int(value) => Some(*value as f64),
        Value::Float(value) => Some(*value).filter(|value| !value.is_nan()),
        Value::Null | Value::Text(_) | Value::Time(_) | Value::LocalTime { .. } => None,
    }
}

#[expect(clippy::float_cmp, reason = "asked for exactly")]
fn holds(value: f64, condition: &Condition) -> bool {
    let limit = condition.number;
    match condition.comparison {
        Comparison::Greater => value > limit,
        Comparison::GreaterOrEqual => value >= limit,
        Comparison::Less => value < limit,
        Comparison::LessOrEqual => value <= limit,
        Comparison::Equal => value == limit,
        Comparison::NotEqual => value != limit,
    }
}

/// The first words and moments of the row, and its ids.
fn words(table: &Table, row: usize) -> String {
    const MOST: usize = 3;
    let mut words = Vec::new();
    for (place, column) in table.columns.iter().enumerate() {
        let is_word = matches!(column.unit, Unit::Text | Unit::Time);
        let value = table.value(row, place);
        let is_wanted = words.len() < MOST || column.name == "app_id";
        if is_word && is_wanted && *value != Value::Null {
            words.push(format!("{} {}", column.name, text(value)));
        }
    }
    if words.is_empty() {
        format!("row {}", row + 1)
    } else {
        words.join(", ")
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Bool(value) => u8::from(*value).to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Text(text) => crate::fold::display_text(text, 100),
        Value::Time(ms) => {
            Timestamp::from_millisecond(*ms).map_or_else(|_| ms.to_string(), |time| time.to_string())
        }
        Value::LocalTime { clock_ms, offset_s } => {
            let utc_ms = clock_ms.saturating_sub(i64::from(*offset_s) * 1000);
            match (
                Timestamp::from_millisecond(utc_ms),
                Offset::from_seconds(*offset_s),
            ) {
                (Ok(moment), Ok(offset)) => moment.display_with_offset(offset).to_string(),
                _ => clock_ms.to_string(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, unit: Unit) -> Column {
        Column {
            name: name.to_owned(),
            unit,
            ..Column::default()
        }
    }

    fn table() -> Table {
        let row = |name: &str, idle: Value| vec![Value::Text(name.to_owned()), idle, Value::Int(3)];
        Table {
            columns: vec![
                column("app_name", Unit::Text),
                column("idle_pct", Unit::Percent),
                column("tasks", Unit::Count),
            ],
            rows: vec![
                row("a", Value::Float(70.0)),
                row("b\u{1b}", Value::Float(70.5)),
                row("c", Value::Null),
                row("d", Value::Float(f64::NAN)),
            ],
            ..Table::default()
        }
    }

    fn rows(condition: &str) -> String {
        let found = findings(&table(), &[condition.parse().unwrap()]);
        let rows: Vec<String> = found
            .into_iter()
            .map(|finding| finding.row.replace("app_name ", ""))
            .collect();
        rows.join(" ")
    }

    #[test]
    fn each_comparison_finds_its_rows_and_the_unknown_is_never_found() {
        assert_eq!(rows("idle_pct>70"), "b ");
        assert_eq!(rows("idle_pct>=70"), "a b ");
        assert_eq!(rows("idle_pct<70.5"), "a");
        assert_eq!(rows("idle_pct<=70.5"), "a b ");
        assert_eq!(rows("idle_pct=70"), "a");
        assert_eq!(rows("idle_pct!=70"), "b ");
        assert_eq!(rows("tasks=3").split_whitespace().count(), 4);
    }

    #[test]
    fn columns_that_are_not_there_or_hold_words_are_refused() {
        let refused = |text: &str| check(&table().columns, &[text.parse().unwrap()]).unwrap_err();
        assert_eq!(
            refused("idle>1").to_string(),
            "--fail-if: there is no column `idle`"
        );
        assert!(format!("{:?}", refused("idle>1")).contains("columns: idle_pct, tasks"));
        assert_eq!(
            refused("app_name=1").to_string(),
            "--fail-if: the column `app_name` holds no numbers"
        );
        assert!(check(&table().columns, &["tasks=3".parse().unwrap()]).is_ok());
    }
}
