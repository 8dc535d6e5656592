//! What if there had been fewer executors: the recorded tasks, scheduled again on `n` of them.
//!
//! Task times are taken to be the same for every `n`, which shuffle, caches and garbage collection only
//! roughly are: so today's number is replayed first, and how far that is from what happened is reported
//! with the answer.

use super::schedule::{Model, RanStage, Recorded};

/// What the replays found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct WhatIf {
    /// Executors taken for today's: the mean held while a stage ran.
    pub executors: i64,
    /// How far the replay on that many is from the real duration, in percent of it.
    pub error_pct: f64,
    /// Fewest executors with which the replay takes at most [`LONGER`] times as long as with today's.
    pub likely_executors: i64,
    /// What that replay takes.
    pub likely_ms: i64,
}

/// How much longer an application may take for the executors it saves.
const LONGER: f64 = 1.05;

/// More is not worth the time it takes to replay.
const MOST_TASKS: usize = 2_000_000;

/// Replays the run; `None` where there is nothing to schedule, or the executors are not alike.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "bounded milliseconds, cores and counts of executors"
)]
pub(super) fn what_if(recorded: &Recorded) -> Option<WhatIf> {
    let cores = recorded.lives.first()?.cores;
    let alike = recorded.lives.iter().all(|life| life.cores == cores);
    let fits = recorded.stages.iter().all(|stage| stage.task_cpus <= cores);
    if !alike || !fits || cores < 1.0 || recorded.spans.len() > MOST_TASKS {
        return None;
    }
    let active = Active::of(&recorded.stages);
    let held_ms: f64 = recorded
        .lives
        .iter()
        .map(|life| (active.until(life.end_ms) - active.until(life.start_ms)) as f64)
        .sum();
    let total_ms = active.until(i64::MAX);
    if total_ms == 0 {
        return None;
    }
    let executors = ((held_ms / total_ms as f64).round() as i64).max(1);
    let model = Model::of(recorded, cores)?;
    let real_ms = (recorded.end_ms - recorded.start_ms).max(1);
    let today_ms = model.replay(executors);
    let most_ms = (today_ms as f64 * LONGER) as i64;
    let (mut likely_executors, mut likely_ms) = (executors, today_ms);
    // Fewer than this could not even hold the tasks' core time.
    let mut low = (model.core_ms / (cores * most_ms as f64)).ceil().max(1.0) as i64;
    while low < likely_executors {
        let middle = low + (likely_executors - low) / 2;
        let ms = model.replay(middle);
        if ms <= most_ms {
            (likely_executors, likely_ms) = (middle, ms);
        } else {
            low = middle + 1;
        }
    }
    Some(WhatIf {
        executors,
        error_pct: 100.0 * (today_ms - real_ms).abs() as f64 / real_ms as f64,
        likely_executors,
        likely_ms,
    })
}

/// The times in which any stage was active.
struct Active {
    /// Begin, end and the active time before, of each interval, in order.
    intervals: Vec<(i64, i64, i64)>,
}

impl Active {
    fn of(stages: &[RanStage]) -> Self {
        let mut spans: Vec<(i64, i64)> = stages
            .iter()
            .map(|stage| (stage.submitted_ms, stage.completed_ms))
            .collect();
        spans.sort_unstable();
        let mut intervals: Vec<(i64, i64, i64)> = Vec::new();
        for (start_ms, end_ms) in spans {
            match intervals.last_mut() {
                Some((_, last_ms, _)) if start_ms <= *last_ms => *last_ms = (*last_ms).max(end_ms),
                last => {
                    let before_ms = last.map_or(0, |(start_ms, end_ms, before_ms)| {
                        *before_ms + *end_ms - *start_ms
                    });
                    intervals.push((start_ms, end_ms, before_ms));
                }
            }
        }
        Active { intervals }
    }

    /// Active milliseconds before `time_ms`.
    fn until(&self, time_ms: i64) -> i64 {
        let after = self
            .intervals
            .partition_point(|(start_ms, _, _)| *start_ms < time_ms);
        match after.checked_sub(1).map(|last| self.intervals[last]) {
            Some((start_ms, end_ms, before_ms)) => before_ms + time_ms.min(end_ms) - start_ms,
            None => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::failure::TaskClass;
    use super::super::sweep::{HeldLife, TaskSpan};
    use super::*;

    fn span(stage: u32, launch_ms: i64, wall_ms: i64) -> TaskSpan {
        TaskSpan {
            launch_ms,
            finish_ms: launch_ms + wall_ms,
            stage,
            executor: 0,
            index: 0,
            class: TaskClass::FirstTry,
        }
    }

    fn life(start_ms: i64, end_ms: i64) -> HeldLife {
        HeldLife {
            start_ms,
            end_ms,
            cores: 1.0,
            memory_mib: 1.0,
            used: None,
        }
    }

    fn stage(id: i64, submitted_ms: i64, completed_ms: i64, parent_ids: &[i64]) -> RanStage<'_> {
        RanStage {
            id,
            place: u32::try_from(id).unwrap(),
            submitted_ms,
            completed_ms,
            parent_ids,
            task_cpus: 1.0,
        }
    }

    /// Four executors of one core; 4 tasks of 100 ms, 20 ms of driver, one task of 900 ms; 10 ms at the end.
    #[test]
    fn executors_that_only_wait_for_one_task_are_not_needed() {
        let spans: Vec<TaskSpan> = (0..4)
            .map(|_| span(0, 50, 100))
            .chain([span(1, 170, 900)])
            .collect();
        let lives = [life(40, 1080); 4];
        let recorded = Recorded {
            start_ms: 0,
            end_ms: 1080,
            stages: vec![stage(0, 50, 150, &[]), stage(1, 170, 1070, &[0])],
            spans: &spans,
            lives: &lives,
        };
        let found = what_if(&recorded).unwrap();
        assert_eq!((found.executors, found.error_pct), (4, 0.0));
        // Three need a second wave: 1180 ms, more than 5 % longer. None can be spared.
        assert_eq!((found.likely_executors, found.likely_ms), (4, 1080));
    }

    #[test]
    fn a_fleet_for_work_of_one_shrinks() {
        let spans = [span(0, 50, 10), span(0, 50, 10), span(1, 70, 2000)];
        let lives = [life(40, 2080); 2];
        let recorded = Recorded {
            start_ms: 0,
            end_ms: 2080,
            stages: vec![stage(0, 50, 60, &[]), stage(1, 70, 2070, &[0])],
            spans: &spans,
            lives: &lives,
        };
        let found = what_if(&recorded).unwrap();
        assert_eq!((found.executors, found.error_pct), (2, 0.0));
        assert_eq!((found.likely_executors, found.likely_ms), (1, 2090));
    }

    #[test]
    fn stages_without_tasks_and_of_no_length_end() {
        let lives = [life(0, 100)];
        let spans = [span(2, 20, 50)];
        let recorded = Recorded {
            start_ms: 0,
            end_ms: 100,
            stages: vec![
                stage(0, 10, 10, &[1]),
                stage(1, 10, 10, &[0]),
                stage(2, 20, 70, &[]),
            ],
            spans: &spans,
            lives: &lives,
        };
        let found = what_if(&recorded).unwrap();
        assert_eq!((found.likely_executors, found.likely_ms), (1, 100));
    }
}
