//! Which applications there are: those of the published file and, asked for by name, those whose logs lie where
//! logs are but were not read yet.

use std::path::Path;
use std::sync::{Arc, Mutex};

use super::database::{Database, Instance, lock};
use super::listing::{Attempt, Known, Listing};
use crate::error;
use crate::query::ListedAttempt;
use crate::replay::Application;
use crate::settings::LogDirectory;

/// The applications that can be asked about.
pub(super) struct Applications {
    database: Arc<Database>,
    directories: Arc<[Directory]>,
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

/// A configured directory of logs.
struct Directory {
    /// As it was typed.
    text: Arc<str>,
    /// Without links, as logs in it are known to the file.
    path: String,
}

/// The names that a log's codec may add.
const CODECS: [&str; 5] = ["", ".zstd", ".lz4", ".snappy", ".lzf"];

/// Where the log of an application may be.
pub(super) struct Candidate {
    pub path: String,
    directory: Arc<str>,
    modified_ms: i64,
}

/// Why there is no list.
pub(super) struct NoListing(pub String);

impl Applications {
    pub(super) fn new(database: Arc<Database>, directories: &[LogDirectory]) -> Self {
        let directories = directories
            .iter()
            .map(|directory| Directory {
                text: Arc::from(directory.text.as_str()),
                path: canonical(&directory.path),
            })
            .collect();
        Applications {
            database,
            directories,
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
        let listing = Arc::new(read(&instance, &self.directories)?);
        *listed = Some(Listed {
            version,
            listing: Arc::clone(&listing),
            is_renewed: false,
        });
        Ok(listing)
    }

    /// Makes the list anew on a thread of its own.
    fn renew(&self, instance: Arc<Instance>, version: String) {
        let (directories, listed) = (Arc::clone(&self.directories), Arc::clone(&self.listed));
        std::thread::spawn(move || {
            let read = read(&instance, &directories);
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
        for directory in self.directories.iter() {
            let mut add = |name: String| {
                let path = format!("{}/{name}", directory.path);
                if let Ok(metadata) = std::fs::metadata(&path) {
                    let modified = metadata.modified().ok();
                    let since = modified.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
                    let ms = since.and_then(|since| i64::try_from(since.as_millis()).ok());
                    candidates.push(Candidate {
                        path,
                        directory: Arc::clone(&directory.text),
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
                directory: Arc::clone(&self.directory),
                path: self.path.clone(),
            }],
        })
    }
}

fn read(instance: &Instance, directories: &[Directory]) -> Result<Listing, NoListing> {
    let rows = instance
        .with_session(crate::query::Session::listing)
        .map_err(|failure| NoListing(error::describe(&failure)))?;
    Ok(Listing::new(rows.into_iter().map(|row| listed(row, directories))))
}

fn listed(row: ListedAttempt, directories: &[Directory]) -> (String, String, Attempt) {
    let attempt = Attempt {
        directory: directory_of(&row.path, directories),
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

/// The configured directory that holds a log; without one, the directory that the log lies in.
fn directory_of(log: &str, directories: &[Directory]) -> Arc<str> {
    let holds = |directory: &&Directory| {
        log.strip_prefix(&directory.path)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    match directories
        .iter()
        .filter(holds)
        .max_by_key(|directory| directory.path.len())
    {
        Some(directory) => Arc::clone(&directory.text),
        None => Arc::from(log.rsplit_once('/').map_or("", |(directory, _)| directory)),
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
