//! SQL files -> [`Table`]s. All SQL of reports and trends is in `queries/`; nothing is built from strings.

mod any_value;
pub mod condition;
pub mod dictionary;
pub mod own;
mod registry;
mod run;
mod statement;
pub mod table;
mod window;

pub use registry::{Kind, Query, find, list, nearest};
pub use run::{Parameters, Session};
pub use window::{Window, choose_window};
