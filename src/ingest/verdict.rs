//! What came of reading a log: its ledger row, with the application's rows.

use super::reading::Reading;
use crate::decode::Codec;
use crate::fold::{LogFacts, display_text};
use crate::source::{Log, named_application};
use crate::store::{LogEntry, LogRows};

impl Reading {
    pub(super) fn finish(self, log: &Log) -> LogRows {
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let has_end = self.fold.has_ended();
        let last_event_ms = self.fold.last_event_ms();
        let problem = self.problem();
        let rows = if self.cannot_read {
            None
        } else {
            self.fold.finish(LogFacts {
                in_progress: log.in_progress,
                compacted: log.is_compacted,
            })
        };
        // It runs, and what can be read of it does not say which application it is.
        let is_early = log.in_progress && rows.is_none() && problem.is_none() && !self.cannot_read;
        let is_invisible = is_early && self.events == 0;
        let outcome = match (&rows, &problem) {
            _ if self.cannot_read => "unreadable",
            _ if is_early => "running",
            (None, _) => "no_application",
            (Some(_), Some(_)) => "damaged",
            (Some(_), None) if has_end => "complete",
            (Some(_), None) if log.in_progress => "running",
            (Some(_), None) => "unfinished",
        };
        let message = match (problem, outcome) {
            (Some(problem), _) => Some(problem),
            (None, "running") if is_invisible => Some(format!(
                "nothing of it can be read while it is written; the application is that of its name{}",
                self.unseen
                    .map(|reason| format!(" ({reason})"))
                    .unwrap_or_default()
            )),
            (None, "running") if is_early => {
                Some("its start cannot be read yet; the application is that of its name".to_owned())
            }
            (None, "running") => self.unseen,
            (None, "no_application") if self.events == 0 => Some("not an event log".to_owned()),
            (None, "no_application") => {
                Some("no ApplicationStart with an application id and a time".to_owned())
            }
            _ => None,
        };
        let (app_id, attempt) = match &rows {
            Some(rows) => (Some(rows.app.app_id.clone()), rows.app.attempt.clone()),
            None if is_early => {
                let (app_id, attempt) = named_application(&log.path);
                (Some(app_id), attempt)
            }
            None => (None, None),
        };
        let seen = |number: u64| (!is_invisible).then(|| count(number));
        let entry = LogEntry {
            path: log.path.clone(),
            app_key: None,
            app_id,
            attempt,
            outcome,
            message,
            codec: self.codec.map(Codec::name),
            rolling: log.is_rolling,
            compacted: log.is_compacted,
            in_progress: log.in_progress,
            files: count(log.files.len() as u64),
            last_index: log.last_index,
            size_bytes: count(log.size_bytes),
            modified_ms: log.modified_ms,
            directory_modified_ms: log.directory_modified_ms.filter(|_| !log.in_progress),
            decoded_bytes: seen(self.decoded_bytes),
            events: seen(self.events),
            malformed_lines: seen(self.malformed),
            oversized_lines: seen(self.oversized),
            has_end,
            last_event_ms,
            ingest_id: 0,
        };
        LogRows { entry, rows }
    }

    /// What is wrong with the log, in one sentence; `None` if nothing is.
    fn problem(&self) -> Option<String> {
        if self.events == 0
            && self.damage.is_none()
            && let Some((line, reason)) = &self.first_malformed
        {
            return Some(format!("not an event log (line {line}: {reason})"));
        }
        let mut problems = Vec::new();
        if let Some(damage) = &self.damage {
            problems.push(damage.clone());
            if self.later_files > 0 {
                problems.push(format!("{} later files were not read", self.later_files));
            }
        }
        if let Some((line, reason)) = &self.first_malformed {
            problems.push(match self.malformed {
                1 => format!("1 malformed line, line {line}: {reason}"),
                more => format!("{more} malformed lines, the first is line {line}: {reason}"),
            });
        }
        if self.oversized > 0 {
            problems.push(format!("{} lines are longer than the limit", self.oversized));
        }
        (!problems.is_empty()).then(|| display_text(&problems.join("; "), 500))
    }
}
