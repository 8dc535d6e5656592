//! Where logs are: listing and opening. The only place that touches what holds the logs; callers get logs
//! as [`Log`]s and bytes as [`std::io::Read`], and nothing here knows what a log says.

mod layout;
mod local;

pub use layout::{Log, LogFile, Rejected, is_passed_over, rolling_log};
pub use local::Local;

use std::io::{self, Read};

/// Something that listing found, before anybody looked into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A single file: all there is to know without reading it.
    Single(Log),
    /// A rolling directory; its files are listed with [`Source::expand`].
    Rolling(RollingDirectory),
}

impl Found {
    /// The path or URI that names the log.
    pub fn path(&self) -> &str {
        match self {
            Found::Single(log) => &log.path,
            Found::Rolling(directory) => &directory.path,
        }
    }

    /// When the log was last known to change, in milliseconds since the epoch.
    pub fn modified_ms(&self) -> i64 {
        match self {
            Found::Single(log) => log.modified_ms,
            Found::Rolling(directory) => directory.modified_ms,
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
}

/// A place that holds event logs.
pub trait Source: Sync {
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

    /// Opens a file for reading from its start.
    ///
    /// # Errors
    /// When it cannot be opened.
    fn open(&self, file: &LogFile) -> io::Result<Box<dyn Read + Send>>;
}
