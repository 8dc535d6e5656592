//! Which applications there are: those of the published file and, asked for by name, those whose logs lie where
//! logs are but were not read yet.

use std::sync::{Arc, Mutex};

use super::database::{Database, Instance, lock};
use super::event_logs::{Candidate, EventLogs};
use super::listing::{Attempt, Known, Listing};
use crate::error;
use crate::query::ListedAttempt;
use crate::replay::Application;

/// The applications that can be asked about.
pub(super) struct Applications {
    database: Arc<Database>,
    logs: Arc<EventLogs>,
    listed: Arc<Mutex<Option<Listed>>>,
}

/// What is listed.
struct Listed {
    /// Of the file that it is from.
    version: String,
    listing: Arc<Listing>,
    /// A newer one is being made.
    is_renewed: bool,
}

/// A list longer than this is made anew beside the old one, which is answered from in the meantime: nobody
/// waits for it.
const LONG_LIST: usize = 5_000;

/// Why there is no list.
pub(super) struct NoListing(pub String);

impl Applications {
    pub(super) fn new(database: Arc<Database>, logs: Arc<EventLogs>) -> Self {
        Applications {
            database,
            logs,
            listed: Arc::default(),
        }
    }

    /// All applications of what is published now; of a long list, for a moment still those of what was published
    /// before.
    pub(super) fn listing(&self) -> Result<Arc<Listing>, NoListing> {
        let instance = self.database.current();
        let version = instance.version();
        let mut listed = lock(&self.listed);
        if let Some(listed) = &mut *listed {
            if listed.version == version {
                return Ok(Arc::clone(&listed.listing));
            }
            if listed.listing.apps().len() > LONG_LIST {
                let is_first = !std::mem::replace(&mut listed.is_renewed, true);
                if is_first {
                    self.renew(instance, version);
                }
                return Ok(Arc::clone(&listed.listing));
            }
        }
        let listing = Arc::new(read(&instance, &self.logs)?);
        *listed = Some(Listed {
            version,
            listing: Arc::clone(&listing),
            is_renewed: false,
        });
        Ok(listing)
    }

    /// Makes the list anew on a thread of its own.
    fn renew(&self, instance: Arc<Instance>, version: String) {
        let (logs, listed) = (Arc::clone(&self.logs), Arc::clone(&self.listed));
        std::thread::spawn(move || {
            let read = read(&instance, &logs);
            let mut listed = lock(&listed);
            match read {
                Ok(listing) => {
                    *listed = Some(Listed {
                        version,
                        listing: Arc::new(listing),
                        is_renewed: false,
                    });
                }
                Err(_) => {
                    if let Some(listed) = &mut *listed {
                        listed.is_renewed = false;
                    }
                }
            }
        });
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
                directory: Arc::clone(&self.directory),
                path: self.path.clone(),
            }],
        })
    }
}

fn read(instance: &Instance, logs: &EventLogs) -> Result<Listing, NoListing> {
    let rows = instance
        .with_session(crate::query::Session::listing)
        .map_err(|failure| NoListing(error::describe(&failure)))?;
    Ok(Listing::new(rows.into_iter().map(|row| listed(row, logs))))
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
