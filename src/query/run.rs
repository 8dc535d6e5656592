//! Runs a query: binds parameters, reads rows into a [`Table`], and asks how far to trust it.

use std::cmp::Ordering;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use duckdb::types::{TimeUnit, Value as SqlValue, ValueRef};
use duckdb::{Connection, ToSql};

use super::registry::Query;
use super::table::{Coverage, LeftOut, Table, Value};
use super::window::{Window, choose_window};
use crate::error::UserError;
use crate::settings::{Bucket, Filters};
use crate::store::{Limits, open_read_only};

const SELECTED_APPS: &str = include_str!("../../queries/macro/selected_apps.sql");
const CUT: &str = include_str!("../../queries/macro/cut.sql");
const COVERAGE: &str = include_str!("../../queries/trust/coverage.sql");
const NEWEST: &str = include_str!("../../queries/trust/newest_application.sql");
const CHECK_PATTERN: &str = include_str!("../../queries/trust/check_pattern.sql");

/// What a query is asked with.
#[derive(Debug, Clone)]
pub struct Parameters<'a> {
    pub filters: &'a Filters,
    pub now_ms: i64,
    /// How far back the window goes when nothing else was asked for.
    pub default_window_ms: i64,
    pub bucket: Bucket,
    pub capacity_cores: Option<u64>,
    pub capacity_memory_bytes: Option<u64>,
}

/// The published file, opened for questions.
#[derive(Debug)]
pub struct Session {
    conn: Connection,
}

impl Session {
    /// # Errors
    /// When the database cannot be opened.
    pub fn open(database: &Path, limits: Limits) -> Result<Self> {
        let conn = open_read_only(database, limits)?;
        Ok(Session { conn })
    }

    /// Answers a query.
    ///
    /// # Errors
    /// When a filter is no valid pattern, the sort column is not known, or the database cannot be read.
    pub fn answer(&self, query: &Query, parameters: &Parameters) -> Result<Table> {
        let window = self.window(parameters)?;
        self.check_patterns(parameters.filters)?;
        let values = Values::new(query, parameters, window);
        self.prepare(&values)?;
        let sorted = sort_column(query, parameters.filters)?;
        let mut table = self.rows(query, parameters, &values, sorted.is_some())?;
        if let Some((column, ascending)) = sorted {
            sort(&mut table, column, ascending);
            cut(&mut table, parameters.filters.limit);
        }
        table.coverage = self.coverage(&values, window)?;
        Ok(table)
    }

    /// Times the query alone, `runs` times: prepared, run and read inside this process.
    ///
    /// # Errors
    /// As [`Session::answer`].
    pub fn time(&self, query: &Query, parameters: &Parameters, runs: u32) -> Result<Vec<Duration>> {
        let window = self.window(parameters)?;
        let values = Values::new(query, parameters, window);
        self.prepare(&values)?;
        let mut times = Vec::new();
        for _ in 0..runs {
            let started = Instant::now();
            self.rows(query, parameters, &values, false)?;
            times.push(started.elapsed());
        }
        Ok(times)
    }

    /// Makes the temporary table and the macro that reports select from, for one window.
    fn prepare(&self, values: &Values) -> Result<()> {
        let cut = self
            .conn
            .prepare(CUT)
            .and_then(|mut cut| cut.execute(&*named(CUT, &values.0)));
        cut.and_then(|_| self.conn.execute_batch(SELECTED_APPS))
            .context("cannot prepare the database for questions")
    }

    fn window(&self, parameters: &Parameters) -> Result<Window> {
        let filters = parameters.filters;
        let values: Vec<(&str, SqlValue)> = vec![
            ("with_local", SqlValue::Boolean(filters.include_local)),
            ("with_incomplete", SqlValue::Boolean(wants_incomplete(filters))),
        ];
        let newest_ms: Option<i64> = self
            .conn
            .prepare(NEWEST)?
            .query_row(&*named(NEWEST, &values), |row| row.get(0))?;
        Ok(choose_window(
            filters,
            parameters.default_window_ms,
            parameters.now_ms,
            newest_ms,
        ))
    }

    fn check_patterns(&self, filters: &Filters) -> Result<()> {
        let patterns = [
            ("--user", &filters.user),
            ("--queue", &filters.queue),
            ("--app-name", &filters.app_name),
        ];
        for (flag, pattern) in patterns {
            let Some(pattern) = pattern else { continue };
            let checked: duckdb::Result<bool> =
                self.conn
                    .query_row(CHECK_PATTERN, duckdb::params![pattern], |row| row.get(0));
            if let Err(error) = checked {
                let reason = error.to_string();
                let reason = reason.lines().next().unwrap_or_default().to_owned();
                return Err(UserError::usage(format!("`{pattern}` is no valid pattern for {flag}"))
                    .hint("patterns are regular expressions (RE2): `^etl_` matches names that begin with etl_")
                    .because(reason)
                    .into());
            }
        }
        Ok(())
    }

    fn rows(&self, query: &Query, parameters: &Parameters, values: &Values, all: bool) -> Result<Table> {
        let sql = match query.filtered_sql {
            Some(filtered) if narrows(parameters.filters) => filtered,
            _ => query.sql,
        };
        let values = values.with_limit(if all { 0 } else { parameters.filters.limit });
        let mut statement = self
            .conn
            .prepare_cached(sql)
            .with_context(|| format!("the query {} is not valid", query.name))?;
        let mut rows = statement
            .query(&*named(sql, &values))
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

    fn coverage(&self, values: &Values, window: Window) -> Result<Coverage> {
        let values = values.with_limit(0);
        let mut statement = self.conn.prepare(COVERAGE)?;
        let coverage = statement.query_row(&*named(COVERAGE, &values), |row| {
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
            })
        })?;
        Ok(coverage)
    }
}

/// Whether unfinished applications are wanted: asked for, or of a status that only they have.
fn wants_incomplete(filters: &Filters) -> bool {
    filters.include_incomplete || matches!(filters.status.as_deref(), Some("running" | "unknown"))
}

/// Whether only some of the cluster's applications are asked for.
fn narrows(filters: &Filters) -> bool {
    let texts = [
        &filters.user,
        &filters.queue,
        &filters.app_name,
        &filters.app_id,
        &filters.status,
    ];
    texts.into_iter().any(Option::is_some)
}

/// The values of every parameter a query may name.
struct Values(Vec<(&'static str, SqlValue)>);

impl Values {
    fn new(query: &Query, parameters: &Parameters, window: Window) -> Self {
        let filters = parameters.filters;
        // Never NULL: with a parameter of no type DuckDB plans a prepared question anew each time it is asked.
        let text = |value: &Option<String>| SqlValue::Text(value.clone().unwrap_or_default());
        let number = |value: Option<u64>| {
            SqlValue::BigInt(value.and_then(|value| i64::try_from(value).ok()).unwrap_or(0))
        };
        let time = |ms: i64| SqlValue::Timestamp(TimeUnit::Millisecond, ms);
        let before = match (window.since_ms, window.until_ms) {
            (Some(since_ms), Some(until_ms)) => {
                time(since_ms.saturating_sub(until_ms.saturating_sub(since_ms)))
            }
            // Everything is within the window, nothing before it.
            _ => time(EARLIEST_MS),
        };
        Values(vec![
            ("since", time(window.since_ms.unwrap_or(EARLIEST_MS))),
            ("until", time(window.until_ms.unwrap_or(LATEST_MS))),
            ("before", before),
            ("user", text(&filters.user)),
            ("queue", text(&filters.queue)),
            ("app_name", text(&filters.app_name)),
            ("app_id", text(&filters.app_id)),
            ("status", text(&filters.status)),
            ("with_local", SqlValue::Boolean(filters.include_local)),
            (
                "with_incomplete",
                SqlValue::Boolean(query.includes_unfinished || wants_incomplete(filters)),
            ),
            (
                "bucket",
                SqlValue::Text(bucket_name(parameters.bucket).to_owned()),
            ),
            ("capacity_cores", number(parameters.capacity_cores)),
            ("capacity_memory_bytes", number(parameters.capacity_memory_bytes)),
        ])
    }

    /// All values, and `limit` rows at most; 0 means all.
    fn with_limit(&self, limit: u64) -> Vec<(&'static str, SqlValue)> {
        let limit = if limit == 0 {
            i64::MAX
        } else {
            i64::try_from(limit).unwrap_or(i64::MAX)
        };
        let mut values = self.0.clone();
        values.push(("limit", SqlValue::BigInt(limit)));
        values
    }
}

/// Before and after every application, and within what DuckDB's timestamps and intervals hold.
const EARLIEST_MS: i64 = 0;
const LATEST_MS: i64 = 7_258_118_400_000;

fn bucket_name(bucket: Bucket) -> &'static str {
    match bucket {
        Bucket::Hour => "hour",
        Bucket::Day => "day",
        Bucket::Week => "week",
        Bucket::Month => "month",
    }
}

/// The values that `sql` names: DuckDB takes no others.
fn named<'a>(sql: &str, values: &'a [(&'a str, SqlValue)]) -> Vec<(&'a str, &'a dyn ToSql)> {
    values
        .iter()
        .filter(|(name, _)| names_parameter(sql, name))
        .map(|(name, value)| (*name, value as &dyn ToSql))
        .collect()
}

fn names_parameter(sql: &str, name: &str) -> bool {
    sql.match_indices('$').any(|(at, _)| {
        sql[at + 1..]
            .strip_prefix(name)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
    })
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

/// The column to sort by and whether upwards, if one was asked for: numbers and times go down by default,
/// words up.
fn sort_column(query: &Query, filters: &Filters) -> Result<Option<(usize, bool)>> {
    let Some((name, ascending)) = &filters.sort else {
        return Ok(None);
    };
    let Some(place) = query.columns.iter().position(|column| column.name == *name) else {
        let names: Vec<&str> = query.columns.iter().map(|column| column.name.as_str()).collect();
        return Err(UserError::usage(format!(
            "the {} `{}` has no column `{name}`",
            query.kind.command(),
            query.name
        ))
        .hint(format!("columns: {}", names.join(", ")))
        .into());
    };
    let is_text = query.columns[place].unit == super::table::Unit::Text;
    Ok(Some((place, ascending.unwrap_or(is_text))))
}

/// Sorts rows by a column; unknown values go last whichever way, equal rows keep the query's order.
fn sort(table: &mut Table, column: usize, ascending: bool) {
    table.rows.sort_by(|a, b| match (&a[column], &b[column]) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Greater,
        (_, Value::Null) => Ordering::Less,
        (a, b) if ascending => compare(a, b),
        (a, b) => compare(b, a),
    });
}

fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) | (Value::Time(a), Value::Time(b)) => a.cmp(b),
        (Value::Float(a), Value::Float(b)) => a.total_cmp(b),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        _ => Ordering::Equal,
    }
}

fn cut(table: &mut Table, limit: u64) {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if limit > 0 && table.rows.len() > limit {
        table.more_rows = Some(table.rows.len() as u64);
        table.rows.truncate(limit);
    }
}
