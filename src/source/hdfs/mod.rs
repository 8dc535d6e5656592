//! Logs in HDFS: by name node, name service or mount table; with or without Kerberos.

mod cluster;
mod configuration;
mod error;
mod file;
mod token;
mod webhdfs;

use std::io::{self, Read};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hdfs_native::client::{FileStatus, ListStatusIterator};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use super::layout::{is_passed_over, is_rolling, is_status_file, rolling_log};
use super::remote::{ReadAhead, Remote, RemoteError, Request, RequestCounts};
use super::{Address, Found, Listing, Log, LogFile, Open, Preliminaries, Rejected, RollingDirectory, Source};
use file::{FileRanges, HdfsReader};

pub(super) use cluster::Cluster;

/// A directory's time can be relied on to tell the next change once it is this old.
const SETTLED: Duration = Duration::from_secs(3);
/// How long after it was begun a log that is being written is read by every ingest.
const GROWS_FOR: Duration = Duration::from_secs(7 * 24 * 3600);
/// Entries that a name node sends at a time (`dfs.ls.limit`), by default.
const PAGE: usize = 1000;
/// Directories that are listed side by side.
const SIDE_BY_SIDE: usize = 8;

/// A directory of HDFS.
#[derive(Debug)]
pub(super) struct Hdfs {
    remote: Arc<Remote>,
    cluster: Arc<Cluster>,
    path: String,
}

/// A listing under way: what was listed survives a failure of what comes next.
#[derive(Default)]
struct Pull {
    pages: Option<ListStatusIterator>,
    entries: Vec<FileStatus>,
}

impl Hdfs {
    pub(super) fn new(remote: Arc<Remote>, cluster: Arc<Cluster>, path: &str) -> Self {
        Hdfs {
            remote,
            cluster,
            path: path.to_owned(),
        }
    }

    fn uri(&self, path: &str) -> String {
        format!("{}{path}", self.cluster.root())
    }

    async fn sweep(&self, depth: usize) -> Result<Listing, RemoteError> {
        let mut listing = Listing {
            root: match self.path.as_str() {
                "/" => self.uri("/"),
                path => self.uri(&format!("{path}/")),
            },
            ..Listing::default()
        };
        let name = self.path.rsplit('/').next().unwrap_or_default();
        let first = list(Arc::clone(&self.cluster), self.path.clone()).await?;
        if let [only] = first.as_slice()
            && !only.isdir
            && only.path == self.path
        {
            listing.root = self.uri(&self.path);
            listing.found.extend(self.single(only));
            return Ok(listing);
        }
        if is_rolling(name) {
            // Its time is in its parent's listing only; without it its files decide.
            let files = first
                .iter()
                .filter(|entry| !entry.isdir)
                .map(|entry| self.log_file(entry));
            match rolling_log(&self.uri(&self.path), files.collect(), None) {
                Ok(log) => listing.found.push(Found::Whole(log)),
                Err(Rejected::NotALog) => {}
                Err(Rejected::MissingIndex(missing_index)) => listing.found.push(Found::Incomplete {
                    path: self.uri(&self.path),
                    missing_index,
                    modified_ms: 0,
                }),
            }
            return Ok(listing);
        }
        let mut waiting: Vec<(String, usize)> = Vec::new();
        self.sort_out(first, depth, &mut listing, &mut waiting);
        let mut under_way = JoinSet::new();
        loop {
            while under_way.len() < SIDE_BY_SIDE
                && let Some((path, depth)) = waiting.pop()
            {
                let cluster = Arc::clone(&self.cluster);
                under_way.spawn(async move { (path.clone(), depth, list(cluster, path).await) });
            }
            match under_way.join_next().await {
                None => break,
                Some(Err(_)) => {}
                Some(Ok((_, depth, Ok(entries)))) => {
                    self.sort_out(entries, depth, &mut listing, &mut waiting)
                }
                Some(Ok((path, _, Err(error)))) => listing.unlisted.push((self.uri(&path), error.into())),
            }
        }
        listing.found.sort_by(|a, b| a.path().cmp(b.path()));
        Ok(listing)
    }

    /// Takes the entries of one directory apart: logs, and directories to look into.
    fn sort_out(
        &self,
        entries: Vec<FileStatus>,
        depth: usize,
        listing: &mut Listing,
        waiting: &mut Vec<(String, usize)>,
    ) {
        for entry in entries {
            let name = entry.path.rsplit('/').next().unwrap_or_default();
            if is_passed_over(name) {
                continue;
            }
            if !entry.isdir {
                listing.found.extend(self.single(&entry));
            } else if is_rolling(name) {
                listing.found.push(Found::Rolling(RollingDirectory {
                    path: self.uri(&entry.path),
                    modified_ms: modified_ms(&entry),
                    is_settled: is_settled(&entry),
                }));
            } else if depth > 0 {
                waiting.push((entry.path, depth - 1));
            }
        }
    }

    /// A single log. One that was just begun has no length yet.
    fn single(&self, entry: &FileStatus) -> Option<Found> {
        let log = Log::single(self.log_file(entry));
        (entry.length > 0 || log.in_progress).then_some(Found::Whole(log))
    }

    fn log_file(&self, entry: &FileStatus) -> LogFile {
        LogFile {
            path: self.uri(&entry.path),
            size_bytes: entry.length as u64,
            modified_ms: modified_ms(entry),
        }
    }

    fn path_of<'a>(&self, uri: &'a str) -> &'a str {
        uri.strip_prefix(&self.cluster.root()).unwrap_or(uri)
    }
}

/// All entries of a directory, page by page.
async fn list(cluster: Arc<Cluster>, path: String) -> Result<Vec<FileStatus>, RemoteError> {
    let pull = Arc::new(Mutex::new(Pull::default()));
    loop {
        let before = pull.lock().await.entries.len();
        let (state, path) = (Arc::clone(&pull), path.clone());
        let is_end = cluster
            .call(Request::List, move |client| {
                let (state, path) = (Arc::clone(&state), path.clone());
                async move {
                    let mut state = state.lock().await;
                    if state.entries.is_empty() {
                        state.pages = Some(client.list_status_iter(&path, false));
                    }
                    let Some(pages) = state.pages.take() else {
                        return Ok(true);
                    };
                    let mut outcome = Ok(false);
                    while state.entries.len() < before + PAGE {
                        match pages.next().await {
                            Some(Ok(entry)) => state.entries.push(entry),
                            Some(Err(error)) => {
                                outcome = Err(error);
                                break;
                            }
                            None => {
                                outcome = Ok(true);
                                break;
                            }
                        }
                    }
                    state.pages = Some(pages);
                    outcome
                }
            })
            .await?;
        if is_end {
            return Ok(std::mem::take(&mut pull.lock().await.entries));
        }
    }
}

fn modified_ms(entry: &FileStatus) -> i64 {
    i64::try_from(entry.modification_time).unwrap_or(i64::MAX)
}

fn is_settled(entry: &FileStatus) -> bool {
    let modified = UNIX_EPOCH + Duration::from_millis(entry.modification_time);
    SystemTime::now()
        .duration_since(modified)
        .is_ok_and(|age| age >= SETTLED)
}

impl Source for Hdfs {
    fn list(&self, depth: usize) -> io::Result<Listing> {
        Ok(self.remote.handle().block_on(self.sweep(depth))?)
    }

    fn expand(&self, directory: &RollingDirectory) -> io::Result<Result<Log, Rejected>> {
        let path = self.path_of(&directory.path).to_owned();
        let entries = self
            .remote
            .handle()
            .block_on(list(Arc::clone(&self.cluster), path))?;
        let mut files = Vec::new();
        for entry in entries.iter().filter(|entry| !entry.isdir) {
            let name = entry.path.rsplit('/').next().unwrap_or_default();
            if is_status_file(name) || !is_passed_over(name) {
                files.push(self.log_file(entry));
            }
        }
        let directory_modified_ms = directory.is_settled.then_some(directory.modified_ms);
        Ok(rolling_log(&directory.path, files, directory_modified_ms))
    }

    fn requests(&self) -> Option<RequestCounts> {
        Some(self.cluster.endpoint.counts())
    }

    fn preliminaries(&self) -> Option<Preliminaries> {
        let addresses = self.cluster.namenodes().iter().filter_map(|namenode| {
            let (host, port) = namenode.rsplit_once(':')?;
            Some(Address {
                host: host.to_owned(),
                port: port.parse().ok()?,
            })
        });
        Some(Preliminaries {
            configuration: self.cluster.described(),
            addresses: addresses.collect(),
            connect_timeout: self.cluster.connect_timeout(),
        })
    }

    fn authenticate(&self) -> io::Result<String> {
        let cluster = Arc::clone(&self.cluster);
        let asked = self.remote.handle().block_on(async move {
            cluster
                .call(
                    Request::Stat,
                    |client| async move { client.get_file_info("/").await },
                )
                .await
        })?;
        Ok(format!("the name node answers, / belongs to {}", asked.owner))
    }

    fn grows_unseen(&self, modified_ms: i64) -> bool {
        let modified = UNIX_EPOCH + Duration::from_millis(u64::try_from(modified_ms).unwrap_or(0));
        // Longer ago its writer has died, or the directory's time tells of new parts.
        SystemTime::now()
            .duration_since(modified)
            .map_or(true, |age| age < GROWS_FOR)
    }
}

impl Open for Hdfs {
    fn open(&self, file: &LogFile) -> io::Result<Box<dyn Read + Send>> {
        let path = self.path_of(&file.path).to_owned();
        let ranges = FileRanges::new(Arc::clone(&self.cluster), path.clone(), file.modified_ms);
        let handle = self.remote.handle().clone();
        let closed = ReadAhead::new(
            handle.clone(),
            Arc::new(ranges),
            file.size_bytes,
            self.remote.depth(),
        );
        Ok(Box::new(HdfsReader {
            handle,
            cluster: Arc::clone(&self.cluster),
            path,
            listed_bytes: file.size_bytes,
            closed,
            tail: None,
        }))
    }
}
