//! A file of another machine as [`std::io::Read`]: ranges are fetched ahead of whoever decodes, a few at a
//! time and in order, so that neither waits for the other and no file is ever in memory as a whole.

use std::collections::VecDeque;
use std::future::Future;
use std::io::{self, Read};
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

use super::error::{Fault, RemoteError};
use super::pieces::Pieces;

/// A future that may move between threads.
pub(crate) type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Bytes of a file, and how long the file is.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) bytes: Pieces,
    /// Bytes that can be read of the whole file, which the store knows best.
    pub(crate) total: u64,
}

/// A file whose ranges can be had in any order.
pub(crate) trait Ranges: Send + Sync {
    /// Fetches a range: all of it, or all that there is of it before the file's end.
    fn fetch(self: Arc<Self>, range: Range<u64>) -> Boxed<Result<Part, RemoteError>>;
}

/// How far to read ahead.
#[derive(Debug, Clone)]
pub(crate) struct Depth {
    /// Bytes of one range; a smaller file is read in one request.
    pub(crate) range_bytes: u64,
    /// Ranges of one file under way or waiting.
    pub(crate) ranges: usize,
    /// Ranges of all files, beyond the one that each file is waiting for.
    pub(crate) budget: Arc<Semaphore>,
}

struct Fetching {
    task: JoinHandle<Result<Part, RemoteError>>,
    range: Range<u64>,
    _budget: Option<OwnedSemaphorePermit>,
}

/// Reads a file from its start to its end.
pub(crate) struct ReadAhead {
    handle: Handle,
    file: Arc<dyn Ranges>,
    depth: Depth,
    fetching: VecDeque<Fetching>,
    current: Pieces,
    /// Where the next range begins.
    next: u64,
    end: u64,
    /// The first range has told how long the file is.
    is_measured: bool,
    failure: Option<RemoteError>,
}

impl ReadAhead {
    /// `listed_bytes`: the length by the listing, which the first answer corrects.
    pub(crate) fn new(handle: Handle, file: Arc<dyn Ranges>, listed_bytes: u64, depth: Depth) -> Self {
        let mut reader = ReadAhead {
            handle,
            file,
            depth,
            fetching: VecDeque::new(),
            current: Pieces::default(),
            next: 0,
            end: listed_bytes,
            is_measured: false,
            failure: None,
        };
        // Under way before anybody asks for a byte.
        reader.send_ahead();
        reader
    }

    /// How long the file is, as far as that is known.
    pub(crate) fn total(&self) -> u64 {
        self.end
    }

    /// Sets off as many ranges as may be under way.
    fn send_ahead(&mut self) {
        // What the first answer says decides how the rest is asked for.
        let most = if self.is_measured { self.depth.ranges } else { 1 };
        while self.fetching.len() < most && self.next < self.end {
            let budget = if self.fetching.is_empty() {
                None
            } else {
                match Arc::clone(&self.depth.budget).try_acquire_owned() {
                    Ok(permit) => Some(permit),
                    Err(_) => return,
                }
            };
            let until = self.end.min(self.next + self.depth.range_bytes);
            let range = self.next..until;
            let fetch = Arc::clone(&self.file).fetch(range.clone());
            self.fetching.push_back(Fetching {
                task: self.handle.spawn(fetch),
                range,
                _budget: budget,
            });
            self.next = until;
        }
    }

    /// The next bytes; none at the end of the file.
    fn take(&mut self) -> Result<Option<Pieces>, RemoteError> {
        self.send_ahead();
        let Some(mut first) = self.fetching.pop_front() else {
            return Ok(None);
        };
        let part = match self.handle.block_on(&mut first.task) {
            Ok(part) => part?,
            Err(failed) => {
                return Err(RemoteError::new(
                    Fault::Permanent,
                    format!("reading has stopped: {failed}"),
                ));
            }
        };
        if !self.is_measured {
            self.is_measured = true;
            self.end = part.total;
            self.next = first.range.end.min(self.end);
        }
        let expected = first.range.end.min(self.end).saturating_sub(first.range.start);
        if part.bytes.len() as u64 != expected {
            let message = format!("{} bytes came where {expected} were asked for", part.bytes.len());
            return Err(RemoteError::new(Fault::Permanent, message));
        }
        self.send_ahead();
        Ok(Some(part.bytes))
    }
}

impl Read for ReadAhead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone().into());
        }
        while self.current.len() == 0 {
            match self.take() {
                Ok(Some(bytes)) => self.current = bytes,
                Ok(None) => return Ok(0),
                Err(failure) => {
                    self.failure = Some(failure.clone());
                    return Err(failure.into());
                }
            }
        }
        Ok(self.current.read(buffer))
    }
}

impl Drop for ReadAhead {
    fn drop(&mut self) {
        for fetching in &self.fetching {
            fetching.task.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use bytes::Bytes;
    use tokio::runtime::Runtime;

    use super::*;

    /// A file of so many bytes, of which those that it will fail at are known.
    struct Sample {
        bytes: Vec<u8>,
        fails_at: Option<u64>,
        asked: Mutex<Vec<Range<u64>>>,
    }

    impl Ranges for Sample {
        fn fetch(self: Arc<Self>, range: Range<u64>) -> Boxed<Result<Part, RemoteError>> {
            Box::pin(async move {
                self.asked.lock().unwrap().push(range.clone());
                // The later a range, the sooner it is there.
                let late = 20_u64.saturating_sub(range.start / 100);
                tokio::time::sleep(Duration::from_millis(late)).await;
                if self.fails_at.is_some_and(|at| range.contains(&at)) {
                    return Err(RemoteError::new(Fault::Changed, "changed"));
                }
                let total = self.bytes.len() as u64;
                let place = |at: u64| usize::try_from(at).unwrap();
                let mut bytes = Pieces::default();
                bytes.push(Bytes::copy_from_slice(
                    &self.bytes[place(range.start)..place(range.end.min(total))],
                ));
                Ok(Part { bytes, total })
            })
        }
    }

    fn sample(len: u32, fails_at: Option<u64>) -> Arc<Sample> {
        Arc::new(Sample {
            bytes: (0..len).map(|number| (number % 251) as u8).collect(),
            fails_at,
            asked: Mutex::default(),
        })
    }

    fn depth() -> Depth {
        Depth {
            range_bytes: 100,
            ranges: 4,
            budget: Arc::new(Semaphore::new(8)),
        }
    }

    fn runtime() -> Runtime {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_time()
            .build()
            .unwrap()
    }

    #[test]
    fn ranges_arrive_in_order_whatever_is_ready_first() {
        let (runtime, file) = (runtime(), sample(1050, None));
        let mut read = Vec::new();
        let mut reader = ReadAhead::new(
            runtime.handle().clone(),
            Arc::<Sample>::clone(&file),
            1050,
            depth(),
        );
        reader.read_to_end(&mut read).unwrap();
        assert_eq!(read, file.bytes);
        assert_eq!(file.asked.lock().unwrap().len(), 11);
    }

    #[test]
    fn a_small_file_is_one_request() {
        let (runtime, file) = (runtime(), sample(100, None));
        let mut read = Vec::new();
        ReadAhead::new(
            runtime.handle().clone(),
            Arc::<Sample>::clone(&file),
            100,
            depth(),
        )
        .read_to_end(&mut read)
        .unwrap();
        assert_eq!(
            file.asked.lock().unwrap().as_slice(),
            std::slice::from_ref(&(0..100))
        );
    }

    #[test]
    fn the_length_that_the_store_tells_wins_over_the_listing() {
        for listed in [1, 99, 350, 5000] {
            let (runtime, file) = (runtime(), sample(350, None));
            let mut read = Vec::new();
            let mut reader = ReadAhead::new(
                runtime.handle().clone(),
                Arc::<Sample>::clone(&file),
                listed,
                depth(),
            );
            reader.read_to_end(&mut read).unwrap();
            assert_eq!((read.len(), reader.total()), (350, 350), "listed as {listed}");
        }
    }

    #[test]
    fn a_failure_comes_after_the_bytes_before_it_and_stays() {
        let (runtime, file) = (runtime(), sample(1000, Some(420)));
        let mut reader = ReadAhead::new(runtime.handle().clone(), file, 1000, depth());
        let mut read = Vec::new();
        assert!(reader.read_to_end(&mut read).is_err());
        assert_eq!(read.len(), 400);
        assert_eq!(reader.read(&mut [0; 8]).unwrap_err().to_string(), "changed");
    }

    #[test]
    fn what_all_files_read_ahead_is_bounded_and_each_goes_on() {
        let runtime = runtime();
        let depth = depth();
        let files: Vec<Arc<Sample>> = (0..16).map(|_| sample(2000, None)).collect();
        let mut readers: Vec<ReadAhead> = files
            .iter()
            .map(|file| {
                ReadAhead::new(
                    runtime.handle().clone(),
                    Arc::<Sample>::clone(file),
                    2000,
                    depth.clone(),
                )
            })
            .collect();
        let mut piece = [0; 100];
        for _ in 0..20 {
            for reader in &mut readers {
                reader.read_exact(&mut piece).unwrap();
            }
            let ahead: usize = readers.iter().map(|reader| reader.fetching.len()).sum();
            assert!(ahead <= 16 + 8, "{ahead}");
        }
        drop(readers);
        assert_eq!(depth.budget.available_permits(), 8);
    }
}
