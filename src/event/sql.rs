//! SQL executions: `SparkListenerSQLExecutionStart` and `...End`, and what plans say of files. The plans
//! themselves stay in the log.

use std::borrow::Cow;

use serde::Deserialize;

use super::plan::FileNode;

/// `org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SqlExecutionStart<'a> {
    #[serde(rename = "executionId")]
    pub execution_id: i64,
    /// Since Spark 3.4.
    #[serde(rename = "rootExecutionId", default)]
    pub root_execution_id: Option<i64>,
    #[serde(rename = "description", borrow, default)]
    pub description: Option<Cow<'a, str>>,
    #[serde(rename = "time")]
    pub time_ms: i64,
    /// What its first plan reads from and writes to files.
    #[serde(skip)]
    pub file_nodes: Vec<FileNode>,
}

/// `org.apache.spark.sql.execution.ui.SparkListenerDriverAccumUpdates`: what the driver adds to counters of a
/// plan, as pairs of a counter and an amount.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DriverAccumUpdates {
    #[serde(rename = "accumUpdates")]
    pub updates: Vec<(i64, i64)>,
}

/// `org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SqlExecutionEnd<'a> {
    #[serde(rename = "executionId")]
    pub execution_id: i64,
    #[serde(rename = "time")]
    pub time_ms: i64,
    /// Empty for success, a text for failure; `None` in logs before Spark 3.4, which do not say.
    #[serde(rename = "errorMessage", borrow, default)]
    pub error_message: Option<Cow<'a, str>>,
}
