//! Counts what is asked of one endpoint, because requests cost money and name nodes are shared.

use std::sync::atomic::{AtomicU64, Ordering};

/// What is asked of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Request {
    /// A page of a listing.
    List,
    /// The facts of one file, or where its blocks are.
    Stat,
    /// Bytes of a file.
    Read,
}

/// Counters of one endpoint.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    lists: AtomicU64,
    stats: AtomicU64,
    reads: AtomicU64,
    retries: AtomicU64,
    bytes: AtomicU64,
}

/// What was asked of one endpoint so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestCounts {
    /// The bucket or name service.
    pub endpoint: String,
    pub lists: u64,
    pub stats: u64,
    pub reads: u64,
    /// Of all these, those that were made again after a failure.
    pub retries: u64,
    /// Bytes of files that arrived.
    pub bytes: u64,
}

impl RequestCounts {
    /// Adds what was asked of the same endpoint by somebody else.
    pub fn add(&mut self, other: &RequestCounts) {
        let RequestCounts {
            endpoint,
            lists,
            stats,
            reads,
            retries,
            bytes,
        } = other;
        self.endpoint.clone_from(endpoint);
        self.lists += lists;
        self.stats += stats;
        self.reads += reads;
        self.retries += retries;
        self.bytes += bytes;
    }
}

impl Requests {
    pub(crate) fn count(&self, request: Request) {
        self.count_many(request, 1);
    }

    pub(crate) fn count_many(&self, request: Request, number: u64) {
        let counter = match request {
            Request::List => &self.lists,
            Request::Stat => &self.stats,
            Request::Read => &self.reads,
        };
        counter.fetch_add(number, Ordering::Relaxed);
    }

    pub(crate) fn count_retry(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_bytes(&self, number: usize) {
        self.bytes.fetch_add(number as u64, Ordering::Relaxed);
    }

    /// The counts as they are now.
    pub(crate) fn counts(&self, endpoint: &str) -> RequestCounts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        RequestCounts {
            endpoint: endpoint.to_owned(),
            lists: read(&self.lists),
            stats: read(&self.stats),
            reads: read(&self.reads),
            retries: read(&self.retries),
            bytes: read(&self.bytes),
        }
    }
}
