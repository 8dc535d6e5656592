//! One line -> everything that the replay of an application needs of it.
//!
//! The fold asks for a few numbers of an event, a replay for nearly all: accumulables, plans, blocks, stack
//! traces. So these are types of their own, read by serde alone, and the fold's stay small and fast.
//!
//! Spark's history server treats lines differently that are wrong in different ways, and so must who wants to
//! answer like it: see [`Line`].

mod accumulable;
mod application;
mod block;
mod executor;
mod job;
pub(super) mod scan;
mod sql;
mod stage;
mod task;
mod text;

pub use accumulable::{Accumulable, Accumulables, Scalar};
pub use application::{AppStart, Environment, ProcessAdded, ProfileAdded, ProfileRequest, TaskRequest};
pub use block::{BlockInfo, BlockManagerAdded, BlockUpdated, StorageLevel};
pub use executor::{
    Exclusion, ExclusionTarget, ExecutorJoined, ExecutorLeft, METRIC_NAMES, MetricsUpdate, NUM_METRICS,
    Peaks, Resource, StagePeaks,
};
pub use job::{JobEnded, JobStarted};
pub use sql::{PlanChanged, PlanInfo, PlanMetric, SqlDriverUpdates, SqlEnded, SqlMetricsAdded, SqlStarted};
pub use stage::{RddInfo, StageDetail, StageEvent};
pub use task::{TaskDetail, TaskEnded, TaskReason, TaskStarted, Values};
pub use text::{Entries, Pairs, Text};

use serde::Deserialize;

use super::ApplicationEnd;

/// An event as a replay sees it.
#[derive(Debug)]
pub enum Detail<'a> {
    LogStart(Text<'a>),
    AppStart(AppStart<'a>),
    AppEnd(ApplicationEnd),
    Environment(Box<Environment<'a>>),
    ProfileAdded(ProfileAdded<'a>),
    ProcessAdded(ProcessAdded<'a>),
    ExecutorJoined(Box<ExecutorJoined<'a>>),
    ExecutorLeft(ExecutorLeft<'a>),
    Exclusion(Exclusion<'a>),
    StagePeaks(Box<StagePeaks<'a>>),
    MetricsUpdate(MetricsUpdate<'a>),
    BlockManagerAdded(BlockManagerAdded<'a>),
    BlockUpdated(Box<BlockUpdated<'a>>),
    /// The id of an RDD.
    Unpersist(i64),
    JobStarted(Box<JobStarted<'a>>),
    JobEnded(JobEnded),
    StageSubmitted(Box<StageEvent<'a>>),
    StageCompleted(Box<StageEvent<'a>>),
    TaskStarted(TaskStarted<'a>),
    GettingResult(TaskStarted<'a>),
    TaskEnded(Box<TaskEnded<'a>>),
    SqlStarted(Box<SqlStarted<'a>>),
    SqlEnded(SqlEnded<'a>),
    PlanChanged(Box<PlanChanged<'a>>),
    SqlMetricsAdded(SqlMetricsAdded<'a>),
    SqlDriverUpdates(SqlDriverUpdates),
}

/// What a line is to a replay.
#[derive(Debug)]
pub enum Line<'a> {
    Event(Detail<'a>),
    /// An event that no answer depends on, or of a class that is not known.
    Passed,
    /// No JSON at all. Spark refuses the whole log, unless it is the last line of an unfinished one.
    NotJson,
    /// JSON, but not the event that its name promises. Spark ends the replay here and shows what it has.
    Broken,
}

const PREFIX: &[u8] = b"{\"Event\":\"";

/// Reads one line, without its line end.
pub fn parse(line: &[u8]) -> Line<'_> {
    // Looked at once for all strings of the line. Spark does not take other bytes either.
    let Ok(line) = std::str::from_utf8(line) else {
        return Line::NotJson;
    };
    let name = line.as_bytes().strip_prefix(PREFIX).and_then(|rest| {
        let end = memchr::memchr(b'"', rest)?;
        rest.get(..end)
    });
    let outcome = match name {
        Some(name) => parse_named(name, line),
        None => match serde_json::from_str::<Tag>(line) {
            Ok(tag) => parse_named(tag.event.as_bytes(), line),
            Err(error) => Err(error),
        },
    };
    match outcome {
        Ok(Some(detail)) => Line::Event(detail),
        Ok(None) => Line::Passed,
        Err(error) if error.is_data() => match serde_json::from_str::<serde::de::IgnoredAny>(line) {
            Ok(_) => Line::Broken,
            Err(_) => Line::NotJson,
        },
        Err(_) => Line::NotJson,
    }
}

fn parse_named<'a>(name: &[u8], line: &'a str) -> Result<Option<Detail<'a>>, serde_json::Error> {
    let Some(short) = name.strip_prefix(b"SparkListener") else {
        return parse_class(name, line);
    };
    Ok(Some(match short {
        b"TaskEnd" => Detail::TaskEnded(Box::new(match scan::task_ended(line) {
            Some(task) => task,
            None => read(line)?,
        })),
        b"TaskStart" => Detail::TaskStarted(match scan::task_started(line) {
            Some(task) => task,
            None => read(line)?,
        }),
        b"TaskGettingResult" => Detail::GettingResult(read(line)?),
        b"StageSubmitted" => Detail::StageSubmitted(Box::new(read(line)?)),
        b"StageCompleted" => Detail::StageCompleted(Box::new(read(line)?)),
        b"JobStart" => Detail::JobStarted(Box::new(read(line)?)),
        b"JobEnd" => Detail::JobEnded(read(line)?),
        b"LogStart" => Detail::LogStart(read::<LogStart>(line)?.version),
        b"ApplicationStart" => Detail::AppStart(read(line)?),
        b"ApplicationEnd" => Detail::AppEnd(read(line)?),
        b"EnvironmentUpdate" => Detail::Environment(Box::new(read(line)?)),
        b"ResourceProfileAdded" => Detail::ProfileAdded(read(line)?),
        b"ExecutorAdded" => Detail::ExecutorJoined(Box::new(read(line)?)),
        b"ExecutorRemoved" => Detail::ExecutorLeft(read(line)?),
        b"StageExecutorMetrics" => Detail::StagePeaks(Box::new(read(line)?)),
        b"ExecutorMetricsUpdate" => Detail::MetricsUpdate(read(line)?),
        b"BlockManagerAdded" => Detail::BlockManagerAdded(read(line)?),
        b"BlockUpdated" => Detail::BlockUpdated(Box::new(read(line)?)),
        b"UnpersistRDD" => Detail::Unpersist(read::<Unpersist>(line)?.rdd_id),
        _ => return passed(line),
    }))
}

/// Events that Spark names by their class. What it cannot make of the line's keys is passed over there.
fn parse_class<'a>(name: &[u8], line: &'a str) -> Result<Option<Detail<'a>>, serde_json::Error> {
    let outcome = if let Some(name) = name.strip_prefix(b"org.apache.spark.sql.execution.ui.SparkListener") {
        match name {
            b"SQLExecutionStart" => read(line).map(|event| Detail::SqlStarted(Box::new(event))),
            b"SQLExecutionEnd" => read(line).map(Detail::SqlEnded),
            b"SQLAdaptiveExecutionUpdate" => read(line).map(|event| Detail::PlanChanged(Box::new(event))),
            b"SQLAdaptiveSQLMetricUpdates" => read(line).map(Detail::SqlMetricsAdded),
            b"DriverAccumUpdates" => read(line).map(Detail::SqlDriverUpdates),
            _ => return passed(line),
        }
    } else if let Some(name) = name.strip_prefix(b"org.apache.spark.scheduler.SparkListener") {
        if name == b"MiscellaneousProcessAdded" {
            read(line).map(Detail::ProcessAdded)
        } else if let Some((target, is_excluded)) = executor::exclusion(name) {
            read::<executor::RawExclusion>(line).map(|raw| Detail::Exclusion(raw.made(target, is_excluded)))
        } else {
            return passed(line);
        }
    } else {
        return passed(line);
    };
    match outcome {
        Ok(detail) => Ok(Some(detail)),
        Err(error) if error.is_data() => passed(line),
        Err(error) => Err(error),
    }
}

/// A line of no interest must still be JSON: Spark parses every line before it looks at its event.
fn passed<'a>(line: &'a str) -> Result<Option<Detail<'a>>, serde_json::Error> {
    serde_json::from_str::<serde::de::IgnoredAny>(line).map(|_| None)
}

fn read<'a, T: Deserialize<'a>>(line: &'a str) -> Result<T, serde_json::Error> {
    serde_json::from_str(line)
}

#[derive(Deserialize)]
struct Tag {
    #[serde(rename = "Event")]
    event: String,
}

#[derive(Deserialize)]
struct LogStart<'a> {
    #[serde(rename = "Spark Version", borrow)]
    version: Text<'a>,
}

#[derive(Deserialize)]
struct Unpersist {
    #[serde(rename = "RDD ID")]
    rdd_id: i64,
}
