//! `shh export`: every table as Parquet.

use anyhow::Result;
use serde::Serialize;

use crate::cli::ExportArgs;
use crate::error::Exit;
use crate::number;
use crate::settings::{ExportSettings, Settings, SummaryFormat};
use crate::store::{Limits, export};
use crate::ui::Ui;

/// The summary for monitors. Names are a promise.
#[derive(Serialize)]
struct Summary {
    directory: String,
    tables: u64,
    rows: u64,
    files: u64,
    bytes: u64,
}

pub(super) fn run(args: &ExportArgs, settings: &Settings, ui: &Ui) -> Result<Exit> {
    let decided = ExportSettings::decide(args, settings)?;
    let limits = Limits {
        memory_bytes: decided.memory_limit_bytes,
        threads: 1,
    };
    let exported = export(&decided.database, limits, &decided.directory)?;
    let summary = Summary {
        directory: decided.directory.display().to_string(),
        tables: exported.tables,
        rows: exported.rows,
        files: exported.files,
        bytes: exported.bytes,
    };
    match decided.summary {
        SummaryFormat::Json => ui.print(&format!("{}\n", serde_json::to_string(&summary)?))?,
        SummaryFormat::Table => ui.status(&format!(
            "{} tables, {} rows, {} in {} files: {}",
            summary.tables,
            count(summary.rows),
            number::bytes(number::approximate(i64::try_from(summary.bytes)?)),
            count(summary.files),
            summary.directory,
        )),
    }
    Ok(Exit::Done)
}

fn count(number: u64) -> String {
    number::count(i64::try_from(number).unwrap_or(i64::MAX))
}
