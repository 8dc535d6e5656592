//! `shh source`.

use clap::{Args, Subcommand};

use super::RemoteArgs;

/// Try out whether logs on other machines can be read
#[derive(Args, Clone, Debug)]
pub struct SourceArgs {
    #[command(subcommand)]
    pub action: SourceAction,
}

/// What to do with a place of logs.
#[derive(Subcommand, Clone, Debug)]
pub enum SourceAction {
    Check(SourceCheckArgs),
}

/// Try a log directory step by step and say what works
///
/// Configuration, name resolution, connection, authentication, listing, and reading the first bytes of
/// one log: each step is tried and told, and the first that fails says why and what to do. Nothing is
/// ingested, and nested directories are not looked into.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  shh source check hdfs://namenode:8020/spark-events
  shh source check s3://logs/spark --s3-endpoint http://127.0.0.1:9000")]
pub struct SourceCheckArgs {
    /// Log directory: a path or a URI
    #[arg(value_name = "URI")]
    pub location: std::ffi::OsString,

    #[command(flatten)]
    pub remote: RemoteArgs,
}
