//! The published file, opened for questions: the window and the filters as variables of the connection, and
//! the views and temporary tables that questions select from.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use duckdb::types::Value as SqlValue;
use duckdb::{Connection, InterruptHandle, ToSql, params};

use super::hours::hours;
use super::narrow::{self, Texts};
use super::parameters::{EARLIEST_MS, LATEST_MS, Parameters, Values, named, time, wants_incomplete};
use super::registry::Query;
use super::run::COVERAGE;
use super::subjects::unknown;
use super::window::{Window, choose_window, goes_back_from_newest};
use crate::error::UserError;
use crate::settings::{Combine, CostConfig, MemoryBasis, Subject};
use crate::store::{Limits, open_empty, open_read_only};

const UNPRICED: &str = include_str!("../../queries/session/unpriced.sql");
const PRICED: &str = include_str!("../../queries/session/priced.sql");
const PRICED_BY_EXECUTOR: &str = include_str!("../../queries/session/priced_by_executor.sql");
const RATES: &str = include_str!("../../queries/session/rates.sql");
const ADD_RATE: &str = include_str!("../../queries/session/add_rate.sql");
const HOURS: &str = include_str!("../../queries/session/hours.sql");
const LIFE_OF_APP: &str = include_str!("../../queries/session/life_of_app.sql");
const EXTENT: &str = include_str!("../../queries/session/extent.sql");
const DATA_AS_OF: &str = include_str!("../../queries/store/data_as_of.sql");
const NEWEST: &str = include_str!("../../queries/trust/newest_application.sql");
const CHECK_PATTERN: &str = include_str!("../../queries/trust/check_pattern.sql");

/// Stops what a [`Session`] is at. One that comes before the question runs is forgotten: say it again.
pub struct Interrupter(Arc<InterruptHandle>);

impl Interrupter {
    pub fn interrupt(&self) {
        self.0.interrupt();
    }
}

/// The published file, opened for questions.
#[derive(Debug)]
pub struct Session {
    pub(super) conn: Connection,
}

impl Session {
    /// # Errors
    /// When the database cannot be opened.
    pub fn open(database: &Path, limits: Limits) -> Result<Self> {
        let conn = open_read_only(database, limits)?;
        Ok(Session { conn })
    }

    /// Tables without a row, for as long as nothing is published.
    ///
    /// # Errors
    /// When DuckDB cannot be started.
    pub fn open_empty(limits: Limits) -> Result<Self> {
        let conn = open_empty(limits)?;
        Ok(Session { conn })
    }

    /// Another session on the same open file, with a window and filters of its own.
    ///
    /// # Errors
    /// When DuckDB has no room for it.
    pub fn try_clone(&self) -> Result<Self> {
        let conn = self.conn.try_clone().context("cannot open another session")?;
        Ok(Session { conn })
    }

    /// When the database was last filled, ms since the epoch.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn data_as_of_ms(&self) -> Result<Option<i64>> {
        let filled = self.conn.query_row(DATA_AS_OF, [], |row| row.get(0));
        filled.context("cannot read when the database was filled")
    }

    /// What stops a question that takes too long, from another thread.
    pub fn interrupter(&self) -> Interrupter {
        Interrupter(self.conn.interrupt_handle())
    }

    /// Makes what the queries select from, for one window: of the session's tables and views those that they name,
    /// and of the variables those that any of these names. Those of the queries' own text are [`Session::set_named`]'s.
    pub(super) fn prepare(
        &self,
        queries: &[&Query],
        parameters: &Parameters,
        window: Window,
        values: &Values,
    ) -> Result<()> {
        let prices = parameters.prices();
        let selects_from = |table| queries.iter().any(|query| query.selects_from(table));
        let texts = Texts::of(queries, values, window.is_open(), prices.is_some());
        let has_priced = selects_from("priced") || (selects_from("selected_apps") && prices.is_some());
        let coverage = narrow::without_unset(COVERAGE, values);
        let named: HashSet<&str> = texts
            .before_prices
            .iter()
            .map(String::as_str)
            .chain([coverage.as_str(), PRICED, PRICED_BY_EXECUTOR])
            .flat_map(narrow::words)
            .collect();
        let make = || -> duckdb::Result<()> {
            self.set_variables(values.all().iter().filter(|(name, _)| named.contains(name)))?;
            for text in &texts.before_prices {
                self.conn.execute_batch(text)?;
            }
            if has_priced {
                self.set_prices(prices)?;
            }
            for text in &texts.after_prices {
                self.conn.execute_batch(text)?;
            }
            Ok(())
        };
        make().context("cannot prepare the database for questions")?;
        if selects_from("hours") {
            self.set_hours(parameters, values)
                .context("cannot prepare the hours of the window")?;
        }
        Ok(())
    }

    /// Sets those variables that the query itself names.
    pub(super) fn set_named(&self, query: &Query, values: &Values) -> Result<()> {
        let named: HashSet<&str> = narrow::words(query.sql).collect();
        self.set_variables(values.all().iter().filter(|(name, _)| named.contains(name)))
            .context("cannot prepare the database for questions")
    }

    fn set_variables<'a>(
        &self,
        mut values: impl Iterator<Item = &'a (&'static str, SqlValue)>,
    ) -> duckdb::Result<()> {
        values.try_for_each(|(name, value)| self.set(name, value))
    }

    /// Sets a variable of the connection. Names are our own words, never a user's.
    fn set(&self, name: &'static str, value: &dyn ToSql) -> duckdb::Result<()> {
        self.conn
            .execute(&format!("set variable \"{name}\" = ?"), [value])
            .map(drop)
    }

    fn set_prices(&self, prices: Option<&CostConfig>) -> duckdb::Result<()> {
        let Some(cost) = prices else {
            return self.conn.execute_batch(UNPRICED);
        };
        let is_dearer_only = cost.combine == Combine::Max;
        let is_heap_only = cost.memory_basis == MemoryBasis::Heap;
        #[expect(clippy::cast_precision_loss, reason = "MiB and seconds of a price list")]
        let (step_mib, min_billing_s) = (cost.yarn_step_mib.max(1) as f64, cost.min_billing_s as f64);
        self.set("core_hour", &cost.core_hour.unwrap_or(0.0))?;
        self.set("gib_hour", &cost.gib_hour.unwrap_or(0.0))?;
        self.set("include_driver", &cost.include_driver)?;
        self.set("memory_step_mib", &step_mib)?;
        self.set("min_billing_s", &min_billing_s)?;
        self.set("heap_only", &is_heap_only)?;
        self.set("dearer_only", &is_dearer_only)?;
        self.conn.execute_batch(RATES)?;
        for (place, rate) in cost.rates.iter().enumerate() {
            let text = |value: &Option<String>| SqlValue::Text(value.clone().unwrap_or_default());
            let values: Vec<(&str, SqlValue)> = vec![
                (
                    "place",
                    SqlValue::BigInt(i64::try_from(place).unwrap_or(i64::MAX)),
                ),
                ("user", text(&rate.user)),
                ("queue", text(&rate.queue)),
                ("app_name", text(&rate.app_name)),
                ("factor", SqlValue::Double(rate.factor)),
                ("since", time(rate.from_ms.unwrap_or(EARLIEST_MS))),
                ("until", time(rate.until_ms.unwrap_or(LATEST_MS))),
            ];
            self.conn.prepare(ADD_RATE)?.execute(&*named(ADD_RATE, &values))?;
        }
        let by_executor = is_dearer_only || is_heap_only || cost.yarn_step_mib > 1 || cost.min_billing_s > 0;
        self.conn
            .execute_batch(if by_executor { PRICED_BY_EXECUTOR } else { PRICED })
    }

    fn set_hours(&self, parameters: &Parameters, values: &Values) -> Result<()> {
        self.conn.execute_batch(HOURS)?;
        let (oldest_ms, newest_ms): (Option<i64>, Option<i64>) = self
            .conn
            .query_row(EXTENT, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (since_ms, until_ms) = values.window();
        // Nothing is known of the time before the first application and after the last: no hour of it is shown
        // as one in which nothing ran.
        let since_ms = oldest_ms.map_or(since_ms, |oldest_ms| since_ms.max(oldest_ms));
        let until_ms = newest_ms.map_or(since_ms, |newest_ms| until_ms.min(newest_ms.saturating_add(1)));
        let mut appender = self.conn.appender_to_catalog_and_db("hours", "temp", "main")?;
        for hour in hours(since_ms, until_ms, parameters.bucket, parameters.zone) {
            appender.append_row(params![
                time(hour.start_ms),
                time(hour.bucket_ms),
                hour.weekday,
                hour.hour_of_day
            ])?;
        }
        appender.flush()?;
        Ok(())
    }

    pub(super) fn window(&self, query: &Query, parameters: &Parameters) -> Result<Window> {
        let filters = parameters.filters;
        let default_ms = query.default_window_ms.unwrap_or(parameters.default_window_ms);
        if !goes_back_from_newest(filters, default_ms) {
            return Ok(choose_window(filters, default_ms, parameters.now_ms, None));
        }
        let values: Vec<(&str, SqlValue)> = vec![
            ("with_local", SqlValue::Boolean(filters.include_local)),
            ("with_incomplete", SqlValue::Boolean(wants_incomplete(filters))),
        ];
        let newest_ms: Option<i64> = self
            .conn
            .prepare(NEWEST)?
            .query_row(&*named(NEWEST, &values), |row| row.get(0))?;
        Ok(choose_window(filters, default_ms, parameters.now_ms, newest_ms))
    }

    /// The part of a window in which there is anything to find: of a question about one application, whenever it ran,
    /// the hours in which it did. Tables lie in the order of time, so that little of them is read.
    ///
    /// # Errors
    /// When there is no such application.
    pub(super) fn inhabited(&self, query: &Query, parameters: &Parameters, window: Window) -> Result<Window> {
        let Some(Subject::Name(app_id)) = parameters.subjects.first().filter(|_| query.is_about_one_app)
        else {
            return Ok(window);
        };
        let values: Vec<(&str, SqlValue)> = vec![("app_id", SqlValue::Text(app_id.clone()))];
        let life: (Option<i64>, Option<i64>) = self
            .conn
            .prepare(LIFE_OF_APP)?
            .query_row(&*named(LIFE_OF_APP, &values), |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        match life {
            (Some(start_ms), Some(end_ms)) => Ok(window.narrowed_to(start_ms, end_ms)),
            _ => Err(unknown("application", app_id).into()),
        }
    }

    pub(super) fn check_patterns(&self, parameters: &Parameters) -> Result<()> {
        let filters = parameters.filters;
        let rates = parameters
            .prices()
            .map(|cost| cost.rates.as_slice())
            .unwrap_or_default();
        let patterns = [
            ("--user", &filters.user),
            ("--queue", &filters.queue),
            ("--app-name", &filters.app_name),
        ];
        let of_rates = rates.iter().flat_map(|rate| {
            [
                ("cost.rate.match.user", &rate.user),
                ("cost.rate.match.queue", &rate.queue),
                ("cost.rate.match.app_name", &rate.app_name),
            ]
        });
        for (what, pattern) in patterns.into_iter().chain(of_rates) {
            let Some(pattern) = pattern else { continue };
            let checked: duckdb::Result<bool> = self
                .conn
                .query_row(CHECK_PATTERN, params![pattern], |row| row.get(0));
            if let Err(error) = checked {
                let reason = error.to_string();
                let reason = reason.lines().next().unwrap_or_default().to_owned();
                return Err(UserError::usage(format!("`{pattern}` is no valid pattern for {what}"))
                    .hint("patterns are regular expressions (RE2): `^etl_` matches names that begin with etl_")
                    .because(reason)
                    .into());
            }
        }
        Ok(())
    }
}
