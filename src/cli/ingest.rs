//! `shh ingest`.

use std::ffi::OsString;

use clap::{Args, ValueEnum, ValueHint};

use super::RemoteArgs;

/// How the summary of an ingest is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SummaryFormat {
    /// One line for people
    #[default]
    Table,
    /// One JSON document, for cron jobs and monitors
    Json,
}

/// Find new or grown event logs, fold them, publish the figures
///
/// Reads what is new since the last run and nothing else: a log whose size and time did not change
/// is not opened again. The figures are written to a copy of the database that replaces it in one
/// step, so readers never see half an ingest, and an interrupted one leaves the database as it was.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "\
Examples:
  shh ingest --log-directory /var/log/spark-events
  shh ingest -l /logs/cluster-a -l /logs/cluster-b --database fleet.duckdb
  shh ingest --since 30d --format json --wait 10m
  shh ingest -l hdfs://namenode:8020/spark-events --kerberos-principal spark@EXAMPLE.COM --keytab-path spark.keytab
  shh ingest -l s3://logs/spark --s3-region eu-central-1")]
pub struct IngestArgs {
    /// Directory of event logs; may be given several times
    ///
    /// A path, or a URI that begins with file:, hdfs://, viewfs://, s3:// or s3a://: a directory that Spark
    /// writes event logs into (or one log). Plain and compressed logs, single files and rolling
    /// directories, finished and running applications are all taken. Default: `history.log_directory` of the configuration.
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Logs")]
    pub log_directory: Vec<OsString>,

    /// Nested directories to look into [default: 4]
    ///
    /// Directories below a log directory are searched down to this depth; 0 looks at the log
    /// directory alone. Rolling logs, which are directories themselves, do not count.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=64), help_heading = "Logs")]
    pub depth: Option<u16>,

    /// Only logs modified since then (2026-11-01, 7d, ...)
    ///
    /// RFC 3339, a date or a date with a time (in UTC), seconds or milliseconds since 1970, or how
    /// long ago: 7d, 36h. Logs that are already in the database stay there.
    #[arg(long, value_name = "WHEN", help_heading = "Logs")]
    pub since: Option<String>,

    /// Read at most so many logs in this run, newest first (0: all)
    ///
    /// The others are left for the next run, and the summary counts them.
    #[arg(long, value_name = "N", help_heading = "Logs")]
    pub max_applications: Option<u64>,

    #[command(flatten)]
    pub remote: RemoteArgs,

    /// Longest line that is kept [default: 256MiB]
    ///
    /// A longer line is skipped and counted as damage. This bounds the memory that one log can take.
    #[arg(long, value_name = "SIZE", help_heading = "Resources")]
    pub line_limit: Option<String>,

    /// Worker threads [default: one per core]
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u16).range(1..=1024),
        help_heading = "Resources"
    )]
    pub threads: Option<u16>,

    /// Memory DuckDB may use [default: 128MiB]
    ///
    /// Beyond it, DuckDB writes temporary files beside the database. Reading logs needs memory too:
    /// for each thread, one line and the figures of one application.
    #[arg(long, value_name = "SIZE", help_heading = "Resources")]
    pub memory_limit: Option<String>,

    /// Read every log again
    ///
    /// Also those that did not change, for example after an upgrade. Logs that are gone stay in the
    /// database.
    #[arg(long, help_heading = "Run")]
    pub full: bool,

    /// Only say what would be read
    #[arg(long, help_heading = "Run")]
    pub dry_run: bool,

    /// How long to wait while another ingest runs [default: 0s]
    ///
    /// Such as 90s or 10m. When the time is over, the exit code is 75.
    #[arg(long, value_name = "DURATION", help_heading = "Run")]
    pub wait: Option<String>,

    /// How to print the summary
    #[arg(
        long,
        value_name = "FORMAT",
        value_enum,
        default_value_t,
        help_heading = "Output"
    )]
    pub format: SummaryFormat,
}
