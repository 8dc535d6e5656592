//! `/health`: whether answers can be had, from which data, and how old they are.

use serde::Serialize;

use super::exchange::{Answer, JSON};
use super::site::Site;
use crate::ingest::Summary;

/// So many intervals without a good ingest are too many.
const STALE_AFTER_INTERVALS: i64 = 3;

/// Names are a promise.
#[derive(Serialize)]
struct Health<'a> {
    /// `ok`; `empty` while nothing is published; `stale` when no ingest has ended well for a while; `failing`
    /// when what is published cannot be opened (answers then come from what was published before).
    status: &'static str,
    version: &'static str,
    data: Data,
    ingest: Option<Ingest<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Serialize)]
struct Data {
    version: String,
    published: Option<String>,
    /// When the database was last filled.
    data_as_of: Option<String>,
    age_s: Option<i64>,
}

#[derive(Serialize)]
struct Ingest<'a> {
    interval_s: u64,
    last_success: Option<String>,
    last: Option<Last<'a>>,
}

#[derive(Serialize)]
struct Last<'a> {
    started: Option<String>,
    seconds: f64,
    outcome: &'static str,
    error: Option<&'a str>,
    logs: Option<u64>,
    applications: Option<u64>,
    damaged: Option<usize>,
}

pub(super) fn health(site: &Site) -> Answer {
    let instance = site.database.current();
    let now_ms = site.settings.clock.now_ms();
    let trouble = site.database.trouble();
    let last = site.updater.as_ref().and_then(|updater| updater.last());
    let success_ms = site.updater.as_ref().and_then(|updater| updater.success_ms());
    let is_stale = site.updater.as_ref().is_some_and(|updater| {
        let interval_ms = i64::try_from(updater.settings.interval.as_millis()).unwrap_or(i64::MAX);
        let since_ms = success_ms.unwrap_or(site.started_ms);
        now_ms.saturating_sub(since_ms) > interval_ms.saturating_mul(STALE_AFTER_INTERVALS)
    });
    let status = match (&trouble, instance.edition) {
        (Some(_), _) => "failing",
        (None, _) if is_stale => "stale",
        (None, None) => "empty",
        (None, Some(_)) => "ok",
    };
    let health = Health {
        status,
        version: env!("CARGO_PKG_VERSION"),
        data: Data {
            version: instance.version(),
            published: instance.edition.and_then(|edition| moment(edition.modified_ms())),
            data_as_of: instance.data_as_of_ms.and_then(moment),
            age_s: instance
                .data_as_of_ms
                .map(|filled_ms| now_ms.saturating_sub(filled_ms).max(0) / 1000),
        },
        ingest: site.updater.as_ref().map(|updater| Ingest {
            interval_s: updater.settings.interval.as_secs(),
            last_success: success_ms.and_then(moment),
            last: last.as_ref().map(|last| Last {
                started: moment(last.started_ms),
                seconds: last.time.as_secs_f64(),
                outcome: last.outcome,
                error: last.error.as_deref(),
                logs: summed(last.summary.as_ref(), |summary| summary.logs),
                applications: summed(last.summary.as_ref(), |summary| summary.applications),
                damaged: summed(last.summary.as_ref(), |summary| summary.damaged.len()),
            }),
        }),
        error: trouble,
    };
    let status = if status == "failing" { 503 } else { 200 };
    // Texts and numbers: this cannot fail.
    let mut body = serde_json::to_vec(&health).unwrap_or_default();
    body.push(b'\n');
    Answer::whole(status, JSON, body).with("cache-control", "no-store")
}

fn summed<T>(summary: Option<&Summary>, sum: impl Fn(&Summary) -> T) -> Option<T> {
    summary.map(sum)
}

fn moment(ms: i64) -> Option<String> {
    let moment = jiff::Timestamp::from_millisecond(ms).ok()?;
    Some(format!("{moment:.3}"))
}
