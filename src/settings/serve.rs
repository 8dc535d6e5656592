//! What `shh serve` is to do.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

use super::ingest::{DEFAULT_LINE_LIMIT, log_directories, split_at_commas};
use super::{
    Config, Environment, IngestSettings, Location, RemoteSettings, Settings, Size, Span, TerminalSettings,
    parse,
};
use crate::cli::{IngestArgs, ServeArgs};
use crate::env;
use crate::error::UserError;

const DEFAULT_HOST: &str = "127.0.0.1";
const DEFAULT_PORT: u16 = 18080;
const DEFAULT_UPDATE_INTERVAL: Duration = Duration::from_secs(60);
const DEFAULT_REPLAY_CACHE: Size = Size::from_mib(512);
const LEAST_UPDATE_INTERVAL: Duration = Duration::from_secs(1);

/// A server, decided.
#[derive(Clone, Debug)]
pub struct ServeSettings {
    pub database: PathBuf,
    /// An address, or a name that stands for one.
    pub host: String,
    /// 0 takes a free one.
    pub port: u16,
    /// What keeps the database up to date; `None` where somebody else does.
    pub update: Option<UpdateSettings>,
    /// File of the credentials of which requests have to show one.
    pub auth_file: Option<PathBuf>,
    /// Names, `.suffixes` and `*`, in lower case.
    pub allowed_hosts: Vec<String>,
    /// What questions are decided with, besides what they say themselves.
    config: Config,
    terminal: TerminalSettings,
    pub clock: Clock,
    /// One line for each request.
    pub logs_requests: bool,
    pub spark: SparkSettings,
}

/// Spark's REST API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SparkSettings {
    /// Where logs are; none where nobody said so.
    pub directories: Vec<LogDirectory>,
    /// How those on other machines are reached.
    pub remote: RemoteSettings,
    /// What replayed applications may take in memory.
    pub cache_bytes: usize,
    /// Longer lines are passed over.
    pub line_bytes: usize,
    /// Shows no more of an application than Spark's history server keeps by default.
    pub has_retention: bool,
}

/// A directory of logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogDirectory {
    /// As it was given.
    pub text: String,
    pub location: Location,
}

/// How the database is kept up to date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateSettings {
    pub ingest: IngestSettings,
    /// From the begin of one ingest to that of the next.
    pub interval: Duration,
}

/// What time it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    System,
    /// It is always this moment (`SHH_NOW`), in milliseconds since 1970.
    Stopped(i64),
}

impl Clock {
    /// Milliseconds since 1970.
    #[must_use]
    pub fn now_ms(self) -> i64 {
        match self {
            Clock::System => jiff::Timestamp::now().as_millisecond(),
            Clock::Stopped(now_ms) => now_ms,
        }
    }
}

impl ServeSettings {
    /// Decides from arguments, environment and configuration.
    ///
    /// # Errors
    /// When a value is not valid, or logs are to be read and nobody says where they are.
    pub fn decide(args: &ServeArgs, settings: &Settings) -> Result<Self> {
        let Settings {
            config, environment, ..
        } = settings;
        let host = match &args.host {
            Some(host) => Some(host.clone()),
            None => environment.text(env::SHH_HOST)?.or(config.server.host.clone()),
        };
        let port = match args.port {
            Some(port) => Some(port),
            None => environment
                .number(env::SHH_PORT, 0, u16::MAX.into())?
                .and_then(|port| u16::try_from(port).ok())
                .or(config.server.port),
        };
        let auth_file = args.auth_file.clone();
        let is_stopped = environment.raw(env::SHH_NOW).is_some();
        Ok(Self {
            database: settings.database.clone(),
            host: host.unwrap_or_else(|| DEFAULT_HOST.to_owned()),
            port: port.unwrap_or(DEFAULT_PORT),
            update: update(args, settings)?,
            auth_file: auth_file
                .or_else(|| environment.path(env::SHH_AUTH_FILE))
                .or_else(|| config.server.auth_file.clone()),
            allowed_hosts: allowed_hosts(args, settings)?,
            config: config.clone(),
            terminal: settings.terminal,
            clock: if is_stopped {
                Clock::Stopped(settings.now_ms)
            } else {
                Clock::System
            },
            logs_requests: !settings.terminal.is_quiet,
            spark: spark(args, settings)?,
        })
    }
}

impl ServeSettings {
    /// What a question that is asked at this moment is decided with.
    #[must_use]
    pub fn at(&self, now_ms: i64) -> Settings {
        Settings {
            database: self.database.clone(),
            terminal: self.terminal,
            now_ms,
            config: self.config.clone(),
            environment: Environment::of([("", ""); 0]),
        }
    }
}

fn spark(args: &ServeArgs, settings: &Settings) -> Result<SparkSettings> {
    let directories = log_directories(&args.log_directory, &args.remote, settings)?
        .into_iter()
        .map(|(text, location)| LogDirectory {
            text: text.to_string_lossy().into_owned(),
            location,
        })
        .collect();
    let cache = match &args.replay_cache {
        Some(text) => Some(parse::<Size>("--replay-cache", text)?),
        None => settings.environment.parsed(env::SHH_REPLAY_CACHE)?,
    };
    let bytes = |size: u64| usize::try_from(size).unwrap_or(usize::MAX);
    Ok(SparkSettings {
        directories,
        remote: RemoteSettings::decide(&args.remote, settings)?,
        cache_bytes: bytes(cache.unwrap_or(DEFAULT_REPLAY_CACHE).bytes),
        line_bytes: bytes(DEFAULT_LINE_LIMIT.bytes),
        has_retention: args.spark_retention,
    })
}

fn update(args: &ServeArgs, settings: &Settings) -> Result<Option<UpdateSettings>> {
    if args.no_ingest {
        return Ok(None);
    }
    let configured = settings.config.history.update_interval_seconds;
    let interval = match &args.update_interval {
        Some(text) => Some(parse::<Span>("--update-interval", text)?),
        None => settings.environment.parsed(env::SHH_UPDATE_INTERVAL)?,
    };
    let interval = interval
        .map(Span::duration)
        .or(configured.map(Duration::from_secs))
        .unwrap_or(DEFAULT_UPDATE_INTERVAL);
    if interval < LEAST_UPDATE_INTERVAL {
        return Err(UserError::usage("an update interval below 1s is too short".to_owned()).into());
    }
    let args = IngestArgs {
        log_directory: args.log_directory.clone(),
        remote: args.remote.clone(),
        ..IngestArgs::default()
    };
    // Whoever holds the lock brings the database up to date as well: nothing to wait for.
    let ingest = IngestSettings {
        wait: Duration::ZERO,
        ..IngestSettings::decide(&args, settings)?
    };
    Ok(Some(UpdateSettings { ingest, interval }))
}

fn allowed_hosts(args: &ServeArgs, settings: &Settings) -> Result<Vec<String>> {
    let hosts: Vec<String> = if !args.allowed_host.is_empty() {
        args.allowed_host.clone()
    } else if let Some(value) = settings.environment.raw(env::SHH_ALLOWED_HOST) {
        split_at_commas(&value)
            .into_iter()
            .map(|host| host.to_string_lossy().into_owned())
            .collect()
    } else {
        settings.config.server.allowed_hosts.clone().unwrap_or_default()
    };
    hosts
        .into_iter()
        .map(|host| {
            let host = host.trim().to_ascii_lowercase();
            let is_name = |name: &str| {
                !name.is_empty()
                    && name
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
            };
            if host == "*" || is_name(&host) {
                return Ok(host);
            }
            Err(UserError::usage(format!("`{host}` is no host name"))
                .hint(
                    "give names without port, such as history.example.com, or .example.com for all below it",
                )
                .into())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::settings;
    use super::*;
    use crate::cli::GlobalArgs;

    fn decide(args: &ServeArgs, variables: &[(&str, &str)], config: &str) -> Result<ServeSettings> {
        ServeSettings::decide(args, &settings(&GlobalArgs::default(), variables, config)?)
    }

    fn of_dir() -> ServeArgs {
        ServeArgs {
            log_directory: vec!["/logs".into()],
            ..ServeArgs::default()
        }
    }

    #[test]
    fn by_default_only_this_machine_may_ask() {
        let decided = decide(&of_dir(), &[], "").unwrap();
        assert_eq!((decided.host.as_str(), decided.port), ("127.0.0.1", 18080));
        assert_eq!(decided.update.unwrap().interval.as_secs(), 60);
        assert!(decided.auth_file.is_none() && decided.allowed_hosts.is_empty());
    }

    #[test]
    fn flag_then_environment_then_file() {
        let config = "
            server = { host = '10.0.0.1', port = 1, auth_file = '/f', allowed_hosts = ['F.example'] }
            history = { update_interval_seconds = 10 }";
        let variables = [
            (env::SHH_HOST, "10.0.0.2"),
            (env::SHH_PORT, "2"),
            (env::SHH_AUTH_FILE, "/e"),
            (env::SHH_ALLOWED_HOST, "e.example, .e2.example"),
            (env::SHH_UPDATE_INTERVAL, "20s"),
        ];
        let flags = ServeArgs {
            host: Some("10.0.0.3".to_owned()),
            port: Some(3),
            auth_file: Some("/a".into()),
            allowed_host: vec!["*".to_owned()],
            update_interval: Some("30s".to_owned()),
            ..of_dir()
        };
        let facts = |decided: ServeSettings| {
            (
                decided.host,
                decided.port,
                decided.auth_file.unwrap().display().to_string(),
                decided.allowed_hosts.join(" "),
                decided.update.unwrap().interval.as_secs(),
            )
        };
        let expect = |host: &str, port, file: &str, hosts: &str, seconds| {
            (host.to_owned(), port, file.to_owned(), hosts.to_owned(), seconds)
        };
        assert_eq!(
            facts(decide(&of_dir(), &[], config).unwrap()),
            expect("10.0.0.1", 1, "/f", "f.example", 10)
        );
        assert_eq!(
            facts(decide(&of_dir(), &variables, config).unwrap()),
            expect("10.0.0.2", 2, "/e", "e.example .e2.example", 20)
        );
        assert_eq!(
            facts(decide(&flags, &variables, config).unwrap()),
            expect("10.0.0.3", 3, "/a", "*", 30)
        );
    }

    #[test]
    fn logs_are_needed_unless_none_are_to_be_read() {
        assert!(decide(&ServeArgs::default(), &[], "").is_err());
        let args = ServeArgs {
            no_ingest: true,
            ..ServeArgs::default()
        };
        assert!(decide(&args, &[], "").unwrap().update.is_none());
    }

    #[test]
    fn what_is_no_name_and_no_interval_is_refused() {
        for host in ["a:80", "http://a", "", "a b"] {
            let args = ServeArgs {
                allowed_host: vec![host.to_owned()],
                ..of_dir()
            };
            assert!(decide(&args, &[], "").is_err(), "{host}");
        }
        let args = ServeArgs {
            update_interval: Some("10ms".to_owned()),
            ..of_dir()
        };
        assert!(decide(&args, &[], "").is_err());
    }
}
