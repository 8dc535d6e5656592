//! The events of ONE application attempt -> its rows.
//!
//! Pure: the same events in the same order give the same rows; no I/O, no database, no other
//! application. Every row can be had without an `ApplicationEnd`, events may be missing or late, and
//! numbers may be absurd: whoever wrote the log may have been killed, or hostile.

mod app_row;
mod conf;
mod environment;
mod executors;
mod failure;
mod files;
mod finish;
mod index_set;
mod kind;
mod lives;
mod measures;
mod memory;
mod outcome;
mod quantiles;
mod redact;
pub mod rows;
mod schedule;
mod stages;
mod sweep;
mod units;
mod usage;
mod waste;
mod what_if;

pub use failure::display_text;
pub use rows::AppRows;
pub use units::{HOUR_MS, hour_of};

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;

use crate::event::{
    ApplicationEnd, ApplicationStart, Event, JobEnd, JobStart, ResourceProfile, SqlExecutionEnd,
    SqlExecutionStart, TaskEnd,
};
use environment::Environment;
use failure::{Failures, TaskClass};
use files::Files;
use lives::{Lives, is_driver};
use measures::{Measures, Outcome};
use rows::Millis;
use stages::Stages;
use sweep::TaskSpan;

/// What is known of a log besides its events.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogFacts {
    /// The log's name says that its application still runs.
    pub in_progress: bool,
    /// The history server has dropped events of finished jobs.
    pub compacted: bool,
}

/// The state of one application attempt while its events come in.
#[derive(Debug, Default)]
pub struct Fold {
    spark_version: Option<String>,
    start: Option<Start>,
    end: Option<ApplicationEnd>,
    first_event_ms: Option<i64>,
    last_event_ms: i64,
    environment: Environment,
    kept_properties: Vec<String>,
    profiles: BTreeMap<i64, ResourceProfile>,
    lives: Lives,
    stages: Stages,
    jobs: BTreeMap<i64, Job>,
    sql_executions: BTreeMap<i64, SqlExecution>,
    failures: Failures,
    files: Files,
    spans: Vec<TaskSpan>,
    hours: HashMap<i64, Measures, RandomState>,
    started_tasks: i64,
    ended_tasks: i64,
    is_streaming: bool,
    ran_on_driver: bool,
    ran_on_executors: bool,
}

#[derive(Debug)]
struct Start {
    app_id: String,
    attempt: Option<String>,
    app_name: String,
    user: String,
    time_ms: i64,
}

#[derive(Debug, Default)]
struct Job {
    submitted_ms: Option<i64>,
    completed_ms: Option<i64>,
    is_successful: Option<bool>,
    stages: i64,
    sql_execution_id: Option<i64>,
    group: Option<String>,
    description: Option<String>,
    failure: Option<String>,
}

#[derive(Debug, Default)]
struct SqlExecution {
    root_execution_id: Option<i64>,
    submitted_ms: Option<i64>,
    completed_ms: Option<i64>,
    description: Option<String>,
    /// `None` while the end is not known or does not say.
    error_message: Option<String>,
    has_ended: bool,
}

/// No task, executor or application is believed to live longer: 3 years.
const LONGEST_MS: i64 = 3 * 366 * 24 * HOUR_MS;

/// A time that an application of this world may carry: 1990 to 2200.
fn is_plausible(time_ms: i64) -> bool {
    (631_152_000_000..7_258_118_400_000).contains(&time_ms)
}

/// A time of this world; any other is as good as none.
fn plausible(time_ms: impl Into<Option<i64>>) -> Option<i64> {
    time_ms.into().filter(|time_ms| is_plausible(*time_ms))
}

impl Fold {
    pub fn new() -> Self {
        Fold::default()
    }

    /// Keeps these Spark properties besides those that always are.
    pub fn keeping(properties: &[String]) -> Self {
        Fold {
            kept_properties: properties.to_vec(),
            ..Fold::default()
        }
    }

    /// Takes in one event.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::TaskEnd(task) => self.task_end(task),
            Event::TaskStart(task) => {
                self.started_tasks += 1;
                self.see(task.launch_ms);
            }
            Event::StageSubmitted(info) => {
                self.see_all([info.submitted_ms, info.completed_ms]);
                self.stages.submitted(info);
            }
            Event::StageCompleted(info) => {
                self.see_all([info.submitted_ms, info.completed_ms]);
                self.stages.completed(info);
                let place = self.stages.place(info.stage_id, info.stage_attempt);
                self.files.completed(place, info);
            }
            Event::JobStart(job) => self.job_start(job),
            Event::JobEnd(job) => self.job_end(job),
            Event::SqlExecutionStart(execution) => self.sql_start(execution),
            Event::SqlExecutionEnd(execution) => self.sql_end(execution),
            Event::SqlPlanUpdate { file_nodes } => self.files.plan(file_nodes),
            Event::DriverAccumUpdates(added) => self.files.add(&added.updates),
            Event::ExecutorAdded(added) => {
                self.see_all([Some(added.time_ms), added.registration_ms]);
                self.lives.add(added);
            }
            Event::ExecutorRemoved(removed) => {
                self.see(removed.time_ms);
                self.lives.remove(removed);
            }
            Event::StageExecutorMetrics(metrics) => {
                if !is_driver(&metrics.executor_id) {
                    let executor = self.lives.number(&metrics.executor_id);
                    self.lives.observe(executor, &metrics.metrics);
                }
            }
            Event::LogStart { spark_version } => self.spark_version = Some(display_text(spark_version, 60)),
            Event::ApplicationStart(start) => self.application_start(start),
            Event::ApplicationEnd(end) => {
                self.see(end.time_ms);
                self.end = Some(*end);
            }
            Event::EnvironmentUpdate(update) => {
                self.environment = Environment::new(update, &self.kept_properties);
            }
            Event::ResourceProfileAdded(profile) => {
                self.profiles.insert(profile.id, profile.clone());
            }
            Event::StreamingQueryStarted => self.is_streaming = true,
            Event::Other { time_ms } => self.see_all([*time_ms]),
        }
    }

    /// How far the log got: the latest time any event carried.
    pub fn last_event_ms(&self) -> Option<i64> {
        (self.last_event_ms > 0).then_some(self.last_event_ms)
    }

    /// Whether an `ApplicationEnd` was seen.
    pub fn has_ended(&self) -> bool {
        self.end.is_some()
    }

    /// The rows, or `None` if the log never named its application.
    pub fn finish(self, facts: LogFacts) -> Option<AppRows> {
        finish::finish(self, facts)
    }

    fn see(&mut self, time_ms: i64) {
        if is_plausible(time_ms) {
            self.last_event_ms = self.last_event_ms.max(time_ms);
            self.first_event_ms = Some(
                self.first_event_ms
                    .map_or(time_ms, |first_ms| first_ms.min(time_ms)),
            );
        }
    }

    fn see_all<const N: usize>(&mut self, times_ms: [Option<i64>; N]) {
        times_ms
            .into_iter()
            .flatten()
            .for_each(|time_ms| self.see(time_ms));
    }

    fn application_start(&mut self, start: &ApplicationStart) {
        self.see(start.time_ms);
        let Some(app_id) = &start.app_id else { return };
        if self.start.is_none() {
            self.start = Some(Start {
                app_id: display_text(app_id, 200),
                attempt: start.attempt.as_ref().map(|attempt| display_text(attempt, 60)),
                app_name: display_text(&start.app_name, 300),
                user: display_text(&start.user, 100),
                time_ms: start.time_ms,
            });
        }
    }

    fn task_end(&mut self, task: &TaskEnd) {
        let info = &task.info;
        self.see(info.launch_ms);
        self.see(info.getting_result_ms);
        self.see(info.finish_ms);
        let is_driver = is_driver(&info.executor_id);
        self.ran_on_driver |= is_driver;
        self.ran_on_executors |= !is_driver;
        let executor = self.lives.number(&info.executor_id);
        self.lives.observe(executor, &task.executor_metrics);

        let (outcome, class) = match task.failure.as_deref() {
            None if task.stage_attempt == 0 => (Outcome::Succeeded, TaskClass::FirstTry),
            None => (Outcome::Succeeded, TaskClass::Recompute),
            // The attempt was already reported as a success; counting it again would count its work twice.
            Some(failure) if failure.reason == "Resubmitted" => return,
            Some(failure) => match TaskClass::of_failure(&failure.reason) {
                TaskClass::Killed => (Outcome::Killed, TaskClass::Killed),
                class => (Outcome::Failed, class),
            },
        };
        self.ended_tasks += 1;
        let wall_ms = match info.finish_ms.checked_sub(info.launch_ms) {
            Some(wall_ms)
                if (0..=LONGEST_MS).contains(&wall_ms)
                    && is_plausible(info.launch_ms)
                    && is_plausible(info.finish_ms) =>
            {
                wall_ms
            }
            _ => 0,
        };
        let place = self.stages.place(task.stage_id, task.stage_attempt);
        self.stages.stages[place as usize].add_task(task, outcome, wall_ms);
        // A finish from another age counts where the log has got to.
        let finish_ms = if is_plausible(info.finish_ms) {
            info.finish_ms
        } else {
            self.last_event_ms
        };
        self.hours
            .entry(hour_of(finish_ms))
            .or_default()
            .add(task, outcome);
        if let Some(failure) = task.failure.as_deref() {
            #[expect(clippy::cast_precision_loss, reason = "at most 3 years of milliseconds")]
            let core_ms = wall_ms as f64 * self.task_cpus_so_far(place);
            self.failures.add_task(failure, finish_ms, core_ms);
        }
        // A launch in another age would stretch the application's time to it.
        let launch_ms = if is_plausible(info.launch_ms) {
            info.launch_ms
        } else {
            finish_ms
        };
        self.spans.push(TaskSpan {
            launch_ms,
            finish_ms: launch_ms.saturating_add(wall_ms),
            stage: place,
            executor,
            index: u32::try_from(info.index).unwrap_or(u32::MAX),
            class,
        });
    }

    fn job_start(&mut self, start: &JobStart) {
        self.see_all([start.submitted_ms]);
        let job = self.jobs.entry(start.job_id).or_default();
        job.submitted_ms = plausible(start.submitted_ms);
        job.stages = i64::try_from(start.stage_ids.len()).unwrap_or(i64::MAX);
        job.sql_execution_id = start.sql_execution_id;
        job.group = start.group.as_ref().map(|group| display_text(group, 100));
        job.description = start
            .description
            .as_ref()
            .map(|description| display_text(description, 200));
    }

    fn job_end(&mut self, end: &JobEnd) {
        self.see_all([end.completed_ms]);
        // An end without a start is of a job that a compaction has dropped.
        let Some(job) = self.jobs.get_mut(&end.job_id) else {
            return;
        };
        job.completed_ms = plausible(end.completed_ms);
        job.is_successful = Some(end.is_successful);
        if !end.is_successful {
            job.failure = end.failure.as_ref().map(|failure| display_text(failure, 300));
            let completed_ms = job.completed_ms;
            self.failures
                .add("job", "job failed", end.failure.as_deref(), completed_ms, 0.0);
        }
    }

    fn sql_start(&mut self, start: &SqlExecutionStart) {
        self.see(start.time_ms);
        self.files.plan(&start.file_nodes);
        let execution = self.sql_executions.entry(start.execution_id).or_default();
        execution.root_execution_id = start.root_execution_id;
        execution.submitted_ms = plausible(start.time_ms);
        execution.description = start
            .description
            .as_ref()
            .map(|description| display_text(description, 200));
    }

    fn sql_end(&mut self, end: &SqlExecutionEnd) {
        self.see(end.time_ms);
        let Some(execution) = self.sql_executions.get_mut(&end.execution_id) else {
            return;
        };
        execution.completed_ms = plausible(end.time_ms);
        execution.has_ended = true;
        if let Some(message) = &end.error_message {
            execution.error_message = Some(display_text(message, 300));
            if !message.is_empty() {
                let completed_ms = execution.completed_ms;
                self.failures
                    .add("sql", "execution failed", Some(message), completed_ms, 0.0);
            }
        }
    }

    /// Cores one task of a stage occupies, by what is known at this point of the log.
    fn task_cpus_so_far(&self, place: u32) -> f64 {
        self.stages.stages[place as usize]
            .resource_profile
            .and_then(|id| self.profiles.get(&id))
            .and_then(|profile| profile.task_cpus)
            .or(self.environment.task_cpus)
            .unwrap_or(1.0)
    }
}

/// A task that occupies nothing or a rack is a misread number.
fn is_sane_cpus(cpus: &f64) -> bool {
    cpus.is_finite() && *cpus > 0.0 && *cpus <= 4096.0
}
