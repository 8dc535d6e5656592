//! What if there had been fewer executors: the recorded tasks, scheduled again on `n` of them.
//!
//! A list scheduler in the manner of Sparklens. Each stage attempt waits for the stages it reads from and for
//! the one whose completion it was submitted upon, and for as long after them as it did then, so that the
//! driver's own work stays where it was; tasks keep their wall time and take the next free core: the tasks of
//! the stage with the lowest id first, and of a stage in the order in which they were launched. Executors come as the recorded ones came. Task times are taken to be the same for every
//! `n`, which shuffle, caches and garbage collection only roughly are: so today's number is replayed first,
//! and how far that is from what happened is reported with the answer.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};

use super::failure::TaskClass;
use super::sweep::{HeldLife, TaskSpan};

/// A stage attempt that was submitted and completed.
#[derive(Debug, Clone)]
pub(super) struct RanStage<'a> {
    pub id: i64,
    /// Place of the stage, as in [`TaskSpan::stage`].
    pub place: u32,
    pub submitted_ms: i64,
    pub completed_ms: i64,
    pub parent_ids: &'a [i64],
    pub task_cpus: f64,
}

/// One application's recorded run.
#[derive(Debug)]
pub(super) struct Recorded<'a> {
    pub start_ms: i64,
    pub end_ms: i64,
    pub stages: Vec<RanStage<'a>>,
    pub spans: &'a [TaskSpan],
    pub lives: &'a [HeldLife],
}

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

/// A run, ready to be replayed; times count from the application's start.
struct Model {
    stages: Vec<ModelStage>,
    /// When each recorded executor came, in order.
    arrivals_ms: Vec<i64>,
    cores: f64,
    core_ms: f64,
    /// From the last stage's end to the application's.
    after_ms: i64,
}

struct ModelStage {
    id: i64,
    /// In the order in which they were launched.
    tasks_ms: Vec<i64>,
    cpus: f64,
    waits_for: usize,
    /// From the end of the last stage waited for, or from the application's start, to the submission.
    gap_ms: i64,
    wakes: Vec<u32>,
}

impl Model {
    #[expect(clippy::cast_precision_loss, reason = "bounded milliseconds")]
    fn of(recorded: &Recorded, cores: f64) -> Option<Self> {
        let ran = &recorded.stages;
        let most = ran.iter().map(|stage| stage.place as usize + 1).max()?;
        let mut number_of_place = vec![None; most];
        let mut attempts: HashMap<i64, Vec<usize>> = HashMap::new();
        for (number, stage) in ran.iter().enumerate() {
            number_of_place[stage.place as usize] = Some(number);
            attempts.entry(stage.id).or_default().push(number);
        }
        let mut by_end: Vec<usize> = (0..ran.len()).collect();
        by_end.sort_by_key(|number| (ran[*number].completed_ms, *number));

        let mut stages: Vec<ModelStage> = ran
            .iter()
            .map(|stage| ModelStage {
                id: stage.id,
                tasks_ms: Vec::new(),
                cpus: stage.task_cpus,
                waits_for: 0,
                gap_ms: 0,
                wakes: Vec::new(),
            })
            .collect();
        for (number, stage) in ran.iter().enumerate() {
            let done = by_end.partition_point(|other| ran[*other].completed_ms <= stage.submitted_ms);
            // A stage that took no time may have ended when it began.
            let trigger = by_end[..done].iter().rev().find(|other| **other != number);
            let mut waits_for: BTreeSet<usize> = trigger.copied().into_iter().collect();
            let parents = stage
                .parent_ids
                .iter()
                .filter_map(|id| attempts.get(id))
                .flatten();
            waits_for.extend(
                parents
                    .filter(|parent| **parent != number && ran[**parent].completed_ms <= stage.submitted_ms),
            );
            // Two stages of no length at one moment must not wait for each other.
            waits_for.retain(|other| {
                (ran[*other].completed_ms, ran[*other].submitted_ms, *other)
                    < (stage.completed_ms, stage.submitted_ms, number)
            });
            let from_ms = waits_for.iter().map(|other| ran[*other].completed_ms).max();
            stages[number].gap_ms = (stage.submitted_ms - from_ms.unwrap_or(recorded.start_ms)).max(0);
            stages[number].waits_for = waits_for.len();
            for other in waits_for {
                stages[other].wakes.push(u32::try_from(number).ok()?);
            }
        }
        let mut core_ms = 0.0;
        let mut launches: Vec<&TaskSpan> = recorded
            .spans
            .iter()
            .filter(|span| span.class != TaskClass::Killed)
            .collect();
        launches.sort_by_key(|span| span.launch_ms);
        for span in launches {
            let Some(Some(number)) = number_of_place.get(span.stage as usize) else {
                continue;
            };
            let wall_ms = span.finish_ms - span.launch_ms;
            let stage = &mut stages[*number];
            stage.tasks_ms.push(wall_ms);
            core_ms += wall_ms as f64 * stage.cpus;
        }
        let mut arrivals_ms: Vec<i64> = recorded
            .lives
            .iter()
            .map(|life| (life.start_ms - recorded.start_ms).max(0))
            .collect();
        arrivals_ms.sort_unstable();
        let last_ms = ran.iter().map(|stage| stage.completed_ms).max()?;
        Some(Model {
            stages,
            arrivals_ms,
            cores,
            core_ms,
            after_ms: (recorded.end_ms - last_ms).max(0),
        })
    }

    /// How long the application takes with `executors`, in milliseconds.
    fn replay(&self, executors: i64) -> i64 {
        let mut run = Replay {
            model: self,
            now_ms: 0,
            free: 0.0,
            launched: vec![0; self.stages.len()],
            unfinished: self.stages.iter().map(|stage| stage.tasks_ms.len()).collect(),
            waits_for: self.stages.iter().map(|stage| stage.waits_for).collect(),
            ready: BinaryHeap::new(),
            queue: BTreeSet::new(),
            running: BinaryHeap::new(),
            last_ms: 0,
        };
        for (number, stage) in self.stages.iter().enumerate() {
            if stage.waits_for == 0 {
                run.ready.push(Reverse((stage.gap_ms, number)));
            }
        }
        let executors = usize::try_from(executors).unwrap_or(1).max(1);
        let first_ms = self.arrivals_ms.first().copied().unwrap_or(0);
        let mut arrivals = (0..executors)
            .map(|at| self.arrivals_ms.get(at).copied().unwrap_or(first_ms))
            .peekable();
        loop {
            let times = [
                run.ready.peek().map(|Reverse((time_ms, _))| *time_ms),
                run.running.peek().map(|Reverse((time_ms, _))| *time_ms),
                // Nobody needs an executor when all is done.
                arrivals
                    .peek()
                    .copied()
                    .filter(|_| !run.queue.is_empty() || !run.ready.is_empty()),
            ];
            let Some(next_ms) = times.into_iter().flatten().min() else {
                break;
            };
            run.now_ms = run.now_ms.max(next_ms);
            while arrivals.next_if(|time_ms| *time_ms <= run.now_ms).is_some() {
                run.free += self.cores;
            }
            run.step();
        }
        run.last_ms.saturating_add(self.after_ms)
    }
}

struct Replay<'a> {
    model: &'a Model,
    now_ms: i64,
    /// Cores that nothing runs on.
    free: f64,
    launched: Vec<usize>,
    unfinished: Vec<usize>,
    waits_for: Vec<usize>,
    /// Stages by the time they are submitted.
    ready: BinaryHeap<Reverse<(i64, usize)>>,
    /// Submitted stages with tasks left to launch, by id: first in, first out.
    queue: BTreeSet<(i64, usize)>,
    /// Running tasks by the time they finish.
    running: BinaryHeap<Reverse<(i64, usize)>>,
    last_ms: i64,
}

impl Replay<'_> {
    /// Everything that happens at this moment.
    fn step(&mut self) {
        while let Some(Reverse((time_ms, number))) = self.running.peek().copied()
            && time_ms <= self.now_ms
        {
            self.running.pop();
            self.free += self.model.stages[number].cpus;
            self.unfinished[number] -= 1;
            if self.unfinished[number] == 0 {
                self.complete(number);
            }
        }
        while let Some(Reverse((time_ms, number))) = self.ready.peek().copied()
            && time_ms <= self.now_ms
        {
            self.ready.pop();
            let stage = &self.model.stages[number];
            if stage.tasks_ms.is_empty() {
                self.complete(number);
            } else {
                self.queue.insert((stage.id, number));
            }
        }
        while let Some((id, number)) = self.queue.first().copied() {
            let stage = &self.model.stages[number];
            if self.free < stage.cpus {
                break;
            }
            let task = self.launched[number];
            self.free -= stage.cpus;
            self.launched[number] += 1;
            self.running.push(Reverse((
                self.now_ms.saturating_add(stage.tasks_ms[task]),
                number,
            )));
            if self.launched[number] == stage.tasks_ms.len() {
                self.queue.remove(&(id, number));
            }
        }
    }

    fn complete(&mut self, number: usize) {
        self.last_ms = self.last_ms.max(self.now_ms);
        for woken in &self.model.stages[number].wakes {
            let woken = *woken as usize;
            self.waits_for[woken] -= 1;
            if self.waits_for[woken] == 0 {
                let at_ms = self.now_ms.saturating_add(self.model.stages[woken].gap_ms);
                self.ready.push(Reverse((at_ms, woken)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
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
