//! Logs on a local (or mounted) file system.

use std::collections::{HashSet, VecDeque};
use std::fs::{self, DirEntry, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rayon::prelude::*;

use super::layout::{is_passed_over, is_rolling, is_status_file, rolling_log};
use super::{Found, Listing, Log, LogFile, Open, Rejected, RollingDirectory, Source};

/// A directory's time can be relied on to tell the next change once it is this old: file systems and
/// clocks are coarse.
const SETTLED: Duration = Duration::from_secs(3);

/// A directory on a file system.
#[derive(Debug, Clone)]
pub struct Local {
    root: PathBuf,
}

impl Local {
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Local { root: root.into() }
    }
}

impl Source for Local {
    fn list(&self, depth: usize) -> io::Result<Listing> {
        // The ledger knows logs by path: one directory must not have two, however it was typed.
        let path = fs::canonicalize(&self.root)?;
        let root = fs::metadata(&path)?;
        let mut listing = Listing {
            root: text(&path),
            ..Listing::default()
        };
        if root.is_file() {
            if root.len() > 0 {
                listing
                    .found
                    .push(Found::Whole(Log::single(log_file(&path, &root))));
            }
            return Ok(listing);
        }
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        if is_rolling(&name) {
            listing.found.push(rolling(&path, &root));
            return Ok(listing);
        }
        let mut walk = Walk {
            listing,
            ..Walk::default()
        };
        walk.directory(&path, depth)?;
        let mut listing = walk.links();
        listing.found.sort_by(|a, b| a.path().cmp(b.path()));
        Ok(listing)
    }

    fn expand(&self, directory: &RollingDirectory) -> io::Result<Result<Log, Rejected>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&directory.path)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if is_passed_over(&name) {
                continue;
            }
            if is_status_file(&name) {
                // Its name alone matters.
                files.push(LogFile {
                    path: name,
                    size_bytes: 0,
                    modified_ms: 0,
                });
                continue;
            }
            let mut metadata = entry.metadata()?;
            if metadata.is_symlink() {
                metadata = fs::metadata(entry.path())?;
            }
            if metadata.is_file() {
                files.push(log_file(&entry.path(), &metadata));
            }
        }
        let directory_modified_ms = directory.is_settled.then_some(directory.modified_ms);
        Ok(rolling_log(&directory.path, files, directory_modified_ms))
    }
}

impl Open for Local {
    fn open(&self, file: &LogFile) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(File::open(&file.path)?))
    }
}

/// A directory tree while it is listed.
#[derive(Default)]
struct Walk {
    listing: Listing,
    /// Links to directories, with how deep to go into them: they are followed last, so that a directory that is
    /// reached in several ways is known by its own path.
    links: VecDeque<(PathBuf, usize)>,
    /// Canonical paths of the directories that were listed: each is listed once, and links do not go in circles.
    visited: HashSet<PathBuf>,
}

impl Walk {
    /// Lists one directory: entries are looked at in parallel, directories within it one after the other.
    fn directory(&mut self, directory: &Path, depth: usize) -> io::Result<()> {
        if !self.visited.insert(fs::canonicalize(directory)?) {
            return Ok(());
        }
        let entries: Vec<DirEntry> = fs::read_dir(directory)?.collect::<io::Result<_>>()?;
        let mut nested = Vec::new();
        let looked_at: Vec<Entry> = entries.par_iter().map(look_at).collect();
        for entry in looked_at {
            match entry {
                Entry::Found(found) => self.listing.found.push(found),
                Entry::Directory { path, is_link: false } => nested.push(path),
                Entry::Directory { path, is_link: true } if depth > 0 => {
                    self.links.push_back((path, depth - 1));
                }
                Entry::Unlisted(path, error) => self.listing.unlisted.push((path, error)),
                Entry::Directory { .. } | Entry::PassedOver => {}
            }
        }
        if depth > 0 {
            nested.sort();
            for path in nested {
                self.directory_below(&path, depth - 1);
            }
        }
        Ok(())
    }

    fn directory_below(&mut self, directory: &Path, depth: usize) {
        if let Err(error) = self.directory(directory, depth) {
            self.listing.unlisted.push((text(directory), error));
        }
    }

    /// Follows the links, and those that are found behind them.
    fn links(mut self) -> Listing {
        self.links.make_contiguous().sort();
        while let Some((path, depth)) = self.links.pop_front() {
            self.directory_below(&path, depth);
        }
        self.listing
    }
}

enum Entry {
    Found(Found),
    Directory { path: PathBuf, is_link: bool },
    Unlisted(String, io::Error),
    PassedOver,
}

fn look_at(entry: &DirEntry) -> Entry {
    let name = entry.file_name();
    let name = name.to_string_lossy();
    if is_passed_over(&name) {
        return Entry::PassedOver;
    }
    let path = entry.path();
    // Through symbolic links: people link logs together from several places.
    let metadata = match fs::metadata(&path) {
        Ok(metadata) => metadata,
        // Gone since the directory was read, or a link to nothing.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Entry::PassedOver,
        Err(error) => return Entry::Unlisted(text(&path), error),
    };
    if metadata.is_dir() {
        if is_rolling(&name) {
            Entry::Found(rolling(&path, &metadata))
        } else {
            Entry::Directory {
                path,
                is_link: entry.file_type().is_ok_and(|kind| kind.is_symlink()),
            }
        }
    } else if metadata.is_file() && metadata.len() > 0 {
        Entry::Found(Found::Whole(Log::single(log_file(&path, &metadata))))
    } else {
        Entry::PassedOver
    }
}

fn rolling(path: &Path, metadata: &Metadata) -> Found {
    let modified = metadata.modified().unwrap_or(UNIX_EPOCH);
    let is_settled = SystemTime::now()
        .duration_since(modified)
        .is_ok_and(|age| age >= SETTLED);
    Found::Rolling(RollingDirectory {
        path: text(path),
        modified_ms: millis(modified),
        is_settled,
    })
}

fn log_file(path: &Path, metadata: &Metadata) -> LogFile {
    LogFile {
        path: text(path),
        size_bytes: metadata.len(),
        modified_ms: millis(metadata.modified().unwrap_or(UNIX_EPOCH)),
    }
}

/// Names that are not UTF-8 are shown with replacement characters and then cannot be opened, which the
/// ingest reports as such.
fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn millis(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
    }
}
