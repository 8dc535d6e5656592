//! SQL files -> [`Table`]s. All SQL of reports and trends is in `queries/`; nothing is built from strings.

mod registry;
mod run;
pub mod table;
mod window;

pub use registry::{Kind, Query, find, list, nearest};
pub use run::{Parameters, Session};
pub use window::{Window, choose_window};
