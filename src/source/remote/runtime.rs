//! The one runtime on which everything asynchronous of this module runs. Callers are plain threads.

use std::io;
use std::sync::{Arc, Once};

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::Semaphore;

use super::read_ahead::Depth;

/// More than there are cores: a Kerberos library that waits for its server blocks its thread.
const WORKERS: usize = 4;
const THREAD_NAME: &str = "remote";

/// Bytes of one range. Large enough for a store that answers in tens of milliseconds.
pub(crate) const RANGE_BYTES: u64 = 4 << 20;
/// Ranges of one file.
const RANGES: usize = 4;
/// Ranges that all files together may read ahead: 48 MiB.
const RANGES_IN_ALL: usize = 12;

/// The runtime, and what all remote files share.
#[derive(Debug)]
pub(crate) struct Remote {
    runtime: Option<Runtime>,
    handle: Handle,
    budget: Arc<Semaphore>,
}

impl Remote {
    /// # Errors
    /// When the system gives no threads.
    pub(crate) fn start() -> io::Result<Self> {
        keep_panics_quiet();
        let runtime = Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .thread_name(THREAD_NAME)
            .enable_io()
            .enable_time()
            .build()?;
        Ok(Remote {
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
            budget: Arc::new(Semaphore::new(RANGES_IN_ALL)),
        })
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// How far a file is read ahead.
    pub(crate) fn depth(&self) -> Depth {
        Depth {
            range_bytes: RANGE_BYTES,
            ranges: RANGES,
            budget: Arc::clone(&self.budget),
        }
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        // A thread that a library blocks must not keep the program from ending.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A panic on a thread of ours becomes the message of one log; the usual text would only alarm.
fn keep_panics_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if std::thread::current().name() != Some(THREAD_NAME) {
                usual(panic);
            }
        }));
    });
}
