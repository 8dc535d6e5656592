//! One file of HDFS, read range by range; and the part of it that is still being written, where that can
//! be seen.

use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::{StreamExt, stream};
use hdfs_native::HdfsError;
use hdfs_native::file::FileReader;
use tokio::runtime::Handle;
use tokio::sync::Mutex;

use super::cluster::Cluster;
use super::webhdfs::Tail;
use crate::source::remote::{Boxed, Fault, Opened, Part, Ranges, ReadAhead, RemoteError, Request, fetch};

/// The closed blocks of a file.
pub(super) struct FileRanges {
    cluster: Arc<Cluster>,
    path: String,
    listed_modified_ms: i64,
    /// Where the blocks are, asked once.
    reader: Mutex<Option<Arc<FileReader>>>,
    /// Length and time when the blocks were asked for the first time: those of one and the same file.
    version: Mutex<Option<usize>>,
}

impl FileRanges {
    pub(super) fn new(cluster: Arc<Cluster>, path: String, listed_modified_ms: i64) -> Self {
        FileRanges {
            cluster,
            path,
            listed_modified_ms,
            reader: Mutex::default(),
            version: Mutex::default(),
        }
    }

    async fn open(self: Arc<Self>, range: Range<u64>, is_retry: bool) -> Result<Opened, RemoteError> {
        let reader = self.reader(is_retry).await?;
        let total = reader.file_length() as u64;
        let end = range.end.min(total);
        if range.start >= end {
            return Ok(Opened {
                total,
                body: stream::empty().boxed(),
            });
        }
        let (start, length) = (to_usize(range.start), to_usize(end - range.start));
        let cluster = Arc::clone(&self.cluster);
        let body = reader
            .read_range_stream(start, length)
            .map(move |bytes| bytes.map_err(|error| cluster.explain(&error)));
        Ok(Opened {
            total,
            body: body.boxed(),
        })
    }

    /// Where the blocks are; after a failure asked again, as long as it is the same file.
    async fn reader(&self, is_retry: bool) -> Result<Arc<FileReader>, RemoteError> {
        let mut slot = self.reader.lock().await;
        if let (Some(reader), false) = (&*slot, is_retry) {
            return Ok(Arc::clone(reader));
        }
        let client = self.cluster.client()?;
        self.cluster.endpoint.count_many(Request::Stat, 1);
        let reader = client.read(&self.path).await;
        let reader = reader.map_err(|error| self.explain(&error))?;
        let length = reader.file_length();
        let mut version = self.version.lock().await;
        match *version {
            None => *version = Some(length),
            Some(known) => {
                self.cluster.endpoint.count_many(Request::Stat, 1);
                let status = client
                    .get_file_info(&self.path)
                    .await
                    .map_err(|error| self.explain(&error))?;
                let modified_ms = i64::try_from(status.modification_time).unwrap_or(i64::MAX);
                if known != length || modified_ms != self.listed_modified_ms {
                    return Err(RemoteError::new(
                        Fault::Changed,
                        "the file was replaced while it was read",
                    ));
                }
            }
        }
        let reader = Arc::new(reader);
        *slot = Some(Arc::clone(&reader));
        Ok(reader)
    }

    fn explain(&self, error: &HdfsError) -> RemoteError {
        let explained = self.cluster.explain(error);
        if explained.is_transient() {
            self.cluster.renew();
        }
        explained
    }
}

impl Ranges for FileRanges {
    fn fetch(self: Arc<Self>, range: Range<u64>) -> Boxed<Result<Part, RemoteError>> {
        Box::pin(async move {
            let cluster = Arc::clone(&self.cluster);
            let is_retry = AtomicBool::new(false);
            fetch(&cluster.endpoint, range, |rest| {
                Arc::clone(&self).open(rest, is_retry.swap(true, Ordering::Relaxed))
            })
            .await
        })
    }
}

fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// A file from its start to where it can be seen.
pub(super) struct HdfsReader {
    pub(super) handle: Handle,
    pub(super) cluster: Arc<Cluster>,
    pub(super) path: String,
    /// By the listing. More than the closed blocks hold means that a block is being written.
    pub(super) listed_bytes: u64,
    pub(super) closed: ReadAhead,
    pub(super) tail: Option<Tail>,
}

impl Read for HdfsReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(tail) = &mut self.tail {
            return tail.read(buffer);
        }
        let num = self.closed.read(buffer)?;
        let closed = self.closed.total();
        let is_open = self.listed_bytes > closed || self.listed_bytes == 0;
        if num > 0 || buffer.is_empty() || !is_open {
            return Ok(num);
        }
        let opened = self
            .handle
            .block_on(self.cluster.webhdfs.tail(&self.handle, &self.path, closed));
        match opened {
            Some(tail) => self.tail.insert(tail).read(buffer),
            None => Err(RemoteError::new(
                Fault::Unseen,
                format!("the block that is being written cannot be read: {closed} bytes lie before it"),
            )
            .into()),
        }
    }
}
