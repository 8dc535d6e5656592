//! The row of an application, from what the end of its fold has found.

use super::environment::adaptive_by_default;
use super::executors::{Executors, container, default_memory};
use super::failure::TaskClass;
use super::kind::{is_service, kind};
use super::lives::peaks;
use super::outcome::{Bounds, event_loss_pct, failed_executions, status};
use super::rows::AppRow;
use super::sweep::HourHeld;
use super::units::{gib_hours, hours, hours_of_nanos, seconds, span_seconds};
use super::waste::{ByClass, wasted_core_ms};
use super::what_if::WhatIf;
use super::{Fold, LogFacts, Measures, Millis, Start};

/// What the row is made from, besides the fold.
pub(super) struct AppParts<'a> {
    pub(super) start: Start,
    pub(super) facts: LogFacts,
    pub(super) is_local: bool,
    pub(super) is_ended: bool,
    pub(super) bounds: Bounds,
    pub(super) executors: &'a Executors,
    pub(super) held: &'a [(i64, HourHeld)],
    pub(super) totals: Measures,
    pub(super) wasted: ByClass,
    pub(super) replayed: Option<WhatIf>,
}

pub(super) fn app_row(fold: &Fold, parts: AppParts) -> AppRow {
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
