//! `shh ingest`: bring the database up to date, say what was done.

use anyhow::Result;

use crate::cli::IngestArgs;
use crate::error::Exit;
use crate::ingest::{Progress, Summary, ingest};
use crate::settings::{IngestSettings, Settings, SummaryFormat};
use crate::source::Sources;
use crate::ui::Ui;

pub(super) fn run(args: &IngestArgs, settings: &Settings, ui: &Ui) -> Result<Exit> {
    let decided = IngestSettings::decide(args, settings)?;
    warn(&decided, ui);
    let summary = ingested(&decided, settings.now_ms, ui)?;
    tell_damage(&summary, ui);
    ui.detail(&summary.phases_line());
    for requests in &summary.requests {
        ui.detail(&requests.line());
    }
    match decided.summary {
        SummaryFormat::Json => ui.print(&format!("{}\n", serde_json::to_string(&summary)?))?,
        SummaryFormat::Table => {
            for path in &summary.would_read {
                ui.print(&format!("{path}\n"))?;
            }
            ui.status(&summary.line());
        }
    }
    Ok(exit(&summary))
}

/// Ingests before a report is made. Its summary is talk, not data.
pub(super) fn before_report(decided: &IngestSettings, now_ms: i64, ui: &Ui) -> Result<Exit> {
    warn(decided, ui);
    let summary = ingested(decided, now_ms, ui)?;
    tell_damage(&summary, ui);
    ui.status(&summary.line());
    Ok(exit(&summary))
}

fn ingested(decided: &IngestSettings, now_ms: i64, ui: &Ui) -> Result<Summary> {
    let sources = Sources::new(&decided.remote);
    ingest(decided, &sources, now_ms, &Progress::new(ui.shows_progress()))
}

fn warn(decided: &IngestSettings, ui: &Ui) {
    for warning in &decided.remote.warnings {
        ui.warn(warning);
    }
}

/// A few damaged logs are named; many would bury the rest.
const MOST_NAMED: usize = 10;

fn tell_damage(summary: &Summary, ui: &Ui) {
    for damaged in summary.damaged.iter().take(MOST_NAMED) {
        ui.warn(&format!(
            "{}: {}",
            crate::fold::display_text(&damaged.path, 500),
            damaged.reason
        ));
    }
    if summary.damaged.len() > MOST_NAMED {
        let more = summary.damaged.len() - MOST_NAMED;
        ui.warn(&format!(
            "{more} more logs were skipped or damaged: see `shh report quality`"
        ));
    }
}

fn exit(summary: &Summary) -> Exit {
    if summary.damaged.is_empty() {
        Exit::Done
    } else {
        Exit::Damaged
    }
}
