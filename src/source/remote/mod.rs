//! What all stores on other machines share: deadlines, retries, circuit breaker, counting, reading ahead.

mod breaker;
mod endpoint;
mod error;
mod patience;
mod pieces;
mod read_ahead;
mod requests;
mod resume;
mod runtime;

pub use error::{Fault, RemoteError, remote_error};
pub use requests::RequestCounts;

pub(super) use breaker::Thresholds;
pub(super) use endpoint::Endpoint;
pub(super) use patience::Patience;
pub(super) use read_ahead::{Boxed, Part, Ranges, ReadAhead};
pub(super) use requests::Request;
pub(super) use resume::{Body, Opened, fetch};
pub(super) use runtime::{RANGE_BYTES, Remote};
