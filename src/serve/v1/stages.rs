//! `stages`, the attempts of a stage, and one attempt.

use super::answer::Refused;
use super::executors;
use super::jobs::killed;
use super::json::Json;
use super::now::Now;
use super::parameters::Query;
use super::quantiles::{self, TaskColumns};
use super::tasks::{self, accumulated};
use crate::replay::{
    Application, ExecutorWork, Stage, StageStatus, Task, TaskStatus, as_immutable_map, hash_of_long,
    hash_of_text, place,
};

/// What is wanted of stages.
#[derive(Debug)]
pub(super) struct Choice {
    states: Vec<Option<StageStatus>>,
    has_details: bool,
    has_summaries: bool,
    quantiles: Result<Vec<f64>, Refused>,
    task_states: Result<tasks::States, Refused>,
}

const QUANTILES: &str = "0.0,0.25,0.5,0.75,1.0";

impl Choice {
    pub(super) fn of(query: &Query, has_details: bool) -> Result<Self, Refused> {
        let states = query.choices(
            "status",
            &[
                ("ACTIVE", StageStatus::Active),
                ("COMPLETE", StageStatus::Complete),
                ("FAILED", StageStatus::Failed),
                ("PENDING", StageStatus::Pending),
                ("SKIPPED", StageStatus::Skipped),
            ],
        )?;
        let task_states = tasks::states(query, "taskStatus");
        // What is no status at all is told before anything else is looked at.
        if task_states == Err(Refused::NotFoundPage) {
            return Err(Refused::NotFoundPage);
        }
        Ok(Choice {
            states,
            has_details: query.flag("details", has_details),
            has_summaries: query.flag("withSummaries", false),
            quantiles: quantiles::parse(query.first("quantiles").unwrap_or(QUANTILES)),
            task_states,
        })
    }

    /// What is told of a wrong list of quantiles before the application is looked for.
    pub(super) fn check_quantiles(&self) -> Result<(), Refused> {
        self.quantiles.as_ref().map(|_| ()).map_err(Clone::clone)
    }
}

/// All stage attempts, the latest first.
pub(super) fn list(app: &Application, choice: &Choice, now: &Now) -> Result<Vec<u8>, Refused> {
    let mut kept = Vec::new();
    for stage in app.stages.values().rev() {
        let is_wanted = choice.states.is_empty() || choice.states.contains(&Some(stage.status));
        if is_wanted && (!choice.has_details || has_tasks_of(stage, choice)?) {
            kept.push(stage);
        }
    }
    document(app, &kept, choice, now)
}

/// The attempts of one stage.
pub(super) fn attempts(app: &Application, id: i32, choice: &Choice, now: &Now) -> Result<Vec<u8>, Refused> {
    choice.check_quantiles()?;
    let kept = of_stage(app, id);
    if kept.is_empty() {
        return Err(Refused::NotFound(format!("unknown stage: {id}")));
    }
    document(app, &kept, choice, now)
}

pub(super) fn one(
    app: &Application,
    id: i32,
    attempt: i32,
    choice: &Choice,
    now: &Now,
) -> Result<Vec<u8>, Refused> {
    choice.check_quantiles()?;
    let Some(stage) = app.stages.get(&(i64::from(id), i64::from(attempt))) else {
        let others: Vec<String> = of_stage(app, id)
            .iter()
            .map(|stage| stage.attempt.to_string())
            .collect();
        return Err(Refused::NotFound(if others.is_empty() {
            format!("unknown stage: {id}")
        } else {
            format!(
                "unknown attempt for stage {id}.  Found attempts: [{}]",
                others.join(",")
            )
        }));
    };
    let mut outcome = Ok(());
    let document = Json::document(|json| outcome = write(json, app, stage, choice, now));
    outcome.map(|()| document)
}

pub(super) fn task_summary(
    app: &Application,
    id: i32,
    attempt: i32,
    quantiles: &[f64],
    now: &Now,
) -> Result<Vec<u8>, Refused> {
    let columns = TaskColumns::of(tasks_of(app, (i64::from(id), i64::from(attempt))), now)
        .ok_or_else(|| Refused::NotFound(format!("No tasks reported metrics for {id} / {attempt} yet.")))?;
    Ok(Json::document(|json| columns.write(json, quantiles)))
}

fn of_stage(app: &Application, id: i32) -> Vec<&Stage> {
    let id = i64::from(id);
    app.stages
        .range((id, i64::MIN)..=(id, i64::MAX))
        .map(|(_, stage)| stage)
        .collect()
}

fn tasks_of(app: &Application, key: (i64, i64)) -> &[Task] {
    app.tasks.get(&key).map(Vec::as_slice).unwrap_or_default()
}

/// Whether a stage has tasks in one of the wanted states.
fn has_tasks_of(stage: &Stage, choice: &Choice) -> Result<bool, Refused> {
    let states = choice.task_states.as_ref().map_err(Clone::clone)?;
    let others = stage.num_tasks
        - stage.failed_tasks
        - stage.killed_tasks
        - stage.active_tasks
        - stage.completed_tasks;
    Ok(states.is_empty()
        || states.iter().any(|state| {
            0 < match state {
                Some(TaskStatus::Failed) => stage.failed_tasks,
                Some(TaskStatus::Killed) => stage.killed_tasks,
                Some(TaskStatus::Running | TaskStatus::GetResult) => stage.active_tasks,
                Some(TaskStatus::Success) => stage.completed_tasks,
                None => others,
            }
        }))
}

fn document(app: &Application, stages: &[&Stage], choice: &Choice, now: &Now) -> Result<Vec<u8>, Refused> {
    let mut outcome = Ok(());
    let document = Json::document(|json| {
        json.list(stages, |json, stage| {
            if outcome.is_ok() {
                outcome = write(json, app, stage, choice, now);
            }
        });
    });
    outcome.map(|()| document)
}

fn write(
    json: &mut Json,
    app: &Application,
    stage: &Stage,
    choice: &Choice,
    now: &Now,
) -> Result<(), Refused> {
    let mut outcome = Ok(());
    json.object(|json| {
        counts(json, stage);
        sums(json, stage);
        json.key("name").text(app.strings.text(stage.name));
        json.some_text(
            "description",
            stage.description.map(|name| app.strings.text(name)),
        );
        json.key("details").text(app.strings.text(stage.details));
        json.key("schedulingPool").text(app.strings.text(stage.pool));
        json.key("rddIds").list(&stage.rdd_ids, |json, id| json.int(*id));
        json.key("accumulatorUpdates");
        accumulated(json, app, &stage.accumulated);
        if choice.has_details {
            outcome = details(json, app, stage, choice, now);
        }
        json.key("killedTasksSummary");
        killed(json, app, &stage.killed_by_reason);
        json.key("resourceProfileId").int(stage.profile_id);
        if let Some(peaks) = stage.peaks.get() {
            json.key("peakExecutorMetrics");
            executors::metrics(json, &peaks);
        }
        if choice.has_summaries && outcome.is_ok() {
            outcome = summaries(json, app, stage, choice, now);
        }
        json.key("isShufflePushEnabled").bool(stage.is_push_enabled);
        json.key("shuffleMergersCount").int(stage.num_mergers);
    });
    outcome
}

fn counts(json: &mut Json, stage: &Stage) {
    json.key("status").text(match stage.status {
        StageStatus::Pending => "PENDING",
        StageStatus::Active => "ACTIVE",
        StageStatus::Complete => "COMPLETE",
        StageStatus::Failed => "FAILED",
        StageStatus::Skipped => "SKIPPED",
    });
    json.key("stageId").int(stage.id);
    json.key("attemptId").int(stage.attempt);
    json.key("numTasks").int(stage.num_tasks);
    json.key("numActiveTasks").int(stage.active_tasks);
    json.key("numCompleteTasks").int(stage.completed_tasks);
    json.key("numFailedTasks").int(stage.failed_tasks);
    json.key("numKilledTasks").int(stage.killed_tasks);
    json.key("numCompletedIndices").count(stage.completed_indices);
    json.some_date("submissionTime", stage.submitted_ms);
    json.some_date("firstTaskLaunchedTime", stage.first_launch_ms);
    json.some_date("completionTime", stage.completed_ms);
    json.some_text("failureReason", stage.failure.as_deref());
}

fn sums(json: &mut Json, stage: &Stage) {
    let v = &stage.sums;
    for (key, value) in [
        ("executorDeserializeTime", v[place::DESERIALIZE_TIME]),
        ("executorDeserializeCpuTime", v[place::DESERIALIZE_CPU_TIME]),
        ("executorRunTime", v[place::RUN_TIME]),
        ("executorCpuTime", v[place::CPU_TIME]),
        ("resultSize", v[place::RESULT_SIZE]),
        ("jvmGcTime", v[place::GC_TIME]),
        ("resultSerializationTime", v[place::SERIALIZATION_TIME]),
        ("memoryBytesSpilled", v[place::MEMORY_SPILLED]),
        ("diskBytesSpilled", v[place::DISK_SPILLED]),
        ("peakExecutionMemory", v[place::PEAK_MEMORY]),
        ("inputBytes", v[place::INPUT_BYTES]),
        ("inputRecords", v[place::INPUT_RECORDS]),
        ("outputBytes", v[place::OUTPUT_BYTES]),
        ("outputRecords", v[place::OUTPUT_RECORDS]),
        ("shuffleRemoteBlocksFetched", v[place::REMOTE_BLOCKS]),
        ("shuffleLocalBlocksFetched", v[place::LOCAL_BLOCKS]),
        ("shuffleFetchWaitTime", v[place::FETCH_WAIT]),
        ("shuffleRemoteBytesRead", v[place::REMOTE_BYTES]),
        ("shuffleRemoteBytesReadToDisk", v[place::REMOTE_BYTES_TO_DISK]),
        ("shuffleLocalBytesRead", v[place::LOCAL_BYTES]),
        (
            "shuffleReadBytes",
            v[place::LOCAL_BYTES].wrapping_add(v[place::REMOTE_BYTES]),
        ),
        ("shuffleReadRecords", v[place::READ_RECORDS]),
        ("shuffleCorruptMergedBlockChunks", v[place::PUSHED]),
        ("shuffleMergedFetchFallbackCount", v[place::PUSHED + 1]),
        ("shuffleMergedRemoteBlocksFetched", v[place::PUSHED + 2]),
        ("shuffleMergedLocalBlocksFetched", v[place::PUSHED + 3]),
        ("shuffleMergedRemoteChunksFetched", v[place::PUSHED + 4]),
        ("shuffleMergedLocalChunksFetched", v[place::PUSHED + 5]),
        ("shuffleMergedRemoteBytesRead", v[place::PUSHED + 6]),
        ("shuffleMergedLocalBytesRead", v[place::PUSHED + 7]),
        ("shuffleRemoteReqsDuration", v[place::REMOTE_REQUESTS]),
        ("shuffleMergedRemoteReqsDuration", v[place::PUSHED + 8]),
        ("shuffleWriteBytes", v[place::WRITE_BYTES]),
        ("shuffleWriteTime", v[place::WRITE_TIME]),
        ("shuffleWriteRecords", v[place::WRITE_RECORDS]),
    ] {
        json.key(key).int(value);
    }
}

fn details(
    json: &mut Json,
    app: &Application,
    stage: &Stage,
    choice: &Choice,
    now: &Now,
) -> Result<(), Refused> {
    let states = choice.task_states.as_ref().map_err(Clone::clone)?;
    let tasks = tasks_of(app, (stage.id, stage.attempt))
        .iter()
        .rev()
        .filter(|task| states.is_empty() || states.contains(&Some(task.status)))
        .collect();
    json.key("tasks").object(|json| {
        for task in as_immutable_map(tasks, |task: &&Task| hash_of_long(task.id)) {
            json.key(&task.id.to_string());
            tasks::write(json, app, task, now);
        }
    });
    let mut work: Vec<(&str, &ExecutorWork)> = stage
        .work
        .iter()
        .map(|(name, work)| (app.strings.text(*name), work))
        .collect();
    work.sort_by_key(|(name, _)| *name);
    let work = as_immutable_map(work, |(name, _)| hash_of_text(name));
    json.key("executorSummary").object(|json| {
        for (name, work) in work {
            json.key(name);
            executor_work(json, work);
        }
    });
    if let Some(speculation) = &stage.speculation {
        json.key("speculationSummary").object(|json| {
            json.key("numTasks").int(speculation.tasks);
            json.key("numActiveTasks").int(speculation.active);
            json.key("numCompletedTasks").int(speculation.completed);
            json.key("numFailedTasks").int(speculation.failed);
            json.key("numKilledTasks").int(speculation.killed);
        });
    }
    Ok(())
}

fn executor_work(json: &mut Json, work: &ExecutorWork) {
    json.object(|json| {
        for (key, value) in [
            ("taskTime", work.task_ms),
            ("failedTasks", work.failed),
            ("succeededTasks", work.succeeded),
            ("killedTasks", work.killed),
            ("inputBytes", work.input_bytes),
            ("inputRecords", work.input_records),
            ("outputBytes", work.output_bytes),
            ("outputRecords", work.output_records),
            ("shuffleRead", work.shuffle_read_bytes),
            ("shuffleReadRecords", work.shuffle_read_records),
            ("shuffleWrite", work.shuffle_write_bytes),
            ("shuffleWriteRecords", work.shuffle_write_records),
            ("memoryBytesSpilled", work.memory_spilled),
            ("diskBytesSpilled", work.disk_spilled),
        ] {
            json.key(key).int(value);
        }
        json.key("isBlacklistedForStage").bool(work.is_excluded);
        if let Some(peaks) = work.peaks.get() {
            json.key("peakMemoryMetrics");
            executors::metrics(json, &peaks);
        }
        json.key("isExcludedForStage").bool(work.is_excluded);
    });
}

fn summaries(
    json: &mut Json,
    app: &Application,
    stage: &Stage,
    choice: &Choice,
    now: &Now,
) -> Result<(), Refused> {
    let quantiles = choice.quantiles.as_ref().map_err(Clone::clone)?;
    if let Some(columns) = TaskColumns::of(tasks_of(app, (stage.id, stage.attempt)), now) {
        json.key("taskMetricsDistributions");
        columns.write(json, quantiles);
    }
    quantiles::executors(json, "executorMetricsDistributions", stage, quantiles)
}
