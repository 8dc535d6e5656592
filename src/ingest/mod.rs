//! The main job: find logs, read the new ones in parallel, write their rows, publish.
//!
//! Workers decode, parse and fold whole logs on their own; one writer owns the database. They are joined
//! by a bounded channel, so that memory is bounded by the number of workers and never by a log's size.

mod pipeline;
mod plan;
mod progress;
mod read;
mod reading;
mod summary;
mod together;
mod verdict;

use pipeline::Begun;
pub use plan::{Plan, Skipped};
pub use progress::Progress;
pub use read::{How, Limits as ReadLimits, read_log};
pub use summary::{Requests, Summary};

use std::time::Instant;

use anyhow::Result;

use crate::error::UserError;
use crate::naming::Naming;
use crate::settings::IngestSettings;
use crate::source::Sources;
use crate::store::{Ledger, Limits, Lock};

/// Brings the database up to date with the log directories. `sources` are new, and know afterwards what was asked of
/// each store, also when nothing came of it.
///
/// # Errors
/// When nothing could be published: wrong directory, lock held, database not writable. Damaged logs are no
/// error; the summary counts them.
pub fn ingest(
    settings: &IngestSettings,
    sources: &Sources,
    now_ms: i64,
    progress: &Progress,
) -> Result<Summary> {
    let started = Instant::now();
    if settings.locations.is_empty() {
        return Err(UserError::usage("no log directory to read".to_owned())
            .hint("name one with --log-directory DIR, in SHH_LOG_DIRECTORY or as history.log_directory in the configuration file")
            .into());
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(settings.threads)
        .thread_name(|number| format!("read-{number}"))
        .build()?;
    let limits = limits(settings);
    let lock = if settings.is_dry_run {
        None
    } else {
        Some(Lock::take(&settings.database, settings.wait, now_ms)?)
    };
    let naming = Naming::new(&settings.jobs, &settings.tags)?;
    let mut ledger = Ledger::open(&settings.database, limits)?;
    let is_renamed = ledger.naming().is_some_and(|known| known != naming.fingerprint());
    let is_outdated = ledger.is_of_older_schema();
    if settings.is_full {
        ledger.forget_all_but_pruned();
    }
    let plan = Plan::make(settings, &ledger, sources, &pool, progress)?;
    drop(ledger);
    let mut summary = Summary::of_plan(&plan, settings);
    if settings.is_dry_run {
        summary.would_read = plan.logs.iter().map(|log| log.path.clone()).collect();
    } else if !plan.is_empty() || is_renamed || is_outdated {
        let begun = Begun { now_ms, started };
        let totals = pipeline::run(settings, &naming, sources, &pool, &plan, begun, progress)?;
        summary.add(totals);
    }
    summary.requests = sources.requests().into_iter().map(Into::into).collect();
    summary.seconds = started.elapsed().as_secs_f64();
    if !summary.published {
        summary.phases.plan_s = summary.seconds;
    }
    progress.finish();
    drop(lock);
    Ok(summary)
}

/// What DuckDB may use.
fn limits(settings: &IngestSettings) -> Limits {
    Limits {
        memory_bytes: settings.memory_limit_bytes,
        threads: settings.threads,
    }
}
