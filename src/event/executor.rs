//! Events about executors: added, removed, and the memory they were seen to use.

use std::borrow::Cow;

use serde::Deserialize;

/// `SparkListenerExecutorAdded`.
#[derive(Debug, Clone, PartialEq)]
pub struct ExecutorAdded<'a> {
    pub time_ms: i64,
    pub executor_id: Cow<'a, str>,
    pub host: Cow<'a, str>,
    pub total_cores: i64,
    pub resource_profile_id: i64,
    /// When the executor registered with the driver (since Spark 3.4); may differ from `time_ms` by 1 ms.
    pub registration_ms: Option<i64>,
    /// When the executor was asked for (since Spark 3.4, not by every cluster manager).
    pub request_ms: Option<i64>,
}

#[derive(Deserialize)]
pub(super) struct RawExecutorAdded<'a> {
    #[serde(rename = "Timestamp")]
    time_ms: i64,
    #[serde(rename = "Executor ID", borrow)]
    executor_id: Cow<'a, str>,
    #[serde(rename = "Executor Info", borrow)]
    info: Info<'a>,
}

#[derive(Deserialize)]
struct Info<'a> {
    #[serde(rename = "Host", borrow, default)]
    host: Cow<'a, str>,
    #[serde(rename = "Total Cores", default)]
    total_cores: i64,
    #[serde(rename = "Resource Profile Id", default)]
    resource_profile_id: i64,
    #[serde(rename = "Registration Time", default)]
    registration_ms: Option<i64>,
    #[serde(rename = "Request Time", default)]
    request_ms: Option<i64>,
}

impl<'a> From<RawExecutorAdded<'a>> for ExecutorAdded<'a> {
    fn from(raw: RawExecutorAdded<'a>) -> Self {
        ExecutorAdded {
            time_ms: raw.time_ms,
            executor_id: raw.executor_id,
            host: raw.info.host,
            total_cores: raw.info.total_cores,
            resource_profile_id: raw.info.resource_profile_id,
            registration_ms: raw.info.registration_ms,
            request_ms: raw.info.request_ms,
        }
    }
}

/// `SparkListenerExecutorRemoved`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ExecutorRemoved<'a> {
    #[serde(rename = "Timestamp")]
    pub time_ms: i64,
    #[serde(rename = "Executor ID", borrow)]
    pub executor_id: Cow<'a, str>,
    #[serde(rename = "Removed Reason", borrow, default)]
    pub reason: Cow<'a, str>,
}

/// Memory of a whole executor as its heartbeats saw it, in bytes. 0 means "not measured": tasks
/// shorter than a heartbeat report zeros, and Spark before 3.0 reports nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub struct ExecutorMetrics {
    #[serde(rename = "JVMHeapMemory", default)]
    pub heap_bytes: i64,
    #[serde(rename = "OnHeapUnifiedMemory", default)]
    pub unified_bytes: i64,
    #[serde(rename = "ProcessTreeJVMRSSMemory", default)]
    pub jvm_rss_bytes: i64,
    #[serde(rename = "ProcessTreePythonRSSMemory", default)]
    pub python_rss_bytes: i64,
    #[serde(rename = "ProcessTreeOtherRSSMemory", default)]
    pub other_rss_bytes: i64,
}

/// `SparkListenerStageExecutorMetrics` (opt-in): the peaks of one executor during one stage attempt.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct StageExecutorMetrics<'a> {
    /// `driver` for the driver.
    #[serde(rename = "Executor ID", borrow)]
    pub executor_id: Cow<'a, str>,
    #[serde(rename = "Executor Metrics", default)]
    pub metrics: ExecutorMetrics,
}
