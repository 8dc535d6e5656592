//! From when to when an application ran, and how it, its log and its SQL executions ended.

use std::collections::BTreeSet;

use super::{Fold, LogFacts};

/// The application's own life.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    pub(super) start_ms: i64,
    pub(super) end_ms: i64,
}

/// The first that applies: an exit code other than 0 or a last job that did not succeed: `failed`; any
/// other end: `succeeded`; no end and a name that says so: `running`; else `unknown`.
pub(super) fn status(fold: &Fold, facts: LogFacts) -> &'static str {
    let last_job = fold.jobs.values().next_back();
    match fold.end {
        Some(end) if end.exit_code.is_some_and(|code| code != 0) => "failed",
        Some(_) if last_job.is_some_and(|job| job.is_successful != Some(true)) => "failed",
        Some(_) => "succeeded",
        None if facts.in_progress => "running",
        None => "unknown",
    }
}

/// The share of tasks of completed stage attempts of which no success was logged; of a compacted log, of the
/// stages that were left in it.
pub(super) fn event_loss_pct(fold: &Fold) -> Option<f64> {
    let complete = fold.stages.stages.iter().filter(|stage| stage.is_complete());
    let (mut expected, mut seen) = (0.0, 0.0);
    for stage in complete {
        #[expect(clippy::cast_precision_loss, reason = "counts of tasks")]
        {
            expected += stage.num_tasks.max(0) as f64;
            seen += stage.succeeded.len() as f64;
        }
    }
    (expected > 0.0).then(|| (1.0 - seen / expected) * 100.0)
}

/// The executions that failed: their end says so or, where ends do not say (before Spark 3.4), any of their
/// jobs failed. An execution that has not ended has not failed.
pub(super) fn failed_executions(fold: &Fold) -> BTreeSet<i64> {
    let of_failed_jobs: BTreeSet<i64> = fold
        .jobs
        .values()
        .filter(|job| job.is_successful == Some(false))
        .filter_map(|job| job.sql_execution_id)
        .collect();
    fold.sql_executions
        .iter()
        .filter(|(id, execution)| match &execution.error_message {
            Some(message) => !message.is_empty(),
            None => execution.has_ended && of_failed_jobs.contains(id),
        })
        .map(|(id, _)| *id)
        .collect()
}
