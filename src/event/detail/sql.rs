//! SQL executions and their plans.

use serde::Deserialize;

use super::{Pairs, Text};

/// `SparkListenerSQLExecutionStart`.
#[derive(Debug, Deserialize)]
pub struct SqlStarted<'a> {
    #[serde(rename = "executionId")]
    pub id: i64,
    /// Since Spark 3.4.
    #[serde(rename = "rootExecutionId", default)]
    pub root_id: Option<i64>,
    #[serde(borrow, default)]
    pub description: Option<Text<'a>>,
    #[serde(rename = "physicalPlanDescription", borrow, default)]
    pub plan_description: Option<Text<'a>>,
    #[serde(rename = "sparkPlanInfo", borrow, default)]
    pub plan: Option<PlanInfo<'a>>,
    #[serde(rename = "time", default)]
    pub time_ms: i64,
    /// Since Spark 3.3.
    #[serde(rename = "modifiedConfigs", borrow, default)]
    pub modified_configs: Option<Pairs<'a>>,
    /// A UUID, since Spark 4.2.
    #[serde(rename = "queryId", borrow, default)]
    pub query_id: Option<Text<'a>>,
}

/// `SparkListenerSQLExecutionEnd`.
#[derive(Debug, Deserialize)]
pub struct SqlEnded<'a> {
    #[serde(rename = "executionId")]
    pub id: i64,
    #[serde(rename = "time", default)]
    pub time_ms: i64,
    /// Empty for success; absent before Spark 3.4.
    #[serde(rename = "errorMessage", borrow, default)]
    pub error: Option<Text<'a>>,
}

/// `SparkListenerSQLAdaptiveExecutionUpdate`.
#[derive(Debug, Deserialize)]
pub struct PlanChanged<'a> {
    #[serde(rename = "executionId")]
    pub id: i64,
    #[serde(rename = "physicalPlanDescription", borrow, default)]
    pub plan_description: Option<Text<'a>>,
    #[serde(rename = "sparkPlanInfo", borrow, default)]
    pub plan: Option<PlanInfo<'a>>,
}

/// `SparkListenerSQLAdaptiveSQLMetricUpdates`.
#[derive(Debug, Deserialize)]
pub struct SqlMetricsAdded<'a> {
    #[serde(rename = "executionId")]
    pub id: i64,
    #[serde(rename = "sqlPlanMetrics", borrow, default)]
    pub metrics: Vec<PlanMetric<'a>>,
}

/// `SparkListenerDriverAccumUpdates`.
#[derive(Debug, Deserialize)]
pub struct SqlDriverUpdates {
    #[serde(rename = "executionId")]
    pub id: i64,
    /// Accumulator and value.
    #[serde(rename = "accumUpdates", default)]
    pub updates: Vec<(i64, i64)>,
}

/// A node of a plan and what is below it.
#[derive(Debug, PartialEq, Deserialize)]
pub struct PlanInfo<'a> {
    #[serde(rename = "nodeName", borrow, default)]
    pub name: Text<'a>,
    #[serde(rename = "simpleString", borrow, default)]
    pub text: Text<'a>,
    #[serde(borrow, default)]
    pub children: Vec<PlanInfo<'a>>,
    #[serde(borrow, default)]
    pub metrics: Vec<PlanMetric<'a>>,
}

/// A metric of a node.
#[derive(Debug, PartialEq, Eq, Hash, Deserialize)]
pub struct PlanMetric<'a> {
    #[serde(borrow, default)]
    pub name: Text<'a>,
    #[serde(rename = "accumulatorId", default)]
    pub accumulator_id: i64,
    #[serde(rename = "metricType", borrow, default)]
    pub kind: Text<'a>,
}
