//! `shh prune` and `shh compact`.

use clap::Args;

use super::SummaryFormat;

/// Remove applications that ended long ago
///
/// With all their rows. Usage and fleet minutes of the time before go as well, so that no hour is left of
/// which only a part is known. Pruned logs that still exist are not read again, not even with
/// `shh ingest --full`; other logs of that time are left out too. The file does not shrink: `shh compact`
/// gives the room back.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "\
Examples:
  shh prune --older-than 400d --dry-run
  shh prune --older-than 400d && shh compact")]
pub struct PruneArgs {
    /// Remove what ended longer ago than this, in whole days UTC
    ///
    /// Such as 400d or 52w. Default: `retention.older_than` of the configuration. Nothing is pruned but by
    /// this command.
    #[arg(long, value_name = "DURATION", help_heading = "Retention")]
    pub older_than: Option<String>,

    /// Only say what would be removed
    #[arg(long, help_heading = "Run")]
    pub dry_run: bool,

    #[command(flatten)]
    pub rewrite: RewriteArgs,
}

/// Write the database anew, in the order of time and without free space
///
/// After many ingests and prunes the file has gaps, and rows of one day lie far apart. The new file
/// replaces the old one in one step, as an ingest does.
#[derive(Args, Clone, Debug, Default)]
pub struct CompactArgs {
    #[command(flatten)]
    pub rewrite: RewriteArgs,
}

/// What every command takes that replaces the database.
#[derive(Args, Clone, Debug, Default)]
pub struct RewriteArgs {
    /// How long to wait while another ingest runs [default: 0s]
    ///
    /// Such as 90s or 10m. When the time is over, the exit code is 75.
    #[arg(long, value_name = "DURATION", help_heading = "Run")]
    pub wait: Option<String>,

    /// Memory DuckDB may use [default: 128MiB]
    #[arg(long, value_name = "SIZE", help_heading = "Resources")]
    pub memory_limit: Option<String>,

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
