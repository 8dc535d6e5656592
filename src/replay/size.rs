//! About how much memory a replay and what comes out of it take, for those who have to bound it.

use std::mem::size_of;

use super::{Application, Execution, Executor, Job, Pair, PeakState, Replay, Stage, Task};
use crate::event::detail::Peaks;

/// What a node of a tree or a bucket of a map takes besides the entry itself.
const ENTRY: usize = 32;

pub(super) fn of_application(app: &Application) -> usize {
    let environment = app.environment.as_ref().map_or(0, |environment| {
        [
            &environment.spark,
            &environment.hadoop,
            &environment.system,
            &environment.metrics,
            &environment.classpath,
        ]
        .into_iter()
        .map(|pairs| of_pairs(pairs))
        .sum()
    });
    size_of::<Application>()
        + app.strings.bytes()
        + environment
        + app.jobs.values().map(of_job).sum::<usize>()
        + app.stages.values().map(of_stage).sum::<usize>()
        + app.tasks.values().flatten().map(of_task).sum::<usize>()
        + app.executors.values().map(of_executor).sum::<usize>()
        + app.executions.values().map(of_execution).sum::<usize>()
        + app
            .rdds
            .values()
            .map(|rdd| 300 + rdd.partitions.len() * 300 + rdd.distribution.len() * 200)
            .sum::<usize>()
}

/// Cheap enough to be asked now and then while a log is read.
pub(super) fn of_replay(replay: &Replay) -> usize {
    let app = &replay.store;
    let tasks: usize = app.tasks.values().map(Vec::len).sum();
    let rdds: usize = replay
        .live_rdds
        .values()
        .map(super::storage::LiveRdd::bytes)
        .sum();
    let indices: usize = replay.jobs.iter().map(|job| job.indices.len() * 24).sum();
    app.strings.bytes()
        + (tasks + replay.live_tasks.len()) * (size_of::<Task>() + 80)
        + app.stages.len() * size_of::<Stage>()
        + replay.live_stages.len() * 2 * size_of::<Stage>()
        + replay.jobs.len() * 2 * size_of::<Job>()
        + app.executors.len() * size_of::<Executor>()
        + indices
        + rdds
        + replay.executions.bytes()
}

fn of_pairs(pairs: &[Pair]) -> usize {
    pairs
        .iter()
        .map(|(key, value)| size_of::<Pair>() + key.len() + value.len())
        .sum()
}

fn of_job(job: &Job) -> usize {
    size_of::<Job>() + ENTRY + job.stage_ids.len() * 8 + job.killed_by_reason.len() * 16
}

fn of_peaks(peaks: &PeakState) -> usize {
    match peaks {
        PeakState::Some(_) => size_of::<Peaks>(),
        _ => 0,
    }
}

fn of_stage(stage: &Stage) -> usize {
    let work = stage
        .work
        .values()
        .map(|work| size_of_val(work) + ENTRY + of_peaks(&work.peaks));
    size_of::<Stage>()
        + ENTRY
        + stage.rdd_ids.len() * 8
        + stage.failure.as_ref().map_or(0, |text| text.len())
        + stage.accumulated.len() * 80
        + work.sum::<usize>()
        + of_peaks(&stage.peaks)
}

fn of_task(task: &Task) -> usize {
    size_of::<Task>()
        + task.values.as_ref().map_or(0, |values| values.bytes() + 16)
        + task.accumulated.len() * 80
}

fn of_executor(executor: &Executor) -> usize {
    size_of::<Executor>()
        + ENTRY
        + 2 * executor.id.len()
        + of_pairs(&executor.logs)
        + of_pairs(&executor.attributes)
        + of_peaks(&executor.peaks)
}

pub(super) fn of_execution(execution: &Execution) -> usize {
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let graph = execution.graph.as_ref().map_or(0, |graph| {
        let nodes = graph.nodes.iter().map(|node| {
            let metrics = node
                .metrics
                .iter()
                .map(|metric| 64 + metric.name.len() + metric.kind.len());
            128 + node.name.len() + node.description.len() + metrics.sum::<usize>()
        });
        graph.edges.len() * 16 + nodes.sum::<usize>()
    });
    let metrics = execution
        .metrics
        .iter()
        .flatten()
        .map(|(_, text)| 48 + text.len())
        .sum::<usize>();
    size_of::<Execution>()
        + ENTRY
        + text(&execution.description)
        + text(&execution.plan_description)
        + text(&execution.error)
        + of_pairs(&execution.modified_configs)
        + execution.jobs.len() * 16
        + graph
        + metrics
}
