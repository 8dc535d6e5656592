//! The one integration binary.
mod architecture;
mod fuzz;
mod generated;
mod harness;
mod ingest;
mod lock;
mod pitfalls;
mod queries;
mod report;
mod schema;
mod trends;
