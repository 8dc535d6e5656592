//! The one integration binary.
mod generated;
mod harness;
mod lock;
mod queries;
mod report;
mod schema;
mod trends;
