//! One line of an event log -> one typed, borrowed event.
//!
//! Knows Spark's events and nothing of files or of other lines. Parsing never fails a log and never
//! panics: a line is an [`Event`], or of no interest, or malformed, and the caller counts.
//!
//! [`typed`] is the definition of every event. [`scan`] reads the hot ones several times faster as long
//! as a line looks exactly as Spark's writer makes it, and passes on anything else.

#[cfg(test)]
mod agreement_tests;
mod application;
mod cursor;
pub mod detail;
mod executor;
mod flat;
mod job;
mod plan;
mod scan;
mod sql;
mod stage;
mod task;
mod typed;

pub use application::{ApplicationEnd, ApplicationStart, EnvironmentUpdate, Properties, ResourceProfile};
pub use executor::{ExecutorAdded, ExecutorMetrics, ExecutorRemoved, StageExecutorMetrics};
pub use job::{JobEnd, JobStart};
pub use plan::FileNode;
pub use sql::{DriverAccumUpdates, SqlExecutionEnd, SqlExecutionStart};
pub use stage::{Accumulables, StageInfo};
pub use task::{TaskEnd, TaskFailure, TaskInfo, TaskMetrics, TaskStart};
pub use typed::parse as parse_typed;

use std::borrow::Cow;

/// An event that the fold of an application looks at. Strings borrow from the line unless they hold
/// escapes. Times are milliseconds since the epoch, sizes bytes, as Spark writes them.
#[derive(Debug, Clone, PartialEq)]
pub enum Event<'a> {
    /// `SparkListenerLogStart`: the Spark version (absent in logs of Spark 1.3).
    LogStart {
        spark_version: Cow<'a, str>,
    },
    ApplicationStart(ApplicationStart<'a>),
    ApplicationEnd(ApplicationEnd),
    EnvironmentUpdate(Box<EnvironmentUpdate<'a>>),
    ResourceProfileAdded(ResourceProfile),
    ExecutorAdded(ExecutorAdded<'a>),
    ExecutorRemoved(ExecutorRemoved<'a>),
    JobStart(JobStart<'a>),
    JobEnd(JobEnd<'a>),
    StageSubmitted(StageInfo<'a>),
    StageCompleted(StageInfo<'a>),
    TaskStart(TaskStart),
    TaskEnd(TaskEnd<'a>),
    StageExecutorMetrics(StageExecutorMetrics<'a>),
    SqlExecutionStart(SqlExecutionStart<'a>),
    /// `SparkListenerSQLAdaptiveExecutionUpdate`: what the plan as it is now reads from and writes to files.
    SqlPlanUpdate {
        file_nodes: Vec<FileNode>,
    },
    DriverAccumUpdates(DriverAccumUpdates),
    SqlExecutionEnd(SqlExecutionEnd<'a>),
    /// A structured streaming query started.
    StreamingQueryStarted,
    /// Any other event: only its time counts, as a sign of life.
    Other {
        time_ms: Option<i64>,
    },
}

/// What became of one line. Taken apart where it is made: boxing the common variant would cost an allocation
/// a line.
#[expect(clippy::large_enum_variant, reason = "the large variant is the common one")]
#[derive(Debug, Clone, PartialEq)]
pub enum Parsed<'a> {
    Event(Event<'a>),
    /// The line is no event as Spark writes them; the text says why, without the line itself.
    Malformed(String),
}

/// Reads one line (without its line end): the fast way where it is sure, the typed way otherwise.
pub fn parse(line: &[u8]) -> Parsed<'_> {
    match scan::scan(line) {
        Some(event) => Parsed::Event(event),
        None => typed::parse(line),
    }
}

/// The fast reading alone; `None` says "not mine". Public so that tests can hold it against [`parse_typed`].
pub fn parse_scanned(line: &[u8]) -> Option<Event<'_>> {
    scan::scan(line)
}
