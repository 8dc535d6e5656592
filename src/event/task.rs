//! Task events: `SparkListenerTaskStart` and `SparkListenerTaskEnd`.

use std::borrow::Cow;

use serde::Deserialize;

use super::ExecutorMetrics;

/// `SparkListenerTaskStart`: a sign of life, and one more task that may never end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskStart {
    pub launch_ms: i64,
}

/// `SparkListenerTaskEnd`.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskEnd<'a> {
    pub stage_id: i64,
    pub stage_attempt: i64,
    /// `None` for `Success`.
    pub failure: Option<Box<TaskFailure<'a>>>,
    pub info: TaskInfo<'a>,
    /// Peaks of the whole executor while the task ran (since Spark 3.0; zeros when not measured).
    pub executor_metrics: ExecutorMetrics,
    /// Absent for tasks of lost executors.
    pub metrics: Option<TaskMetrics>,
}

/// Why a task did not succeed.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskFailure<'a> {
    /// Spark's word: `ExceptionFailure`, `FetchFailed`, `ExecutorLostFailure`, `TaskKilled`,
    /// `TaskCommitDenied`, `TaskResultLost`, `Resubmitted`, `UnknownReason`.
    pub reason: Cow<'a, str>,
    /// The exception's class, for `ExceptionFailure`.
    pub class_name: Option<Cow<'a, str>>,
    /// The text that goes with the reason: description, loss reason, kill reason or fetch message.
    pub message: Option<Cow<'a, str>>,
}

/// `Task Info`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct TaskInfo<'a> {
    #[serde(rename = "Task ID", default)]
    pub task_id: i64,
    /// Index within the stage; a retried or speculative task shares it.
    #[serde(rename = "Index", default)]
    pub index: i64,
    #[serde(rename = "Launch Time", default)]
    pub launch_ms: i64,
    #[serde(rename = "Executor ID", borrow, default)]
    pub executor_id: Cow<'a, str>,
    #[serde(rename = "Speculative", default)]
    pub is_speculative: bool,
    /// 0 when the result came with the status update.
    #[serde(rename = "Getting Result Time", default)]
    pub getting_result_ms: i64,
    /// 0 while running.
    #[serde(rename = "Finish Time", default)]
    pub finish_ms: i64,
}

/// `Task Metrics`, flat. Milliseconds and bytes, except where a name says nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TaskMetrics {
    pub deserialize_ms: i64,
    pub run_ms: i64,
    /// Since Spark 2.1.
    pub cpu_ns: Option<i64>,
    pub peak_execution_bytes: i64,
    pub result_bytes: i64,
    pub gc_ms: i64,
    pub result_serialization_ms: i64,
    pub memory_spill_bytes: i64,
    pub disk_spill_bytes: i64,
    pub fetch_wait_ms: i64,
    pub remote_read_bytes: i64,
    pub local_read_bytes: i64,
    pub shuffle_read_records: i64,
    pub shuffle_write_bytes: i64,
    pub shuffle_write_ns: i64,
    pub shuffle_write_records: i64,
    pub input_bytes: i64,
    pub input_records: i64,
    pub output_bytes: i64,
    pub output_records: i64,
}

impl TaskMetrics {
    /// Shuffle bytes read from this and from other executors.
    pub fn shuffle_read_bytes(&self) -> i64 {
        self.remote_read_bytes.saturating_add(self.local_read_bytes)
    }
}

#[derive(Deserialize)]
pub(super) struct RawTaskStart {
    #[serde(rename = "Task Info")]
    info: LaunchTime,
}

#[derive(Deserialize)]
struct LaunchTime {
    #[serde(rename = "Launch Time", default)]
    launch_ms: i64,
}

impl From<RawTaskStart> for TaskStart {
    fn from(raw: RawTaskStart) -> Self {
        TaskStart {
            launch_ms: raw.info.launch_ms,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct RawTaskEnd<'a> {
    #[serde(rename = "Stage ID")]
    stage_id: i64,
    #[serde(rename = "Stage Attempt ID", default)]
    stage_attempt: i64,
    #[serde(rename = "Task End Reason", borrow, default)]
    reason: Option<RawReason<'a>>,
    #[serde(rename = "Task Info", borrow)]
    info: TaskInfo<'a>,
    #[serde(rename = "Task Executor Metrics", default)]
    executor_metrics: Option<ExecutorMetrics>,
    #[serde(rename = "Task Metrics", default)]
    metrics: Option<RawMetrics>,
}

#[derive(Deserialize)]
struct RawReason<'a> {
    #[serde(rename = "Reason", borrow)]
    reason: Cow<'a, str>,
    #[serde(rename = "Class Name", borrow, default)]
    class_name: Option<Cow<'a, str>>,
    #[serde(rename = "Description", borrow, default)]
    description: Option<Cow<'a, str>>,
    #[serde(rename = "Loss Reason", borrow, default)]
    loss_reason: Option<Cow<'a, str>>,
    #[serde(rename = "Kill Reason", borrow, default)]
    kill_reason: Option<Cow<'a, str>>,
    #[serde(rename = "Message", borrow, default)]
    message: Option<Cow<'a, str>>,
}

impl RawReason<'_> {
    fn unknown() -> Self {
        RawReason {
            reason: Cow::Borrowed("UnknownReason"),
            class_name: None,
            description: None,
            loss_reason: None,
            kill_reason: None,
            message: None,
        }
    }
}

#[derive(Deserialize)]
struct RawMetrics {
    #[serde(rename = "Executor Deserialize Time", default)]
    deserialize_ms: i64,
    #[serde(rename = "Executor Run Time", default)]
    run_ms: i64,
    #[serde(rename = "Executor CPU Time", default)]
    cpu_ns: Option<i64>,
    #[serde(rename = "Peak Execution Memory", default)]
    peak_execution_bytes: i64,
    #[serde(rename = "Result Size", default)]
    result_bytes: i64,
    #[serde(rename = "JVM GC Time", default)]
    gc_ms: i64,
    #[serde(rename = "Result Serialization Time", default)]
    result_serialization_ms: i64,
    #[serde(rename = "Memory Bytes Spilled", default)]
    memory_spill_bytes: i64,
    #[serde(rename = "Disk Bytes Spilled", default)]
    disk_spill_bytes: i64,
    #[serde(rename = "Shuffle Read Metrics", default)]
    shuffle_read: Option<RawShuffleRead>,
    #[serde(rename = "Shuffle Write Metrics", default)]
    shuffle_write: Option<RawShuffleWrite>,
    #[serde(rename = "Input Metrics", default)]
    input: Option<RawInput>,
    #[serde(rename = "Output Metrics", default)]
    output: Option<RawOutput>,
}

#[derive(Deserialize, Default)]
struct RawShuffleRead {
    #[serde(rename = "Fetch Wait Time", default)]
    fetch_wait_ms: i64,
    #[serde(rename = "Remote Bytes Read", default)]
    remote_bytes: i64,
    #[serde(rename = "Local Bytes Read", default)]
    local_bytes: i64,
    #[serde(rename = "Total Records Read", default)]
    records: i64,
}

#[derive(Deserialize, Default)]
struct RawShuffleWrite {
    #[serde(rename = "Shuffle Bytes Written", default)]
    bytes: i64,
    #[serde(rename = "Shuffle Write Time", default)]
    write_ns: i64,
    #[serde(rename = "Shuffle Records Written", default)]
    records: i64,
}

#[derive(Deserialize, Default)]
struct RawInput {
    #[serde(rename = "Bytes Read", default)]
    bytes: i64,
    #[serde(rename = "Records Read", default)]
    records: i64,
}

#[derive(Deserialize, Default)]
struct RawOutput {
    #[serde(rename = "Bytes Written", default)]
    bytes: i64,
    #[serde(rename = "Records Written", default)]
    records: i64,
}

impl From<RawMetrics> for TaskMetrics {
    fn from(raw: RawMetrics) -> Self {
        let shuffle_read = raw.shuffle_read.unwrap_or_default();
        let shuffle_write = raw.shuffle_write.unwrap_or_default();
        let input = raw.input.unwrap_or_default();
        let output = raw.output.unwrap_or_default();
        TaskMetrics {
            deserialize_ms: raw.deserialize_ms,
            run_ms: raw.run_ms,
            cpu_ns: raw.cpu_ns,
            peak_execution_bytes: raw.peak_execution_bytes,
            result_bytes: raw.result_bytes,
            gc_ms: raw.gc_ms,
            result_serialization_ms: raw.result_serialization_ms,
            memory_spill_bytes: raw.memory_spill_bytes,
            disk_spill_bytes: raw.disk_spill_bytes,
            fetch_wait_ms: shuffle_read.fetch_wait_ms,
            remote_read_bytes: shuffle_read.remote_bytes,
            local_read_bytes: shuffle_read.local_bytes,
            shuffle_read_records: shuffle_read.records,
            shuffle_write_bytes: shuffle_write.bytes,
            shuffle_write_ns: shuffle_write.write_ns,
            shuffle_write_records: shuffle_write.records,
            input_bytes: input.bytes,
            input_records: input.records,
            output_bytes: output.bytes,
            output_records: output.records,
        }
    }
}

impl<'a> From<RawTaskEnd<'a>> for TaskEnd<'a> {
    fn from(raw: RawTaskEnd<'a>) -> Self {
        // Without a reason nothing says that the task succeeded.
        let reason = raw.reason.unwrap_or_else(RawReason::unknown);
        let failure = (reason.reason != "Success").then(|| {
            Box::new(TaskFailure {
                reason: reason.reason,
                class_name: reason.class_name,
                message: reason
                    .description
                    .or(reason.loss_reason)
                    .or(reason.kill_reason)
                    .or(reason.message),
            })
        });
        TaskEnd {
            stage_id: raw.stage_id,
            stage_attempt: raw.stage_attempt,
            failure,
            info: raw.info,
            executor_metrics: raw.executor_metrics.unwrap_or_default(),
            metrics: raw.metrics.map(TaskMetrics::from),
        }
    }
}
