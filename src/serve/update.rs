//! Keeps the database up to date: an ingest at start, and one every interval.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use super::database::{Database, lock};
use super::log::{Line, Log};
use super::metrics::Metrics;
use crate::error::{self, Exit};
use crate::ingest::{Progress, Summary, ingest};
use crate::settings::{Clock, UpdateSettings};
use crate::source::{RequestCounts, Sources};

/// Ingests on an interval.
pub(super) struct Updater {
    pub settings: UpdateSettings,
    clock: Clock,
    progress: Arc<Progress>,
    last: Mutex<Option<Finished>>,
    success_ms: Mutex<Option<i64>>,
    asked: Mutex<Asked>,
}

/// What was asked of stores on other machines.
#[derive(Debug, Default)]
struct Asked {
    /// By the ingests that are over, by store.
    before: BTreeMap<String, RequestCounts>,
    /// By the one that runs.
    now: Option<Arc<Sources>>,
}

impl Asked {
    fn all(&self) -> BTreeMap<String, RequestCounts> {
        let mut all = self.before.clone();
        for counts in self.now.iter().flat_map(|sources| sources.requests()) {
            all.entry(counts.endpoint.clone()).or_default().add(&counts);
        }
        all
    }
}

/// An ingest that is over.
#[derive(Debug, Clone)]
pub(super) struct Finished {
    pub started_ms: i64,
    pub time: Duration,
    /// `published`, `unchanged`, `locked` or `failed`.
    pub outcome: &'static str,
    pub summary: Option<Summary>,
    pub error: Option<String>,
}

impl Updater {
    pub(super) fn new(settings: UpdateSettings, clock: Clock) -> Self {
        Updater {
            settings,
            clock,
            progress: Arc::new(Progress::new(false)),
            last: Mutex::default(),
            success_ms: Mutex::default(),
            asked: Mutex::default(),
        }
    }

    /// The last ingest of this server.
    pub(super) fn last(&self) -> Option<Finished> {
        lock(&self.last).clone()
    }

    /// When one last did not fail.
    pub(super) fn success_ms(&self) -> Option<i64> {
        *lock(&self.success_ms)
    }

    /// What was asked of each store so far.
    pub(super) fn requests(&self) -> Vec<RequestCounts> {
        lock(&self.asked).all().into_values().collect()
    }

    /// Gives up what is running, if anything is.
    pub(super) fn stop(&self) {
        self.progress.stop();
    }

    /// Ingests until the server stops.
    pub(super) async fn run(
        self: Arc<Self>,
        database: Arc<Database>,
        metrics: Arc<Metrics>,
        log: Log,
        mut stop: watch::Receiver<bool>,
    ) {
        let mut ticks = tokio::time::interval(self.settings.interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            let updater = Arc::clone(&self);
            let finished = match tokio::task::spawn_blocking(move || updater.ingest()).await {
                Ok(finished) => finished,
                Err(panic) => Finished {
                    started_ms: self.clock.now_ms(),
                    time: Duration::ZERO,
                    outcome: "failed",
                    summary: None,
                    error: Some(panic.to_string()),
                },
            };
            let now_ms = self.clock.now_ms();
            metrics.ingest(finished.outcome, finished.time, finished.summary.as_ref(), now_ms);
            if finished.outcome != "failed" {
                *lock(&self.success_ms) = Some(now_ms);
            }
            if finished.outcome == "published" {
                database.look_at_once();
            }
            self.tell(&finished, &log);
            *lock(&self.last) = Some(finished);
        }
    }

    fn ingest(&self) -> Finished {
        let started = Instant::now();
        let started_ms = self.clock.now_ms();
        // New ones each time: configuration, tickets and tokens may have been renewed meanwhile.
        let sources = Arc::new(Sources::new(&self.settings.ingest.remote));
        lock(&self.asked).now = Some(Arc::clone(&sources));
        let ingested = ingest(&self.settings.ingest, &sources, started_ms, &self.progress);
        {
            let mut asked = lock(&self.asked);
            asked.before = asked.all();
            asked.now = None;
        }
        let (outcome, summary, error) = match ingested {
            Ok(summary) if summary.published => ("published", Some(summary), None),
            Ok(summary) => ("unchanged", Some(summary), None),
            Err(error) if error::exit_of(&error) == Exit::Locked => ("locked", None, None),
            Err(error) => ("failed", None, Some(error::describe(&error))),
        };
        Finished {
            started_ms,
            time: started.elapsed(),
            outcome,
            summary,
            error,
        }
    }

    /// A line for what is news.
    fn tell(&self, finished: &Finished, log: &Log) {
        let has_same_error = lock(&self.last)
            .as_ref()
            .is_some_and(|last| last.error.is_some() && last.error == finished.error);
        if finished.outcome == "unchanged" || finished.outcome == "locked" || has_same_error {
            return;
        }
        let line = Line::new("ingest")
            .with("outcome", finished.outcome)
            .with("ms", format_args!("{:.1}", finished.time.as_secs_f64() * 1e3));
        let line = match &finished.summary {
            Some(summary) => line
                .with("logs", summary.logs)
                .with("applications", summary.applications)
                .with("events", summary.events)
                .with("damaged", summary.damaged.len()),
            None => line,
        };
        log.say(line.with_some("error", finished.error.as_deref()));
    }
}
