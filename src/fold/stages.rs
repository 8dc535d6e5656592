//! Stage attempts: what the events say of them, and their tasks' sums and quantiles.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use rayon::prelude::*;

use super::failure::{display_text, normalized_reason};
use super::files::StageFiles;
use super::index_set::IndexSet;
use super::measures::{Measures, Outcome};
use super::plausible;
use super::quantiles::Samples;
use super::rows::{Millis, Quantiles, StageRow};
use super::units::hours;
use crate::event::{StageInfo, TaskEnd};

/// Of which the quantiles over the tasks of a stage attempt are kept.
const MEASURES: usize = 9;

/// One stage attempt. A stage is never closed: tasks end after `StageCompleted` in many logs.
#[derive(Debug)]
pub(super) struct Stage {
    pub id: i64,
    pub attempt: i64,
    name: String,
    pub num_tasks: i64,
    /// `None` until an event told of the stage; tasks alone do not.
    pub resource_profile: Option<i64>,
    pub submitted_ms: Option<i64>,
    pub completed_ms: Option<i64>,
    pub failure: Option<String>,
    /// The same by which failures are grouped.
    pub failure_reason: Option<String>,
    /// Ids of the stages whose output it reads.
    pub parent_ids: Vec<i64>,
    is_submitted: bool,
    is_completed: bool,
    measures: Measures,
    /// Indexes of tasks that succeeded.
    pub succeeded: IndexSet,
    samples: [Samples; MEASURES],
}

/// All stage attempts of one application, in the order in which they were met.
#[derive(Debug, Default)]
pub(super) struct Stages {
    places: HashMap<(i64, i64), u32, RandomState>,
    pub stages: Vec<Stage>,
    last: Option<((i64, i64), u32)>,
}

impl Stages {
    /// The place of a stage attempt.
    pub(super) fn place(&mut self, id: i64, attempt: i64) -> u32 {
        if let Some((key, place)) = self.last
            && key == (id, attempt)
        {
            return place;
        }
        let stages = &mut self.stages;
        let place = *self.places.entry((id, attempt)).or_insert_with(|| {
            stages.push(Stage {
                id,
                attempt,
                name: String::new(),
                num_tasks: 0,
                resource_profile: None,
                submitted_ms: None,
                completed_ms: None,
                failure: None,
                failure_reason: None,
                parent_ids: Vec::new(),
                is_submitted: false,
                is_completed: false,
                measures: Measures::default(),
                succeeded: IndexSet::default(),
                samples: Default::default(),
            });
            u32::try_from(stages.len() - 1).unwrap_or(u32::MAX)
        });
        self.last = Some(((id, attempt), place));
        place
    }

    pub(super) fn submitted(&mut self, info: &StageInfo) {
        let stage = self.update(info);
        stage.is_submitted = true;
    }

    /// May come twice for one attempt (a failed barrier stage does that); the later reason counts, as in Spark.
    pub(super) fn completed(&mut self, info: &StageInfo) {
        let stage = self.update(info);
        stage.is_completed = true;
        stage.is_submitted |= info.submitted_ms.is_some();
        stage.completed_ms = plausible(info.completed_ms).or(stage.completed_ms);
        if let Some(failure) = &info.failure {
            stage.failure = Some(display_text(failure, 300));
            stage.failure_reason = Some(normalized_reason(failure));
        }
    }

    fn update(&mut self, info: &StageInfo) -> &mut Stage {
        let place = self.place(info.stage_id, info.stage_attempt);
        let stage = &mut self.stages[place as usize];
        if stage.resource_profile.is_none() {
            stage.name = display_text(&info.name, 200);
            stage.parent_ids.clone_from(&info.parent_ids);
        }
        stage.num_tasks = info.num_tasks;
        stage.resource_profile = Some(info.resource_profile_id);
        stage.submitted_ms = plausible(info.submitted_ms).or(stage.submitted_ms);
        stage
    }
}

/// What is known of a stage attempt once its application's log has ended.
#[derive(Clone, Copy)]
pub(super) struct Ended {
    pub(super) quantiles: [Quantiles; MEASURES],
    /// What its tasks occupied.
    pub(super) busy_core_ms: f64,
    /// What waited for the last of them.
    pub(super) skew_tail_core_ms: Option<f64>,
    /// What it read and wrote.
    pub(super) files: StageFiles,
    /// The application's tasks say how much CPU time they took.
    pub(super) has_cpu: bool,
}

/// The values of the tasks of every stage attempt, in the order of the attempts. They are no part of the
/// attempts any more.
pub(super) fn take_samples(stages: &mut [Stage]) -> Vec<[Samples; MEASURES]> {
    stages.iter_mut().map(Stage::take_samples).collect()
}

/// The quantiles of each attempt's tasks.
pub(super) fn quantiles(samples: Vec<[Samples; MEASURES]>) -> Vec<[Quantiles; MEASURES]> {
    samples
        .into_par_iter()
        .with_min_len(LEAST_STAGES)
        .map(|samples| samples.map(Samples::into_quantiles))
        .collect()
}

/// Fewer are sorted before another worker has woken up.
const LEAST_STAGES: usize = 256;

impl Stage {
    /// Whether the attempt ran, as opposed to being known from its tasks alone.
    pub(super) fn is_submitted(&self) -> bool {
        self.is_submitted
    }

    /// Whether the attempt completed without a failure, so that each of its tasks must have succeeded.
    pub(super) fn is_complete(&self) -> bool {
        self.is_completed && self.failure.is_none()
    }

    pub(super) fn add_task(&mut self, task: &TaskEnd, outcome: Outcome, wall_ms: i64) {
        self.measures.add(task, outcome);
        if outcome != Outcome::Succeeded {
            return;
        }
        self.succeeded.insert(task.info.index);
        let metrics = task.metrics.unwrap_or_default();
        let values = [
            wall_ms,
            metrics.run_ms,
            metrics.gc_ms,
            metrics.input_bytes,
            metrics.shuffle_read_bytes(),
            metrics.shuffle_write_bytes,
            metrics.memory_spill_bytes,
            metrics.disk_spill_bytes,
            metrics.peak_execution_bytes,
        ];
        let expected = usize::try_from(self.num_tasks).unwrap_or(0);
        for (samples, value) in self.samples.iter_mut().zip(values) {
            samples.push(value, expected);
        }
    }

    /// Takes the tasks' values out, for [`quantiles`].
    fn take_samples(&mut self) -> [Samples; MEASURES] {
        std::mem::take(&mut self.samples)
    }

    /// The attempt's row.
    pub(super) fn into_row(self, ended: Ended) -> StageRow {
        let Ended {
            quantiles,
            busy_core_ms,
            skew_tail_core_ms,
            files,
            has_cpu,
        } = ended;
        let measures = self.measures;
        let [
            dur,
            run,
            gc,
            input,
            shuffle_read,
            shuffle_write,
            memory_spill,
            disk_spill,
            peak_execution,
        ] = quantiles;
        let status = match (&self.failure, self.is_completed) {
            (Some(_), _) => "failed",
            (None, true) => "complete",
            (None, false) => "active",
        };
        StageRow {
            stage_id: self.id,
            stage_attempt: self.attempt,
            name: self.name,
            status,
            num_tasks: self.num_tasks,
            resource_profile: self.resource_profile.unwrap_or(0),
            submitted: self.submitted_ms.map(Millis),
            completed: self.completed_ms.map(Millis),
            failure: self.failure,
            tasks: measures.tasks,
            failed_tasks: measures.failed_tasks,
            killed_tasks: measures.killed_tasks,
            speculative_tasks: measures.speculative_tasks,
            busy_core_h: hours(busy_core_ms),
            skew_tail_core_h: skew_tail_core_ms.map(hours),
            run_s: super::units::seconds(measures.run_ms),
            cpu_s: has_cpu.then(|| super::units::seconds_of_nanos(measures.cpu_ns)),
            gc_s: super::units::seconds(measures.gc_ms),
            deserialize_s: super::units::seconds(measures.deserialize_ms),
            fetch_wait_s: super::units::seconds(measures.fetch_wait_ms),
            shuffle_write_s: super::units::seconds_of_nanos(measures.shuffle_write_ns),
            input_bytes: measures.input_bytes,
            input_records: measures.input_records,
            output_bytes: measures.output_bytes,
            output_records: measures.output_records,
            shuffle_read_bytes: measures.shuffle_read_bytes,
            shuffle_read_records: measures.shuffle_read_records,
            shuffle_write_bytes: measures.shuffle_write_bytes,
            shuffle_write_records: measures.shuffle_write_records,
            memory_spill_bytes: measures.memory_spill_bytes,
            disk_spill_bytes: measures.disk_spill_bytes,
            result_bytes: measures.result_bytes,
            files_read: files.read,
            files_read_bytes: files.read_bytes,
            files_written: files.written,
            files_written_bytes: files.written_bytes,
            dur_ms_quantiles: dur,
            run_ms_quantiles: run,
            gc_ms_quantiles: gc,
            input_bytes_quantiles: input,
            shuffle_read_bytes_quantiles: shuffle_read,
            shuffle_write_bytes_quantiles: shuffle_write,
            memory_spill_bytes_quantiles: memory_spill,
            disk_spill_bytes_quantiles: disk_spill,
            peak_execution_bytes_quantiles: peak_execution,
        }
    }
}
