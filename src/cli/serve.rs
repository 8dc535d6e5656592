//! `shh serve`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::RemoteArgs;

/// Serve dashboard, analytics API and Spark's REST API over HTTP
///
/// Answers from the published database, and keeps it up to date: at start and then every
/// --update-interval it reads what is new in the log directories, as `shh ingest` would. Ingests that run
/// beside it, from cron for example, are fine: whenever the file is replaced, answers come from the new
/// one. Stops on SIGTERM and SIGINT when the running requests are answered.
///
/// It listens on this machine only unless --host says otherwise. It speaks plain HTTP: put a proxy with
/// TLS in front of it where the network is not trusted, and give it an --auth-file.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "\
Examples:
  shh serve --log-directory /var/log/spark-events
  shh serve --no-ingest --database fleet.duckdb --port 8080
  shh serve -l /logs --host 0.0.0.0 --allowed-host history.example.com --auth-file /etc/shh/auth")]
pub struct ServeArgs {
    /// Directory of event logs; may be given several times
    ///
    /// As for `shh ingest`. Default: `history.log_directory` of the configuration.
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Logs")]
    pub log_directory: Vec<OsString>,

    #[command(flatten)]
    pub remote: RemoteArgs,

    /// How often to look for new logs [default: 60s]
    #[arg(long, value_name = "DURATION", help_heading = "Logs")]
    pub update_interval: Option<String>,

    /// Only answer: read no logs into the database
    #[arg(long, conflicts_with = "update_interval", help_heading = "Logs")]
    pub no_ingest: bool,

    /// Show no more of an application than Spark's history server keeps
    ///
    /// By default every job, stage and task is shown. With this, old ones are left out as Spark does it with its
    /// default limits (spark.ui.retainedJobs and the like).
    #[arg(long, help_heading = "Spark's REST API")]
    pub spark_retention: bool,

    /// Memory for applications whose logs were replayed [default: 512MiB]
    ///
    /// What is inside of an application is answered from its log, which is read for the first request and then
    /// kept until there is no room.
    #[arg(long, value_name = "SIZE", help_heading = "Spark's REST API")]
    pub replay_cache: Option<String>,

    /// Address to listen on [default: 127.0.0.1]
    ///
    /// Any other than a loopback address lets other machines ask, and prints what that means.
    #[arg(long, value_name = "ADDRESS", value_hint = ValueHint::Hostname, help_heading = "Server")]
    pub host: Option<String>,

    /// Port to listen on; 0 takes a free one [default: 18080]
    #[arg(short, long, value_name = "PORT", help_heading = "Server")]
    pub port: Option<u16>,

    /// File of the credentials of which requests have to show one
    ///
    /// Each line is `Bearer TOKEN` or `Basic USER:PASSWORD`; lines that begin with # are comments. The file
    /// is read at start.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Server")]
    pub auth_file: Option<PathBuf>,

    /// Name under which browsers may reach the server; may be given several times
    ///
    /// Requests for other names are refused, so that a foreign page cannot point a name of its own at this
    /// server (DNS rebinding). localhost, IP addresses and the name in --host are always allowed.
    /// `.example.com` allows every name below it, `*` every name.
    #[arg(long, value_name = "HOST", value_hint = ValueHint::Hostname, help_heading = "Server")]
    pub allowed_host: Vec<String>,
}
