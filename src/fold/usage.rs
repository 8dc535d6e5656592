//! The hourly rows of an application: what was held and busy, what tasks did, what was wasted and lost.

use std::collections::BTreeMap;

use super::Fold;
use super::failure::TaskClass;
use super::measures::Measures;
use super::rows::{ExecutorRow, Millis, UsageRow};
use super::sweep::HourHeld;
use super::units::{gib_hours, hour_of, hours, hours_of_nanos, seconds};
use super::waste::{ByClass, wasted_core_ms};

/// Executors that ended within an hour, by why.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Lost {
    out_of_memory: i64,
    nodes: i64,
}

pub(super) fn usage_rows(
    fold: &Fold,
    is_local: bool,
    held: &[(i64, HourHeld)],
    wasted: &BTreeMap<i64, ByClass>,
    executors: &[ExecutorRow],
) -> Vec<UsageRow> {
    let mut by_hour: BTreeMap<i64, (HourHeld, Measures, ByClass, Lost)> = BTreeMap::new();
    for (hour, held) in held {
        by_hour.entry(*hour).or_default().0 = *held;
    }
    for (hour, measures) in &fold.hours {
        by_hour.entry(*hour).or_default().1 = *measures;
    }
    for (hour, classes) in wasted {
        by_hour.entry(*hour).or_default().2 = *classes;
    }
    for executor in executors {
        let lost = Lost {
            out_of_memory: i64::from(executor.removed_class == Some("memory")),
            nodes: i64::from(executor.removed_class == Some("node")),
        };
        if lost != Lost::default() {
            let of_hour = &mut by_hour.entry(hour_of(executor.end.0)).or_default().3;
            of_hour.out_of_memory += lost.out_of_memory;
            of_hour.nodes += lost.nodes;
        }
    }
    let has_cpu = fold.hours.values().any(|measures| measures.has_cpu);
    let fleet = |value: f64| (!is_local).then_some(value);
    by_hour
        .into_iter()
        .map(|(hour, (held, measures, wasted, lost))| UsageRow {
            hour: Millis(hour),
            alloc_core_h: fleet(hours(held.held_core_ms)),
            alloc_gib_h: fleet(gib_hours(held.held_mib_ms)),
            busy_core_h: hours(held.busy_core_ms),
            cpu_core_h: has_cpu.then(|| hours_of_nanos(measures.cpu_ns)),
            idle_driver_gap_core_h: fleet(hours(held.driver_gap_core_ms)),
            idle_startup_core_h: fleet(hours(held.startup_core_ms)),
            idle_tail_core_h: fleet(hours(held.tail_core_ms)),
            idle_skew_tail_core_h: fleet(hours(held.skew_tail_core_ms)),
            idle_under_parallel_core_h: fleet(hours(held.under_parallel_core_ms)),
            wasted_core_h: hours(wasted_core_ms(&wasted)),
            wasted_exception_core_h: hours(wasted[TaskClass::Exception as usize]),
            wasted_fetch_failed_core_h: hours(wasted[TaskClass::FetchFailed as usize]),
            wasted_executor_lost_core_h: hours(wasted[TaskClass::ExecutorLost as usize]),
            wasted_killed_core_h: hours(wasted[TaskClass::Killed as usize]),
            wasted_commit_denied_core_h: hours(wasted[TaskClass::CommitDenied as usize]),
            wasted_other_core_h: hours(wasted[TaskClass::Other as usize]),
            wasted_recompute_core_h: hours(wasted[TaskClass::Recompute as usize]),
            wasted_app_retry_core_h: 0.0,
            first_try_core_h: hours(wasted[TaskClass::FirstTry as usize]),
            tasks: measures.tasks,
            failed_tasks: measures.failed_tasks,
            killed_tasks: measures.killed_tasks,
            speculative_tasks: measures.speculative_tasks,
            oom_failures: measures.out_of_memory_tasks + lost.out_of_memory,
            node_losses: lost.nodes,
            gc_s: seconds(measures.gc_ms),
            run_s: seconds(measures.run_ms),
            deserialize_s: seconds(measures.deserialize_ms),
            fetch_wait_s: seconds(measures.fetch_wait_ms),
            input_bytes: measures.input_bytes,
            input_records: measures.input_records,
            output_bytes: measures.output_bytes,
            output_records: measures.output_records,
            shuffle_read_bytes: measures.shuffle_read_bytes,
            shuffle_write_bytes: measures.shuffle_write_bytes,
            memory_spill_bytes: measures.memory_spill_bytes,
            disk_spill_bytes: measures.disk_spill_bytes,
            result_bytes: measures.result_bytes,
        })
        .collect()
}
