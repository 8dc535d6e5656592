//! The one integration binary.
mod generated;
mod harness;
mod ingest;
mod lock;
mod queries;
mod report;
mod schema;
mod trends;
