//! One range of a file, fetched to its end: a body that breaks, stalls or ends early is resumed where it
//! stopped, within bounds that no server can stretch.

use std::ops::Range;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;

use super::endpoint::Endpoint;
use super::error::{Fault, RemoteError};
use super::pieces::Pieces;
use super::read_ahead::Part;
use super::requests::Request;

/// The bytes of a range as they arrive.
pub(crate) type Body = BoxStream<'static, Result<Bytes, RemoteError>>;

/// The beginning of an answer.
pub(crate) struct Opened {
    /// Bytes that can be read of the whole file.
    pub(crate) total: u64,
    pub(crate) body: Body,
}

/// Bodies that may break in a row having brought less than [`LEAST_PROGRESS`].
const MOST_STALLS: u32 = 5;
const LEAST_PROGRESS: usize = 64 << 10;
/// A store that is slower than this is treated as one that does not answer.
const LEAST_BYTES_PER_SECOND: u64 = 64 << 10;

/// Fetches a range, or what there is of it before the file's end. `open` asks for the bytes from a place on.
///
/// # Errors
/// When it cannot be had within the endpoint's patience, or the file has changed.
pub(crate) async fn fetch<F>(
    endpoint: &Endpoint,
    range: Range<u64>,
    mut open: impl FnMut(Range<u64>) -> F,
) -> Result<Part, RemoteError>
where
    F: Future<Output = Result<Opened, RemoteError>> + Send + 'static,
{
    let begun = Instant::now();
    let seconds = (range.end - range.start) / LEAST_BYTES_PER_SECOND;
    let deadline = begun + endpoint.patience.budget + Duration::from_secs(seconds);
    let mut got = Pieces::default();
    let mut stalls = 0;
    endpoint.admit_body()?;
    loop {
        let rest = range.start + got.len() as u64..range.end;
        let opened = endpoint.call(Request::Read, || open(rest.clone())).await?;
        let end = range.end.min(opened.total);
        let expected = usize::try_from(end.saturating_sub(range.start)).unwrap_or(usize::MAX);
        let before = got.len();
        let outcome = drain(endpoint, opened.body, &mut got, expected, deadline).await;
        endpoint.count_bytes(got.len() - before);
        let error = match outcome {
            Ok(()) if got.len() == expected => {
                endpoint.delivered();
                return Ok(Part {
                    bytes: got,
                    total: opened.total,
                });
            }
            Ok(()) => RemoteError::new(
                Fault::Transient,
                format!(
                    "{} ended an answer after {} of {expected} bytes",
                    endpoint.name,
                    got.len()
                ),
            ),
            Err(error) => error,
        };
        if !error.is_transient() {
            return Err(error);
        }
        stalls = if got.len() - before >= LEAST_PROGRESS {
            0
        } else {
            stalls + 1
        };
        endpoint.stumbled(stalls);
        if stalls > MOST_STALLS || Instant::now() >= deadline {
            return Err(error.given_up(stalls, begun.elapsed().as_secs_f64()));
        }
        endpoint.pause(stalls).await;
    }
}

async fn drain(
    endpoint: &Endpoint,
    mut body: Body,
    got: &mut Pieces,
    expected: usize,
    deadline: Instant,
) -> Result<(), RemoteError> {
    while got.len() < expected {
        let idle = endpoint
            .patience
            .attempt
            .min(deadline.saturating_duration_since(Instant::now()));
        match tokio::time::timeout(idle, body.next()).await {
            Ok(Some(Ok(bytes))) if got.len() + bytes.len() > expected => {
                return Err(RemoteError::new(
                    Fault::Permanent,
                    format!("{} sent more bytes than it was asked for", endpoint.name),
                ));
            }
            Ok(Some(Ok(bytes))) => got.push(bytes),
            Ok(Some(Err(error))) => return Err(error),
            Ok(None) => return Ok(()),
            Err(_) => {
                return Err(RemoteError::new(
                    Fault::Transient,
                    format!(
                        "{} stopped in the middle of an answer for {:.1} s",
                        endpoint.name,
                        idle.as_secs_f64()
                    ),
                ));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::stream;

    use super::super::{Patience, Thresholds};
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn endpoint() -> Endpoint {
        let patience = Patience {
            first_pause: MS,
            longest_pause: 4 * MS,
            ..Patience::within(50 * MS, 2000 * MS)
        };
        let thresholds = Thresholds {
            failures: None,
            window: 1000 * MS,
            open_for: 1000 * MS,
            successes: 1,
        };
        Endpoint::new("s3://logs".to_owned(), patience, thresholds)
    }

    fn content(len: usize) -> Vec<u8> {
        (0..=250).cycle().take(len).collect()
    }

    /// Runs `fetch` on a file of `len` bytes whose answers are cut or spoilt by `body`.
    fn run(
        len: usize,
        range: Range<u64>,
        body: impl Fn(usize, Bytes) -> Result<Body, RemoteError>,
    ) -> (Result<Part, RemoteError>, usize) {
        let endpoint = endpoint();
        let asked = AtomicUsize::new(0);
        let all = Bytes::from(content(len));
        let outcome = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_time()
            .build()
            .unwrap()
            .block_on(fetch(&endpoint, range, |rest| {
                let place = |at: u64| usize::try_from(at).unwrap();
                let bytes = all.slice(place(rest.start)..place(rest.end).min(len));
                let opened = body(asked.fetch_add(1, Ordering::Relaxed), bytes);
                async move {
                    Ok(Opened {
                        total: len as u64,
                        body: opened?,
                    })
                }
            }));
        (outcome, asked.into_inner())
    }

    fn all(mut part: Part) -> Vec<u8> {
        let mut all = vec![0; part.bytes.len()];
        let mut place = 0;
        while place < all.len() {
            place += part.bytes.read(&mut all[place..]);
        }
        all
    }

    fn whole(bytes: Bytes) -> Body {
        stream::iter([Ok(bytes)]).boxed()
    }

    #[test]
    fn a_body_that_breaks_is_resumed_where_it_stopped() {
        let (outcome, asked) = run(1000, 100..900, |number, bytes| {
            let kept = bytes.slice(..bytes.len().min(300));
            let error = RemoteError::new(Fault::Transient, "connection reset");
            Ok(match number % 2 {
                _ if kept.len() == bytes.len() => whole(bytes),
                0 => stream::iter([Ok(kept), Err(error)]).boxed(),
                _ => whole(kept),
            })
        });
        assert_eq!(all(outcome.unwrap()), content(1000)[100..900]);
        assert_eq!(asked, 3);
    }

    #[test]
    fn a_range_over_the_end_yields_what_there_is() {
        let (outcome, _) = run(1000, 900..1200, |_, bytes| Ok(whole(bytes)));
        let part = outcome.unwrap();
        assert_eq!((part.bytes.len(), part.total), (100, 1000));
    }

    #[test]
    fn a_body_that_stalls_is_given_up_after_a_few_times() {
        let (outcome, asked) = run(1000, 0..1000, |_, bytes| {
            Ok(stream::iter([Ok(bytes.slice(..1))])
                .chain(stream::pending())
                .boxed())
        });
        let error = outcome.unwrap_err();
        assert_eq!(error.fault(), Fault::Unavailable);
        assert!(error.to_string().contains("stopped in the middle"), "{error}");
        assert_eq!(asked, 6);
    }

    #[test]
    fn a_file_that_changed_is_not_pieced_together() {
        let (outcome, asked) = run(1000, 0..1000, |number, bytes| match number {
            0 => Ok(whole(bytes.slice(..500))),
            _ => Err(RemoteError::new(Fault::Changed, "changed")),
        });
        assert_eq!(outcome.unwrap_err().fault(), Fault::Changed);
        assert_eq!(asked, 2);
    }

    #[test]
    fn more_than_was_asked_for_is_refused() {
        let (outcome, _) = run(1000, 0..1000, |_, _| Ok(whole(Bytes::from(vec![0; 1001]))));
        assert_eq!(outcome.unwrap_err().fault(), Fault::Permanent);
    }
}
