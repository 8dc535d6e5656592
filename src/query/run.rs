//! Runs a query: reads its rows into a [`Table`], and asks how far to trust it.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use duckdb::Statement;
use duckdb::types::{TimeUnit, ValueRef};
use jiff::tz::TimeZone;

use super::hours::zoned;
use super::narrow::without_unset;
use super::order::{cut, sort, sort_column};
use super::parameters::{Parameters, Values};
use super::registry::Query;
use super::session::Session;
use super::table::{Coverage, LeftOut, Table, Unit, Value};
use super::window::Window;
use crate::settings::CostConfig;

pub(super) const COVERAGE: &str = include_str!("../../queries/trust/coverage.sql");

/// How long a query took, each time that it was asked.
#[derive(Debug, Clone, Default)]
pub struct Times {
    /// Planned, run and read: what a process pays that asks once.
    pub planned_each_time: Vec<Duration>,
    /// Run and read, with a plan made before: what one pays that asks the same again.
    pub planned_once: Vec<Duration>,
}

impl Session {
    /// Answers a query.
    ///
    /// # Errors
    /// When a filter is no valid pattern, the sort column or what is asked after is not known, or the database cannot
    /// be read.
    pub fn answer(&self, query: &Query, parameters: &Parameters) -> Result<Table> {
        let mut tables = self.answer_all(&[(query, parameters.clone())])?;
        tables.pop().context("a question has no answer")
    }

    /// Answers queries that differ in nothing but what they ask for and how many rows of it: what they select from is
    /// made once.
    ///
    /// # Errors
    /// As [`Session::answer`].
    pub fn answer_all(&self, questions: &[(&Query, Parameters)]) -> Result<Vec<Table>> {
        let Some((first, parameters)) = questions.first() else {
            return Ok(Vec::new());
        };
        let window = self.window(first, parameters)?;
        self.check_patterns(parameters)?;
        self.check_subjects(first, parameters)?;
        let inhabited = self.inhabited(first, parameters, window)?;
        let queries: Vec<&Query> = questions.iter().map(|(query, _)| *query).collect();
        let values = Values::new(first, parameters, inhabited, parameters.filters.limit);
        self.prepare(&queries, parameters, window, &values)?;
        let coverage = self.coverage(window, &values)?;
        let answer = |(query, parameters): &(&Query, Parameters)| {
            let mut table = self.read_sorted(query, parameters, inhabited)?;
            table.coverage.clone_from(&coverage);
            match parameters.prices() {
                Some(cost) => table.coverage.price_source = Some(price_source(cost)),
                None => {
                    table.drop_columns(|column| column.unit == Unit::Cost || column.name.starts_with("cost_"))
                }
            }
            Ok(table)
        };
        questions.iter().map(answer).collect()
    }

    fn read_sorted(&self, query: &Query, parameters: &Parameters, window: Window) -> Result<Table> {
        let sorted = sort_column(query, parameters.filters)?;
        // What is sorted here needs all rows.
        let limit = sorted.map_or(parameters.filters.limit, |_| 0);
        self.set_named(query, &Values::new(query, parameters, window, limit))?;
        let mut table = read(query, &mut self.planned(query)?)?;
        show_in_zone(&mut table, parameters.zone);
        if let Some((column, ascending)) = sorted {
            sort(&mut table, column, ascending);
            cut(&mut table, parameters.filters.limit);
        }
        Ok(table)
    }

    /// Times the query alone, `runs` times in each way, inside this process.
    ///
    /// # Errors
    /// As [`Session::answer`].
    pub fn time(&self, query: &Query, parameters: &Parameters, runs: u32) -> Result<Times> {
        let window = self.window(query, parameters)?;
        let inhabited = self.inhabited(query, parameters, window)?;
        let values = Values::new(query, parameters, inhabited, parameters.filters.limit);
        self.prepare(&[query], parameters, window, &values)?;
        self.set_named(query, &values)?;
        let mut times = Times::default();
        for _ in 0..runs {
            let started = Instant::now();
            read(query, &mut self.planned(query)?)?;
            times.planned_each_time.push(started.elapsed());
        }
        let mut statement = self.planned(query)?;
        for _ in 0..runs {
            let started = Instant::now();
            read(query, &mut statement)?;
            times.planned_once.push(started.elapsed());
        }
        Ok(times)
    }

    /// The query with its plan, which holds until a variable is set anew.
    fn planned(&self, query: &Query) -> Result<Statement<'_>> {
        self.conn
            .prepare(query.sql)
            .with_context(|| format!("the query {} is not valid", query.name))
    }

    fn coverage(&self, window: Window, values: &Values) -> Result<Coverage> {
        let text = without_unset(COVERAGE, values);
        let coverage = self.conn.query_row(&text, [], |row| {
            let number = |place: usize| -> duckdb::Result<u64> {
                Ok(u64::try_from(row.get::<_, i64>(place)?).unwrap_or(0))
            };
            let left_out = [
                ("local", number(1)?, "--include-local"),
                ("unfinished", number(2)?, "--include-incomplete"),
            ];
            Ok(Coverage {
                window_since: window.since_ms,
                window_until: window.until_ms,
                window_anchor: window.anchor,
                applications: number(0)?,
                left_out: left_out
                    .into_iter()
                    .filter(|(_, applications, _)| *applications > 0)
                    .map(|(reason, applications, flag)| LeftOut {
                        reason: reason.to_owned(),
                        applications,
                        flag: flag.to_owned(),
                    })
                    .collect(),
                event_loss_pct: row.get(3)?,
                peak_coverage_pct: row.get(4)?,
                damaged_logs: number(5)?,
                data_as_of: row.get(6)?,
                price_source: None,
            })
        })?;
        Ok(coverage)
    }
}

/// The rows of a query that has its plan.
fn read(query: &Query, statement: &mut Statement) -> Result<Table> {
    let mut rows = statement
        .query([])
        .with_context(|| format!("the query {} failed", query.name))?;
    let names: Vec<String> = rows
        .as_ref()
        .map(|statement| statement.column_names())
        .unwrap_or_default();
    let has_total = names.last().is_some_and(|name| name == "rows_total");
    let expected = query.columns.len() + usize::from(has_total);
    let matches = names.len() == expected
        && names
            .iter()
            .zip(&query.columns)
            .all(|(name, column)| *name == column.name);
    if !matches {
        bail!(
            "the header of the query {} does not name its columns {names:?}",
            query.name
        );
    }
    let mut table = Table {
        name: query.name.to_owned(),
        title: query.title.to_owned(),
        answers: query.answers.to_owned(),
        columns: query.columns.clone(),
        needs: query.needs.map(str::to_owned),
        ..Table::default()
    };
    let mut total = None;
    while let Some(row) = rows.next()? {
        let mut values = Vec::with_capacity(query.columns.len());
        for place in 0..query.columns.len() {
            values.push(value(row.get_ref(place)?)?);
        }
        if has_total && total.is_none() {
            total = row.get::<_, Option<i64>>(query.columns.len())?;
        }
        table.rows.push(values);
    }
    let total = total.and_then(|total| u64::try_from(total).ok());
    table.more_rows = total.filter(|total| *total > table.rows.len() as u64);
    Ok(table)
}

/// Gives the moments that are a time zone's its offset from UTC.
fn show_in_zone(table: &mut Table, zone: &TimeZone) {
    if *zone == TimeZone::UTC {
        return;
    }
    let is_zoned: Vec<bool> = table.columns.iter().map(|column| column.zoned).collect();
    for row in &mut table.rows {
        for (value, _) in row.iter_mut().zip(&is_zoned).filter(|(_, is_zoned)| **is_zoned) {
            if let Value::Time(clock_ms) = *value {
                *value = zoned(clock_ms, zone);
            }
        }
    }
}

/// The prices behind what is estimated, in words.
fn price_source(cost: &CostConfig) -> String {
    let price = |price: Option<f64>, what: &str| {
        price.map(|price| format!("{price} {} a {what}", cost.currency).replace("  ", " "))
    };
    let prices: Vec<String> = [
        price(cost.core_hour, "core-hour"),
        price(cost.gib_hour, "GiB-hour"),
    ]
    .into_iter()
    .flatten()
    .collect();
    prices.join(", ")
}

fn value(value: ValueRef) -> Result<Value> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Boolean(value) => Value::Bool(value),
        ValueRef::Int(value) => Value::Int(value.into()),
        ValueRef::BigInt(value) => Value::Int(value),
        ValueRef::HugeInt(value) => Value::Int(i64::try_from(value).unwrap_or(i64::MAX)),
        ValueRef::Double(value) => Value::Float(value),
        ValueRef::Timestamp(unit, value) => Value::Time(match unit {
            TimeUnit::Second => value.saturating_mul(1000),
            TimeUnit::Millisecond => value,
            TimeUnit::Microsecond => value.div_euclid(1000),
            TimeUnit::Nanosecond => value.div_euclid(1_000_000),
        }),
        // Days since the epoch: `date_trunc` of a whole day.
        ValueRef::Date32(days) => Value::Time(i64::from(days) * 86_400_000),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        other => bail!("a value of an unexpected type: {:?}", other.data_type()),
    })
}
