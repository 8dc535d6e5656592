//! `SparkListenerJobStart` and `SparkListenerJobEnd`.

use std::borrow::Cow;

use serde::Deserialize;

use super::Properties;

/// `SparkListenerJobStart`.
#[derive(Debug, Clone, PartialEq)]
pub struct JobStart<'a> {
    pub job_id: i64,
    /// Absent before Spark 1.3.
    pub submitted_ms: Option<i64>,
    /// Stages the job needs, skipped ones included.
    pub stage_ids: Vec<i64>,
    pub sql_execution_id: Option<i64>,
    pub description: Option<Cow<'a, str>>,
    pub group: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
pub(super) struct RawJobStart<'a> {
    #[serde(rename = "Job ID")]
    job_id: i64,
    #[serde(rename = "Submission Time", default)]
    submitted_ms: Option<i64>,
    #[serde(rename = "Stage IDs", default)]
    stage_ids: Vec<i64>,
    #[serde(rename = "Properties", borrow, default)]
    properties: Option<Properties<'a>>,
}

impl<'a> From<RawJobStart<'a>> for JobStart<'a> {
    fn from(raw: RawJobStart<'a>) -> Self {
        let properties = raw.properties.unwrap_or_default();
        JobStart {
            job_id: raw.job_id,
            submitted_ms: raw.submitted_ms,
            stage_ids: raw.stage_ids,
            sql_execution_id: properties.get(SQL_EXECUTION_ID).and_then(|id| id.parse().ok()),
            description: properties.take(DESCRIPTION),
            group: properties.take(GROUP),
        }
    }
}

pub(super) const SQL_EXECUTION_ID: &str = "spark.sql.execution.id";
pub(super) const DESCRIPTION: &str = "spark.job.description";
pub(super) const GROUP: &str = "spark.jobGroup.id";

/// `SparkListenerJobEnd`.
#[derive(Debug, Clone, PartialEq)]
pub struct JobEnd<'a> {
    pub job_id: i64,
    /// Absent before Spark 1.3.
    pub completed_ms: Option<i64>,
    pub is_successful: bool,
    /// The message of the exception that failed the job.
    pub failure: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
pub(super) struct RawJobEnd<'a> {
    #[serde(rename = "Job ID")]
    job_id: i64,
    #[serde(rename = "Completion Time", default)]
    completed_ms: Option<i64>,
    #[serde(rename = "Job Result", borrow)]
    result: JobResult<'a>,
}

#[derive(Deserialize)]
struct JobResult<'a> {
    #[serde(rename = "Result", borrow)]
    result: Cow<'a, str>,
    #[serde(rename = "Exception", borrow, default)]
    exception: Option<JobException<'a>>,
}

#[derive(Deserialize)]
struct JobException<'a> {
    #[serde(rename = "Message", borrow, default)]
    message: Option<Cow<'a, str>>,
}

impl<'a> From<RawJobEnd<'a>> for JobEnd<'a> {
    fn from(raw: RawJobEnd<'a>) -> Self {
        JobEnd {
            job_id: raw.job_id,
            completed_ms: raw.completed_ms,
            is_successful: raw.result.result == "JobSucceeded",
            failure: raw.result.exception.and_then(|exception| exception.message),
        }
    }
}
