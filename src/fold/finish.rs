//! The end of a fold: from collected state to rows.

use std::collections::BTreeSet;

use super::environment::adaptive_by_default;
use super::executors::{Executors, container, default_memory, executors};
use super::failure::TaskClass;
use super::kind::{is_service, kind};
use super::lives::peaks;
use super::rows::{AppRow, AppRows, JobRow, ResourceProfileRow, SqlExecutionRow, StageRow};
use super::stages::{Ended, quantiles, take_samples};
use super::sweep::{ActiveStage, HeldLife, HourHeld, Timeline, sweep};
use super::units::{gib_hours, hours, hours_of_nanos, seconds, span_seconds};
use super::usage::usage_rows;
use super::waste::{ByClass, Wasted, wasted_core_ms};
use super::what_if::{RanStage, Recorded, WhatIf, what_if};
use super::{Fold, LONGEST_MS, LogFacts, Measures, Millis, Start, is_plausible, is_sane_cpus};

pub(super) fn finish(mut fold: Fold, facts: LogFacts) -> Option<AppRows> {
    let start = fold.start.take()?;
    let is_local = fold
        .environment
        .is_local
        .unwrap_or(fold.ran_on_driver && !fold.ran_on_executors && fold.lives.lives.is_empty());
    let ended_ms = fold
        .end
        .map(|end| end.time_ms)
        .filter(|time_ms| is_plausible(*time_ms));
    let end_ms = ended_ms.unwrap_or_else(|| fold.last_event_ms.max(start.time_ms));
    let bounds = Bounds {
        start_ms: start.time_ms,
        // A time from another age must not make an application of a million hours.
        end_ms: end_ms.clamp(start.time_ms, start.time_ms.saturating_add(LONGEST_MS)),
    };

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
            let start_ms = stage.submitted_ms.filter(|time_ms| is_plausible(*time_ms))?;
            let end_ms = stage
                .completed_ms
                .filter(|time_ms| is_plausible(*time_ms))
                .unwrap_or(bounds.end_ms);
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

/// The application's own life.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    pub(super) start_ms: i64,
    pub(super) end_ms: i64,
}

struct AppParts<'a> {
    start: Start,
    facts: LogFacts,
    is_local: bool,
    is_ended: bool,
    bounds: Bounds,
    executors: &'a Executors,
    held: &'a [(i64, HourHeld)],
    totals: Measures,
    wasted: ByClass,
    replayed: Option<WhatIf>,
}

fn app_row(fold: &Fold, parts: AppParts) -> AppRow {
    let AppParts {
        start,
        facts,
        is_local,
        is_ended,
        bounds,
        executors,
        held,
        totals,
        wasted,
        replayed,
    } = parts;
    let fleet = |value: f64| (!is_local).then_some(value);
    let sum = |part: fn(&HourHeld) -> f64| held.iter().map(|(_, held)| part(held)).sum::<f64>();
    let held_core_ms = sum(|held| held.held_core_ms);
    let busy_core_ms = sum(|held| held.busy_core_ms);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "cores are whole numbers up to 2^20"
    )]
    let lives: Vec<(i64, i64, i64)> = executors
        .held
        .iter()
        .map(|life| (life.start_ms, life.end_ms, life.cores as i64))
        .collect();
    let (peak_executors, peak_cores) = if is_local { (0, 0) } else { peaks(&lives) };
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let counted_executors = if is_local { 0 } else { count(executors.rows.len()) };
    let submitted_stages = fold.stages.stages.iter().filter(|stage| stage.is_submitted());
    let memory = container(fold, 0);
    let has_fleet = !is_local && !executors.rows.is_empty();
    let environment = &fold.environment;
    let (overhead_mib, overhead_derived) = default_memory(fold).overhead();
    let dur_s = span_seconds(bounds.start_ms, bounds.end_ms);
    AppRow {
        status: status(fold, facts),
        exit_code: fold.end.and_then(|end| end.exit_code),
        local: is_local,
        start: Millis(bounds.start_ms),
        end: Millis(bounds.end_ms),
        end_estimated: !is_ended,
        dur_s,
        executors: counted_executors,
        peak_executors,
        peak_cores,
        never_used_executors: if is_local {
            0
        } else {
            count(executors.rows.iter().filter(|row| row.tasks == 0).count())
        },
        jobs: count(fold.jobs.len()),
        failed_jobs: count(
            fold.jobs
                .values()
                .filter(|job| job.is_successful == Some(false))
                .count(),
        ),
        stages: count(submitted_stages.clone().count()),
        failed_stages: count(submitted_stages.filter(|stage| stage.failure.is_some()).count()),
        tasks: totals.tasks,
        failed_tasks: totals.failed_tasks,
        killed_tasks: totals.killed_tasks,
        speculative_tasks: totals.speculative_tasks,
        unfinished_tasks: (fold.started_tasks - fold.ended_tasks).max(0),
        sql_executions: count(fold.sql_executions.len()),
        failed_sql: count(failed_executions(fold).len()),
        alloc_core_h: fleet(hours(held_core_ms)),
        busy_core_h: hours(busy_core_ms),
        cpu_core_h: totals.has_cpu.then(|| hours_of_nanos(totals.cpu_ns)),
        idle_core_h: fleet(hours((held_core_ms - busy_core_ms).max(0.0))),
        alloc_gib_h: fleet(gib_hours(sum(|held| held.held_mib_ms))),
        idle_driver_gap_core_h: fleet(hours(sum(|held| held.driver_gap_core_ms))),
        idle_startup_core_h: fleet(hours(sum(|held| held.startup_core_ms))),
        idle_tail_core_h: fleet(hours(sum(|held| held.tail_core_ms))),
        idle_skew_tail_core_h: fleet(hours(sum(|held| held.skew_tail_core_ms))),
        idle_under_parallel_core_h: fleet(hours(sum(|held| held.under_parallel_core_ms))),
        wasted_core_h: hours(wasted_core_ms(&wasted)),
        wasted_exception_core_h: hours(wasted[TaskClass::Exception as usize]),
        wasted_fetch_failed_core_h: hours(wasted[TaskClass::FetchFailed as usize]),
        wasted_executor_lost_core_h: hours(wasted[TaskClass::ExecutorLost as usize]),
        wasted_killed_core_h: hours(wasted[TaskClass::Killed as usize]),
        wasted_commit_denied_core_h: hours(wasted[TaskClass::CommitDenied as usize]),
        wasted_other_core_h: hours(wasted[TaskClass::Other as usize]),
        wasted_recompute_core_h: hours(wasted[TaskClass::Recompute as usize]),
        // Only the store sees whether another attempt followed.
        wasted_app_retry_core_h: 0.0,
        first_try_core_h: hours(wasted[TaskClass::FirstTry as usize]),
        gc_s: seconds(totals.gc_ms),
        run_s: seconds(totals.run_ms),
        deserialize_s: seconds(totals.deserialize_ms),
        fetch_wait_s: seconds(totals.fetch_wait_ms),
        queue_wait_s: executors
            .held
            .iter()
            .map(|life| life.start_ms)
            .min()
            .filter(|_| has_fleet)
            .map(|first_ms| span_seconds(bounds.start_ms, first_ms)),
        input_bytes: totals.input_bytes,
        input_records: totals.input_records,
        output_bytes: totals.output_bytes,
        output_records: totals.output_records,
        shuffle_read_bytes: totals.shuffle_read_bytes,
        shuffle_write_bytes: totals.shuffle_write_bytes,
        memory_spill_bytes: totals.memory_spill_bytes,
        disk_spill_bytes: totals.disk_spill_bytes,
        result_bytes: totals.result_bytes,
        executor_memory_mib: has_fleet.then_some(memory.total_mib),
        heap_mib: has_fleet.then_some(memory.heap_mib),
        peak_heap_bytes: executors.rows.iter().filter_map(|row| row.peak_heap_bytes).max(),
        measured_core_h: fleet(hours(executors.measured_core_ms)),
        event_loss_pct: event_loss_pct(fold),
        compacted: facts.compacted,
        overhead_mib: has_fleet.then_some(overhead_mib),
        overhead_derived: has_fleet.then_some(overhead_derived),
        peak_unified_bytes: executors
            .rows
            .iter()
            .filter_map(|row| row.peak_unified_bytes)
            .max(),
        driver_cores: environment.driver.cores,
        driver_memory_mib: environment.driver.memory_mib,
        dynamic_allocation: environment.has_dynamic_allocation,
        adaptive: environment
            .adaptive
            .or_else(|| adaptive_by_default(fold.spark_version.as_deref()?)),
        serializer: environment
            .serializer
            .clone()
            .unwrap_or_else(|| "JavaSerializer".to_owned()),
        java_version: environment.java_version.clone(),
        oom_failures: totals.out_of_memory_tasks
            + count(
                executors
                    .rows
                    .iter()
                    .filter(|row| row.removed_class == Some("memory"))
                    .count(),
            ),
        replay_error_pct: replayed.map(|found| found.error_pct),
        replay_executors: replayed.map(|found| found.executors),
        likely_executors: replayed.map(|found| found.likely_executors),
        likely_dur_s: replayed.map(|found| seconds(found.likely_ms)),
        // The name as it is: what makes runs of it one job is decided where settings are known.
        job: start.app_name.clone(),
        kind: kind(
            is_local,
            fold.is_streaming,
            is_service(&start.app_name, environment.command.as_deref()),
            dur_s,
        ),
        engine: environment.engine,
        tags: None,
        app_id: start.app_id,
        attempt: start.attempt,
        app_name: start.app_name,
        user: start.user,
        queue: fold.environment.queue.clone(),
        spark_version: fold.spark_version.clone(),
    }
}

/// The first that applies: an exit code other than 0 or a last job that did not succeed: `failed`; any
/// other end: `succeeded`; no end and a name that says so: `running`; else `unknown`.
fn status(fold: &Fold, facts: LogFacts) -> &'static str {
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
fn event_loss_pct(fold: &Fold) -> Option<f64> {
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

/// The executions that failed: their end says so or, where ends do not say (before Spark 3.4), any of their
/// jobs failed. An execution that has not ended has not failed.
fn failed_executions(fold: &Fold) -> BTreeSet<i64> {
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
