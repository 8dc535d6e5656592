//! What one client, and all of them together, may take. Every phase of a request has an end.

use std::time::Duration;

use super::paced::Pace;
use crate::store::Limits;

/// From the first byte of a connection, or the end of the last answer, to the end of a request's head.
pub(super) const HEAD_TIME: Duration = Duration::from_secs(15);
/// From the end of the head to the begin of the answer.
pub(super) const ANSWER_TIME: Duration = Duration::from_secs(60);
/// How many bytes of an answer a client has to accept in how much time of waiting for it.
pub(super) const READING: Pace = Pace {
    time: Duration::from_secs(30),
    bytes: 64 << 10,
};
/// What the system may take of an answer before its client does.
pub(super) const SEND_BUFFER_BYTES: usize = 256 << 10;
/// How long running requests may go on when the server is told to stop.
pub(super) const STOP_TIME: Duration = Duration::from_secs(10);

/// The head of a request: URL and header together.
pub(super) const HEAD_BYTES: usize = 32 << 10;
pub(super) const HEADERS: usize = 100;
/// Path and query.
pub(super) const URL_BYTES: usize = 8 << 10;
/// Open connections, the idle ones included.
pub(super) const CONNECTIONS: usize = 1024;

/// Questions to the database that run at the same time, at most: there are no more than processors, but two.
pub(super) fn questions() -> usize {
    std::thread::available_parallelism().map_or(2, |processors| processors.get().clamp(2, 4))
}
/// Questions that wait for one of these; more are sent away at once.
pub(super) const WAITING_QUESTIONS: usize = 512;
/// How long a question may wait.
pub(super) const WAIT_TIME: Duration = Duration::from_secs(10);
/// How long a question may run.
pub(super) const QUESTION_TIME: Duration = Duration::from_secs(30);
/// Requests of an [`super::exchange::Endpoint`] that are answered at the same time, and that wait.
pub(super) const ENDPOINT_REQUESTS: usize = 16;
pub(super) const WAITING_ENDPOINT_REQUESTS: usize = 256;

/// What DuckDB may take, for all questions together. One thread a question, the one that asks: so sums are taken
/// in one order, and come out as the command line's to the last digit.
pub(super) const DATABASE: Limits = Limits {
    memory_bytes: 512 << 20,
    threads: 1,
};
/// How often it is looked whether another file was published.
pub(super) const LOOK_TIME: Duration = Duration::from_millis(250);
/// How long to leave a file alone that cannot be opened.
pub(super) const RETRY_TIME: Duration = Duration::from_secs(5);
