//! What is meant: flags, environment and configuration file made into decided, typed values.
//!
//! The first of these that says something wins: the flag, the `SHH_` variable, the configuration
//! file, the default. Of configuration files the first that exists is used alone: `--config`,
//! `$SHH_CONFIG`, `config/settings.toml`, `$XDG_CONFIG_HOME/shh/settings.toml` (`~/.config`),
//! `/etc/shh/settings.toml`. Paths in it are relative to the working directory, as on the command
//! line.
//!
//! [`Settings::load`] decides what every command needs. Each command has its own struct with a
//! `decide` function that takes its arguments and these; nothing after that looks at arguments,
//! environment or configuration again. Whatever is wrong here is wrong usage, exit code 2.

mod breaker;
mod condition;
mod config;
mod cost;
mod document;
mod environment;
mod export;
mod filters;
mod hdfs;
mod ingest;
mod jobs;
mod location;
mod malformed;
mod query;
mod remote;
mod retention;
mod s3;
mod section;
mod serve;
mod size;
mod source;
mod span;
mod sql;
mod subject;
mod terminal;
mod when;

use std::path::PathBuf;
use std::str::FromStr;

use anyhow::Result;

pub use crate::cli::{Bucket, ColorWhen, Format, SummaryFormat};
pub use breaker::{BreakerSettings, CircuitBreakerConfig};
pub use condition::{Comparison, Condition};
pub use config::{Config, HistoryConfig, IngestConfig, ServerConfig};
pub use cost::{Combine, CostConfig, MemoryBasis, Rate};
pub use environment::Environment;
pub use export::ExportSettings;
pub use filters::{Filters, LastWindow};
pub use hdfs::{HdfsConfig, HdfsSettings, KerberosConfig};
pub use ingest::IngestSettings;
pub use jobs::{JobsConfig, Rule, TagsConfig};
pub use location::{Defaults, Location};
pub use malformed::Malformed;
pub use query::{OutputSettings, QuerySettings, TrendsSettings};
pub use remote::{RemoteSettings, Timeouts};
pub use retention::{PruneSettings, RetentionConfig, RewriteSettings};
pub use s3::{S3Config, S3Keys, S3Settings, Secret};
pub use serve::{Clock, LogDirectory, ServeSettings, SparkSettings, UpdateSettings};
pub use size::Size;
pub use source::SourceCheckSettings;
pub use span::Span;
pub use sql::{Question, SqlSettings};
pub use subject::{GroupBy, Subject};
pub use terminal::TerminalSettings;
pub use when::When;

use crate::cli::GlobalArgs;
use crate::env;
use crate::error::UserError;

/// What every command needs, decided; and what their own decisions are made from.
#[derive(Debug)]
pub struct Settings {
    /// The database file; it need not exist yet.
    pub database: PathBuf,
    pub terminal: TerminalSettings,
    /// The moment that everything relative is relative to, in milliseconds since 1970.
    pub now_ms: i64,
    pub config: Config,
    pub environment: Environment,
}

impl Settings {
    /// Reads the configuration file and decides what is common to all commands.
    ///
    /// # Errors
    /// When the configuration or a variable is not valid.
    pub fn load(args: &GlobalArgs, environment: Environment) -> Result<Self> {
        let config = Config::load(args.config.as_deref(), &environment)?;
        Self::decide(args, environment, config)
    }

    fn decide(args: &GlobalArgs, environment: Environment, config: Config) -> Result<Self> {
        Ok(Self {
            database: database(args, &environment, &config)?,
            terminal: TerminalSettings::decide(args, &environment)?,
            now_ms: now_ms(&environment)?,
            config,
            environment,
        })
    }
}

fn database(args: &GlobalArgs, environment: &Environment, config: &Config) -> Result<PathBuf> {
    let in_directory = || {
        config
            .history
            .database_directory
            .as_ref()
            .map(|dir| dir.join("events.db"))
    };
    let of_user = || {
        let data = config::user_directory(environment, env::XDG_DATA_HOME, ".local/share")?;
        Some(data.join("shh/shh.duckdb"))
    };
    args.database
        .clone()
        .or_else(|| environment.path(env::SHH_DATABASE))
        .or_else(|| config.database.clone())
        .or_else(in_directory)
        .or_else(of_user)
        .map(behind_links)
        .ok_or_else(|| {
            UserError::usage("there is no home directory to keep the database in".to_owned())
                .hint("name the database file with --database FILE")
                .into()
        })
}

/// The file behind a symbolic link: it is what is locked and replaced, whoever else reaches it without the link.
fn behind_links(database: PathBuf) -> PathBuf {
    if database.is_symlink() {
        std::fs::canonicalize(&database).unwrap_or(database)
    } else {
        database
    }
}

fn now_ms(environment: &Environment) -> Result<i64> {
    let clock_ms = jiff::Timestamp::now().as_millisecond();
    Ok(environment
        .parsed::<When>(env::SHH_NOW)?
        .map_or(clock_ms, |when| when.to_ms(clock_ms)))
}

/// Parses the value of a flag or variable; the error names it.
fn parse<T: FromStr<Err = Malformed>>(name: &str, text: &str) -> Result<T> {
    text.parse().map_err(|malformed| {
        UserError::usage(format!("invalid value `{text}` for {name}: {malformed}")).into()
    })
}

/// Settings of nothing but defaults.
#[cfg(test)]
pub(crate) fn for_tests() -> Settings {
    tests::settings(&GlobalArgs::default(), &[], "").expect("defaults are valid")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Settings of exactly these flags, variables and configuration, at the moment 1,000,000,000,000.
    pub(super) fn settings(args: &GlobalArgs, variables: &[(&str, &str)], config: &str) -> Result<Settings> {
        let now = [(env::SHH_NOW, "1000000000000"), (env::HOME, "/home/u")];
        let variables = now.into_iter().chain(variables.iter().copied());
        let variables: std::collections::BTreeMap<&str, &str> = variables.collect();
        Settings::decide(
            args,
            Environment::of(variables),
            Config::parse("settings.toml", config)?,
        )
    }

    fn database(flag: Option<&str>, variables: &[(&str, &str)], config: &str) -> String {
        let args = GlobalArgs {
            database: flag.map(PathBuf::from),
            ..GlobalArgs::default()
        };
        settings(&args, variables, config)
            .unwrap()
            .database
            .display()
            .to_string()
    }

    #[test]
    fn the_database_follows_flag_then_environment_then_file_then_default() {
        let file = "database = 'file.duckdb'\nhistory.database_directory = './data'";
        let variables = [(env::SHH_DATABASE, "env.duckdb"), (env::XDG_DATA_HOME, "/data")];
        assert_eq!(database(Some("flag.duckdb"), &variables, file), "flag.duckdb");
        assert_eq!(database(None, &variables, file), "env.duckdb");
        assert_eq!(database(None, &variables[1..], file), "file.duckdb");
        assert_eq!(
            database(None, &variables[1..], "history.database_directory = './data'"),
            "./data/events.db"
        );
        assert_eq!(database(None, &variables[1..], ""), "/data/shh/shh.duckdb");
        assert_eq!(database(None, &[], ""), "/home/u/.local/share/shh/shh.duckdb");
        assert_eq!(
            database(None, &[(env::XDG_DATA_HOME, "relative")], ""),
            "/home/u/.local/share/shh/shh.duckdb"
        );
    }

    #[test]
    fn without_a_home_the_database_has_to_be_named() {
        let error = settings(&GlobalArgs::default(), &[(env::HOME, "")], "").unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no home directory to keep the database in"
        );
    }

    #[test]
    fn now_can_be_set() {
        let decided = settings(&GlobalArgs::default(), &[(env::SHH_NOW, "2026-11-01")], "").unwrap();
        assert_eq!(decided.now_ms, 1_793_491_200_000);
    }
}
