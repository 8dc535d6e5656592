//! The end of a fold: from collected state to rows.

use super::app_row::{AppParts, app_row};
use super::executors::{Executors, container, executors};
use super::outcome::{Bounds, event_loss_pct, failed_executions, status};
use super::rows::{AppRows, JobRow, ResourceProfileRow, SqlExecutionRow, StageRow};
use super::schedule::{RanStage, Recorded};
use super::stages::{Ended, quantiles, take_samples};
use super::sweep::{ActiveStage, HeldLife, Timeline, sweep};
use super::usage::usage_rows;
use super::waste::Wasted;
use super::what_if::{WhatIf, what_if};
use super::{Fold, HOUR_MS, LONGEST_MS, LogFacts, Measures, Millis, hour_of, is_sane_cpus, plausible};

/// Tasks are told a little after the application's end, and clocks differ a little.
const SLACK_MS: i64 = 24 * HOUR_MS;

/// Cuts what tasks did to the application's life: a few of them, each from another year, must not make rows for every
/// hour between.
fn keep_within(fold: &mut Fold, bounds: Bounds) {
    let earliest_ms = bounds.start_ms.saturating_sub(SLACK_MS);
    let latest_ms = bounds.end_ms.saturating_add(SLACK_MS);
    let is_within = |time_ms: i64| (earliest_ms..=latest_ms).contains(&time_ms);
    if is_within(fold.first_event_ms.unwrap_or(earliest_ms)) && is_within(fold.last_event_ms) {
        return;
    }
    for span in &mut fold.spans {
        span.launch_ms = span.launch_ms.clamp(earliest_ms, latest_ms);
        span.finish_ms = span.finish_ms.clamp(earliest_ms, latest_ms);
    }
    for (hour_ms, measures) in std::mem::take(&mut fold.hours) {
        let hour_ms = hour_ms.clamp(hour_of(earliest_ms), hour_of(latest_ms));
        fold.hours.entry(hour_ms).or_default().merge(&measures);
    }
}

pub(super) fn finish(mut fold: Fold, facts: LogFacts) -> Option<AppRows> {
    let mut start = fold.start.take()?;
    start.time_ms = plausible(start.time_ms).or(fold.first_event_ms)?;
    let is_local = fold
        .environment
        .is_local
        .unwrap_or(fold.ran_on_driver && !fold.ran_on_executors && fold.lives.lives.is_empty());
    let ended_ms = fold.end.and_then(|end| plausible(end.time_ms));
    let end_ms = ended_ms.unwrap_or_else(|| fold.last_event_ms.max(start.time_ms));
    let bounds = Bounds {
        start_ms: start.time_ms,
        // A time from another age must not make an application of a million hours.
        end_ms: end_ms.clamp(start.time_ms, start.time_ms.saturating_add(LONGEST_MS)),
    };
    keep_within(&mut fold, bounds);

    let task_cpus: Vec<f64> = fold
        .stages
        .stages
        .iter()
        .map(|stage| {
            stage
                .resource_profile
                .and_then(|id| fold.profiles.get(&id))
                .and_then(|profile| profile.task_cpus)
                .filter(is_sane_cpus)
                .or(fold.environment.task_cpus)
                .unwrap_or(1.0)
        })
        .collect();

    let executors = executors(&fold, bounds, &task_cpus);
    let active_stages: Vec<Option<ActiveStage>> = fold
        .stages
        .stages
        .iter()
        .map(|stage| {
            let start_ms = stage.submitted_ms?;
            let end_ms = stage.completed_ms.unwrap_or(bounds.end_ms);
            Some(ActiveStage {
                start_ms,
                end_ms,
                // Spark's own counts are 32 bits wide; more would only overflow a sum.
                num_tasks: stage.num_tasks.clamp(0, i64::from(i32::MAX)),
            })
        })
        .collect();
    let jobs: Vec<(i64, i64)> = fold
        .jobs
        .values()
        .map(|job| {
            (
                job.submitted_ms.unwrap_or(bounds.start_ms),
                job.completed_ms.unwrap_or(bounds.end_ms),
            )
        })
        .collect();
    let run = Run {
        status: status(&fold, facts),
        is_local,
        is_compacted: facts.compacted,
        held_core_ms: executors.held.iter().map(HeldLife::core_ms).sum(),
    };
    // Of a large application each of these takes longer than to read a good part of its log.
    let samples = take_samples(&mut fold.stages.stages);
    let ((swept, wasted), (replayed, quantiles)) = rayon::join(
        || {
            let swept = sweep(&Timeline {
                lives: if is_local { &[] } else { &executors.held },
                spans: &fold.spans,
                stages: &active_stages,
                task_cpus: &task_cpus,
                jobs: &jobs,
            });
            (swept, Wasted::of(&fold.spans, &task_cpus))
        },
        || {
            rayon::join(
                || replayed(&fold, &run, bounds, &executors, &task_cpus),
                || quantiles(samples),
            )
        },
    );
    let held = swept.hours;
    let usage = usage_rows(&fold, is_local, &held, &wasted.by_hour, &executors.rows);
    let busy_by_stage = wasted.busy_by_stage;
    let mut totals = Measures::default();
    fold.hours.values().for_each(|measures| totals.merge(measures));

    let app = app_row(
        &fold,
        AppParts {
            start,
            facts,
            is_local,
            is_ended: ended_ms.is_some(),
            bounds,
            executors: &executors,
            held: &held,
            totals,
            wasted: wasted.total,
            replayed,
        },
    );
    let sql_executions = sql_rows(&fold);
    let job_rows = job_rows(&fold);
    let resource_profiles = profile_rows(&fold);
    for stage in fold.stages.stages.iter().filter(|stage| stage.failure.is_some()) {
        let reason = stage.failure_reason.clone();
        fold.failures
            .add_normalized("stage", "stage failed", reason, stage.completed_ms, 0.0);
    }
    let mut files = std::mem::take(&mut fold.files).into_stages();
    let mut stages: Vec<StageRow> = std::mem::take(&mut fold.stages.stages)
        .into_iter()
        .zip(quantiles)
        .zip(0_u32..)
        .filter(|((stage, _), _)| stage.is_submitted())
        .map(|((stage, quantiles), place)| {
            let ended = Ended {
                quantiles,
                busy_core_ms: busy_by_stage[place as usize],
                skew_tail_core_ms: (!is_local).then_some(swept.skew_tail_core_ms[place as usize]),
                files: files.remove(&place).unwrap_or_default(),
                has_cpu: totals.has_cpu,
            };
            stage.into_row(ended)
        })
        .collect();
    stages.sort_by_key(|stage| (stage.stage_id, stage.stage_attempt));
    Some(AppRows {
        app,
        executors: executors.rows,
        jobs: job_rows,
        stages,
        sql_executions,
        failures: std::mem::take(&mut fold.failures).into_rows(),
        conf: std::mem::take(&mut fold.environment.conf),
        resource_profiles,
        usage,
    })
}

/// The run on fewer executors, where that says something about the next run: a good one, whole in its log,
/// long and large enough to be worth it.
fn replayed(
    fold: &Fold,
    run: &Run,
    bounds: Bounds,
    executors: &Executors,
    task_cpus: &[f64],
) -> Option<WhatIf> {
    let is_good = run.status == "succeeded"
        && !run.is_local
        && !run.is_compacted
        && event_loss_pct(fold).is_some_and(|pct| pct <= MOST_LOSS_PCT);
    let is_worth_it = bounds.end_ms - bounds.start_ms > LEAST_MS && run.held_core_ms > LEAST_CORE_MS;
    if !is_good || !is_worth_it {
        return None;
    }
    let stages = fold
        .stages
        .stages
        .iter()
        .zip(task_cpus)
        .enumerate()
        .filter_map(|(place, (stage, task_cpus))| {
            let (submitted_ms, completed_ms) = (stage.submitted_ms?, stage.completed_ms?);
            Some(RanStage {
                id: stage.id,
                place: u32::try_from(place).ok()?,
                submitted_ms: submitted_ms.clamp(bounds.start_ms, bounds.end_ms),
                completed_ms: completed_ms
                    .max(submitted_ms)
                    .clamp(bounds.start_ms, bounds.end_ms),
                parent_ids: &stage.parent_ids,
                task_cpus: *task_cpus,
            })
        })
        .collect();
    what_if(&Recorded {
        start_ms: bounds.start_ms,
        end_ms: bounds.end_ms,
        stages,
        spans: &fold.spans,
        lives: &executors.held,
    })
}

/// Shorter and smaller applications are not replayed: 5 minutes, 1 core-hour.
const LEAST_MS: i64 = 5 * 60_000;
const LEAST_CORE_MS: f64 = 3.6e6;

/// A log that lost more of its tasks says too little of a run.
const MOST_LOSS_PCT: f64 = 5.0;

/// What decides whether a run is replayed.
struct Run {
    status: &'static str,
    is_local: bool,
    is_compacted: bool,
    held_core_ms: f64,
}

fn job_rows(fold: &Fold) -> Vec<JobRow> {
    fold.jobs
        .iter()
        .map(|(id, job)| JobRow {
            job_id: *id,
            status: match job.is_successful {
                Some(true) => "succeeded",
                Some(false) => "failed",
                None => "running",
            },
            submitted: job.submitted_ms.map(Millis),
            completed: job.completed_ms.map(Millis),
            stages: job.stages,
            sql_execution_id: job.sql_execution_id,
            job_group: job.group.clone(),
            description: job.description.clone(),
            failure: job.failure.clone(),
        })
        .collect()
}

fn sql_rows(fold: &Fold) -> Vec<SqlExecutionRow> {
    let failed = failed_executions(fold);
    fold.sql_executions
        .iter()
        .map(|(id, execution)| SqlExecutionRow {
            execution_id: *id,
            root_execution_id: execution.root_execution_id,
            status: if failed.contains(id) {
                "failed"
            } else if execution.has_ended {
                "succeeded"
            } else {
                "running"
            },
            submitted: execution.submitted_ms.map(Millis),
            completed: execution.completed_ms.map(Millis),
            description: execution.description.clone(),
            failure: execution
                .error_message
                .clone()
                .filter(|message| !message.is_empty()),
        })
        .collect()
}

fn profile_rows(fold: &Fold) -> Vec<ResourceProfileRow> {
    fold.profiles
        .values()
        .map(|profile| ResourceProfileRow {
            resource_profile: profile.id,
            executor_cores: profile.executor_cores,
            heap_mib: profile.heap_mib,
            overhead_mib: profile.overhead_mib,
            off_heap_mib: profile.off_heap_mib,
            pyspark_mib: profile.pyspark_mib,
            memory_mib: container(fold, profile.id).total_mib,
            task_cpus: profile
                .task_cpus
                .filter(is_sane_cpus)
                .or(fold.environment.task_cpus)
                .unwrap_or(1.0),
        })
        .collect()
}
