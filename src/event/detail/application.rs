//! Start, environment, resource profiles and other processes of an application.

use serde::Deserialize;

use super::{Entries, Pairs, Text};

/// `SparkListenerApplicationStart`.
#[derive(Debug, Deserialize)]
pub struct AppStart<'a> {
    #[serde(rename = "App Name", borrow)]
    pub name: Text<'a>,
    #[serde(rename = "App ID", borrow, default)]
    pub id: Option<Text<'a>>,
    #[serde(rename = "Timestamp")]
    pub time_ms: i64,
    #[serde(rename = "User", borrow)]
    pub user: Text<'a>,
    #[serde(rename = "App Attempt ID", borrow, default)]
    pub attempt: Option<Text<'a>>,
    #[serde(rename = "Driver Logs", borrow, default)]
    pub driver_logs: Option<Pairs<'a>>,
    #[serde(rename = "Driver Attributes", borrow, default)]
    pub driver_attributes: Option<Pairs<'a>>,
}

/// `SparkListenerEnvironmentUpdate`.
#[derive(Debug, Deserialize)]
pub struct Environment<'a> {
    #[serde(rename = "JVM Information", borrow)]
    pub jvm: Pairs<'a>,
    #[serde(rename = "Spark Properties", borrow)]
    pub spark: Pairs<'a>,
    /// Since Spark 3.0.
    #[serde(rename = "Hadoop Properties", borrow, default)]
    pub hadoop: Pairs<'a>,
    #[serde(rename = "System Properties", borrow)]
    pub system: Pairs<'a>,
    /// Since Spark 3.4.
    #[serde(rename = "Metrics Properties", borrow, default)]
    pub metrics: Pairs<'a>,
    #[serde(rename = "Classpath Entries", borrow)]
    pub classpath: Pairs<'a>,
}

/// `SparkListenerResourceProfileAdded`.
#[derive(Debug, Deserialize)]
pub struct ProfileAdded<'a> {
    #[serde(rename = "Resource Profile Id")]
    pub id: i64,
    #[serde(rename = "Executor Resource Requests", borrow)]
    pub executor: Entries<'a, ProfileRequest<'a>>,
    #[serde(rename = "Task Resource Requests", borrow)]
    pub task: Entries<'a, TaskRequest<'a>>,
}

/// What an executor of a profile needs of one resource.
#[derive(Debug, Deserialize)]
pub struct ProfileRequest<'a> {
    #[serde(rename = "Resource Name", borrow)]
    pub name: Text<'a>,
    /// MiB for memory, a number of things for anything else.
    #[serde(rename = "Amount")]
    pub amount: i64,
    #[serde(rename = "Discovery Script", borrow)]
    pub discovery_script: Text<'a>,
    #[serde(rename = "Vendor", borrow)]
    pub vendor: Text<'a>,
}

/// What a task of a profile needs of one resource.
#[derive(Debug, Deserialize)]
pub struct TaskRequest<'a> {
    #[serde(rename = "Resource Name", borrow)]
    pub name: Text<'a>,
    #[serde(rename = "Amount")]
    pub amount: f64,
}

/// `org.apache.spark.scheduler.SparkListenerMiscellaneousProcessAdded`.
#[derive(Debug, Deserialize)]
pub struct ProcessAdded<'a> {
    #[serde(rename = "time")]
    pub time_ms: i64,
    #[serde(rename = "processId", borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub info: ProcessInfo<'a>,
}

/// Where a process runs.
#[derive(Debug, Deserialize)]
pub struct ProcessInfo<'a> {
    #[serde(rename = "hostPort", borrow)]
    pub host_port: Text<'a>,
    pub cores: i64,
    #[serde(rename = "logUrlInfo", borrow, default)]
    pub logs: Pairs<'a>,
}
