//! Which applications there are: those of the published file and, asked for by name, those whose logs lie where
//! logs are but were not read yet.

use std::sync::{Arc, Mutex};

use super::database::{Database, lock};
use super::event_logs::{Candidate, EventLogs};
use super::listing::{Attempt, Known, Listing};
use crate::error;
use crate::query::ListedAttempt;
use crate::replay::Application;

/// The applications that can be asked about.
pub(super) struct Applications {
    database: Arc<Database>,
    logs: Arc<EventLogs>,
    /// What is listed, and from which version of the file.
    listed: Mutex<Option<(String, Arc<Listing>)>>,
}

/// Why there is no list.
pub(super) struct NoListing(pub String);

impl Applications {
    pub(super) fn new(database: Arc<Database>, logs: Arc<EventLogs>) -> Self {
        Applications {
            database,
            logs,
            listed: Mutex::default(),
        }
    }

    /// All applications of what is published now. Made anew only when that is another file; who comes in the
    /// meantime waits.
    pub(super) fn listing(&self) -> Result<Arc<Listing>, NoListing> {
        let instance = self.database.current();
        let version = instance.version();
        let mut listed = lock(&self.listed);
        if let Some((known, listing)) = &*listed
            && *known == version
        {
            return Ok(Arc::clone(listing));
        }
        let rows = instance
            .with_session(crate::query::Session::listing)
            .map_err(|failure| NoListing(error::describe(&failure)))?;
        let listing = Arc::new(Listing::new(rows.into_iter().map(|row| self.listed(row))));
        *listed = Some((version, Arc::clone(&listing)));
        Ok(listing)
    }

    fn listed(&self, row: ListedAttempt) -> (String, String, Attempt) {
        let directory = self.logs.directory_of(&row.path);
        let attempt = Attempt {
            id: row.attempt,
            started_ms: row.started_ms,
            ended_ms: row.ended_ms.unwrap_or(-1),
            last_updated_ms: row.modified_ms,
            user: row.user,
            is_completed: row.ended_ms.is_some(),
            spark_version: row.spark_version.unwrap_or_default(),
            exit_code: row.exit_code,
            directory,
            path: row.path,
        };
        (row.app_id, row.app_name, attempt)
    }
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
                directory: self.directory.clone(),
                path: self.path.clone(),
            }],
        })
    }
}
