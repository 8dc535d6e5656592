//! Where logs are: listing and opening. The only place that touches what holds the logs; callers get logs
//! as [`Log`]s and bytes as [`std::io::Read`], and nothing here knows what a log says.
//!
//! What is asynchronous stays inside: callers are plain threads.

mod check;
mod hdfs;
mod layout;
mod local;
mod remote;
mod s3;
mod sources;

pub use check::{Address, Preliminaries, Step, check};
pub use layout::{Log, LogFile, Rejected, is_passed_over, named_application, rolling_log};
pub use local::Local;
pub use remote::{Fault, RemoteError, RequestCounts, remote_error};
pub use sources::Sources;

use std::io::{self, Read};

/// Something that listing found, before anybody looked into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// All there is to know without reading it: a single file, or a rolling directory whose files were
    /// listed along with it.
    Whole(Log),
    /// A rolling directory; its files are listed with [`Source::expand`].
    Rolling(RollingDirectory),
    /// A rolling directory that lacks a file and is not read.
    Incomplete {
        path: String,
        missing_index: i64,
        modified_ms: i64,
    },
}

impl Found {
    /// The path or URI that names the log.
    pub fn path(&self) -> &str {
        match self {
            Found::Whole(log) => &log.path,
            Found::Rolling(directory) => &directory.path,
            Found::Incomplete { path, .. } => path,
        }
    }

    /// When the log was last known to change, in milliseconds since the epoch.
    pub fn modified_ms(&self) -> i64 {
        match self {
            Found::Whole(log) => log.modified_ms,
            Found::Rolling(directory) => directory.modified_ms,
            Found::Incomplete { modified_ms, .. } => *modified_ms,
        }
    }
}

/// A directory `eventlog_v2_*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollingDirectory {
    pub path: String,
    pub modified_ms: i64,
    /// The time is old enough that a later change would have made it another.
    pub is_settled: bool,
}

/// What a listing found and what it could not look at.
#[derive(Debug, Default)]
pub struct Listing {
    pub found: Vec<Found>,
    /// Directories that could not be listed, with the reason.
    pub unlisted: Vec<(String, io::Error)>,
    /// The canonical path or URI of what was listed: every log found begins with it.
    pub root: String,
}

/// Where the files of logs can be opened.
pub trait Open: Send + Sync {
    /// Opens a file for reading from its start.
    ///
    /// # Errors
    /// When it cannot be opened. Of a file on another machine that may show at the first reading only.
    fn open(&self, file: &LogFile) -> io::Result<Box<dyn Read + Send>>;
}

/// A place that holds event logs.
pub trait Source: Open {
    /// Lists the logs below the place's directory, into nested directories up to `depth` levels deep.
    ///
    /// # Errors
    /// When the directory itself cannot be listed.
    fn list(&self, depth: usize) -> io::Result<Listing>;

    /// Lists the files of a rolling directory.
    ///
    /// # Errors
    /// When it cannot be listed. The inner error says why the directory is no readable log.
    fn expand(&self, directory: &RollingDirectory) -> io::Result<Result<Log, Rejected>>;

    /// What was asked of the store so far; `None` where that costs nothing.
    fn requests(&self) -> Option<RequestCounts> {
        None
    }

    /// What can be tried before anything is listed; `None` where there is nothing.
    fn preliminaries(&self) -> Option<Preliminaries> {
        None
    }

    /// Makes the store say whether it knows us, and tells as whom.
    ///
    /// # Errors
    /// When it does not.
    fn authenticate(&self) -> io::Result<String> {
        Ok("not needed".to_owned())
    }

    /// Whether a log that is being written, and was listed with this time, can have grown without its size and
    /// time in the listing telling.
    fn grows_unseen(&self, _modified_ms: i64) -> bool {
        false
    }
}

/// Whether reading ended because the rest, though written, cannot be read before the file is closed.
pub fn is_unseen(error: &io::Error) -> bool {
    remote_error(error).is_some_and(|error| error.fault() == Fault::Unseen)
}

/// Whether reading failed because the file was replaced meanwhile.
pub fn has_changed(error: &io::Error) -> bool {
    remote_error(error).is_some_and(|error| error.fault() == Fault::Changed)
}

/// A failure with what can be done about it, in one line.
pub fn told(error: &io::Error) -> String {
    match remote_error(error).and_then(RemoteError::advice) {
        Some(advice) => format!("{error} ({advice})"),
        None => error.to_string(),
    }
}
