//! Flags that every command takes.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum, ValueHint};

/// When to color what is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// At a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Flags that every command takes.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// Configuration file
    ///
    /// Used instead of looking for one in config/settings.toml, in the user's and in the system's
    /// configuration directory.
    #[arg(short, long, value_name = "FILE", global = true, value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,

    /// Database file, or an export to ask
    ///
    /// The DuckDB file that holds the figures. `ingest` makes it when there is none. What only asks
    /// (report, trends, sql) also takes the directory of a `shh export`. Default: the configuration's,
    /// else shh/shh.duckdb in the user's data directory ($XDG_DATA_HOME, or ~/.local/share).
    #[arg(long, value_name = "FILE", global = true, value_hint = ValueHint::FilePath)]
    pub database: Option<PathBuf>,

    /// Say nothing but errors and warnings
    #[arg(short, long, global = true)]
    pub quiet: bool,

    /// Say more: what is done and how long it took (-vv: in detail)
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,

    /// When to use colors
    ///
    /// `auto`, the default, means at a terminal, unless NO_COLOR is set.
    #[arg(
        long,
        value_name = "WHEN",
        global = true,
        value_enum,
        hide_possible_values = false
    )]
    pub color: Option<ColorWhen>,

    /// Show no progress bars
    #[arg(long, global = true)]
    pub no_progress: bool,
}
