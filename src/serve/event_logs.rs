//! The logs that applications are replayed from, wherever they lie.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::sync::Arc;

use crate::settings::{Defaults, Location, LogDirectory, RemoteSettings};
use crate::source::{Found, Log, LogFile, Open, RequestCounts, Sources};

/// The log directories of a server, and what opens what lies in them.
pub(super) struct EventLogs {
    sources: Sources,
    directories: Vec<Directory>,
}

/// A configured directory of logs.
struct Directory {
    /// As it was typed.
    text: Arc<str>,
    /// Without links, as logs in it are known to the file.
    path: String,
    is_local: bool,
}

/// The names that a log's codec may add.
const CODECS: [&str; 5] = ["", ".zstd", ".lz4", ".snappy", ".lzf"];

/// Where the log of an application may be.
pub(super) struct Candidate {
    pub path: String,
    /// The configured directory, as it was typed.
    pub directory: Arc<str>,
}

/// Which log directories are looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Those on this machine.
    Here,
    /// Those on others, where a look costs requests.
    Elsewhere,
}

impl EventLogs {
    pub(super) fn new(directories: &[LogDirectory], remote: &RemoteSettings) -> Self {
        EventLogs {
            sources: Sources::new(remote),
            directories: directories
                .iter()
                .map(|directory| Directory {
                    text: Arc::from(directory.text.as_str()),
                    path: canonical(&directory.location),
                    is_local: matches!(directory.location, Location::Local(_)),
                })
                .collect(),
        }
    }

    /// What was asked of each store so far.
    pub(super) fn requests(&self) -> Vec<RequestCounts> {
        self.sources.requests()
    }

    /// The log at this path or URI as it is now: one that was finished since has lost `.inprogress`.
    ///
    /// # Errors
    /// When where it lies cannot be looked at.
    pub(super) fn locate(&self, path: &str) -> io::Result<Option<Log>> {
        let found = self.look(path)?;
        match (found, path.strip_suffix(".inprogress")) {
            (None, Some(finished)) => self.look(finished),
            (found, _) => Ok(found),
        }
    }

    /// The log at just this path or URI.
    ///
    /// # Errors
    /// As [`EventLogs::locate`].
    pub(super) fn look(&self, path: &str) -> io::Result<Option<Log>> {
        // As a listing has named it: absolute, or a URI.
        let location = Location::parse(OsStr::new(path), &Defaults::default()).map_err(io::Error::other)?;
        let source = self.sources.at(&location)?;
        let listing = match source.list(0) {
            Ok(listing) => listing,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        match listing.found.into_iter().next() {
            Some(Found::Whole(log)) => Ok(Some(log)),
            Some(Found::Rolling(directory)) => Ok(source.expand(&directory)?.ok()),
            Some(Found::Incomplete { .. }) | None => Ok(None),
        }
    }

    /// The configured directory that holds a log; without one, the directory that the log lies in.
    pub(super) fn directory_of(&self, log: &str) -> Arc<str> {
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
            Some(directory) => Arc::clone(&directory.text),
            None => Arc::from(log.rsplit_once('/').map_or("", |(directory, _)| directory)),
        }
    }

    /// Where the log of an application would lie, by the names that Spark gives.
    pub(super) fn candidates(&self, app: &str, attempt: Option<&str>, place: Place) -> Vec<Candidate> {
        let mut base = sanitized(app);
        if let Some(attempt) = attempt {
            base = format!("{base}_{}", sanitized(attempt));
        }
        // Somebody else's path is no name of ours.
        if base.is_empty() || base.len() > 200 || base.starts_with('.') {
            return Vec::new();
        }
        let mut names = vec![format!("eventlog_v2_{base}")];
        for codec in CODECS {
            names.push(format!("{base}{codec}"));
            names.push(format!("{base}{codec}.inprogress"));
        }
        let in_directory = |directory: &Directory| {
            let (path, text) = (directory.path.clone(), directory.text.clone());
            names
                .iter()
                .map(move |name| Candidate {
                    path: format!("{path}/{name}"),
                    directory: text.clone(),
                })
                .collect::<Vec<_>>()
        };
        self.directories
            .iter()
            .filter(|directory| directory.is_local == (place == Place::Here))
            .flat_map(in_directory)
            .collect()
    }
}

impl Open for EventLogs {
    fn open(&self, file: &LogFile) -> io::Result<Box<dyn Read + Send>> {
        self.sources.open(file)
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

fn canonical(location: &Location) -> String {
    match location {
        Location::Local(path) => {
            let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
            path.to_string_lossy().trim_end_matches('/').to_owned()
        }
        remote => remote.to_string().trim_end_matches('/').to_owned(),
    }
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
