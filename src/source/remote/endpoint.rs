//! One bucket or name service, and the rules by which it is called: deadline, retries within a budget,
//! circuit breaker, counting. A panic of a client library is the failure of one call.

use std::future::Future;
use std::time::{Duration, Instant};

use super::breaker::{Breaker, Thresholds};
use super::error::{Fault, RemoteError};
use super::patience::{Patience, luck};
use super::requests::{Request, RequestCounts, Requests};

/// Attempts of one call that may fail without counting against the store.
const MOST_STUMBLES: u32 = 2;

/// Where calls go, and how they fare.
#[derive(Debug)]
pub(crate) struct Endpoint {
    /// The bucket or name service, as people know it.
    pub(crate) name: String,
    pub(crate) patience: Patience,
    breaker: Breaker,
    /// Of what comes after the first line of an answer: a store may greet everybody and deliver nothing.
    bodies: Breaker,
    requests: Requests,
}

impl Endpoint {
    pub(crate) fn new(name: String, patience: Patience, thresholds: Thresholds) -> Self {
        Endpoint {
            name,
            patience,
            breaker: Breaker::new(thresholds),
            bodies: Breaker::new(thresholds),
            requests: Requests::default(),
        }
    }

    /// Makes a call, again and again while it fails in a way that may pass.
    ///
    /// # Errors
    /// That of the last attempt, or that the breaker is open.
    pub(crate) async fn call<T, F>(
        &self,
        request: Request,
        mut attempt: impl FnMut() -> F,
    ) -> Result<T, RemoteError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, RemoteError>> + Send + 'static,
    {
        let begun = Instant::now();
        let mut attempts = 0;
        let mut limit = self.patience.attempt.min(self.patience.budget);
        self.admit()?;
        loop {
            self.requests.count(request);
            attempts += 1;
            let error = match self.guarded(limit, attempt()).await {
                Ok(done) => {
                    self.breaker.succeeded();
                    return Ok(done);
                }
                Err(error) => error,
            };
            if !error.is_transient() {
                self.breaker.succeeded();
                return Err(error);
            }
            // One that asks for patience lives: of many calls at the same time all are told so, which opens no breaker
            // before one of them has waited as long as it may.
            if !error.is_busy() {
                if attempts > MOST_STUMBLES {
                    self.breaker.failed(Instant::now());
                }
            } else if attempts == MOST_STUMBLES + 1 {
                self.breaker.doubted(Instant::now());
            }
            let counted = match error.is_busy() {
                true => attempts.min(self.patience.most_attempts.saturating_sub(1)),
                false => attempts,
            };
            let given_up = |error: RemoteError| error.given_up(attempts, begun.elapsed().as_secs_f64());
            let Some(pause) = self.patience.pause_after(counted, begun.elapsed(), luck()) else {
                self.breaker.gave_up(Instant::now());
                return Err(given_up(error));
            };
            tokio::time::sleep(pause).await;
            match self.patience.next_attempt(begun.elapsed()) {
                Some(next) if self.breaker.admits(Instant::now()) => limit = next,
                Some(_) => return Err(given_up(error)),
                // The pause took what was left of the budget.
                None => {
                    self.breaker.gave_up(Instant::now());
                    return Err(given_up(error));
                }
            }
            self.requests.count_retry();
        }
    }

    /// Whether the breaker lets a call through.
    ///
    /// # Errors
    /// When it does not.
    pub(crate) fn admit(&self) -> Result<(), RemoteError> {
        if self.breaker.admits(Instant::now()) {
            return Ok(());
        }
        Err(RemoteError::new(
            Fault::Unavailable,
            format!("{} has failed too often and is left alone for a while", self.name),
        ))
    }

    /// One attempt, within its deadline, in a task of its own so that its panic stays there.
    pub(super) async fn guarded<T: Send + 'static>(
        &self,
        limit: Duration,
        attempt: impl Future<Output = Result<T, RemoteError>> + Send + 'static,
    ) -> Result<T, RemoteError> {
        let task = tokio::spawn(attempt);
        let abort = task.abort_handle();
        match tokio::time::timeout(limit, task).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(failed)) => Err(panicked(failed)),
            Err(_) => {
                abort.abort();
                Err(self.silent(limit))
            }
        }
    }

    fn silent(&self, after: Duration) -> RemoteError {
        RemoteError::new(
            Fault::Transient,
            format!("{} did not answer within {:.1} s", self.name, after.as_secs_f64()),
        )
    }

    /// Whether it is worth asking for bytes.
    ///
    /// # Errors
    /// When too many answers broke off.
    pub(super) fn admit_body(&self) -> Result<(), RemoteError> {
        if self.bodies.admits(Instant::now()) {
            return Ok(());
        }
        let message = format!(
            "{} has broken off too many answers and is left alone for a while",
            self.name
        );
        Err(RemoteError::new(Fault::Unavailable, message))
    }

    /// An answer broke off, the `stalls`th in a row that brought little. That one does is a network's nature, and
    /// it is resumed; that its successor does as well is a failure.
    pub(super) fn stumbled(&self, stalls: u32) {
        if stalls > 1 {
            self.bodies.failed(Instant::now());
        }
        self.requests.count_retry();
    }

    /// An answer arrived in full.
    pub(super) fn delivered(&self) {
        self.bodies.succeeded();
    }

    /// Waits before an answer that broke off is asked for again.
    pub(super) async fn pause(&self, stalls: u32) {
        if let Some(pause) = self.patience.pause_after(stalls.max(1), Duration::ZERO, luck()) {
            tokio::time::sleep(pause).await;
        }
    }

    pub(crate) fn count_many(&self, request: Request, number: u64) {
        self.requests.count_many(request, number);
    }

    pub(crate) fn count_bytes(&self, number: usize) {
        self.requests.count_bytes(number);
    }

    /// What was asked of it so far.
    pub(crate) fn counts(&self) -> RequestCounts {
        self.requests.counts(&self.name)
    }
}

/// What a task that did not end by itself ended with.
fn panicked(failed: tokio::task::JoinError) -> RemoteError {
    let reason = match failed.try_into_panic() {
        Ok(panic) => match panic.downcast::<String>() {
            Ok(text) => *text,
            Err(panic) => panic
                .downcast::<&str>()
                .map_or_else(|_| String::new(), |text| (*text).to_owned()),
        },
        Err(_) => "the call was cancelled".to_owned(),
    };
    RemoteError::new(
        Fault::Permanent,
        format!("the client library failed on this: {reason}"),
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn endpoint(budget_ms: u64) -> Endpoint {
        let patience = Patience {
            first_pause: Duration::from_millis(2),
            ..Patience::within(Duration::from_millis(50), Duration::from_millis(budget_ms))
        };
        let thresholds = Thresholds {
            failures: Some(100),
            window: Duration::from_secs(60),
            open_for: Duration::from_secs(60),
            successes: 1,
        };
        Endpoint::new("s3://logs".to_owned(), patience, thresholds)
    }

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_time()
            .build()
            .unwrap()
            .block_on(future)
    }

    #[test]
    fn what_may_pass_is_tried_again() {
        let endpoint = endpoint(5_000);
        let tries = Arc::new(AtomicU32::new(0));
        let outcome = run(endpoint.call(Request::List, || {
            let tries = Arc::clone(&tries);
            async move {
                match tries.fetch_add(1, Ordering::Relaxed) {
                    0 | 1 => Err(RemoteError::new(Fault::Transient, "busy")),
                    number => Ok(number),
                }
            }
        }));
        assert_eq!(outcome, Ok(2));
        let counts = endpoint.counts();
        assert_eq!((counts.lists, counts.retries), (3, 2));
    }

    #[test]
    fn what_cannot_pass_is_not_tried_again() {
        let endpoint = endpoint(5_000);
        let outcome: Result<(), _> = run(endpoint.call(Request::Read, || async {
            Err(RemoteError::new(Fault::Denied, "no"))
        }));
        assert_eq!(outcome.unwrap_err().fault(), Fault::Denied);
        assert_eq!(endpoint.counts().reads, 1);
    }

    #[test]
    fn a_server_that_asks_many_at_once_for_patience_is_given_it() {
        let endpoint = endpoint(5_000);
        let calls = (0..60).map(|_| {
            let tries = Arc::new(AtomicU32::new(0));
            endpoint.call(Request::Read, move || {
                let tries = Arc::clone(&tries);
                async move {
                    match tries.fetch_add(1, Ordering::Relaxed) {
                        0..4 => Err(RemoteError::new(Fault::Busy, "safe mode")),
                        number => Ok(number),
                    }
                }
            })
        });
        let outcomes = run(futures_util::future::join_all(calls));
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    }

    #[test]
    fn patience_ends_with_the_budget_and_opens_the_breaker() {
        let endpoint = endpoint(300);
        let outcome: Result<(), _> = run(endpoint.call(Request::Read, || async {
            Err(RemoteError::new(Fault::Busy, "safe mode"))
        }));
        assert_eq!(outcome.unwrap_err().fault(), Fault::Unavailable);
        assert!(endpoint.admit().is_err());
    }

    #[test]
    fn silence_ends_with_the_budget_and_opens_the_breaker() {
        let endpoint = endpoint(200);
        let begun = Instant::now();
        let outcome: Result<(), _> = run(endpoint.call(Request::Stat, || async {
            std::future::pending::<()>().await;
            Ok(())
        }));
        let error = outcome.unwrap_err();
        assert!(begun.elapsed() < Duration::from_secs(2));
        assert_eq!(error.fault(), Fault::Unavailable);
        assert!(
            error
                .to_string()
                .starts_with("s3://logs did not answer within 0."),
            "{error}"
        );
        assert!(endpoint.admit().is_err());
    }

    #[test]
    fn a_panic_is_a_failure_of_one_call() {
        let endpoint = endpoint(5_000);
        let outcome: Result<(), _> = run(endpoint.call(Request::Read, || async {
            assert!(std::hint::black_box(false), "split_to out of bounds");
            Ok(())
        }));
        assert_eq!(
            outcome.unwrap_err().to_string(),
            "the client library failed on this: split_to out of bounds"
        );
        assert!(endpoint.admit().is_ok());
    }
}
