//! What a replay ends with: one application attempt as Spark's history server would show it.
//!
//! Times are milliseconds since the epoch. Numbers that Spark keeps in an `Int` may be wider here.

use std::collections::BTreeMap;

use super::strings::{Name, Strings};
use super::values::{Packed, Sums};
use crate::event::detail::Peaks;

/// One application attempt.
#[derive(Debug, Default)]
pub struct Application {
    pub strings: Strings,
    /// Absent in logs of Spark 1.3.
    pub spark_version: Option<String>,
    /// Names of the application; `None` if the log holds no start.
    pub identity: Option<Identity>,
    pub environment: Option<EnvironmentInfo>,
    pub profiles: BTreeMap<i64, Profile>,
    pub jobs: BTreeMap<i64, Job>,
    /// By id and attempt.
    pub stages: BTreeMap<(i64, i64), Stage>,
    /// Tasks in the order of their ids, by the stage attempt that they belong to.
    pub tasks: BTreeMap<(i64, i64), Vec<Task>>,
    pub executors: BTreeMap<String, Executor>,
    pub processes: BTreeMap<String, Process>,
    pub rdds: BTreeMap<i64, Rdd>,
    pub executions: BTreeMap<i64, Execution>,
    /// About how much memory all of this takes.
    pub bytes: usize,
}

/// What the application's own start and end say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub id: String,
    pub name: String,
    pub attempt: Option<String>,
    pub user: String,
    pub started_ms: i64,
    /// `None` while no end was seen.
    pub ended_ms: Option<i64>,
    /// Since Spark 4.0.
    pub exit_code: Option<i64>,
}

/// Key and value, as a list of them is shown.
pub type Pair = (String, String);

/// Properties as the log has them, redacted and sorted.
#[derive(Debug, Default)]
pub struct EnvironmentInfo {
    pub java_version: Option<String>,
    pub java_home: Option<String>,
    pub scala_version: Option<String>,
    pub spark: Vec<Pair>,
    pub hadoop: Vec<Pair>,
    pub system: Vec<Pair>,
    pub metrics: Vec<Pair>,
    pub classpath: Vec<Pair>,
}

/// A resource profile.
#[derive(Debug, Default)]
pub struct Profile {
    /// In the order of the log.
    pub executor: Vec<ExecutorRequest>,
    /// Name and amount.
    pub task: Vec<(String, f64)>,
}

#[derive(Debug)]
pub struct ExecutorRequest {
    pub name: String,
    pub amount: i64,
    pub discovery_script: String,
    pub vendor: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobStatus {
    Running,
    Succeeded,
    Failed,
}

#[derive(Debug, Clone)]
pub struct Job {
    pub id: i64,
    pub name: Name,
    pub description: Option<Name>,
    pub submitted_ms: Option<i64>,
    pub completed_ms: Option<i64>,
    pub stage_ids: Vec<i64>,
    pub group: Option<Name>,
    /// Sorted.
    pub tags: Vec<Name>,
    pub status: JobStatus,
    pub num_tasks: i64,
    pub active_tasks: i64,
    pub completed_tasks: i64,
    pub skipped_tasks: i64,
    pub failed_tasks: i64,
    pub killed_tasks: i64,
    pub completed_indices: usize,
    pub active_stages: i64,
    pub completed_stages: usize,
    pub skipped_stages: usize,
    pub failed_stages: i64,
    pub killed_by_reason: Vec<(Name, i64)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageStatus {
    Pending,
    Active,
    Complete,
    Failed,
    Skipped,
}

/// An accumulable that an application made for itself.
#[derive(Debug, Clone)]
pub struct Accumulated {
    pub id: i64,
    pub name: Option<Name>,
    pub update: Option<Box<str>>,
    pub value: Option<Box<str>>,
}

/// Counts of the speculative tasks of a stage attempt.
#[derive(Debug, Clone, Copy, Default)]
pub struct Speculation {
    pub tasks: i64,
    pub active: i64,
    pub completed: i64,
    pub failed: i64,
    pub killed: i64,
}

/// The largest values seen of an executor's metrics.
#[derive(Debug, Clone, Default)]
pub enum PeakState {
    #[default]
    Unset,
    /// Reported, and all of them 0: the usual state of short tasks.
    Zeros,
    Some(Box<Peaks>),
}

impl PeakState {
    /// The values, if any were reported.
    pub fn get(&self) -> Option<Peaks> {
        match self {
            PeakState::Unset => None,
            PeakState::Zeros => Some(Peaks::default()),
            PeakState::Some(peaks) => Some(**peaks),
        }
    }

    pub(super) fn update(&mut self, new: &Peaks) {
        // A task of a lost executor reports what was never set.
        if new.0[0] < 0 {
            return;
        }
        if *new == Peaks::default() {
            if matches!(self, PeakState::Unset) {
                *self = PeakState::Zeros;
            }
            return;
        }
        match self {
            PeakState::Some(peaks) => {
                for (peak, new) in peaks.0.iter_mut().zip(new.0) {
                    *peak = (*peak).max(new);
                }
            }
            PeakState::Unset | PeakState::Zeros => {
                let mut peaks = Box::new(*new);
                for peak in &mut peaks.0 {
                    *peak = (*peak).max(0);
                }
                *self = PeakState::Some(peaks);
            }
        }
    }
}

/// What one executor did for one stage attempt.
#[derive(Debug, Clone, Default)]
pub struct ExecutorWork {
    pub task_ms: i64,
    pub failed: i64,
    pub succeeded: i64,
    pub killed: i64,
    pub input_bytes: i64,
    pub input_records: i64,
    pub output_bytes: i64,
    pub output_records: i64,
    pub shuffle_read_bytes: i64,
    pub shuffle_read_records: i64,
    pub shuffle_write_bytes: i64,
    pub shuffle_write_records: i64,
    pub memory_spilled: i64,
    pub disk_spilled: i64,
    pub is_excluded: bool,
    pub peaks: PeakState,
}

#[derive(Debug)]
pub struct Stage {
    pub id: i64,
    pub attempt: i64,
    pub status: StageStatus,
    pub num_tasks: i64,
    pub active_tasks: i64,
    pub completed_tasks: i64,
    pub failed_tasks: i64,
    pub killed_tasks: i64,
    pub completed_indices: usize,
    pub submitted_ms: Option<i64>,
    pub first_launch_ms: Option<i64>,
    pub completed_ms: Option<i64>,
    pub failure: Option<Box<str>>,
    pub sums: Sums,
    pub name: Name,
    pub description: Option<Name>,
    pub details: Name,
    pub pool: Name,
    pub rdd_ids: Vec<i64>,
    pub accumulated: Vec<Accumulated>,
    pub work: BTreeMap<Name, ExecutorWork>,
    /// `None` if no task was speculative.
    pub speculation: Option<Speculation>,
    pub killed_by_reason: Vec<(Name, i64)>,
    pub profile_id: i64,
    pub peaks: PeakState,
    pub is_push_enabled: bool,
    pub num_mergers: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TaskStatus {
    Running,
    GetResult,
    Failed,
    Killed,
    Success,
}

#[derive(Debug, Clone)]
pub struct Task {
    pub id: i64,
    pub index: i64,
    pub attempt: i64,
    pub partition: i64,
    pub launch_ms: i64,
    /// When the driver began to fetch the result, if it had to.
    pub result_fetch_ms: Option<i64>,
    pub duration_ms: i64,
    pub executor: Name,
    pub host: Name,
    pub locality: Name,
    pub status: TaskStatus,
    pub is_speculative: bool,
    pub accumulated: Box<[Accumulated]>,
    pub error: Option<Name>,
    /// `None` for a task that has not ended.
    pub values: Option<Packed>,
}

/// Memory for storage of an executor, on and off the heap, in bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct StorageMemory {
    pub used_on_heap: i64,
    pub used_off_heap: i64,
    pub total_on_heap: i64,
    pub total_off_heap: i64,
}

#[derive(Debug, Clone, Default)]
pub struct Executor {
    pub id: String,
    pub host: Option<String>,
    pub host_port: Option<String>,
    pub is_active: bool,
    pub rdd_blocks: i64,
    pub memory_used: i64,
    pub disk_used: i64,
    pub cores: i64,
    pub max_tasks: i64,
    pub active_tasks: i64,
    pub failed_tasks: i64,
    pub completed_tasks: i64,
    pub total_tasks: i64,
    pub duration_ms: i64,
    pub gc_ms: i64,
    pub input_bytes: i64,
    pub shuffle_read: i64,
    pub shuffle_write: i64,
    pub max_memory: i64,
    pub added_ms: i64,
    pub removed_ms: Option<i64>,
    pub remove_reason: Option<String>,
    pub logs: Vec<Pair>,
    pub memory: Option<StorageMemory>,
    pub peaks: PeakState,
    pub attributes: Vec<Pair>,
    /// Key, name and addresses.
    pub resources: Vec<(String, String, Vec<String>)>,
    pub profile_id: i64,
    pub is_excluded: bool,
    pub excluded_in: std::collections::BTreeSet<i64>,
}

/// Another process of the application, such as a YARN application master.
#[derive(Debug, Clone)]
pub struct Process {
    pub host_port: String,
    pub cores: i64,
    pub added_ms: i64,
    pub logs: Vec<Pair>,
}

#[derive(Debug, Clone)]
pub struct Rdd {
    pub id: i64,
    pub name: String,
    pub num_partitions: i64,
    pub level: String,
    pub memory_used: i64,
    pub disk_used: i64,
    pub distribution: Vec<Distribution>,
    pub partitions: Vec<Partition>,
}

/// What one executor holds of an RDD.
#[derive(Debug, Clone)]
pub struct Distribution {
    pub address: String,
    pub memory_used: i64,
    pub memory_remaining: i64,
    pub disk_used: i64,
    /// Used on and off the heap, remaining on and off the heap; where the executor's memory is known.
    pub heap: Option<[i64; 4]>,
}

#[derive(Debug, Clone)]
pub struct Partition {
    pub block: String,
    pub level: String,
    pub memory_used: i64,
    pub disk_used: i64,
    pub executors: Vec<String>,
}

/// An SQL execution.
#[derive(Debug, Clone, Default)]
pub struct Execution {
    pub id: i64,
    pub root_id: i64,
    pub description: Option<String>,
    pub plan_description: Option<String>,
    pub submitted_ms: i64,
    pub completed_ms: Option<i64>,
    /// `None` where the log does not say how it ended.
    pub error: Option<String>,
    pub query_id: Option<String>,
    pub modified_configs: Vec<Pair>,
    /// Id and status, in the order in which they are shown.
    pub jobs: Vec<(i64, JobStatus)>,
    pub graph: Option<super::plan::Graph>,
    /// Texts by accumulator; `None` while they were not computed.
    pub metrics: Option<std::collections::HashMap<i64, String>>,
}
