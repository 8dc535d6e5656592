//! Executor rows at the end of a fold: lives cut to the application's, and the tasks that ran in each.

use super::failure::{TaskClass, removal_class};
use super::memory::{ContainerMemory, DefaultMemory};
use super::outcome::Bounds;
use super::rows::{ExecutorRow, Millis};
use super::sweep::HeldLife;
use super::units::hours;
use super::{Fold, display_text, plausible};
use crate::event::Properties;

/// The executors of an application, as rows and as what the sweep looks at.
pub(super) struct Executors {
    pub(super) rows: Vec<ExecutorRow>,
    pub(super) held: Vec<HeldLife>,
    /// Core milliseconds of lives whose heap was measured.
    pub(super) measured_core_ms: f64,
}

#[expect(
    clippy::cast_precision_loss,
    reason = "cores, MiB and bounded milliseconds are far below 2^53"
)]
pub(super) fn executors(fold: &Fold, bounds: Bounds, task_cpus: &[f64]) -> Executors {
    let lives = &fold.lives.lives;
    let mut rows: Vec<ExecutorRow> = Vec::with_capacity(lives.len());
    let mut held: Vec<HeldLife> = Vec::with_capacity(lives.len());
    let mut measured_core_ms = 0.0;
    for life in lives {
        let memory = container(fold, life.resource_profile);
        let start_ms = life.start_ms.clamp(bounds.start_ms, bounds.end_ms);
        let end_ms = life
            .removed_ms
            .unwrap_or(bounds.end_ms)
            .clamp(start_ms, bounds.end_ms);
        held.push(HeldLife {
            start_ms,
            end_ms,
            cores: life.cores as f64,
            memory_mib: memory.total_mib as f64,
            used: None,
        });
        if life.peak_heap_bytes > 0 {
            measured_core_ms += (end_ms - start_ms) as f64 * life.cores as f64;
        }
        let known = |bytes: i64| (bytes > 0).then_some(bytes);
        rows.push(ExecutorRow {
            executor_id: display_text(fold.lives.id(life.executor), 60),
            life: life.number,
            host: display_text(&life.host, 255),
            cores: life.cores,
            resource_profile: life.resource_profile,
            memory_mib: memory.total_mib,
            heap_mib: memory.heap_mib,
            requested: plausible(life.requested_ms).map(Millis),
            start: Millis(start_ms),
            end: Millis(end_ms),
            removed: life.removed_ms.is_some(),
            removed_class: life.removed_reason.as_deref().map(removal_class),
            removed_reason: life
                .removed_reason
                .as_deref()
                .map(|reason| display_text(reason, 200)),
            first_task: None,
            last_task: None,
            tasks: 0,
            failed_tasks: 0,
            busy_core_h: 0.0,
            wasted_core_h: 0.0,
            peak_heap_bytes: known(life.peak_heap_bytes),
            peak_unified_bytes: known(life.peak_unified_bytes),
            peak_rss_bytes: known(life.peak_rss_bytes),
        });
    }
    let by_executor = fold.lives.by_executor();
    for span in &fold.spans {
        let places = by_executor
            .get(span.executor as usize)
            .map_or(&[][..], Vec::as_slice);
        // The life that holds the launch: the last one that had begun by then, else the first.
        let place = match places {
            [] => continue,
            [only] => *only,
            _ => {
                let begun = places.partition_point(|at| lives[*at].start_ms <= span.launch_ms);
                places[begun.saturating_sub(1)]
            }
        };
        let (row, life) = (&mut rows[place], &mut held[place]);
        let core_ms = (span.finish_ms - span.launch_ms) as f64 * task_cpus[span.stage as usize];
        row.tasks += 1;
        row.busy_core_h += core_ms;
        match span.class {
            TaskClass::FirstTry | TaskClass::Recompute => {}
            TaskClass::Killed => row.wasted_core_h += core_ms,
            _ => {
                row.failed_tasks += 1;
                row.wasted_core_h += core_ms;
            }
        }
        let (first_ms, last_ms) = life.used.unwrap_or((span.launch_ms, span.finish_ms));
        life.used = Some((first_ms.min(span.launch_ms), last_ms.max(span.finish_ms)));
    }
    for (row, life) in rows.iter_mut().zip(&held) {
        row.busy_core_h = hours(row.busy_core_h);
        row.wasted_core_h = hours(row.wasted_core_h);
        row.first_task = life.used.map(|(first_ms, _)| Millis(first_ms));
        row.last_task = life.used.map(|(_, last_ms)| Millis(last_ms));
    }
    Executors {
        rows,
        held,
        measured_core_ms,
    }
}

pub(super) fn container(fold: &Fold, resource_profile: i64) -> ContainerMemory {
    default_memory(fold).container(fold.profiles.get(&resource_profile))
}

/// The memory of executors of the default resource profile.
pub(super) fn default_memory(fold: &Fold) -> DefaultMemory {
    fold.environment
        .memory
        .unwrap_or_else(|| DefaultMemory::from_conf(&Properties::default()))
        .requested(fold.profiles.get(&0))
}
