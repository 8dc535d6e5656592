//! A connection whose client has to read.
//!
//! Who takes nothing, or a few bytes now and then, holds a connection and the answer's bytes for as long as it
//! likes. So of the time that the server waits for a client, each share has to bring a few bytes forward.

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Duration, Instant, Sleep, sleep_until};

/// Ends with an error when its client reads too slowly.
pub(super) struct Paced<S> {
    stream: S,
    share: Share,
    /// Wakes up the one that writes when the share is over; made when it is first needed.
    alarm: Option<Pin<Box<Sleep>>>,
}

/// So many bytes have to be taken within so much time of waiting.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    pub time: Duration,
    pub bytes: usize,
}

/// What was waited and taken since the last time that enough was.
#[derive(Debug)]
struct Share {
    pace: Pace,
    waited: Duration,
    waits_since: Option<Instant>,
    bytes: usize,
}

impl Share {
    fn begins_to_wait(&mut self, now: Instant) -> Instant {
        let since = *self.waits_since.get_or_insert(now);
        since + self.pace.time.saturating_sub(self.waited)
    }

    fn took(&mut self, bytes: usize, now: Instant) {
        if let Some(since) = self.waits_since.take() {
            self.waited += now - since;
        }
        self.bytes += bytes;
        if self.bytes >= self.pace.bytes {
            (self.bytes, self.waited) = (0, Duration::ZERO);
        }
    }
}

impl<S> Paced<S> {
    pub(super) fn new(stream: S, pace: Pace) -> Self {
        Paced {
            stream,
            share: Share {
                pace,
                waited: Duration::ZERO,
                waits_since: None,
                bytes: 0,
            },
            alarm: None,
        }
    }

    fn after(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(written) = written {
            if let Ok(bytes) = written {
                self.share.took(bytes, Instant::now());
            }
            return Poll::Ready(written);
        }
        let end = self.share.begins_to_wait(Instant::now());
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(end)));
        if alarm.deadline() != end {
            alarm.as_mut().reset(end);
        }
        ready!(alarm.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.after(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.after(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::runtime::Builder;
    use tokio::time::sleep;

    use super::*;

    const PACE: Pace = Pace {
        time: Duration::from_millis(300),
        bytes: 1000,
    };

    /// Writes `total` bytes to a client that takes `bytes` every `pause`; how that ended.
    fn written(total: usize, bytes: usize, pause: Duration) -> io::Result<()> {
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let (ours, mut theirs) = duplex(1000);
            let reading = tokio::spawn(async move {
                let mut taken = vec![0; bytes];
                while theirs.read_exact(&mut taken).await.is_ok() {
                    sleep(pause).await;
                }
            });
            let result = Paced::new(ours, PACE).write_all(&vec![b'a'; total]).await;
            reading.abort();
            result
        })
    }

    #[test]
    fn who_reads_is_served_however_long_it_takes() {
        // 20 times 50 ms are more than 300 ms.
        assert!(written(11_000, 500, Duration::from_millis(50)).is_ok());
    }

    #[test]
    fn a_few_bytes_now_and_then_are_not_enough() {
        let error = written(11_000, 10, Duration::from_millis(50)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(written(11_000, 10, Duration::from_secs(5)).is_err());
    }
}
