//! What is done with a result: where it goes, and when it is a failure.

use std::path::PathBuf;

use clap::{Args, ValueHint};

/// Where a result goes.
#[derive(Args, Clone, Debug, Default)]
pub struct OutputArgs {
    /// Write to this file instead of standard output
    ///
    /// It is written beside its place and moved there when it is whole: a reader sees the old file or
    /// the new one.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub output: Option<PathBuf>,
}

/// When a result is a failure.
#[derive(Args, Clone, Debug, Default)]
pub struct FailArgs {
    /// Exit with 4 if this holds for a row; may be given several times
    ///
    /// COLUMN OP NUMBER, such as 'idle_pct>70', with one of > >= < <= = !=. The column is one of those
    /// that --format csv prints, the number in its unit there. All rows are looked at, also those that
    /// --limit cuts. What is not known never holds.
    #[arg(long, value_name = "CONDITION", help_heading = "Output")]
    pub fail_if: Vec<String>,
}
