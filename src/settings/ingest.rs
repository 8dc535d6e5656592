//! What `shh ingest` is to do.

use std::ffi::{OsStr, OsString};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread::available_parallelism;
use std::time::Duration;

use anyhow::Result;

use super::{
    Defaults, JobsConfig, Location, RemoteSettings, Settings, Size, Span, SummaryFormat, TagsConfig, When,
    parse,
};
use crate::cli::{IngestArgs, RemoteArgs};
use crate::env;
use crate::error::UserError;

/// Most nested directories that can be asked for.
pub(super) const MAX_DEPTH: u16 = 64;
/// Most threads that can be asked for.
pub(super) const MAX_THREADS: u16 = 1024;

const DEFAULT_DEPTH: u16 = 4;
pub(super) const DEFAULT_LINE_LIMIT: Size = Size::from_mib(256);
const LEAST_LINE_LIMIT: Size = Size { bytes: 1024 };
pub(super) const DEFAULT_MEMORY_LIMIT: Size = Size::from_mib(128);
const LEAST_MEMORY_LIMIT: Size = Size::from_mib(16);

/// An ingest, decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IngestSettings {
    pub database: PathBuf,
    /// At least one, none twice.
    pub locations: Vec<Location>,
    /// How those of them that are on other machines are reached.
    pub remote: RemoteSettings,
    /// Nested directories to look into below each location.
    pub depth: usize,
    pub threads: usize,
    /// What DuckDB may use.
    pub memory_limit_bytes: u64,
    /// Longer lines are skipped and counted.
    pub line_limit_bytes: u64,
    /// Only logs modified at this moment or later.
    pub since_ms: Option<i64>,
    /// At most so many logs in this run.
    pub max_applications: Option<u64>,
    /// Also logs that did not change.
    pub is_full: bool,
    pub is_dry_run: bool,
    /// How long to wait for the lock.
    pub wait: Duration,
    pub summary: SummaryFormat,
    /// How runs of the same work are told.
    pub jobs: JobsConfig,
    pub tags: TagsConfig,
}

impl IngestSettings {
    /// Decides from arguments, environment and configuration.
    ///
    /// # Errors
    /// When a value is not valid, or there is no log directory.
    pub fn decide(args: &IngestArgs, settings: &Settings) -> Result<Self> {
        let Settings {
            config, environment, ..
        } = settings;
        let depth = match args.depth {
            Some(depth) => Some(depth),
            None => number(settings, env::SHH_DEPTH, 0, MAX_DEPTH)?.or(config.history.depth),
        };
        let threads = match args.threads {
            Some(threads) => Some(threads),
            None => number(settings, env::SHH_THREADS, 1, MAX_THREADS)?.or(config.ingest.threads),
        };
        let max_applications = match args.max_applications {
            Some(max_applications) => Some(max_applications),
            // The brief's `history.max_applications` bounds what a server keeps in memory, which is not this.
            None => environment.number(env::SHH_MAX_APPLICATIONS, 0, u64::MAX)?,
        };
        let line_limit = size(settings, "--line-limit", &args.line_limit, env::SHH_LINE_LIMIT)?
            .or(config.history.line_limit)
            .unwrap_or(DEFAULT_LINE_LIMIT);
        let since: Option<When> = args
            .since
            .as_deref()
            .map(|text| parse("--since", text))
            .transpose()?;
        Ok(Self {
            database: settings.database.clone(),
            locations: locations(args, settings)?,
            remote: RemoteSettings::decide(&args.remote, settings)?,
            depth: depth.unwrap_or(DEFAULT_DEPTH).into(),
            threads: threads.map_or_else(
                || available_parallelism().map_or(1, NonZeroUsize::get),
                usize::from,
            ),
            memory_limit_bytes: memory_limit_bytes(
                &args.memory_limit,
                settings,
                config.ingest.memory_limit,
                DEFAULT_MEMORY_LIMIT,
            )?,
            line_limit_bytes: at_least(LEAST_LINE_LIMIT, line_limit, "line limit")?,
            since_ms: since.map(|when| when.to_ms(settings.now_ms)),
            max_applications: max_applications.filter(|number| *number > 0),
            is_full: args.full,
            is_dry_run: args.dry_run,
            wait: wait(&args.wait, settings)?,
            summary: args.format,
            jobs: config.jobs.clone(),
            tags: config.tags.clone(),
        })
    }
}

/// How long to wait for the lock.
pub(super) fn wait(flag: &Option<String>, settings: &Settings) -> Result<Duration> {
    let wait: Option<Span> = match flag {
        Some(text) => Some(parse("--wait", text)?),
        None => settings
            .environment
            .parsed(env::SHH_WAIT)?
            .or(settings.config.ingest.wait),
    };
    Ok(wait.map_or(Duration::ZERO, Span::duration))
}

/// What DuckDB may use.
pub(super) fn memory_limit_bytes(
    flag: &Option<String>,
    settings: &Settings,
    configured: Option<Size>,
    default: Size,
) -> Result<u64> {
    let memory_limit = size(settings, "--memory-limit", flag, env::SHH_MEMORY_LIMIT)?
        .or(configured)
        .unwrap_or(default);
    at_least(LEAST_MEMORY_LIMIT, memory_limit, "memory limit")
}

fn number(settings: &Settings, name: &str, min: u16, max: u16) -> Result<Option<u16>> {
    Ok(settings
        .environment
        .number(name, min.into(), max.into())?
        .and_then(|number| u16::try_from(number).ok()))
}

fn size(settings: &Settings, flag: &str, text: &Option<String>, variable: &str) -> Result<Option<Size>> {
    match text {
        Some(text) => parse(flag, text).map(Some),
        None => settings.environment.parsed(variable),
    }
}

fn at_least(least: Size, size: Size, what: &str) -> Result<u64> {
    if size < least {
        return Err(
            UserError::usage(format!("a {what} of {size} is too small: {least} is the least")).into(),
        );
    }
    Ok(size.bytes)
}

/// The log directories of the flag, else of the environment, else of the configuration.
///
/// # Errors
/// When one of them is no place that logs can be read from.
pub(super) fn log_directories(
    flags: &[OsString],
    remote: &RemoteArgs,
    settings: &Settings,
) -> Result<Vec<(OsString, Location)>> {
    let defaults = Defaults::decide(remote, settings)?;
    let texts: Vec<OsString> = if !flags.is_empty() {
        flags.to_vec()
    } else if let Some(everything) = defaults.everything() {
        return Ok(vec![(everything.to_string().into(), everything)]);
    } else if let Some(value) = settings.environment.raw(env::SHH_LOG_DIRECTORY) {
        split_at_commas(&value)
    } else {
        let configured = settings.config.history.log_directory.iter().flatten();
        configured.map(OsString::from).collect()
    };
    texts
        .into_iter()
        .map(|text| Location::parse(&text, &defaults).map(|location| (text, location)))
        .collect()
}

fn locations(args: &IngestArgs, settings: &Settings) -> Result<Vec<Location>> {
    let mut locations = Vec::new();
    for (_, location) in log_directories(&args.log_directory, &args.remote, settings)? {
        if !locations.contains(&location) {
            locations.push(location);
        }
    }
    if locations.is_empty() {
        return Err(UserError::usage("there is no log directory to read".to_owned())
            .hint(format!(
                "give --log-directory DIR, or set {} or `history.log_directory` in the configuration file",
                env::SHH_LOG_DIRECTORY
            ))
            .into());
    }
    Ok(locations)
}

/// A value that is not Unicode is taken for one path.
pub(super) fn split_at_commas(value: &OsStr) -> Vec<OsString> {
    match value.to_str() {
        Some(text) => text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(OsString::from)
            .collect(),
        None => vec![value.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::settings;
    use super::*;
    use crate::cli::GlobalArgs;

    fn decide(args: &IngestArgs, variables: &[(&str, &str)], config: &str) -> Result<IngestSettings> {
        IngestSettings::decide(args, &settings(&GlobalArgs::default(), variables, config)?)
    }

    fn of_dir() -> IngestArgs {
        IngestArgs {
            log_directory: vec!["/logs".into()],
            ..IngestArgs::default()
        }
    }

    #[test]
    fn defaults() {
        let decided = decide(&of_dir(), &[], "").unwrap();
        assert_eq!(decided.locations, [Location::Local("/logs".into())]);
        assert_eq!(
            (decided.depth, decided.max_applications, decided.since_ms),
            (4, None, None)
        );
        assert_eq!(
            (decided.line_limit_bytes, decided.wait),
            (256 << 20, Duration::ZERO)
        );
        assert!(decided.threads >= 1 && !decided.is_full && !decided.is_dry_run);
    }

    #[test]
    fn flag_then_environment_then_file() {
        let config = "
            history = { log_directory = ['/f1', '/f2', '/f1'], depth = 1, max_applications = 10, line_limit = 2048 }
            ingest = { threads = 3, memory_limit = '64MiB', wait = '3s' }";
        let variables = [
            (env::SHH_LOG_DIRECTORY, "/e1, file:/e2"),
            (env::SHH_DEPTH, "2"),
            (env::SHH_MAX_APPLICATIONS, "0"),
            (env::SHH_LINE_LIMIT, "4KiB"),
            (env::SHH_THREADS, "5"),
            (env::SHH_MEMORY_LIMIT, "128MiB"),
            (env::SHH_WAIT, "5s"),
        ];
        let flags = IngestArgs {
            depth: Some(0),
            max_applications: Some(7),
            line_limit: Some("1MiB".to_owned()),
            threads: Some(7),
            memory_limit: Some("1GiB".to_owned()),
            wait: Some("7s".to_owned()),
            since: Some("1d".to_owned()),
            ..of_dir()
        };
        let facts = |decided: IngestSettings| {
            let paths: Vec<String> = decided.locations.iter().map(ToString::to_string).collect();
            let numbers = (decided.depth, decided.threads, decided.max_applications);
            let limits = (
                decided.line_limit_bytes,
                decided.memory_limit_bytes,
                decided.wait.as_secs(),
            );
            (paths.join(" "), numbers, limits)
        };
        let of_file = facts(decide(&IngestArgs::default(), &[], config).unwrap());
        assert_eq!(of_file, ("/f1 /f2".to_owned(), (1, 3, None), (2048, 64 << 20, 3)));
        let of_environment = facts(decide(&IngestArgs::default(), &variables, config).unwrap());
        assert_eq!(
            of_environment,
            ("/e1 /e2".to_owned(), (2, 5, None), (4096, 128 << 20, 5))
        );
        let decided = decide(&flags, &variables, config).unwrap();
        assert_eq!(decided.since_ms, Some(1_000_000_000_000 - 86_400_000));
        assert_eq!(
            facts(decided),
            ("/logs".to_owned(), (0, 7, Some(7)), (1 << 20, 1 << 30, 7))
        );
    }

    #[test]
    fn a_log_directory_is_needed() {
        let error = decide(&IngestArgs::default(), &[], "").unwrap_err().to_string();
        assert_eq!(error, "there is no log directory to read");
    }

    #[test]
    fn errors_name_the_flag() {
        let error = decide(
            &IngestArgs {
                wait: Some("soon".to_owned()),
                ..of_dir()
            },
            &[],
            "",
        )
        .unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("invalid value `soon` for --wait: expected a duration"),
            "{error}"
        );
        let error = decide(
            &IngestArgs {
                memory_limit: Some("1".to_owned()),
                ..of_dir()
            },
            &[],
            "",
        )
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "a memory limit of 1 is too small: 16MiB is the least"
        );
    }
}
