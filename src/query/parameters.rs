//! What a question is asked with, and the values of everything its SQL may name.

use duckdb::ToSql;
use duckdb::types::{TimeUnit, Value as SqlValue};
use jiff::tz::TimeZone;

use super::registry::{Kind, Query};
use super::window::Window;
use crate::settings::{Bucket, CostConfig, Filters, GroupBy, Subject, TrendsSettings};

/// What a query is asked with.
#[derive(Debug, Clone)]
pub struct Parameters<'a> {
    pub filters: &'a Filters,
    pub now_ms: i64,
    /// How far back the window goes when nothing else was asked for, unless the query knows better.
    pub default_window_ms: i64,
    /// What a report is to sort or to break down by; `None` is the report's own choice.
    pub by: Option<&'a str>,
    pub group_by: Option<&'a GroupBy>,
    /// What the report is about, where it is about something: an application, or two things to compare.
    pub subjects: &'a [Subject],
    pub bucket: Bucket,
    pub zone: &'a TimeZone,
    pub capacity_cores: Option<u64>,
    pub capacity_memory_bytes: Option<u64>,
    /// Prices; `None` where none are configured, and then no money is shown.
    pub cost: Option<&'a CostConfig>,
    /// Whether the same job name under another user is another job.
    pub jobs_by_user: bool,
    /// Which page of a list is wanted, where it is paged through.
    pub page: Option<&'a Page>,
}

/// A page of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// What names and ids must contain; everything does if it is empty.
    pub search: String,
    /// A column of the list.
    pub order_by: String,
    pub is_ascending: bool,
    /// Rows before the page.
    pub offset: u64,
}

impl<'a> Parameters<'a> {
    /// Of what was decided; the filters may be wider than those that were asked for.
    #[must_use]
    pub fn of(kind: Kind, decided: &'a TrendsSettings, filters: &'a Filters) -> Self {
        let settings = &decided.query;
        Parameters {
            filters,
            now_ms: settings.now_ms,
            default_window_ms: kind.default_window_ms(),
            by: settings.by.as_deref(),
            group_by: settings.group_by.as_ref(),
            subjects: &settings.subjects,
            bucket: decided.bucket,
            zone: &decided.zone,
            capacity_cores: decided.capacity_cores,
            capacity_memory_bytes: decided.capacity_memory_bytes,
            cost: settings.cost.as_ref(),
            jobs_by_user: settings.jobs_by_user,
            page: None,
        }
    }

    /// Prices that say something.
    pub(super) fn prices(&self) -> Option<&CostConfig> {
        self.cost
            .filter(|cost| cost.core_hour.is_some() || cost.gib_hour.is_some())
    }
}

/// Unfinished applications are wanted: asked for, or of a status that only they have.
pub(super) fn wants_incomplete(filters: &Filters) -> bool {
    filters.include_incomplete || matches!(filters.status.as_deref(), Some("running" | "unknown"))
}

/// The values of everything that the SQL of a question may name, set as variables of the connection. DuckDB makes
/// constants of variables when it plans, and keeps the plan of a statement that names only such; one with parameters
/// that reads a table is planned twice to be asked once, and once more each time it is asked again. Never NULL,
/// so that each has its type.
pub(super) struct Values(Vec<(&'static str, SqlValue)>);

impl Values {
    /// With at most `limit` rows; 0 means all.
    pub(super) fn new(query: &Query, parameters: &Parameters, window: Window, limit: u64) -> Self {
        let filters = parameters.filters;
        let limit = match limit {
            0 => i64::MAX,
            limit => i64::try_from(limit).unwrap_or(i64::MAX),
        };
        let text = |value: Option<&str>| SqlValue::Text(value.unwrap_or_default().to_owned());
        let number = |value: Option<u64>| {
            SqlValue::BigInt(value.and_then(|value| i64::try_from(value).ok()).unwrap_or(0))
        };
        let before = match (window.since_ms, window.until_ms) {
            (Some(since_ms), Some(until_ms)) => {
                time(since_ms.saturating_sub(until_ms.saturating_sub(since_ms)))
            }
            // A window without an end has no length: nothing lies before it.
            (since_ms, _) => time(since_ms.unwrap_or(EARLIEST_MS)),
        };
        let subject = |place: usize| match parameters.subjects.get(place) {
            Some(Subject::Name(name)) => text(Some(name)),
            _ => text(None),
        };
        let edges = |place: usize| match parameters.subjects.get(place) {
            Some(Subject::Window { since_ms, until_ms }) => (time(*since_ms), time(*until_ms)),
            _ => (time(EARLIEST_MS), time(LATEST_MS)),
        };
        let ((a_since, a_until), (b_since, b_until)) = (edges(0), edges(1));
        let is_named = matches!(parameters.subjects.first(), Some(Subject::Name(_)));
        let (group_by, group_tag) = match parameters.group_by {
            Some(GroupBy::Tag(key)) => ("tag", Some(tag_pattern(key, r"([^\n]*)"))),
            Some(other) => (other.name(), None),
            None => ("", None),
        };
        let tags: Vec<String> = {
            let mut tags: Vec<_> = filters.tags.iter().collect();
            tags.sort();
            tags.into_iter()
                .map(|(key, value)| tag_pattern(key, &regex::escape(value)))
                .collect()
        };
        let app_id = match query.is_about_one_app {
            true => subject(0),
            false => text(filters.app_id.as_deref()),
        };
        Values(vec![
            ("since", time(window.since_ms.unwrap_or(EARLIEST_MS))),
            ("until", time(window.until_ms.unwrap_or(LATEST_MS))),
            ("before", before),
            ("now", time(parameters.now_ms)),
            ("user", text(filters.user.as_deref())),
            ("queue", text(filters.queue.as_deref())),
            ("app_name", text(filters.app_name.as_deref())),
            ("app_id", app_id),
            ("job", text(filters.job.as_deref())),
            ("tag", SqlValue::Text(tags.join(r"(.*\n)*"))),
            ("status", text(filters.status.as_deref())),
            ("spark_version", text(filters.spark_version.as_deref())),
            (
                "min_dur_ms",
                SqlValue::BigInt(filters.min_duration_ms.unwrap_or(0)),
            ),
            (
                "min_core_h",
                SqlValue::Double(filters.min_core_hours.unwrap_or(0.0)),
            ),
            ("with_local", SqlValue::Boolean(filters.include_local || is_named)),
            (
                "with_incomplete",
                SqlValue::Boolean(query.includes_unfinished || is_named || wants_incomplete(filters)),
            ),
            ("by", text(parameters.by.or(query.by.first().copied()))),
            ("group_by", text(Some(group_by))),
            ("group_tag", text(group_tag.as_deref())),
            ("job_by_user", SqlValue::Boolean(parameters.jobs_by_user)),
            ("a", subject(0)),
            ("b", subject(1)),
            ("a_since", a_since),
            ("a_until", a_until),
            ("b_since", b_since),
            ("b_until", b_until),
            (
                "bucket",
                SqlValue::Text(bucket_name(parameters.bucket).to_owned()),
            ),
            ("capacity_cores", number(parameters.capacity_cores)),
            ("capacity_memory_bytes", number(parameters.capacity_memory_bytes)),
            ("search", text(parameters.page.map(|page| page.search.as_str()))),
            (
                "order_by",
                text(parameters.page.map(|page| page.order_by.as_str())),
            ),
            (
                "ascending",
                SqlValue::Boolean(parameters.page.is_some_and(|page| page.is_ascending)),
            ),
            ("offset", number(parameters.page.map(|page| page.offset))),
            ("limit", SqlValue::BigInt(limit)),
        ])
    }

    /// The window's edges, ms since the epoch.
    pub(super) fn window(&self) -> (i64, i64) {
        let edge = |wanted: &str| {
            self.0.iter().find_map(|(name, value)| match value {
                SqlValue::Timestamp(_, ms) if *name == wanted => Some(*ms),
                _ => None,
            })
        };
        (
            edge("since").unwrap_or(EARLIEST_MS),
            edge("until").unwrap_or(LATEST_MS),
        )
    }

    /// Whether a filter is not set.
    pub(super) fn is_empty(&self, name: &str) -> bool {
        self.0.iter().any(|(of, value)| {
            *of == name
                && match value {
                    SqlValue::Text(text) => text.is_empty(),
                    SqlValue::BigInt(number) => *number == 0,
                    SqlValue::Double(number) => *number == 0.0,
                    _ => false,
                }
        })
    }

    /// All values.
    pub(super) fn all(&self) -> &[(&'static str, SqlValue)] {
        &self.0
    }
}

/// A whole line of an application's tags: its key and a pattern for its value.
fn tag_pattern(key: &str, value: &str) -> String {
    format!(r"(?m)^{}={value}$", regex::escape(key))
}

/// A timestamp for DuckDB.
pub(super) fn time(ms: i64) -> SqlValue {
    SqlValue::Timestamp(TimeUnit::Millisecond, ms)
}

/// Before and after every application, and within what DuckDB's timestamps and intervals hold.
pub(super) const EARLIEST_MS: i64 = 0;
pub(super) const LATEST_MS: i64 = 7_258_118_400_000;

fn bucket_name(bucket: Bucket) -> &'static str {
    match bucket {
        Bucket::Hour => "hour",
        Bucket::Day => "day",
        Bucket::Week => "week",
        Bucket::Month => "month",
    }
}

/// The values that `sql` names: DuckDB takes no others.
pub(super) fn named<'a>(sql: &str, values: &'a [(&'a str, SqlValue)]) -> Vec<(&'a str, &'a dyn ToSql)> {
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
