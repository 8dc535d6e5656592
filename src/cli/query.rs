//! `shh report` and `shh trends`: what they share, and what is their own.

use std::ffi::OsString;

use clap::{Args, ValueEnum, ValueHint};

use super::RemoteArgs;

/// How an application ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Status {
    /// Ended, and its last job did not fail
    Succeeded,
    /// Ended with a failure
    Failed,
    /// Its log is still being written
    Running,
    /// The log does not say
    Unknown,
}

impl Status {
    /// The word for it: on the command line, in the database and in every output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Running => "running",
            Self::Unknown => "unknown",
        }
    }
}

/// How a table is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For reading: aligned, with the units people use
    #[default]
    Table,
    /// One JSON document with raw numbers; never cut
    Json,
    /// Comma-separated values with raw numbers; never cut
    Csv,
    /// A Markdown table
    Md,
}

/// The step of a time series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Bucket {
    /// Hour by hour
    Hour,
    /// Day by day
    #[default]
    Day,
    /// Week by week, from Monday
    Week,
    /// Month by month
    Month,
}

/// Print a report; without a name, list the reports
///
/// A report is one table about the applications of a time window: the last 7 days (cost and jobs: 30)
/// unless a filter says otherwise (back from now, or, when nothing is that recent, back from the newest
/// application). The line under the table says which applications it covers and how far to trust it.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "\
Examples:
  shh report
  shh report resource-hogs --log-directory /var/log/spark-events
  shh report summary --log-directory s3://logs/spark --s3-region eu-central-1
  shh report efficiency --since 2026-11-01 --until 2026-11-08 --user 'etl_.*'
  shh report apps --status failed --sort wasted_core_h:desc --format json")]
pub struct ReportArgs {
    /// Report to print (without it: the list of reports)
    #[arg(value_name = "NAME")]
    pub name: Option<String>,

    /// What the report is about: `app ID`, `compare A B`
    ///
    /// Two things to compare are two applications, two jobs, or two windows written as SINCE..UNTIL.
    #[arg(value_name = "SUBJECT", num_args = 0..=2)]
    pub subjects: Vec<String>,

    /// What to rank or to break down by; each report lists its own words
    ///
    /// `resource-hogs --by memory`, `executors --by host`, `owners --by queue`.
    #[arg(long, value_name = "WORD")]
    pub by: Option<String>,

    #[command(flatten)]
    pub query: QueryArgs,
}

/// Print a time series; without a name, list the trends
///
/// A trend is one row per hour, day, week or month, with a sparkline of each series: the last 30
/// days unless a filter says otherwise (back from now, or, when nothing is that recent, back from
/// the newest application).
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "\
Examples:
  shh trends
  shh trends usage --bucket week --last 90d
  shh trends concurrency --capacity-cores 4000 --capacity-memory 16TiB")]
pub struct TrendsArgs {
    /// Trend to print (without it: the list of trends)
    #[arg(value_name = "NAME")]
    pub name: Option<String>,

    /// What to break down by; each trend lists its own words
    #[arg(long, value_name = "WORD", help_heading = "Series")]
    pub by: Option<String>,

    /// Time zone in which buckets are cut, such as Europe/Berlin [default: UTC]
    #[arg(long, value_name = "ZONE", help_heading = "Series")]
    pub tz: Option<String>,

    /// Step of the series
    #[arg(
        long,
        value_name = "STEP",
        value_enum,
        default_value_t,
        help_heading = "Series"
    )]
    pub bucket: Bucket,

    /// Cores of the cluster, to show shares of them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = "Series")]
    pub capacity_cores: Option<u64>,

    /// Memory of the cluster, to show shares of it
    ///
    /// Such as 512GiB or 16TiB.
    #[arg(long, value_name = "SIZE", help_heading = "Series")]
    pub capacity_memory: Option<String>,

    #[command(flatten)]
    pub query: QueryArgs,
}

/// What every question about the fleet takes.
#[derive(Args, Clone, Debug, Default)]
pub struct QueryArgs {
    /// Ingest this directory first; may be given several times
    ///
    /// As `shh ingest --log-directory DIR` would, so that one command answers from a cold start.
    /// Without it, the figures in the database are used as they are.
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Logs")]
    pub log_directory: Vec<OsString>,

    #[command(flatten)]
    pub remote: RemoteArgs,

    #[command(flatten)]
    pub filters: FilterArgs,

    /// One row for each app, job, user, queue, version, kind, day or tag:KEY
    #[arg(long, value_name = "WHAT", help_heading = "Output")]
    pub group_by: Option<String>,

    /// How to print the table
    #[arg(
        long,
        value_name = "FORMAT",
        value_enum,
        default_value_t,
        help_heading = "Output"
    )]
    pub format: Format,

    /// Explain the columns: unit and definition of each
    #[arg(long, help_heading = "Output")]
    pub explain: bool,

    /// Print every column in full, however wide the table gets
    #[arg(long, help_heading = "Output")]
    pub wide: bool,

    #[command(flatten)]
    pub output: super::OutputArgs,

    #[command(flatten)]
    pub fail: super::FailArgs,

    /// Run the query N times and print how long it took
    #[arg(
        long,
        value_name = "N",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "1",
        value_parser = clap::value_parser!(u32).range(1..),
        hide = true
    )]
    pub timings: Option<u32>,
}

/// Which applications a question is about.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Filters")]
pub struct FilterArgs {
    /// Window back from now, such as 7d, 36h or all
    ///
    /// Without it, and without --since and --until, reports look at the last 7 days (cost and jobs at the
    /// last 30, app and compare at all there is) and trends at the last 30; when no application is that recent, the window ends with the newest application
    /// instead, and the line under the table says so. Windows are whole hours UTC; of an executor's
    /// life the part inside the window counts.
    #[arg(long, value_name = "DURATION", conflicts_with_all = ["since", "until"])]
    pub last: Option<String>,

    /// Begin of the window (2026-11-01, 2026-11-01T10:30, 7d, ...)
    ///
    /// RFC 3339, a date or a date with a time (in UTC), seconds or milliseconds since 1970, or how
    /// long ago: 7d, 36h.
    #[arg(long, value_name = "WHEN")]
    pub since: Option<String>,

    /// End of the window, which is not part of it
    ///
    /// Written like --since: `--since 2026-11-01 --until 2026-11-08` are seven days.
    #[arg(long, value_name = "WHEN")]
    pub until: Option<String>,

    /// Only applications of users that match this regular expression
    #[arg(long, value_name = "RE")]
    pub user: Option<String>,

    /// Only applications in queues that match this regular expression
    #[arg(long, value_name = "RE")]
    pub queue: Option<String>,

    /// Only applications with names that match this regular expression
    #[arg(long, value_name = "RE")]
    pub app_name: Option<String>,

    /// Only runs of this recurring job, as `report jobs` names it
    #[arg(long, value_name = "JOB")]
    pub job: Option<String>,

    /// Only applications with this tag; several: with all of them
    #[arg(long, value_name = "KEY=VALUE")]
    pub tag: Vec<String>,

    /// Only this application
    #[arg(long, value_name = "ID")]
    pub app_id: Option<String>,

    /// Only applications that ended so
    #[arg(long, value_name = "STATUS", value_enum)]
    pub status: Option<Status>,

    /// Only applications of this Spark version, such as 3.5 or 4.1.1
    #[arg(long, value_name = "VERSION")]
    pub spark_version: Option<String>,

    /// Only applications that ran at least so long, such as 90s or 5m
    ///
    /// From start to end, whatever the window.
    #[arg(long, value_name = "DURATION")]
    pub min_duration: Option<String>,

    /// Only applications that held at least so many core-hours
    ///
    /// In their whole lives, whatever the window.
    #[arg(long, value_name = "N")]
    pub min_core_hours: Option<f64>,

    /// Also applications in local mode
    ///
    /// They take nothing from a cluster, so they are left out unless asked for, and counted under
    /// the table.
    #[arg(long)]
    pub include_local: bool,

    /// Also applications that have not finished
    ///
    /// Their figures are those up to the last event read. They are left out unless asked for, and
    /// counted under the table.
    #[arg(long)]
    pub include_incomplete: bool,

    /// Print at most so many rows (0: all) [default: 20]
    ///
    /// Of trends, and of what machines read (json and csv), all rows are printed by default.
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,

    /// Sort by this column, such as start:asc or alloc_core_h
    ///
    /// COLUMN, COLUMN:asc or COLUMN:desc, with the column's name as `--format csv` prints it.
    #[arg(long, value_name = "COL[:asc|:desc]")]
    pub sort: Option<String>,
}
