//! `shh sql`.

use clap::Args;

use super::{Format, OutputArgs};

/// Ask the database in SQL
///
/// One SELECT (or WITH, FROM, VALUES, DESCRIBE, SHOW, SUMMARIZE, PIVOT, EXPLAIN) in DuckDB's dialect. The
/// database is opened for reading, and nothing else can be reached: no file, no network, no
/// extension. The answer shows values as they are.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "\
Examples:
  shh sql --tables
  shh sql --schema apps
  shh sql 'select app_name, sum(alloc_core_h) from apps group by all order by 2 desc limit 5'
  shh sql --format csv - < question.sql > answer.csv")]
pub struct SqlArgs {
    /// The statement; `-` reads it from standard input
    #[arg(value_name = "STATEMENT", required_unless_present_any = ["tables", "schema"])]
    pub statement: Option<String>,

    /// List the tables and what they are about
    #[arg(long, conflicts_with_all = ["statement", "schema"], help_heading = "Tables")]
    pub tables: bool,

    /// List the columns of a table, or of all, with unit and meaning
    #[arg(
        long,
        value_name = "TABLE",
        num_args = 0..=1,
        default_missing_value = "",
        conflicts_with = "statement",
        help_heading = "Tables"
    )]
    pub schema: Option<String>,

    /// How to print the answer
    #[arg(
        long,
        value_name = "FORMAT",
        value_enum,
        default_value_t,
        help_heading = "Output"
    )]
    pub format: Format,

    /// Print at most so many rows (0: all) [default: 100]
    ///
    /// Of what machines read (json and csv), all rows are printed by default.
    #[arg(long, value_name = "N", help_heading = "Output")]
    pub limit: Option<u64>,

    /// Print every column in full, however wide the table gets
    #[arg(long, help_heading = "Output")]
    pub wide: bool,

    #[command(flatten)]
    pub output: OutputArgs,

    /// Give up after this time [default: 60s]
    ///
    /// Such as 500ms or 10m.
    #[arg(long, value_name = "DURATION", help_heading = "Resources")]
    pub timeout: Option<String>,

    /// Memory the statement and its answer may take [default: 512MiB]
    ///
    /// Beyond it, DuckDB writes temporary files beside the database.
    #[arg(long, value_name = "SIZE", help_heading = "Resources")]
    pub memory_limit: Option<String>,
}
