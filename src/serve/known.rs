//! Which applications there are: those of the published file and, asked for by name, those whose logs lie where
//! logs are but were not read yet.

use std::sync::Arc;

use anyhow::Result;

use super::event_logs::{Candidate, EventLogs};
use super::listing::{Attempt, Known, Listing};
use crate::query::{ListedAttempt, Session};
use crate::replay::Application;

/// All applications of a published file.
///
/// # Errors
/// When the database cannot be read.
pub(super) fn listing(session: &Session, logs: &EventLogs) -> Result<Listing> {
    let rows = session.listing()?;
    Ok(Listing::new(rows.into_iter().map(|row| listed(row, logs))))
}

impl Candidate {
    /// What a listing would say of the application in this log, which changed last at `modified_ms`.
    pub(super) fn known(&self, app: &Application, modified_ms: i64) -> Option<Known> {
        let identity = app.identity.as_ref()?;
        let is_in_progress = self.path.ends_with(".inprogress");
        let ended_ms = identity.ended_ms.filter(|_| !is_in_progress);
        Some(Known {
            id: identity.id.clone(),
            name: identity.name.clone(),
            attempts: vec![Attempt {
                id: identity.attempt.clone(),
                started_ms: identity.started_ms,
                ended_ms: ended_ms.unwrap_or(-1),
                last_updated_ms: modified_ms,
                user: identity.user.clone(),
                is_completed: ended_ms.is_some(),
                spark_version: app.spark_version.clone().unwrap_or_default(),
                exit_code: identity.exit_code,
                directory: Arc::clone(&self.directory),
                path: self.path.clone(),
            }],
        })
    }
}

fn listed(row: ListedAttempt, logs: &EventLogs) -> (String, String, Attempt) {
    let attempt = Attempt {
        directory: logs.directory_of(&row.path),
        id: row.attempt,
        started_ms: row.started_ms,
        ended_ms: row.ended_ms.unwrap_or(-1),
        last_updated_ms: row.modified_ms,
        user: row.user,
        is_completed: row.ended_ms.is_some(),
        spark_version: row.spark_version.unwrap_or_default(),
        exit_code: row.exit_code,
        path: row.path,
    };
    (row.app_id, row.app_name, attempt)
}
