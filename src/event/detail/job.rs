//! Start and end of a job.

use serde::{Deserialize, Deserializer};

use super::{Pairs, StageDetail};

/// `SparkListenerJobStart`.
#[derive(Debug, Deserialize)]
pub struct JobStarted<'a> {
    #[serde(rename = "Job ID")]
    pub id: i64,
    /// Absent before Spark 1.3.
    #[serde(rename = "Submission Time", default)]
    pub time_ms: Option<i64>,
    /// Absent before Spark 1.2.
    #[serde(rename = "Stage Infos", borrow, default)]
    pub stages: Option<Vec<StageDetail<'a>>>,
    #[serde(rename = "Stage IDs", default)]
    pub stage_ids: Vec<i64>,
    #[serde(rename = "Properties", borrow, default)]
    pub properties: Option<Pairs<'a>>,
}

/// `SparkListenerJobEnd`.
#[derive(Debug, Deserialize)]
pub struct JobEnded {
    #[serde(rename = "Job ID")]
    pub id: i64,
    /// Absent before Spark 1.3.
    #[serde(rename = "Completion Time", default)]
    pub time_ms: Option<i64>,
    #[serde(rename = "Job Result", deserialize_with = "is_success")]
    pub is_successful: bool,
}

fn is_success<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    struct JobResult<'a> {
        #[serde(rename = "Result", borrow)]
        result: super::Text<'a>,
    }
    let result = JobResult::deserialize(deserializer)?;
    Ok(&*result.result == "JobSucceeded")
}
