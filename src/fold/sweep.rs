//! One walk through an application's time: what was held, what was busy, and why the rest was idle.
//!
//! Between two changes everything is constant, so each quantity is a sum of `value x duration`, cut at
//! full hours. At an instant with no job active all idle cores are the driver's gap. Otherwise an executor
//! that has not launched its first task is starting up, one that has finished its last task is a tail, and
//! the idle cores of the others wait for stragglers (no active stage has tasks left to launch, and some
//! task runs) or for more parallelism. Sums are signed and nothing is clamped on the way: the driver
//! stamps the next launch before the previous finish, so for moments more runs than there are cores, and
//! only signed parts add up to `held - busy` exactly.
//!
//! What waits for stragglers is charged to their stages, in equal shares to the tasks that run: one running
//! sum of waiting cores by running task, of which each task takes what was added while it ran.

use super::index_set::IndexSet;
use super::units::{HOUR_MS, hour_of};

/// An executor's life within the application's.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeldLife {
    pub start_ms: i64,
    pub end_ms: i64,
    pub cores: f64,
    pub memory_mib: f64,
    /// First launch and last finish of its tasks, if it ran any.
    pub used: Option<(i64, i64)>,
}

impl HeldLife {
    /// Core milliseconds from its start to its end.
    #[expect(clippy::cast_precision_loss, reason = "at most 3 years of milliseconds")]
    pub(super) fn core_ms(&self) -> f64 {
        (self.end_ms - self.start_ms).max(0) as f64 * self.cores
    }
}

/// A task's time on a core.
#[derive(Debug, Clone, Copy)]
pub(super) struct TaskSpan {
    pub launch_ms: i64,
    pub finish_ms: i64,
    /// Place of the stage attempt.
    pub stage: u32,
    /// Number of the executor.
    pub executor: u32,
    /// Index within the stage; `u32::MAX` stands for indexes beyond it.
    pub index: u32,
    pub class: super::failure::TaskClass,
}

/// When a stage attempt was active and how many tasks it had to launch.
#[derive(Debug, Clone, Copy)]
pub(super) struct ActiveStage {
    pub start_ms: i64,
    pub end_ms: i64,
    pub num_tasks: i64,
}

/// Everything the sweep looks at.
#[derive(Debug, Default)]
pub(super) struct Timeline<'a> {
    pub lives: &'a [HeldLife],
    pub spans: &'a [TaskSpan],
    /// By place of the stage; `None` for stages whose time is not known.
    pub stages: &'a [Option<ActiveStage>],
    /// Cores that one task of the stage occupies, by place.
    pub task_cpus: &'a [f64],
    /// From submission to completion.
    pub jobs: &'a [(i64, i64)],
}

/// Core milliseconds and MiB milliseconds within one hour.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct HourHeld {
    pub held_core_ms: f64,
    pub held_mib_ms: f64,
    pub busy_core_ms: f64,
    pub driver_gap_core_ms: f64,
    pub startup_core_ms: f64,
    pub tail_core_ms: f64,
    pub skew_tail_core_ms: f64,
    pub under_parallel_core_ms: f64,
}

#[derive(Clone, Copy)]
enum Change {
    LifeStart(usize),
    LifeUsed(usize),
    LifeTail(usize),
    LifeEnd(usize),
    Launch(usize),
    Finish(usize),
    StageStart(usize),
    StageEnd(usize),
    JobStart,
    JobEnd,
}

#[derive(Clone, Copy, PartialEq)]
enum Phase {
    Startup,
    Used,
    Tail,
}

#[derive(Default)]
struct State {
    startup_cores: f64,
    used_cores: f64,
    tail_cores: f64,
    memory_mib: f64,
    running_cores: f64,
    running_tasks: i64,
    jobs: i64,
    pending_tasks: i64,
    /// Core milliseconds that waited for stragglers so far, by task that ran.
    waited_core_ms: f64,
}

/// What the walk found.
#[derive(Debug, Default)]
pub(super) struct Swept {
    /// Each hour that held or used anything, in order.
    pub hours: Vec<(i64, HourHeld)>,
    /// By place of the stage: core milliseconds that waited for its last tasks.
    pub skew_tail_core_ms: Vec<f64>,
}

/// Walks the timeline.
pub(super) fn sweep(timeline: &Timeline) -> Swept {
    let mut changes = changes(timeline);
    // Order within a millisecond does not matter: nothing is summed between.
    changes.sort_unstable_by_key(|(time_ms, _)| *time_ms);

    let mut hours: Vec<(i64, HourHeld)> = Vec::new();
    let mut skew_tail_core_ms = vec![0.0; timeline.stages.len()];
    let mut state = State::default();
    let mut phases = vec![Phase::Startup; timeline.lives.len()];
    let mut launched: Vec<IndexSet> = Vec::new();
    launched.resize_with(timeline.stages.len(), IndexSet::default);
    let mut is_active = vec![false; timeline.stages.len()];
    let mut now_ms = changes.first().map_or(0, |(time_ms, _)| *time_ms);
    for (time_ms, change) in changes {
        if time_ms > now_ms {
            integrate(&mut hours, &state, now_ms, time_ms);
            state.waited_core_ms += state.waiting_core_ms(time_ms - now_ms);
            now_ms = time_ms;
        }
        match change {
            Change::LifeStart(at) => {
                let life = &timeline.lives[at];
                phases[at] = match life.used {
                    Some((_, last)) if last <= life.start_ms => Phase::Tail,
                    Some((first, _)) if first <= life.start_ms => Phase::Used,
                    _ => Phase::Startup,
                };
                *state.cores_in(phases[at]) += life.cores;
                state.memory_mib += life.memory_mib;
            }
            Change::LifeUsed(at) => {
                state.change_phase(&mut phases[at], Phase::Used, timeline.lives[at].cores)
            }
            Change::LifeTail(at) => {
                state.change_phase(&mut phases[at], Phase::Tail, timeline.lives[at].cores)
            }
            Change::LifeEnd(at) => {
                *state.cores_in(phases[at]) -= timeline.lives[at].cores;
                state.memory_mib -= timeline.lives[at].memory_mib;
            }
            Change::Launch(at) => {
                let span = &timeline.spans[at];
                let stage = span.stage as usize;
                state.running_cores += timeline.task_cpus[stage];
                state.running_tasks += 1;
                skew_tail_core_ms[stage] -= state.waited_core_ms;
                let before = pending(timeline.stages[stage], &launched[stage]);
                if launched[stage].insert(i64::from(span.index)) && is_active[stage] {
                    state.pending_tasks += pending(timeline.stages[stage], &launched[stage]) - before;
                }
            }
            Change::Finish(at) => {
                let stage = timeline.spans[at].stage as usize;
                state.running_cores -= timeline.task_cpus[stage];
                state.running_tasks -= 1;
                skew_tail_core_ms[stage] += state.waited_core_ms;
            }
            Change::StageStart(at) => {
                is_active[at] = true;
                state.pending_tasks += pending(timeline.stages[at], &launched[at]);
            }
            Change::StageEnd(at) => {
                is_active[at] = false;
                state.pending_tasks -= pending(timeline.stages[at], &launched[at]);
            }
            Change::JobStart => state.jobs += 1,
            Change::JobEnd => state.jobs -= 1,
        }
    }
    hours.retain(|(_, held)| *held != HourHeld::default());
    Swept {
        hours,
        skew_tail_core_ms,
    }
}

fn pending(stage: Option<ActiveStage>, launched: &IndexSet) -> i64 {
    let launched = i64::try_from(launched.len()).unwrap_or(i64::MAX);
    // More indexes than the stage has tasks are a misread number: one stage must not hide another's tasks.
    stage.map_or(0, |stage| (stage.num_tasks - launched).max(0))
}

fn changes(timeline: &Timeline) -> Vec<(i64, Change)> {
    let mut changes =
        Vec::with_capacity(2 * (timeline.spans.len() + timeline.stages.len() + 2 * timeline.lives.len()));
    for (at, life) in timeline
        .lives
        .iter()
        .enumerate()
        .filter(|(_, life)| life.start_ms < life.end_ms)
    {
        changes.push((life.start_ms, Change::LifeStart(at)));
        changes.push((life.end_ms, Change::LifeEnd(at)));
        if let Some((first_ms, last_ms)) = life.used {
            if life.start_ms < first_ms && first_ms < life.end_ms {
                changes.push((first_ms, Change::LifeUsed(at)));
            }
            if life.start_ms < last_ms && last_ms < life.end_ms {
                changes.push((last_ms, Change::LifeTail(at)));
            }
        }
    }
    for (at, span) in timeline.spans.iter().enumerate() {
        changes.push((span.launch_ms, Change::Launch(at)));
        changes.push((span.finish_ms, Change::Finish(at)));
    }
    for (at, stage) in timeline.stages.iter().enumerate() {
        if let Some(stage) = stage.filter(|stage| stage.start_ms < stage.end_ms) {
            changes.push((stage.start_ms, Change::StageStart(at)));
            changes.push((stage.end_ms, Change::StageEnd(at)));
        }
    }
    for (start_ms, end_ms) in timeline
        .jobs
        .iter()
        .filter(|(start_ms, end_ms)| start_ms < end_ms)
    {
        changes.push((*start_ms, Change::JobStart));
        changes.push((*end_ms, Change::JobEnd));
    }
    changes
}

impl State {
    /// Whether only last tasks run and none is left to launch.
    fn is_skew_tail(&self) -> bool {
        self.jobs > 0 && self.pending_tasks == 0 && self.running_tasks > 0
    }

    /// What each running task makes wait in `ms`.
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds and tasks of one application"
    )]
    fn waiting_core_ms(&self, ms: i64) -> f64 {
        if self.is_skew_tail() {
            (self.used_cores - self.running_cores) * ms as f64 / self.running_tasks as f64
        } else {
            0.0
        }
    }

    fn cores_in(&mut self, phase: Phase) -> &mut f64 {
        match phase {
            Phase::Startup => &mut self.startup_cores,
            Phase::Used => &mut self.used_cores,
            Phase::Tail => &mut self.tail_cores,
        }
    }

    fn change_phase(&mut self, phase: &mut Phase, next: Phase, cores: f64) {
        // First launch and last finish may fall into one millisecond, in either order.
        if *phase != Phase::Tail {
            *self.cores_in(*phase) -= cores;
            *self.cores_in(next) += cores;
            *phase = next;
        }
    }
}

/// Adds what `state` means from `from_ms` to `until_ms`, hour by hour.
fn integrate(hours: &mut Vec<(i64, HourHeld)>, state: &State, from_ms: i64, until_ms: i64) {
    let held_cores = state.startup_cores + state.used_cores + state.tail_cores;
    if held_cores == 0.0 && state.running_tasks == 0 {
        return;
    }
    let mut from_ms = from_ms;
    while from_ms < until_ms {
        let hour = hour_of(from_ms);
        let to_ms = until_ms.min(hour + HOUR_MS);
        #[expect(clippy::cast_precision_loss, reason = "at most an hour")]
        let ms = (to_ms - from_ms) as f64;
        if hours.last().is_none_or(|(last, _)| *last != hour) {
            hours.push((hour, HourHeld::default()));
        }
        if let Some((_, sums)) = hours.last_mut() {
            sums.held_core_ms += held_cores * ms;
            sums.held_mib_ms += state.memory_mib * ms;
            sums.busy_core_ms += state.running_cores * ms;
            if state.jobs == 0 {
                sums.driver_gap_core_ms += (held_cores - state.running_cores) * ms;
            } else {
                sums.startup_core_ms += state.startup_cores * ms;
                sums.tail_core_ms += state.tail_cores * ms;
                let waiting_cores = state.used_cores - state.running_cores;
                if state.is_skew_tail() {
                    sums.skew_tail_core_ms += waiting_cores * ms;
                } else {
                    sums.under_parallel_core_ms += waiting_cores * ms;
                }
            }
        }
        from_ms = to_ms;
    }
}

#[cfg(test)]
mod tests {
    use super::super::failure::TaskClass;
    use super::*;

    fn span(launch_ms: i64, finish_ms: i64, index: u32) -> TaskSpan {
        TaskSpan {
            launch_ms,
            finish_ms,
            stage: 0,
            executor: 0,
            index,
            class: TaskClass::FirstTry,
        }
    }

    fn idle(held: &HourHeld) -> f64 {
        held.driver_gap_core_ms
            + held.startup_core_ms
            + held.tail_core_ms
            + held.skew_tail_core_ms
            + held.under_parallel_core_ms
    }

    #[test]
    fn idle_parts_add_up_to_held_minus_busy() {
        let lives = [
            HeldLife {
                start_ms: 0,
                end_ms: 100,
                cores: 2.0,
                memory_mib: 10.0,
                used: Some((20, 80)),
            },
            HeldLife {
                start_ms: 10,
                end_ms: 90,
                cores: 2.0,
                memory_mib: 10.0,
                used: None,
            },
        ];
        // The second task starts before the first has finished: three tasks on two cores for a moment.
        let spans = [span(20, 51, 0), span(20, 60, 1), span(50, 80, 2)];
        let stages = [Some(ActiveStage {
            start_ms: 15,
            end_ms: 80,
            num_tasks: 3,
        })];
        let timeline = Timeline {
            lives: &lives,
            spans: &spans,
            stages: &stages,
            task_cpus: &[1.0],
            jobs: &[(12, 82)],
        };
        let swept = sweep(&timeline);
        let hours = swept.hours;
        assert_eq!(hours.len(), 1);
        let held = hours[0].1;
        assert_eq!(held.held_core_ms, 360.0);
        assert_eq!(held.busy_core_ms, 101.0);
        assert_eq!(idle(&held), 259.0);
        // No job before 12 and after 82.
        assert_eq!(
            held.driver_gap_core_ms,
            (10.0 * 2.0 + 2.0 * 4.0) + (8.0 * 4.0 + 10.0 * 2.0)
        );
        // The first executor until its first task, the second, never used, for the whole job.
        assert_eq!(held.startup_core_ms, 8.0 * 2.0 + 70.0 * 2.0);
        assert_eq!(held.tail_core_ms, 2.0 * 2.0);
        // From 50 on nothing was left to launch: 3 on 2 cores for 1 ms, 2 until 60, 1 until 80.
        assert_eq!(held.skew_tail_core_ms, -1.0 + 20.0);
        assert_eq!(held.under_parallel_core_ms, 0.0);
        // All of it is charged to the one stage.
        assert!((swept.skew_tail_core_ms[0] - held.skew_tail_core_ms).abs() < 1e-9);
    }

    #[test]
    fn a_life_over_an_edge_is_cut_at_the_hour() {
        let lives = [HeldLife {
            start_ms: HOUR_MS - 10,
            end_ms: HOUR_MS + 20,
            cores: 1.0,
            memory_mib: 1.0,
            used: None,
        }];
        let hours = sweep(&Timeline {
            lives: &lives,
            ..Timeline::default()
        })
        .hours;
        let held: Vec<(i64, f64)> = hours
            .iter()
            .map(|(hour, held)| (*hour, held.held_core_ms))
            .collect();
        assert_eq!(held, [(0, 10.0), (HOUR_MS, 20.0)]);
    }
}
