//! SQL files -> [`Table`]s. All SQL of reports and trends is in `queries/`; nothing is built from strings.

mod any_value;
pub mod condition;
pub mod dictionary;
mod hours;
mod order;
pub mod own;
mod parameters;
mod registry;
mod run;
mod session;
mod statement;
pub mod table;
mod window;

pub use parameters::Parameters;
pub use registry::{Kind, Query, find, list, nearest, parts};
pub use run::Times;
pub use session::Session;
pub use window::{Window, choose_window};
