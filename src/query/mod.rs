//! SQL files -> [`Table`]s. All SQL of reports and trends is in `queries/`; nothing is built from strings.

mod any_value;
mod choose;
pub mod condition;
pub mod dictionary;
mod hours;
mod listing;
mod narrow;
mod order;
pub mod own;
mod parameters;
mod registry;
mod run;
mod session;
mod statement;
mod subjects;
pub mod table;
mod window;

pub use choose::{ALL, chosen, every, named};
pub use listing::ListedAttempt;
pub use parameters::{Page, Parameters};
pub use registry::{Kind, Query, find, list, parts};
pub use run::Times;
pub use session::{Interrupter, Session};
pub use window::{Window, choose_window};
