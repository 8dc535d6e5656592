//! One function a command: settings in, work done, exit out.

mod destination;
mod export;
mod fail_if;
mod ingest;
mod jobs;
mod kerberos;
mod query;
mod retention;
mod serve;
mod source;
mod sql;

use anyhow::Result;

use crate::cli::{Cli, Command};
use crate::error::Exit;
use crate::settings::{Environment, Settings};
use crate::ui::Ui;

/// Carries out a command.
///
/// # Errors
/// When it cannot be carried out; see [`crate::error::exit_of`] for the exit code.
pub(crate) fn run(cli: &Cli, environment: Environment) -> Result<Exit> {
    let settings = Settings::load(&cli.global, environment)?;
    if matches!(
        cli.command,
        Command::Ingest(_) | Command::Report(_) | Command::Trends(_) | Command::Source(_)
    ) {
        kerberos::with_its_configuration(&settings)?;
    }
    let ui = Ui::new(&settings.terminal);
    match &cli.command {
        Command::Ingest(args) => ingest::run(args, &settings, &ui),
        Command::Report(args) => query::report(args, &settings, &ui),
        Command::Trends(args) => query::trends(args, &settings, &ui),
        Command::Serve(args) => serve::run(args, &settings, &ui),
        Command::Jobs(args) => jobs::run(args, &settings, &ui),
        Command::Sql(args) => sql::run(args, &settings, &ui),
        Command::Export(args) => export::run(args, &settings, &ui),
        Command::Prune(args) => retention::prune(args, &settings, &ui),
        Command::Compact(args) => retention::compact(args, &settings, &ui),
        Command::Source(args) => source::run(args, &settings, &ui),
    }
}
