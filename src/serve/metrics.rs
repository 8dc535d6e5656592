//! What a monitor wants to know, in the text format of Prometheus and OpenMetrics.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use crate::ingest::Summary;
use crate::query::table::{Table, Unit, Value};
use crate::source::RequestCounts;

pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Labels = Vec<(&'static str, &'static str)>;
type Float = Gauge<f64, AtomicU64>;

/// All figures of the server; what is done is told to it where it is done.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<Vec<(&'static str, String)>, Counter>,
    seconds: Family<Labels, Histogram>,
    sent_bytes: Counter,
    pub connections: Gauge,
    pub refused_connections: Counter,
    pub accept_errors: Counter,
    pub questions: Gauge,
    pub interrupted_questions: Counter,
    pub swaps: Counter,
    ingests: Family<Labels, Counter>,
    ingest_seconds: Float,
    ingest_success: Float,
    ingest_logs: Counter,
    ingest_events: Counter,
    ingest_bytes: Counter,
    ingest_damaged: Counter,
    published: Float,
}

impl Metrics {
    pub(super) fn new() -> Self {
        let mut registry = Registry::with_prefix("shh");
        // From 1 ms to 16 s.
        let histogram: fn() -> Histogram = || Histogram::new(exponential_buckets(0.001, 2.0, 15));
        let seconds = Family::new_with_constructor(histogram);
        let mut metrics = Metrics {
            registry: Registry::default(),
            requests: Family::default(),
            seconds,
            sent_bytes: Counter::default(),
            connections: Gauge::default(),
            refused_connections: Counter::default(),
            accept_errors: Counter::default(),
            questions: Gauge::default(),
            interrupted_questions: Counter::default(),
            swaps: Counter::default(),
            ingests: Family::default(),
            ingest_seconds: Float::default(),
            ingest_success: Float::default(),
            ingest_logs: Counter::default(),
            ingest_events: Counter::default(),
            ingest_bytes: Counter::default(),
            ingest_damaged: Counter::default(),
            published: Float::default(),
        };
        registry.register(
            "http_requests",
            "Requests by route and status",
            metrics.requests.clone(),
        );
        registry.register(
            "http_request_duration_seconds",
            "From the head of a request to the end of its answer",
            metrics.seconds.clone(),
        );
        registry.register(
            "http_sent_bytes",
            "Bytes of bodies sent, after compression",
            metrics.sent_bytes.clone(),
        );
        registry.register(
            "http_connections",
            "Open connections",
            metrics.connections.clone(),
        );
        registry.register(
            "http_refused_connections",
            "Connections sent away because there were too many",
            metrics.refused_connections.clone(),
        );
        registry.register(
            "http_accept_errors",
            "Connections that the system could not hand over",
            metrics.accept_errors.clone(),
        );
        registry.register(
            "questions_running",
            "Questions to the database that run now",
            metrics.questions.clone(),
        );
        registry.register(
            "questions_interrupted",
            "Questions that were given up: too slow, or nobody waits for the answer",
            metrics.interrupted_questions.clone(),
        );
        registry.register(
            "database_swaps",
            "Times another published file was opened",
            metrics.swaps.clone(),
        );
        registry.register(
            "database_published_timestamp_seconds",
            "When the file that answers was published",
            metrics.published.clone(),
        );
        registry.register(
            "ingests",
            "Ingests of this server by outcome",
            metrics.ingests.clone(),
        );
        registry.register(
            "ingest_last_duration_seconds",
            "How long the last ingest took",
            metrics.ingest_seconds.clone(),
        );
        registry.register(
            "ingest_last_success_timestamp_seconds",
            "When the last ingest ended that did not fail",
            metrics.ingest_success.clone(),
        );
        registry.register("ingest_logs", "Logs read", metrics.ingest_logs.clone());
        registry.register("ingest_events", "Events read", metrics.ingest_events.clone());
        registry.register(
            "ingest_bytes",
            "Bytes read, after decompression",
            metrics.ingest_bytes.clone(),
        );
        registry.register(
            "ingest_damaged_logs",
            "Logs that could not be read in full, each time they were read",
            metrics.ingest_damaged.clone(),
        );
        metrics.registry = registry;
        metrics
    }

    pub(super) fn request(&self, route: &'static str, status: u16, time: Duration, sent_bytes: u64) {
        let labels = vec![("route", route.to_owned()), ("status", status.to_string())];
        self.requests.get_or_create(&labels).inc();
        self.seconds
            .get_or_create(&vec![("route", route)])
            .observe(time.as_secs_f64());
        self.sent_bytes.inc_by(sent_bytes);
    }

    pub(super) fn ingest(
        &self,
        outcome: &'static str,
        time: Duration,
        summary: Option<&Summary>,
        now_ms: i64,
    ) {
        self.ingests.get_or_create(&vec![("outcome", outcome)]).inc();
        self.ingest_seconds.set(time.as_secs_f64());
        if let Some(summary) = summary {
            self.ingest_success.set(seconds(now_ms));
            self.ingest_logs.inc_by(summary.logs);
            self.ingest_events.inc_by(summary.events);
            self.ingest_bytes.inc_by(summary.bytes_read);
            self.ingest_damaged.inc_by(summary.damaged.len() as u64);
        }
    }

    pub(super) fn published(&self, modified_ms: Option<i64>) {
        self.published.set(modified_ms.map_or(0.0, seconds));
    }

    /// All of it, what was asked of `stores`, and the figures of the fleet behind it.
    pub(super) fn text(&self, fleet: Option<&Table>, stores: &[RequestCounts]) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = encode_registry(&mut text, &self.registry);
        if !stores.is_empty() {
            let _ = encode_registry(&mut text, &of_stores(stores));
        }
        if let Some(table) = fleet {
            let _ = encode_registry(&mut text, &of_fleet(table));
        }
        let _ = encode_eof(&mut text);
        text
    }
}

/// What was asked of stores on other machines: requests cost money, and name nodes are shared.
fn of_stores(stores: &[RequestCounts]) -> Registry {
    type ByStore = Family<Vec<(&'static str, String)>, Counter>;
    let (requests, retries, bytes) = (ByStore::default(), ByStore::default(), ByStore::default());
    for counts in stores {
        let store = ("store", counts.endpoint.clone());
        for (kind, number) in [
            ("list", counts.lists),
            ("stat", counts.stats),
            ("read", counts.reads),
        ] {
            let labels = vec![store.clone(), ("kind", kind.to_owned())];
            requests.get_or_create(&labels).inc_by(number);
        }
        retries.get_or_create(&vec![store.clone()]).inc_by(counts.retries);
        bytes.get_or_create(&vec![store]).inc_by(counts.bytes);
    }
    let mut registry = Registry::with_prefix("shh_store");
    registry.register(
        "requests",
        "Requests to a bucket or name service: pages of listings, facts of files and places of blocks, ranges of files",
        requests,
    );
    registry.register(
        "retries",
        "Of these requests, those that were made again after a failure",
        retries,
    );
    registry.register("read_bytes", "Bytes of files that arrived", bytes);
    registry
}

/// A gauge for each number of a table with one row, named as its column.
fn of_fleet(table: &Table) -> Registry {
    let mut registry = Registry::with_prefix("shh_fleet");
    if table.rows.is_empty() {
        let none = Float::default();
        registry.register("applications", "Application attempts", none);
    }
    for (place, column) in table.columns.iter().enumerate() {
        let is_number = column.unit.is_amount() && column.unit != Unit::Row;
        let value = match table.value(0, place) {
            #[expect(clippy::cast_precision_loss, reason = "Prometheus has no other numbers")]
            Value::Int(number) => *number as f64,
            Value::Float(number) if number.is_finite() => *number,
            // What is not known is not there.
            _ => continue,
        };
        if is_number {
            let gauge = Float::default();
            gauge.set(value);
            registry.register(column.name.clone(), column.definition.clone(), gauge);
        }
    }
    registry
}

#[expect(clippy::cast_precision_loss, reason = "a moment to the millisecond fits")]
fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::table::Column;

    #[test]
    fn what_was_done_and_the_fleet_are_told() {
        let metrics = Metrics::new();
        metrics.request("reports", 200, Duration::from_millis(3), 10);
        metrics.ingest(
            "published",
            Duration::from_secs(2),
            Some(&Summary::default()),
            5_000,
        );
        let table = Table {
            columns: vec![
                Column {
                    name: "alloc_core_h".to_owned(),
                    unit: Unit::CoreHours,
                    definition: "Cores held".to_owned(),
                    ..Column::default()
                },
                Column {
                    name: "top_user".to_owned(),
                    ..Column::default()
                },
            ],
            rows: vec![vec![Value::Float(1.5), Value::Text("ann".to_owned())]],
            ..Table::default()
        };
        let stores = [RequestCounts {
            endpoint: "s3://logs".to_owned(),
            lists: 11,
            retries: 2,
            bytes: 7,
            ..RequestCounts::default()
        }];
        let text = metrics.text(Some(&table), &stores);
        for line in [
            "shh_store_requests_total{store=\"s3://logs\",kind=\"list\"} 11",
            "shh_store_requests_total{store=\"s3://logs\",kind=\"read\"} 0",
            "shh_store_retries_total{store=\"s3://logs\"} 2",
            "shh_store_read_bytes_total{store=\"s3://logs\"} 7",
            "shh_http_requests_total{route=\"reports\",status=\"200\"} 1",
            "shh_ingests_total{outcome=\"published\"} 1",
            "shh_ingest_last_success_timestamp_seconds 5.0",
            "shh_fleet_alloc_core_h 1.5",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        assert!(!text.contains("top_user") && text.ends_with("# EOF\n"));
    }
}
