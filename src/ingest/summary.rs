//! What an ingest did, for a person and for a monitor.

use serde::Serialize;

use super::pipeline::Outcome;
use super::plan::Plan;
use crate::number;
use crate::settings::IngestSettings;
use crate::source::RequestCounts;

/// Sums of one ingest. Its JSON form is a promise: names stay.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Summary {
    /// The database file.
    pub database: String,
    /// Whether a new version of the file was published.
    pub published: bool,
    /// Logs found: the sum of `unchanged`, `logs`, `postponed`, `too_old` and `not_whole`.
    pub found: u64,
    /// Of these, unchanged since an earlier ingest and not opened.
    pub unchanged: u64,
    /// Logs read.
    pub logs: u64,
    /// Logs read that yielded an application attempt.
    pub applications: u64,
    /// Lines read as events.
    pub events: u64,
    /// Bytes read, after decompression.
    pub bytes_read: u64,
    /// Logs left for a later run by `--max-applications`.
    pub postponed: u64,
    /// Logs left out by `--since`.
    pub too_old: u64,
    /// Rolling logs of which a file is missing, or whose directory could not be listed.
    pub not_whole: u64,
    /// Logs read whose applications ended before the limit of an earlier `shh prune`, and stay out.
    pub pruned: u64,
    /// Logs that could not be read in full, and directories that could not be listed.
    pub damaged: Vec<Damaged>,
    /// What a run without `--dry-run` would read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub would_read: Vec<String>,
    /// What was asked of each store on another machine.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub requests: Vec<Requests>,
    /// From start to published.
    pub seconds: f64,
    /// Where the time went.
    pub phases: Phases,
}

/// Seconds of the phases of an ingest, one after the other.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Phases {
    /// Listing, and comparing with what was read before.
    pub plan_s: f64,
    /// Reading logs and writing rows, side by side.
    pub read_s: f64,
    /// Writing the last rows after the last log was read.
    pub write_s: f64,
    /// What spans applications, checkpoint, sync and rename.
    pub publish_s: f64,
}

/// Requests to one bucket or name service.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Requests {
    /// Bucket or name service.
    pub endpoint: String,
    /// Pages of listings.
    pub lists: u64,
    /// Facts of files, and places of their blocks.
    pub stats: u64,
    /// Ranges of files.
    pub reads: u64,
    /// Of all these, those that were made again after a failure.
    pub retries: u64,
    /// Bytes of files that arrived.
    pub bytes: u64,
}

impl From<RequestCounts> for Requests {
    fn from(counts: RequestCounts) -> Self {
        let RequestCounts {
            endpoint,
            lists,
            stats,
            reads,
            retries,
            bytes,
        } = counts;
        Requests {
            endpoint,
            lists,
            stats,
            reads,
            retries,
            bytes,
        }
    }
}

impl Requests {
    /// One line for a person.
    pub fn line(&self) -> String {
        format!(
            "requests to {}: {}, {} of facts, {} ({}), of these {} again after a failure",
            self.endpoint,
            counted(self.lists, "page"),
            number::count(int(self.stats)),
            counted(self.reads, "range"),
            number::bytes(number::approximate(int(self.bytes))),
            number::count(int(self.retries)),
        )
    }
}

/// A log or directory, and what is wrong with it.
#[derive(Debug, Clone, Serialize)]
pub struct Damaged {
    pub path: String,
    pub reason: String,
}

impl Summary {
    pub(super) fn of_plan(plan: &Plan, settings: &IngestSettings) -> Self {
        Summary {
            database: settings.database.display().to_string(),
            found: plan.found as u64,
            unchanged: plan.unchanged as u64,
            postponed: plan.postponed as u64,
            too_old: plan.too_old as u64,
            not_whole: plan.not_whole as u64,
            damaged: plan
                .skipped
                .iter()
                .map(|skipped| Damaged {
                    path: skipped.path.clone(),
                    reason: skipped.reason.clone(),
                })
                .collect(),
            ..Summary::default()
        }
    }

    pub(super) fn add(&mut self, outcome: Outcome) {
        self.published = outcome.published;
        self.phases = outcome.phases;
        self.logs = outcome.totals.logs;
        self.applications = outcome.applications;
        self.pruned = outcome.pruned;
        self.events = outcome.totals.events;
        self.bytes_read = outcome.totals.decoded_bytes;
        self.damaged.extend(
            outcome
                .damaged
                .into_iter()
                .map(|(path, reason)| Damaged { path, reason }),
        );
        self.damaged.sort_by(|a, b| a.path.cmp(&b.path));
    }

    /// Where the time went, for a person.
    pub fn phases_line(&self) -> String {
        let Phases {
            plan_s,
            read_s,
            write_s,
            publish_s,
        } = self.phases;
        let [plan, read, write, publish] = [plan_s, read_s, write_s, publish_s].map(number::seconds);
        format!("time: plan {plan}, read {read}, write the rest {write}, publish {publish}")
    }

    /// One line for a person.
    pub fn line(&self) -> String {
        if !self.would_read.is_empty() {
            return format!(
                "would read {} of {}",
                number::count(int(self.would_read.len() as u64)),
                counted(self.found, "log")
            );
        }
        if !self.published {
            return match self.found {
                0 => "no event logs found".to_owned(),
                found => format!("{}, nothing new", counted(found, "log")),
            };
        }
        let mut line = format!(
            "{} read ({} unchanged), {}, {}, {} in {}",
            counted(self.logs, "log"),
            number::count(int(self.unchanged)),
            counted(self.applications, "application"),
            counted(self.events, "event"),
            number::bytes(number::approximate(int(self.bytes_read))),
            number::seconds(self.seconds),
        );
        if self.seconds > 0.0 {
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                reason = "a rate for display"
            )]
            let rate = (self.events as f64 / self.seconds) as i64;
            line.push_str(&format!(" ({} events/s)", number::count(rate)));
        }
        if self.postponed > 0 {
            line.push_str(&format!(
                "; {} left for the next run",
                counted(self.postponed, "log")
            ));
        }
        if self.pruned > 0 {
            line.push_str(&format!(
                "; {} of applications that ended before the limit of the last prune: left out",
                counted(self.pruned, "log")
            ));
        }
        line
    }
}

/// `1 log`, `2 logs`.
fn counted(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {what}{plural}", number::count(int(number)))
}

fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
