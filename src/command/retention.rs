//! `shh prune` and `shh compact`: the database without what is old, and without gaps.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use serde::Serialize;

use crate::cli::{CompactArgs, PruneArgs};
use crate::error::{Exit, UserError};
use crate::number;
use crate::settings::{PruneSettings, RewriteSettings, Settings, SummaryFormat};
use crate::store::{self, Limits, Lock, Pruned};
use crate::ui::Ui;

/// The summary of a prune for monitors. Names are a promise.
#[derive(Serialize)]
struct PruneSummary {
    database: String,
    published: bool,
    pruned_before: String,
    applications: u64,
    /// By table.
    rows: BTreeMap<String, u64>,
}

/// The summary of a compaction for monitors. Names are a promise.
#[derive(Serialize)]
struct CompactSummary {
    database: String,
    bytes_before: u64,
    bytes_after: u64,
}

pub(super) fn prune(args: &PruneArgs, settings: &Settings, ui: &Ui) -> Result<Exit> {
    let decided = PruneSettings::decide(args, settings)?;
    let rewrite = &decided.rewrite;
    let pruned = if decided.is_dry_run {
        store::would_prune(&rewrite.database, limits(rewrite), decided.before_ms)?
    } else {
        must_exist(&rewrite.database)?;
        let _lock = Lock::take(&rewrite.database, rewrite.wait, settings.now_ms)?;
        store::prune(
            &rewrite.database,
            limits(rewrite),
            decided.before_ms,
            settings.now_ms,
        )?
    };
    let before = moment(decided.before_ms);
    match rewrite.summary {
        SummaryFormat::Json => {
            let summary = PruneSummary {
                database: rewrite.database.display().to_string(),
                published: !decided.is_dry_run && pruned.applications > 0,
                pruned_before: before,
                applications: pruned.applications,
                rows: pruned.rows.into_iter().collect(),
            };
            ui.print(&format!("{}\n", serde_json::to_string(&summary)?))?;
        }
        SummaryFormat::Table => ui.status(&prune_line(&pruned, &before, decided.is_dry_run)),
    }
    Ok(Exit::Done)
}

pub(super) fn compact(args: &CompactArgs, settings: &Settings, ui: &Ui) -> Result<Exit> {
    let decided = RewriteSettings::decide(args, settings)?;
    must_exist(&decided.database)?;
    let _lock = Lock::take(&decided.database, decided.wait, settings.now_ms)?;
    let compacted = store::compact(&decided.database, limits(&decided))?;
    match decided.summary {
        SummaryFormat::Json => {
            let summary = CompactSummary {
                database: decided.database.display().to_string(),
                bytes_before: compacted.bytes_before,
                bytes_after: compacted.bytes_after,
            };
            ui.print(&format!("{}\n", serde_json::to_string(&summary)?))?;
        }
        SummaryFormat::Table => ui.status(&format!(
            "{}: {} before, {} now",
            decided.database.display(),
            bytes(compacted.bytes_before),
            bytes(compacted.bytes_after),
        )),
    }
    Ok(Exit::Done)
}

fn limits(rewrite: &RewriteSettings) -> Limits {
    Limits {
        memory_bytes: rewrite.memory_limit_bytes,
        threads: 1,
    }
}

/// Neither makes a database; not even its lock is left where there is none.
fn must_exist(database: &Path) -> Result<()> {
    if database.try_exists()? {
        return Ok(());
    }
    Err(
        UserError::failure(format!("there is no database `{}`", database.display()))
            .hint("name the database file with --database FILE")
            .into(),
    )
}

fn prune_line(pruned: &Pruned, before: &str, is_dry_run: bool) -> String {
    let day = before.split('T').next().unwrap_or(before);
    if pruned.applications == 0 {
        return format!("no application ended before {day}: nothing to remove");
    }
    let rows: u64 = pruned.rows.iter().map(|(_, rows)| rows).sum();
    let plural = if pruned.applications == 1 { "" } else { "s" };
    let counted = format!(
        "{} application{plural} that ended before {day}, {} rows in all",
        count(pruned.applications),
        count(rows),
    );
    if is_dry_run {
        format!("would remove {counted}")
    } else {
        format!("removed {counted}; `shh compact` gives their room back")
    }
}

fn moment(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(|_| ms.to_string(), |time| time.to_string())
}

fn count(number: u64) -> String {
    number::count(i64::try_from(number).unwrap_or(i64::MAX))
}

fn bytes(number: u64) -> String {
    number::bytes(number::approximate(i64::try_from(number).unwrap_or(i64::MAX)))
}
