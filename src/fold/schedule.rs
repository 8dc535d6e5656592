//! A list scheduler in the manner of Sparklens: a recorded run's tasks, scheduled again on so many executors.
//!
//! Each stage attempt waits for the stages it reads from and for the one whose completion it was submitted upon,
//! and for as long after them as it did then, so that the driver's own work stays where it was; tasks keep their
//! wall time and take the next free core: the tasks of the stage with the lowest id first, and of a stage in the
//! order in which they were launched. Executors come as the recorded ones came.

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

/// A run, ready to be replayed; times count from the application's start.
pub(super) struct Model {
    stages: Vec<ModelStage>,
    /// When each recorded executor came, in order.
    arrivals_ms: Vec<i64>,
    cores: f64,
    pub(super) core_ms: f64,
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
    pub(super) fn of(recorded: &Recorded, cores: f64) -> Option<Self> {
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
    pub(super) fn replay(&self, executors: i64) -> i64 {
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
