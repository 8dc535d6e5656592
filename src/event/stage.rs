//! The `Stage Info` of `SparkListenerStageSubmitted` and `SparkListenerStageCompleted`.

use std::borrow::Cow;

use serde::Deserialize;

/// One stage attempt as of the event. RDD information, call site details and accumulables stay in the log.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct StageInfo<'a> {
    #[serde(rename = "Stage ID")]
    pub stage_id: i64,
    /// Absent before Spark 1.1.
    #[serde(rename = "Stage Attempt ID", default)]
    pub stage_attempt: i64,
    #[serde(rename = "Stage Name", borrow, default)]
    pub name: Cow<'a, str>,
    #[serde(rename = "Number of Tasks", default)]
    pub num_tasks: i64,
    #[serde(rename = "Submission Time", default)]
    pub submitted_ms: Option<i64>,
    #[serde(rename = "Completion Time", default)]
    pub completed_ms: Option<i64>,
    #[serde(rename = "Failure Reason", borrow, default)]
    pub failure: Option<Cow<'a, str>>,
    /// The stages whose shuffle output this one reads; absent before Spark 1.5.
    #[serde(rename = "Parent IDs", default)]
    pub parent_ids: Vec<i64>,
    /// Since Spark 3.1.
    #[serde(rename = "Resource Profile Id", default)]
    pub resource_profile_id: i64,
}

#[derive(Deserialize)]
pub(super) struct RawStageEvent<'a> {
    #[serde(rename = "Stage Info", borrow)]
    pub info: StageInfo<'a>,
}
