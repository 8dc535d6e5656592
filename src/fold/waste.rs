//! Where the core time of tasks went, by class: in all, by hour, and by stage attempt.

use std::collections::BTreeMap;

use super::failure::TaskClass;
use super::sweep::TaskSpan;
use super::units::hour_of;

/// Core milliseconds by class.
pub(super) type ByClass = [f64; TaskClass::COUNT];

pub(super) struct Wasted {
    pub(super) total: ByClass,
    pub(super) by_hour: BTreeMap<i64, ByClass>,
    pub(super) busy_by_stage: Vec<f64>,
}

impl Wasted {
    pub(super) fn of(spans: &[TaskSpan], task_cpus: &[f64]) -> Self {
        let mut total = ByClass::default();
        let mut by_hour: BTreeMap<i64, ByClass> = BTreeMap::new();
        let mut busy_by_stage = vec![0.0; task_cpus.len()];
        let mut current = (i64::MIN, ByClass::default());
        for span in spans {
            #[expect(clippy::cast_precision_loss, reason = "a task's wall time is at most 3 years")]
            let core_ms = (span.finish_ms - span.launch_ms) as f64 * task_cpus[span.stage as usize];
            let class = span.class as usize;
            busy_by_stage[span.stage as usize] += core_ms;
            total[class] += core_ms;
            let hour = hour_of(span.finish_ms);
            if hour != current.0 {
                add_classes(&mut by_hour, current);
                current = (hour, ByClass::default());
            }
            current.1[class] += core_ms;
        }
        add_classes(&mut by_hour, current);
        Wasted {
            total,
            by_hour,
            busy_by_stage,
        }
    }
}

fn add_classes(by_hour: &mut BTreeMap<i64, ByClass>, (hour, classes): (i64, ByClass)) {
    if classes != ByClass::default() {
        let sums = by_hour.entry(hour).or_default();
        sums.iter_mut()
            .zip(classes)
            .for_each(|(sum, class)| *sum += class);
    }
}

/// All but the first tries: what was computed and not used, or computed again.
pub(super) fn wasted_core_ms(classes: &ByClass) -> f64 {
    classes.iter().skip(1).sum()
}
