//! The events of one application attempt -> everything that REST v1 shows of it.
//!
//! Does what the listeners of Spark 4.3's history server do (`AppStatusListener`, `SQLAppStatusListener`), odd
//! cases included, because answers are compared with that server's. Two things there shape this code: a
//! listener works on live entities and writes them to a store only at certain moments, so that what happens to
//! a job after its end is mostly not seen; and of what is not live any more, later events change nothing.
//!
//! Pure: the same events in the same order give the same [`Application`].

mod environment;
mod executors;
mod jobs;
mod metric_text;
mod model;
mod order;
mod plan;
mod retention;
mod size;
mod sql;
mod stages;
mod storage;
mod strings;
mod tasks;
#[cfg(test)]
mod tests;
mod values;

pub use model::{
    Accumulated, Application, Distribution, EnvironmentInfo, Execution, Executor, ExecutorRequest,
    ExecutorWork, Identity, Job, JobStatus, Pair, Partition, PeakState, Process, Profile, Rdd, Speculation,
    Stage, StageStatus, StorageMemory, Task, TaskStatus,
};
pub use order::{as_immutable_map, hash_of_long, hash_of_text};
pub use plan::{Graph, Node};
pub use retention::Retention;
pub use strings::{Name, Strings};
pub use values::{NUM_VALUES, Packed, Sums, place};

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;

use crate::event::detail::Detail;
use executors::LiveExecutor;
use jobs::LiveJob;
use sql::Executions;
use stages::LiveStage;
use storage::LiveRdd;

/// Id and attempt of a stage.
type StageKey = (i64, i64);

/// A replay under way.
#[derive(Debug, Default)]
pub struct Replay {
    retention: Option<Retention>,
    /// What is written for good.
    store: Application,
    /// Every job that was started, by its place here.
    jobs: Vec<LiveJob>,
    live_jobs: BTreeMap<i64, usize>,
    live_stages: BTreeMap<StageKey, Box<LiveStage>>,
    live_tasks: HashMap<i64, (StageKey, Task), RandomState>,
    live_executors: BTreeMap<Name, LiveExecutor>,
    dead_executors: BTreeMap<Name, LiveExecutor>,
    num_active_executors: usize,
    live_rdds: BTreeMap<i64, LiveRdd>,
    /// Cores that a task occupies where no profile says so.
    cpus_per_task: Option<f64>,
    executions: Executions,
}

impl Replay {
    /// Spark's own limits on what is kept, or none.
    pub fn new(retention: Option<Retention>) -> Self {
        Replay {
            retention,
            executions: Executions::new(retention.map(|limits| limits.executions)),
            ..Replay::default()
        }
    }

    /// Takes in the next event.
    pub fn apply(&mut self, event: &Detail) {
        match event {
            Detail::TaskEnded(task) => {
                self.task_ended(task);
                self.executions.task_ended(task);
            }
            Detail::TaskStarted(task) => self.task_started(task),
            Detail::StageSubmitted(stage) => {
                self.stage_submitted(stage);
                self.executions.stage_submitted(&stage.info);
            }
            Detail::StageCompleted(stage) => self.stage_completed(&stage.info),
            Detail::JobStarted(job) => {
                self.job_started(job);
                self.executions.job_started(job);
            }
            Detail::JobEnded(job) => {
                self.job_ended(job);
                self.executions.job_ended(job);
            }
            // Spark's listener shares the task's state with the scheduler, which a replay has not.
            Detail::GettingResult(_) => {}
            Detail::LogStart(version) => self.store.spark_version = Some(version.to_string()),
            Detail::AppStart(start) => self.application_started(start),
            Detail::AppEnd(end) => self.application_ended(end),
            Detail::Environment(environment) => self.environment(environment),
            Detail::ProfileAdded(profile) => self.profile_added(profile),
            Detail::ProcessAdded(process) => self.process_added(process),
            Detail::ExecutorJoined(executor) => self.executor_joined(executor),
            Detail::ExecutorLeft(executor) => self.executor_left(executor),
            Detail::Exclusion(exclusion) => self.exclusion(exclusion),
            Detail::StagePeaks(peaks) => self.stage_peaks(peaks),
            Detail::MetricsUpdate(update) => self.metrics_update(update),
            Detail::BlockManagerAdded(manager) => self.block_manager_added(manager),
            Detail::BlockUpdated(block) => self.block_updated(&block.info),
            Detail::Unpersist(rdd) => self.unpersist(*rdd),
            Detail::SqlStarted(event) => self.executions.started(event),
            Detail::SqlEnded(event) => self.executions.ended(event),
            Detail::PlanChanged(event) => self.executions.plan_changed(event),
            Detail::SqlMetricsAdded(event) => self.executions.metrics_added(event),
            Detail::SqlDriverUpdates(event) => self.executions.driver_updates(event),
        }
    }

    /// About how much memory the replay takes by now.
    pub fn bytes(&self) -> usize {
        size::of_replay(self)
    }

    /// Ends the replay. What still lives is written as it is; tasks that still run have run until
    /// `last_updated_ms`.
    pub fn finish(mut self, last_updated_ms: i64) -> Application {
        for key in self.live_stages.keys().copied().collect::<Vec<_>>() {
            self.write_stage(key);
        }
        for place in self.live_jobs.values().copied().collect::<Vec<_>>() {
            self.write_job(place, false);
        }
        for executor in std::mem::take(&mut self.live_executors).into_values() {
            self.write_executor(&executor);
            self.retain_executors(0);
        }
        for (_, (key, mut task)) in std::mem::take(&mut self.live_tasks) {
            task.duration_ms = last_updated_ms.wrapping_sub(task.launch_ms);
            self.store.tasks.entry(key).or_default().push(task);
        }
        for (id, rdd) in std::mem::take(&mut self.live_rdds) {
            let rdd = rdd.shown(&self.store.strings);
            self.store.rdds.insert(id, rdd);
        }
        for tasks in self.store.tasks.values_mut() {
            tasks.sort_by_key(|task| task.id);
            tasks.shrink_to_fit();
        }
        self.store.executions = std::mem::take(&mut self.executions).finish();
        self.store.bytes = size::of_application(&self.store);
        self.store
    }
}
