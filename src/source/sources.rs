//! All places of one run: one client for each store, however many directories of it are read.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use super::hdfs::{Cluster, Hdfs};
use super::remote::{Endpoint, Patience, RANGE_BYTES, Remote, RequestCounts, Thresholds};
use super::s3::{Bucket, S3, Store};
use super::{Local, Log, LogFile, Open, Rejected, RollingDirectory, Source};
use crate::settings::{Location, RemoteSettings, Timeouts};

/// Attempts and pauses of one call together: three attempts at a server that is silent.
const ATTEMPTS_IN_BUDGET: u32 = 5;
const HALF: u32 = 2;
/// Bytes that may wait in memory for files that nobody has asked for yet.
const EXPECTED_BYTES: u64 = 16 << 20;

/// What reads a log that a listing found. Which store that is, its path tells.
pub struct Sources {
    local: Local,
    settings: RemoteSettings,
    /// Started when the first place on another machine is named.
    remote: Mutex<Option<Arc<Remote>>>,
    s3: Mutex<Option<Arc<Store>>>,
    /// By scheme and authority, such as `s3://bucket/`.
    stores: Mutex<BTreeMap<String, Arc<dyn Source>>>,
    buckets: Mutex<BTreeMap<String, Arc<Bucket>>>,
    clusters: Mutex<BTreeMap<String, Arc<Cluster>>>,
    expected: Mutex<Expected>,
}

/// Files that were opened before they were asked for.
#[derive(Default)]
struct Expected {
    readers: HashMap<String, (Box<dyn Read + Send>, u64)>,
    /// What of them may wait in memory.
    bytes: u64,
}

impl Expected {
    fn take(&mut self, path: &str) -> Option<Box<dyn Read + Send>> {
        let (reader, bytes) = self.readers.remove(path)?;
        self.bytes -= bytes;
        Some(reader)
    }
}

impl Sources {
    pub fn new(settings: &RemoteSettings) -> Self {
        Sources {
            local: Local::new("/"),
            settings: settings.clone(),
            remote: Mutex::default(),
            s3: Mutex::default(),
            stores: Mutex::default(),
            buckets: Mutex::default(),
            clusters: Mutex::default(),
            expected: Mutex::default(),
        }
    }

    /// The source for a place.
    ///
    /// # Errors
    /// When a client cannot be set up at all. Whether the place can be reached, listing tells.
    pub fn at(&self, location: &Location) -> io::Result<Arc<dyn Source>> {
        match location {
            Location::Local(path) => Ok(Arc::new(Local::new(path))),
            Location::S3 { bucket, prefix } => {
                let remote = self.remote()?;
                let bucket = self.bucket(bucket);
                let source: Arc<dyn Source> = Arc::new(S3::new(remote, Arc::clone(&bucket), prefix));
                self.remember(format!("s3://{}/", bucket.name), &source);
                Ok(source)
            }
            Location::Hdfs {
                scheme,
                authority,
                path,
            } => {
                let remote = self.remote()?;
                let cluster = self.cluster(&remote, scheme, authority)?;
                let source: Arc<dyn Source> = Arc::new(Hdfs::new(remote, Arc::clone(&cluster), path));
                self.remember(format!("{}/", cluster.root()), &source);
                Ok(source)
            }
        }
    }

    /// Says that a file will be opened soon: the beginning of one of another machine is then under way already, so
    /// that nobody waits for the network once for each of thousands of logs.
    pub fn expect(&self, file: &LogFile) {
        if file.path.starts_with('/') {
            return;
        }
        let bytes = file.size_bytes.min(RANGE_BYTES);
        let mut expected = lock(&self.expected);
        if expected.bytes + bytes > EXPECTED_BYTES || expected.readers.contains_key(&file.path) {
            return;
        }
        if let Ok(reader) = self.of(&file.path).open(file) {
            expected.bytes += bytes;
            expected.readers.insert(file.path.clone(), (reader, bytes));
        }
    }

    /// What was asked of each store so far.
    pub fn requests(&self) -> Vec<RequestCounts> {
        lock(&self.stores)
            .values()
            .filter_map(|source| source.requests())
            .collect()
    }

    fn remember(&self, root: String, source: &Arc<dyn Source>) {
        lock(&self.stores)
            .entry(root)
            .or_insert_with(|| Arc::clone(source));
    }

    fn remote(&self) -> io::Result<Arc<Remote>> {
        let mut remote = lock(&self.remote);
        if let Some(remote) = &*remote {
            return Ok(Arc::clone(remote));
        }
        Ok(Arc::clone(remote.insert(Arc::new(Remote::start()?))))
    }

    fn bucket(&self, name: &str) -> Arc<Bucket> {
        let store = Arc::clone(lock(&self.s3).get_or_insert_with(|| Store::new(self.settings.s3.clone())));
        let bucket = || {
            Arc::new(Bucket {
                endpoint: self.endpoint(format!("s3://{name}"), store.settings().timeouts),
                name: name.to_owned(),
                store: Arc::clone(&store),
            })
        };
        Arc::clone(lock(&self.buckets).entry(name.to_owned()).or_insert_with(bucket))
    }

    fn cluster(
        &self,
        remote: &Arc<Remote>,
        scheme: &'static str,
        authority: &str,
    ) -> io::Result<Arc<Cluster>> {
        let key = format!("{scheme}://{authority}");
        let mut clusters = lock(&self.clusters);
        if let Some(cluster) = clusters.get(&key) {
            return Ok(Arc::clone(cluster));
        }
        let settings = &self.settings.hdfs;
        let endpoint = |name: String| self.endpoint(name, settings.timeouts);
        let cluster = Arc::new(Cluster::new(
            remote,
            settings.clone(),
            scheme,
            authority,
            endpoint,
        )?);
        clusters.insert(key, Arc::clone(&cluster));
        Ok(cluster)
    }

    fn endpoint(&self, name: String, timeouts: Timeouts) -> Endpoint {
        let breaker = &self.settings.breaker;
        let thresholds = Thresholds {
            failures: breaker.is_enabled.then_some(breaker.failures),
            window: breaker.window,
            open_for: breaker.open_for,
            successes: breaker.successes,
        };
        // With the defaults 8 s and 20 s: what has gone costs less than half a minute.
        let budget = timeouts.read * ATTEMPTS_IN_BUDGET / HALF;
        Endpoint::new(name, Patience::within(timeouts.read, budget), thresholds)
    }

    /// The source that a path was listed by.
    fn of(&self, path: &str) -> Arc<dyn Source> {
        let stores = lock(&self.stores);
        let source = stores.iter().find(|(root, _)| path.starts_with(root.as_str()));
        source.map_or_else(
            || Arc::new(self.local.clone()) as Arc<dyn Source>,
            |(_, source)| Arc::clone(source),
        )
    }

    /// Lists the files of a rolling directory, wherever it is.
    ///
    /// # Errors
    /// Those of [`Source::expand`].
    pub fn expand(&self, directory: &RollingDirectory) -> io::Result<Result<Log, Rejected>> {
        self.of(&directory.path).expand(directory)
    }

    /// Whether a log that is being written can have grown without being seen to.
    pub fn grows_unseen(&self, log: &Log) -> bool {
        self.of(&log.path).grows_unseen(log.modified_ms)
    }
}

impl Open for Sources {
    fn open(&self, file: &LogFile) -> io::Result<Box<dyn Read + Send>> {
        if file.path.starts_with('/') {
            return self.local.open(file);
        }
        if let Some(reader) = lock(&self.expected).take(&file.path) {
            return Ok(reader);
        }
        self.of(&file.path).open(file)
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sources")
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
