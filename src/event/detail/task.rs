//! Tasks: started, fetching their result, ended.

use std::fmt::Write;

use serde::Deserialize;

use super::{Accumulables, Peaks, Text};

/// `SparkListenerTaskStart` and `SparkListenerTaskGettingResult`, of which the stage is absent.
#[derive(Debug, Deserialize)]
pub struct TaskStarted<'a> {
    #[serde(rename = "Stage ID", default)]
    pub stage_id: i64,
    #[serde(rename = "Stage Attempt ID", default)]
    pub stage_attempt: i64,
    #[serde(rename = "Task Info", borrow)]
    pub info: TaskDetail<'a>,
}

/// `SparkListenerTaskEnd`.
#[derive(Debug, Deserialize)]
pub struct TaskEnded<'a> {
    #[serde(rename = "Stage ID")]
    pub stage_id: i64,
    #[serde(rename = "Stage Attempt ID", default)]
    pub stage_attempt: i64,
    #[serde(rename = "Task End Reason", borrow)]
    pub reason: TaskReason<'a>,
    #[serde(rename = "Task Info", borrow)]
    pub info: TaskDetail<'a>,
    #[serde(rename = "Task Executor Metrics", default)]
    pub peaks: Peaks,
    #[serde(rename = "Task Metrics", default)]
    pub(super) metrics: Option<Metrics>,
}

/// `Task Info`.
#[derive(Debug, Deserialize)]
pub struct TaskDetail<'a> {
    #[serde(rename = "Task ID")]
    pub id: i64,
    #[serde(rename = "Index")]
    pub index: i64,
    /// Absent in Spark 1.0.
    #[serde(rename = "Attempt", default = "first_attempt")]
    pub attempt: i64,
    /// Since Spark 3.3.
    #[serde(rename = "Partition ID", default = "no_partition")]
    pub partition: i64,
    #[serde(rename = "Launch Time")]
    pub launch_ms: i64,
    #[serde(rename = "Executor ID", borrow)]
    pub executor_id: Text<'a>,
    #[serde(rename = "Host", borrow)]
    pub host: Text<'a>,
    #[serde(rename = "Locality", borrow)]
    pub locality: Text<'a>,
    #[serde(rename = "Speculative", default)]
    pub is_speculative: bool,
    #[serde(rename = "Getting Result Time")]
    pub getting_result_ms: i64,
    #[serde(rename = "Finish Time")]
    pub finish_ms: i64,
    #[serde(rename = "Failed")]
    pub is_failed: bool,
    #[serde(rename = "Killed", default)]
    pub is_killed: bool,
    #[serde(rename = "Accumulables", borrow, default)]
    pub accumulables: Accumulables<'a>,
}

fn first_attempt() -> i64 {
    1
}

/// The partition of a task in logs before Spark 3.3.
pub(super) const NO_PARTITION: i64 = -1;

fn no_partition() -> i64 {
    NO_PARTITION
}

impl TaskDetail<'_> {
    pub fn is_finished(&self) -> bool {
        self.finish_ms != 0
    }

    pub fn is_successful(&self) -> bool {
        self.is_finished() && !self.is_failed && !self.is_killed
    }
}

/// `Task End Reason`, with all that any of them has.
#[derive(Debug, Default, Deserialize)]
pub struct TaskReason<'a> {
    #[serde(rename = "Reason", borrow)]
    pub name: Text<'a>,
    #[serde(rename = "Class Name", borrow, default)]
    class_name: Option<Text<'a>>,
    #[serde(rename = "Description", borrow, default)]
    description: Option<Text<'a>>,
    #[serde(rename = "Stack Trace", borrow, default)]
    stack_trace: Option<Vec<Frame<'a>>>,
    #[serde(rename = "Full Stack Trace", borrow, default)]
    full_stack_trace: Option<Text<'a>>,
    #[serde(rename = "Block Manager Address", borrow, default)]
    block_manager: Option<super::block::BlockManagerId<'a>>,
    #[serde(rename = "Shuffle ID", default)]
    shuffle_id: i64,
    #[serde(rename = "Map ID", default)]
    map_id: i64,
    #[serde(rename = "Map Index", default)]
    map_index: Option<i64>,
    #[serde(rename = "Reduce ID", default)]
    reduce_id: i64,
    #[serde(rename = "Message", borrow, default)]
    message: Option<Text<'a>>,
    #[serde(rename = "Kill Reason", borrow, default)]
    kill_reason: Option<Text<'a>>,
    #[serde(rename = "Job ID", default)]
    job_id: Option<i64>,
    #[serde(rename = "Partition ID", default)]
    partition: Option<i64>,
    #[serde(rename = "Attempt Number", default)]
    attempt: Option<i64>,
    #[serde(rename = "Executor ID", borrow, default)]
    executor_id: Option<Text<'a>>,
    #[serde(rename = "Exit Caused By App", default)]
    is_by_app: Option<bool>,
    #[serde(rename = "Loss Reason", borrow, default)]
    loss_reason: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
struct Frame<'a> {
    #[serde(rename = "Declaring Class", borrow)]
    class: Text<'a>,
    #[serde(rename = "Method Name", borrow)]
    method: Text<'a>,
    #[serde(rename = "File Name", borrow, default)]
    file: Option<Text<'a>>,
    #[serde(rename = "Line Number")]
    line: i64,
}

impl TaskReason<'_> {
    pub(super) fn success() -> Self {
        TaskReason {
            name: Text("Success".into()),
            ..TaskReason::default()
        }
    }

    /// What the task's `errorMessage` is; `None` for a success.
    pub fn message(&self) -> Option<String> {
        let text = |text: &Option<Text>, otherwise: &str| text.as_deref().unwrap_or(otherwise).to_owned();
        Some(match &*self.name {
            "Success" => return None,
            "TaskKilled" => text(&self.kill_reason, "unknown reason"),
            "ExceptionFailure" => match &self.full_stack_trace {
                Some(trace) => trace.to_string(),
                None => self.exception(),
            },
            "FetchFailed" => self.fetch_failure(),
            "TaskCommitDenied" => format!(
                "TaskCommitDenied (Driver denied task commit) for job: {}, partition: {}, attemptNumber: {}",
                self.job_id.unwrap_or(-1),
                self.partition.unwrap_or(-1),
                self.attempt.unwrap_or(-1)
            ),
            "ExecutorLostFailure" => {
                let executor = text(&self.executor_id, "Unknown");
                let exit = if self.is_by_app.unwrap_or(true) {
                    "caused by one of the running tasks"
                } else {
                    "unrelated to the running tasks"
                };
                let reason = self
                    .loss_reason
                    .as_deref()
                    .map_or_else(String::new, |reason| format!(" Reason: {reason}"));
                format!("ExecutorLostFailure (executor {executor} exited {exit}){reason}")
            }
            "TaskResultLost" => "TaskResultLost (result lost from block manager)".to_owned(),
            "Resubmitted" => "Resubmitted (resubmitted due to lost executor)".to_owned(),
            _ => "UnknownReason".to_owned(),
        })
    }

    /// As the stack trace is put together where the log has it in pieces.
    fn exception(&self) -> String {
        let mut text = format!(
            "{}: {}\n",
            self.class_name.as_deref().unwrap_or("null"),
            self.description.as_deref().unwrap_or_default()
        );
        for (place, frame) in self.stack_trace.iter().flatten().enumerate() {
            if place > 0 {
                text.push('\n');
            }
            let _ = write!(text, "        {}.{}(", &*frame.class, &*frame.method);
            let _ = match &frame.file {
                _ if frame.line == -2 => write!(text, "Native Method)"),
                Some(file) if frame.line >= 0 => write!(text, "{}:{})", &**file, frame.line),
                Some(file) => write!(text, "{})", &**file),
                None => write!(text, "Unknown Source)"),
            };
        }
        text
    }

    fn fetch_failure(&self) -> String {
        let manager = match &self.block_manager {
            Some(manager) => format!(
                "BlockManagerId({}, {}, {}, None)",
                &*manager.executor_id, &*manager.host, manager.port
            ),
            None => "null".to_owned(),
        };
        let index = self
            .map_index
            .filter(|index| *index != i64::from(i32::MIN))
            .map_or_else(|| "Unknown".to_owned(), |index| index.to_string());
        format!(
            "FetchFailed({manager}, shuffleId={}, mapIndex={index}, mapId={}, reduceId={}, message=\n{}\n)",
            self.shuffle_id,
            self.map_id,
            self.reduce_id,
            self.message.as_deref().unwrap_or("Unknown reason")
        )
    }
}

/// The numbers of a task, in the order in which REST v1 names them:
/// deserialize ms and CPU ns, run ms and CPU ns, result bytes, GC ms, serialization ms, spilled memory and disk
/// bytes, peak execution bytes; read bytes and records; written bytes and records; then of the shuffle that was
/// read remote and local blocks, wait ms, remote bytes, those to disk, local bytes, records, requests ms; then
/// corrupt chunks, fallbacks, remote and local merged blocks, chunks and bytes, merged requests ms; then of the
/// shuffle that was written bytes, ns, records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Values(pub [i64; 34]);

impl TaskEnded<'_> {
    /// The task's metrics, zeros where the log has none.
    pub fn values(&self) -> Values {
        let none = Metrics::default();
        let m = self.metrics.as_ref().unwrap_or(&none);
        let (no_read, no_write) = (Shuffle::default(), Written::default());
        let read = m.shuffle_read.as_ref().unwrap_or(&no_read);
        let no_push = Pushed::default();
        let push = read.pushed.as_ref().unwrap_or(&no_push);
        let write = m.shuffle_write.as_ref().unwrap_or(&no_write);
        let (input, output) = (m.input.unwrap_or_default(), m.output.unwrap_or_default());
        Values([
            m.deserialize_ms,
            m.deserialize_cpu_ns,
            m.run_ms,
            m.cpu_ns,
            m.result_bytes,
            m.gc_ms,
            m.serialization_ms,
            m.memory_spill_bytes,
            m.disk_spill_bytes,
            m.peak_bytes,
            input.bytes,
            input.records,
            output.bytes,
            output.records,
            read.remote_blocks,
            read.local_blocks,
            read.wait_ms,
            read.remote_bytes,
            read.remote_bytes_to_disk,
            read.local_bytes,
            read.records,
            read.requests_ms,
            push.corrupt_chunks,
            push.fallbacks,
            push.remote_blocks,
            push.local_blocks,
            push.remote_chunks,
            push.local_chunks,
            push.remote_bytes,
            push.local_bytes,
            push.requests_ms,
            write.bytes,
            write.write_ns,
            write.records,
        ])
    }
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Metrics {
    #[serde(rename = "Executor Deserialize Time", default)]
    pub(super) deserialize_ms: i64,
    #[serde(rename = "Executor Deserialize CPU Time", default)]
    pub(super) deserialize_cpu_ns: i64,
    #[serde(rename = "Executor Run Time", default)]
    pub(super) run_ms: i64,
    #[serde(rename = "Executor CPU Time", default)]
    pub(super) cpu_ns: i64,
    #[serde(rename = "Peak Execution Memory", default)]
    pub(super) peak_bytes: i64,
    #[serde(rename = "Result Size", default)]
    pub(super) result_bytes: i64,
    #[serde(rename = "JVM GC Time", default)]
    pub(super) gc_ms: i64,
    #[serde(rename = "Result Serialization Time", default)]
    pub(super) serialization_ms: i64,
    #[serde(rename = "Memory Bytes Spilled", default)]
    pub(super) memory_spill_bytes: i64,
    #[serde(rename = "Disk Bytes Spilled", default)]
    pub(super) disk_spill_bytes: i64,
    #[serde(rename = "Shuffle Read Metrics", default)]
    pub(super) shuffle_read: Option<Shuffle>,
    #[serde(rename = "Shuffle Write Metrics", default)]
    pub(super) shuffle_write: Option<Written>,
    #[serde(rename = "Input Metrics", default)]
    pub(super) input: Option<Input>,
    #[serde(rename = "Output Metrics", default)]
    pub(super) output: Option<Output>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Shuffle {
    #[serde(rename = "Remote Blocks Fetched", default)]
    pub(super) remote_blocks: i64,
    #[serde(rename = "Local Blocks Fetched", default)]
    pub(super) local_blocks: i64,
    #[serde(rename = "Fetch Wait Time", default)]
    pub(super) wait_ms: i64,
    #[serde(rename = "Remote Bytes Read", default)]
    pub(super) remote_bytes: i64,
    #[serde(rename = "Remote Bytes Read To Disk", default)]
    pub(super) remote_bytes_to_disk: i64,
    #[serde(rename = "Local Bytes Read", default)]
    pub(super) local_bytes: i64,
    #[serde(rename = "Total Records Read", default)]
    pub(super) records: i64,
    #[serde(rename = "Remote Requests Duration", default)]
    pub(super) requests_ms: i64,
    #[serde(rename = "Push Based Shuffle", default)]
    pub(super) pushed: Option<Pushed>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Pushed {
    #[serde(rename = "Corrupt Merged Block Chunks", default)]
    pub(super) corrupt_chunks: i64,
    #[serde(rename = "Merged Fetch Fallback Count", default)]
    pub(super) fallbacks: i64,
    #[serde(rename = "Merged Remote Blocks Fetched", default)]
    pub(super) remote_blocks: i64,
    #[serde(rename = "Merged Local Blocks Fetched", default)]
    pub(super) local_blocks: i64,
    #[serde(rename = "Merged Remote Chunks Fetched", default)]
    pub(super) remote_chunks: i64,
    #[serde(rename = "Merged Local Chunks Fetched", default)]
    pub(super) local_chunks: i64,
    #[serde(rename = "Merged Remote Bytes Read", default)]
    pub(super) remote_bytes: i64,
    #[serde(rename = "Merged Local Bytes Read", default)]
    pub(super) local_bytes: i64,
    #[serde(rename = "Merged Remote Requests Duration", default)]
    pub(super) requests_ms: i64,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Written {
    #[serde(rename = "Shuffle Bytes Written", default)]
    pub(super) bytes: i64,
    #[serde(rename = "Shuffle Write Time", default)]
    pub(super) write_ns: i64,
    #[serde(rename = "Shuffle Records Written", default)]
    pub(super) records: i64,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) struct Input {
    #[serde(rename = "Bytes Read", default)]
    pub(super) bytes: i64,
    #[serde(rename = "Records Read", default)]
    pub(super) records: i64,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) struct Output {
    #[serde(rename = "Bytes Written", default)]
    pub(super) bytes: i64,
    #[serde(rename = "Records Written", default)]
    pub(super) records: i64,
}
