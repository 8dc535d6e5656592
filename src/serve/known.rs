//! Which applications there are: those of the published file and, asked for by name, those whose logs lie where
//! logs are but were not read yet.

use std::path::Path;
use std::sync::{Arc, Mutex};

use super::database::{Database, lock};
use super::listing::{Attempt, Known, Listing};
use crate::error;
use crate::query::ListedAttempt;
use crate::replay::Application;
use crate::settings::LogDirectory;

/// The applications that can be asked about.
pub(super) struct Applications {
    database: Arc<Database>,
    directories: Vec<Directory>,
    /// What is listed, and from which version of the file.
    listed: Mutex<Option<(String, Arc<Listing>)>>,
}

/// A configured directory of logs.
struct Directory {
    /// As it was typed.
    text: String,
    /// Without links, as logs in it are known to the file.
    path: String,
}

/// The names that a log's codec may add.
const CODECS: [&str; 5] = ["", ".zstd", ".lz4", ".snappy", ".lzf"];

/// Where the log of an application may be.
pub(super) struct Candidate {
    pub path: String,
    directory: String,
    modified_ms: i64,
}

/// Why there is no list.
pub(super) struct NoListing(pub String);

impl Applications {
    pub(super) fn new(database: Arc<Database>, directories: &[LogDirectory]) -> Self {
        let directories = directories
            .iter()
            .map(|directory| Directory {
                text: directory.text.clone(),
                path: canonical(&directory.path),
            })
            .collect();
        Applications {
            database,
            directories,
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
        let directory = self.directory_of(&row.path);
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

    /// The configured directory that holds a log; without one, the directory that the log lies in.
    fn directory_of(&self, log: &str) -> String {
        let holds = |directory: &&Directory| {
            log.strip_prefix(&directory.path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        match self
            .directories
            .iter()
            .filter(holds)
            .max_by_key(|directory| directory.path.len())
        {
            Some(directory) => directory.text.clone(),
            None => log
                .rsplit_once('/')
                .map_or_else(String::new, |(directory, _)| directory.to_owned()),
        }
    }

    /// Where the log of an application would lie, by the names that Spark gives.
    pub(super) fn candidates(&self, app: &str, attempt: Option<&str>) -> Vec<Candidate> {
        let mut base = sanitized(app);
        if let Some(attempt) = attempt {
            base = format!("{base}_{}", sanitized(attempt));
        }
        // Somebody else's path is no name of ours.
        if base.is_empty() || base.len() > 200 || base.starts_with('.') {
            return Vec::new();
        }
        let mut candidates = Vec::new();
        for directory in &self.directories {
            let mut add = |name: String| {
                let path = format!("{}/{name}", directory.path);
                if let Ok(metadata) = std::fs::metadata(&path) {
                    let modified = metadata.modified().ok();
                    let since = modified.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
                    let ms = since.and_then(|since| i64::try_from(since.as_millis()).ok());
                    candidates.push(Candidate {
                        path,
                        directory: directory.text.clone(),
                        modified_ms: ms.unwrap_or(0),
                    });
                }
            };
            add(format!("eventlog_v2_{base}"));
            for codec in CODECS {
                add(format!("{base}{codec}"));
                add(format!("{base}{codec}.inprogress"));
            }
        }
        candidates
    }
}

impl Candidate {
    /// What a listing would say of the application in this log.
    pub(super) fn known(&self, app: &Application) -> Option<Known> {
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
                last_updated_ms: self.modified_ms,
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

/// Spark's name for the log of an application.
fn sanitized(id: &str) -> String {
    id.chars()
        .map(|char| match char {
            ' ' | ':' | '/' => '-',
            '.' | '$' | '{' | '}' | '\'' | '"' => '_',
            _ => char,
        })
        .collect::<String>()
        .to_lowercase()
}

fn canonical(path: &Path) -> String {
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    path.to_string_lossy().trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sparks() {
        assert_eq!(sanitized("My App:1/x.{y}"), "my-app-1-x__y_");
        assert_eq!(sanitized("../../etc/passwd"), "__-__-etc-passwd");
    }
}
