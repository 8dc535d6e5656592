//! Executors: joining, leaving, being excluded, and the peaks of their memory.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::{Entries, Pairs, Text};

/// `SparkListenerExecutorAdded`.
#[derive(Debug, Deserialize)]
pub struct ExecutorJoined<'a> {
    #[serde(rename = "Timestamp")]
    pub time_ms: i64,
    #[serde(rename = "Executor ID", borrow)]
    pub id: Text<'a>,
    #[serde(rename = "Executor Info", borrow)]
    pub info: ExecutorInfo<'a>,
}

/// `Executor Info`.
#[derive(Debug, Deserialize)]
pub struct ExecutorInfo<'a> {
    #[serde(rename = "Host", borrow)]
    pub host: Text<'a>,
    #[serde(rename = "Total Cores")]
    pub cores: i64,
    #[serde(rename = "Log Urls", borrow, default)]
    pub logs: Pairs<'a>,
    /// Since Spark 3.0.
    #[serde(rename = "Attributes", borrow, default)]
    pub attributes: Pairs<'a>,
    #[serde(rename = "Resources", borrow, default)]
    pub resources: Entries<'a, Resource<'a>>,
    #[serde(rename = "Resource Profile Id", default)]
    pub profile_id: i64,
}

/// A kind of resource, and which ones of it.
#[derive(Debug, Deserialize)]
pub struct Resource<'a> {
    #[serde(borrow)]
    pub name: Text<'a>,
    #[serde(borrow)]
    pub addresses: Vec<Text<'a>>,
}

/// `SparkListenerExecutorRemoved`.
#[derive(Debug, Deserialize)]
pub struct ExecutorLeft<'a> {
    #[serde(rename = "Timestamp")]
    pub time_ms: i64,
    #[serde(rename = "Executor ID", borrow)]
    pub id: Text<'a>,
    #[serde(rename = "Removed Reason", borrow)]
    pub reason: Text<'a>,
}

/// The metrics of an executor, in the order in which Spark writes them.
pub const METRIC_NAMES: [&str; NUM_METRICS] = [
    "JVMHeapMemory",
    "JVMOffHeapMemory",
    "OnHeapExecutionMemory",
    "OffHeapExecutionMemory",
    "OnHeapStorageMemory",
    "OffHeapStorageMemory",
    "OnHeapUnifiedMemory",
    "OffHeapUnifiedMemory",
    "DirectPoolMemory",
    "MappedPoolMemory",
    "ProcessTreeJVMVMemory",
    "ProcessTreeJVMRSSMemory",
    "ProcessTreePythonVMemory",
    "ProcessTreePythonRSSMemory",
    "ProcessTreeOtherVMemory",
    "ProcessTreeOtherRSSMemory",
    "MinorGCCount",
    "MinorGCTime",
    "MajorGCCount",
    "MajorGCTime",
    "TotalGCTime",
    "ConcurrentGCCount",
    "ConcurrentGCTime",
];

/// How many of them there are.
pub const NUM_METRICS: usize = 23;

/// One value for each of [`METRIC_NAMES`]; 0 for those that the log does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Peaks(pub [i64; NUM_METRICS]);

impl<'de> Deserialize<'de> for Peaks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Peaks;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("metrics of an executor")
            }
            fn visit_unit<E>(self) -> Result<Peaks, E> {
                Ok(Peaks::default())
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Peaks, A::Error> {
                let mut peaks = Peaks::default();
                // Names come in one order; the search begins where the one before was found.
                let mut next = 0;
                while let Some(name) = map.next_key::<Text<'de>>()? {
                    let place = (0..NUM_METRICS)
                        .map(|step| (next + step) % NUM_METRICS)
                        .find(|place| METRIC_NAMES[*place] == &*name);
                    match place {
                        Some(place) => {
                            peaks.0[place] = map.next_value()?;
                            next = place + 1;
                        }
                        None => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(peaks)
            }
        }
        deserializer.deserialize_any(Entries)
    }
}

/// `SparkListenerStageExecutorMetrics` (opt-in).
#[derive(Debug, Deserialize)]
pub struct StagePeaks<'a> {
    #[serde(rename = "Executor ID", borrow)]
    pub executor_id: Text<'a>,
    #[serde(rename = "Stage ID")]
    pub stage_id: i64,
    #[serde(rename = "Stage Attempt ID")]
    pub stage_attempt: i64,
    #[serde(rename = "Executor Metrics", default)]
    pub peaks: Peaks,
}

/// `SparkListenerExecutorMetricsUpdate` (opt-in). Only the driver's are logged, and those carry no tasks.
#[derive(Debug, Deserialize)]
pub struct MetricsUpdate<'a> {
    #[serde(rename = "Executor ID", borrow)]
    pub executor_id: Text<'a>,
    #[serde(rename = "Executor Metrics Updated", default)]
    pub updates: Option<Vec<MetricsOfStage>>,
}

/// The metrics of an executor while it worked for one stage attempt (-1 and -1 for none).
#[derive(Debug, Deserialize)]
pub struct MetricsOfStage {
    #[serde(rename = "Stage ID")]
    pub stage_id: i64,
    #[serde(rename = "Stage Attempt ID")]
    pub stage_attempt: i64,
    #[serde(rename = "Executor Metrics", default)]
    pub peaks: Peaks,
}

/// What is excluded, or no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExclusionTarget {
    Executor,
    Node,
    ExecutorForStage,
    NodeForStage,
}

/// An executor or node that is not to get tasks (until Spark 3.0 the word was "blacklisted"), or may again.
#[derive(Debug)]
pub struct Exclusion<'a> {
    pub target: ExclusionTarget,
    pub is_excluded: bool,
    /// An executor's id or a node's host.
    pub id: Text<'a>,
    pub stage_id: i64,
    pub stage_attempt: i64,
}

/// What the name of an event, without its prefix, says about exclusion.
pub(super) fn exclusion(name: &[u8]) -> Option<(ExclusionTarget, bool)> {
    Some(match name {
        b"ExecutorExcluded" | b"ExecutorBlacklisted" => (ExclusionTarget::Executor, true),
        b"ExecutorUnexcluded" | b"ExecutorUnblacklisted" => (ExclusionTarget::Executor, false),
        b"NodeExcluded" | b"NodeBlacklisted" => (ExclusionTarget::Node, true),
        b"NodeUnexcluded" | b"NodeUnblacklisted" => (ExclusionTarget::Node, false),
        b"ExecutorExcludedForStage" | b"ExecutorBlacklistedForStage" => {
            (ExclusionTarget::ExecutorForStage, true)
        }
        b"NodeExcludedForStage" | b"NodeBlacklistedForStage" => (ExclusionTarget::NodeForStage, true),
        _ => return None,
    })
}

#[derive(Deserialize)]
pub(super) struct RawExclusion<'a> {
    #[serde(rename = "executorId", borrow, default)]
    executor_id: Option<Text<'a>>,
    #[serde(rename = "hostId", borrow, default)]
    host_id: Option<Text<'a>>,
    #[serde(rename = "stageId", default)]
    stage_id: i64,
    #[serde(rename = "stageAttemptId", default)]
    stage_attempt: i64,
}

impl<'a> RawExclusion<'a> {
    pub(super) fn made(self, target: ExclusionTarget, is_excluded: bool) -> Exclusion<'a> {
        Exclusion {
            target,
            is_excluded,
            id: self.executor_id.or(self.host_id).unwrap_or_default(),
            stage_id: self.stage_id,
            stage_attempt: self.stage_attempt,
        }
    }
}
