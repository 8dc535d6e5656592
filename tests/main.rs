//! The one integration binary.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::needless_pass_by_value,
    clippy::print_stderr,
    reason = "helpers of tests fail as tests do, take switches from the environment, and say which input hung"
)]

mod architecture;
mod export;
mod fuzz;
mod generated;
mod harness;
mod ingest;
mod lies;
mod lock;
mod output;
mod pitfalls;
mod prune;
mod queries;
mod questions;
mod report;
mod schema;
mod serve;
mod sql;
mod trends;
