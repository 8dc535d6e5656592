//! `shh export`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::SummaryFormat;

/// Write every table as Parquet
///
/// A directory for each table; large ones are in parts by day (day=2026-10-05), which Spark and DuckDB
/// understand. The export is written beside its place and moved there when it is whole; an export that is
/// there already is replaced, anything else is refused. `--database DIR` asks an export: report, trends
/// and sql take it in place of a database.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "\
Examples:
  shh export /data/shh-export
  shh report resource-hogs --database /data/shh-export")]
pub struct ExportArgs {
    /// The directory to write
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub directory: PathBuf,

    /// Memory DuckDB may use [default: 512MiB]
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
