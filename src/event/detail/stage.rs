//! Stage attempts and the RDDs that they compute.

use serde::Deserialize;

use super::{Accumulables, Pairs, StorageLevel, Text};

/// `SparkListenerStageSubmitted` and `SparkListenerStageCompleted`.
#[derive(Debug, Deserialize)]
pub struct StageEvent<'a> {
    #[serde(rename = "Stage Info", borrow)]
    pub info: StageDetail<'a>,
    /// Of the submission only.
    #[serde(rename = "Properties", borrow, default)]
    pub properties: Option<Pairs<'a>>,
}

/// `Stage Info`.
#[derive(Debug, Deserialize)]
pub struct StageDetail<'a> {
    #[serde(rename = "Stage ID")]
    pub id: i64,
    /// Absent before Spark 1.1.
    #[serde(rename = "Stage Attempt ID", default)]
    pub attempt: i64,
    #[serde(rename = "Stage Name", borrow)]
    pub name: Text<'a>,
    #[serde(rename = "Number of Tasks")]
    pub num_tasks: i64,
    #[serde(rename = "RDD Info", borrow, default)]
    pub rdds: Vec<RddInfo<'a>>,
    #[serde(rename = "Details", borrow, default)]
    pub details: Text<'a>,
    #[serde(rename = "Submission Time", default)]
    pub submitted_ms: Option<i64>,
    #[serde(rename = "Completion Time", default)]
    pub completed_ms: Option<i64>,
    #[serde(rename = "Failure Reason", borrow, default)]
    pub failure: Option<Text<'a>>,
    #[serde(rename = "Accumulables", borrow, default)]
    pub accumulables: Accumulables<'a>,
    /// Since Spark 3.1.
    #[serde(rename = "Resource Profile Id", default)]
    pub profile_id: i64,
    /// Since Spark 3.4.
    #[serde(rename = "Shuffle Push Enabled", default)]
    pub is_push_enabled: bool,
    #[serde(rename = "Shuffle Push Mergers Count", default)]
    pub num_mergers: i64,
}

/// `RDD Info`.
#[derive(Debug, Deserialize)]
pub struct RddInfo<'a> {
    #[serde(rename = "RDD ID")]
    pub id: i64,
    #[serde(rename = "Name", borrow)]
    pub name: Text<'a>,
    #[serde(rename = "Storage Level")]
    pub level: StorageLevel,
    #[serde(rename = "Number of Partitions")]
    pub num_partitions: i64,
}
