//! `shh` reads the event logs that Apache Spark applications leave behind, folds each into a few rows of one
//! DuckDB file, and answers questions about the whole fleet from it.
//!
//! ```text
//! source -> decode -> event -> fold -> store -> query -> render
//! ```
//!
//! Data flows one way; a module uses only modules to the left of it. `ingest` drives the first half,
//! `command` wires the whole. ARCHITECTURE.md says what each module knows and must not know.

pub mod cli;
pub mod decode;
pub mod env;
pub mod error;
pub mod event;
pub mod fold;
pub mod ingest;
pub mod naming;
pub mod number;
pub mod query;
pub mod render;
pub mod replay;
pub mod settings;
pub mod source;
pub mod store;

mod command;
mod serve;
mod ui;

use std::ffi::OsString;

use clap::Parser;
use clap::error::ErrorKind;

use cli::Cli;
use error::Exit;
use settings::Environment;

/// Runs the program with these arguments, the first being the program's name.
pub fn run(args: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Writes help and version to standard output, mistakes to standard error.
            let _ = error.print();
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Done,
                _ => Exit::Usage,
            };
        }
    };
    match command::run(&cli, Environment::of_process()) {
        Ok(exit) => exit,
        Err(error) => {
            if !error::is_broken_pipe(&error) {
                ui::say(&error::describe(&error));
            }
            error::exit_of(&error)
        }
    }
}

// The prebuilt DuckDB is C++ and does not say so; `bundled` brings its own link flags.
#[cfg(not(feature = "bundled"))]
#[expect(unsafe_code, reason = "an empty block, only for its link attribute")]
#[link(name = "stdc++")]
unsafe extern "C" {}
