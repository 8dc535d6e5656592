//! The configuration file: which one is read, and what may stand in it.
//!
//! `config/settings.example.toml` explains every key to users; a test keeps the two together. One
//! file serves all versions: keys whose feature this version lacks are accepted and checked.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::cost::CostConfig;
use super::document::Document;
use super::jobs::{JobsConfig, TagsConfig};
use super::section::Section;
use super::{CircuitBreakerConfig, Environment, HdfsConfig, RetentionConfig, S3Config, Size, Span};
use crate::env;
use crate::error::UserError;

/// What one configuration file says; where it is silent, `None`.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The file this came from.
    pub path: Option<PathBuf>,
    /// `database`
    pub database: Option<PathBuf>,
    pub server: ServerConfig,
    pub history: HistoryConfig,
    pub ingest: IngestConfig,
    pub retention: RetentionConfig,
    /// Without it, no money is shown anywhere.
    pub cost: Option<CostConfig>,
    pub jobs: JobsConfig,
    pub tags: TagsConfig,
}

/// `[server]`: where `shh serve` listens.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServerConfig {
    pub host: Option<String>,
    pub port: Option<u16>,
    pub max_applications: Option<u64>,
    pub auth_file: Option<PathBuf>,
    pub allowed_hosts: Option<Vec<String>>,
}

/// `[history]`: where the logs are and how they are looked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HistoryConfig {
    pub log_directory: Option<Vec<String>>,
    /// The database is `events.db` in this directory, unless `database` names a file.
    pub database_directory: Option<PathBuf>,
    pub max_applications: Option<u64>,
    pub update_interval_seconds: Option<u64>,
    pub max_apps_per_request: Option<u64>,
    pub depth: Option<u16>,
    pub line_limit: Option<Size>,
    pub hdfs: HdfsConfig,
    pub s3: S3Config,
    pub circuit_breaker: CircuitBreakerConfig,
}

/// `[ingest]`: what an ingest may use.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IngestConfig {
    pub threads: Option<u16>,
    pub memory_limit: Option<Size>,
    pub wait: Option<Span>,
}

impl Config {
    /// Reads the file that `flag` or `SHH_CONFIG` names, else the first that exists of those looked
    /// for. They are not merged. Without any, nothing is configured.
    ///
    /// # Errors
    /// When a named file does not exist, or a file cannot be read or is not valid.
    pub fn load(flag: Option<&Path>, environment: &Environment) -> Result<Self> {
        if let Some(path) = flag {
            return Self::load_named(path, "--config");
        }
        if let Some(path) = environment.path(env::SHH_CONFIG) {
            return Self::load_named(&path, env::SHH_CONFIG);
        }
        Self::load_first(&Self::usual_paths(environment))
    }

    /// The files that are looked for, in this order.
    pub fn usual_paths(environment: &Environment) -> Vec<PathBuf> {
        let home = |name, below_home| user_directory(environment, name, below_home);
        let mut paths = vec![PathBuf::from("config/settings.toml")];
        paths.extend(home(env::XDG_CONFIG_HOME, ".config").map(|dir| dir.join("shh/settings.toml")));
        paths.push(PathBuf::from("/etc/shh/settings.toml"));
        paths
    }

    /// Checks and takes over the text of a file that errors call `name`.
    ///
    /// # Errors
    /// When it is not TOML, a key is not known, or a value is not what was expected.
    pub fn parse(name: &str, text: &str) -> Result<Self> {
        let document = Document::parse(name, text)?;
        let config = Self::read(&document.root())?;
        document.refuse_unknown_keys()?;
        Ok(config)
    }

    fn load_named(path: &Path, named_by: &str) -> Result<Self> {
        match Self::load_if_there(path)? {
            Some(config) => Ok(config),
            None => Err(
                UserError::usage(format!("there is no configuration file `{}`", path.display()))
                    .hint(format!("{named_by} names it"))
                    .into(),
            ),
        }
    }

    fn load_first(paths: &[PathBuf]) -> Result<Self> {
        for path in paths {
            if let Some(config) = Self::load_if_there(path)? {
                return Ok(config);
            }
        }
        Ok(Self::default())
    }

    fn load_if_there(path: &Path) -> Result<Option<Self>> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => {
                return Err(error)
                    .with_context(|| format!("cannot read the configuration file `{}`", path.display()));
            }
        };
        let config = Self::parse(&path.to_string_lossy(), &text)?;
        Ok(Some(Self {
            path: Some(path.to_owned()),
            ..config
        }))
    }

    fn read(root: &Section<'_>) -> Result<Self> {
        Ok(Self {
            path: None,
            database: root.text("database")?.map(PathBuf::from),
            server: ServerConfig::read(&root.section("server")?)?,
            history: HistoryConfig::read(&root.section("history")?)?,
            ingest: IngestConfig::read(&root.section("ingest")?)?,
            retention: RetentionConfig::read(&root.section("retention")?)?,
            cost: CostConfig::read(&root.section("cost")?)?,
            jobs: JobsConfig::read(&root.section("jobs")?)?,
            tags: TagsConfig::read(&root.section("tags")?)?,
        })
    }
}

impl ServerConfig {
    fn read(section: &Section<'_>) -> Result<Self> {
        Ok(Self {
            host: section.text("host")?,
            port: section
                .number("port", 0, u16::MAX.into())?
                .and_then(|port| u16::try_from(port).ok()),
            max_applications: section.number("max_applications", 0, u64::MAX)?,
            auth_file: section.text("auth_file")?.map(PathBuf::from),
            allowed_hosts: section.texts("allowed_hosts")?,
        })
    }
}

impl HistoryConfig {
    fn read(section: &Section<'_>) -> Result<Self> {
        // Without effect: a codec is told by the bytes of the log.
        section.boolean("compression_enabled")?;
        Ok(Self {
            log_directory: section.texts("log_directory")?,
            database_directory: section.text("database_directory")?.map(PathBuf::from),
            max_applications: section.number("max_applications", 0, u64::MAX)?,
            update_interval_seconds: section.number("update_interval_seconds", 1, u64::MAX)?,
            max_apps_per_request: section.number("max_apps_per_request", 0, u64::MAX)?,
            depth: section
                .number("depth", 0, super::ingest::MAX_DEPTH.into())?
                .and_then(|depth| u16::try_from(depth).ok()),
            line_limit: section.size("line_limit")?,
            hdfs: HdfsConfig::read(&section.section("hdfs")?)?,
            s3: S3Config::read(&section.section("s3")?)?,
            circuit_breaker: CircuitBreakerConfig::read(&section.section("circuit_breaker")?)?,
        })
    }
}

impl IngestConfig {
    fn read(section: &Section<'_>) -> Result<Self> {
        let threads = section.number("threads", 1, super::ingest::MAX_THREADS.into())?;
        Ok(Self {
            threads: threads.and_then(|threads| u16::try_from(threads).ok()),
            memory_limit: section.size("memory_limit")?,
            wait: section.parsed("wait")?,
        })
    }
}

/// `$NAME`, or the given directory below the home directory. As the XDG specification says, a
/// relative `$NAME` is passed over.
pub(super) fn user_directory(environment: &Environment, name: &str, below_home: &str) -> Option<PathBuf> {
    let named = environment.path(name).filter(|path| path.is_absolute());
    named.or_else(|| environment.path(env::HOME).map(|home| home.join(below_home)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../../config/settings.example.toml");

    /// The example with every setting in force: `#key = value` and `#[table]` are settings, while
    /// `# prose` has a space.
    fn uncommented() -> String {
        let is_setting = |rest: &str| rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '[');
        let lines = EXAMPLE.lines().map(|line| {
            line.strip_prefix('#')
                .filter(|rest| is_setting(rest))
                .unwrap_or(line)
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_example_is_valid_as_it_is_and_sets_nothing() {
        let config = Config::parse("example", EXAMPLE).unwrap();
        assert_eq!(config.database, None);
        assert_eq!(config.history, HistoryConfig::default());
        assert!(config.cost.is_none());
    }

    #[test]
    fn the_example_is_valid_with_every_setting_in_force() {
        let config = Config::parse("example", &uncommented()).unwrap();
        assert_eq!(config.server.port, Some(18080));
        assert_eq!(config.history.log_directory.unwrap(), ["/var/log/spark-events"]);
        assert_eq!(config.history.hdfs.kerberos.realm.as_deref(), Some("EXAMPLE.COM"));
        assert_eq!(config.ingest.memory_limit, Some(Size::from_mib(128)));
        assert_eq!(config.cost.unwrap().rates.len(), 1);
        assert_eq!(config.jobs.rules.len(), 1);
    }

    #[test]
    fn the_example_names_every_key() {
        let text = uncommented();
        let document = Document::parse("example", &text).unwrap();
        Config::read(&document.root()).unwrap();
        let written = document.written_keys();
        for key in document.known_keys() {
            assert!(
                written.contains(&key),
                "`{key}` is not in config/settings.example.toml"
            );
        }
    }

    #[test]
    fn the_settings_of_the_brief_are_accepted() {
        let config = Config::parse(
            "settings.toml",
            r#"
            [server]
            host = "127.0.0.1"
            port = 18080
            max_applications = 1000
            [history]
            log_directory = "/tmp/spark-events"
            max_applications = 1000
            update_interval_seconds = 60
            max_apps_per_request = 100
            compression_enabled = true
            database_directory = "./data"
            [history.hdfs]
            namenode_url = "hdfs://namenode:9000"
            connection_timeout_ms = 30000
            read_timeout_ms = 60000
            [history.hdfs.kerberos]
            principal = "spark@EXAMPLE.COM"
            keytab_path = "/etc/security/keytabs/spark.keytab"
            krb5_config_path = "/etc/krb5.conf"
            realm = "EXAMPLE.COM"
            [history.s3]
            bucket_name = "logs"
            region = "us-east-1"
            endpoint_url = "http://localhost:9000"
            access_key_id = "key"
            secret_access_key = "hush"
            session_token = "hush"
            connection_timeout_ms = 30000
            read_timeout_ms = 60000
            [history.circuit_breaker]
            enabled = true
            failure_threshold = 10
            success_threshold = 5
            timeout_duration_secs = 15
            window_duration_secs = 60
            "#,
        )
        .unwrap();
        assert_eq!(
            config.history.database_directory.as_deref(),
            Some(Path::new("./data"))
        );
        assert!(!format!("{config:?}").contains("hush"));
    }

    #[test]
    fn an_unknown_key_is_an_error_with_a_hint() {
        let error = Config::parse("config/settings.toml", "[history]\nlog_directry = 'x'").unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown key `history.log_directry` in config/settings.toml, line 2"
        );
        let error: &UserError = error.downcast_ref().unwrap();
        assert!(format!("{error:?}").contains("did you mean `history.log_directory`?"));
    }

    #[test]
    fn the_first_file_that_exists_is_used() {
        let directory = tempfile::tempdir().unwrap();
        let second = write(directory.path(), "second.toml", "database = 'second.duckdb'");
        let third = write(directory.path(), "third.toml", "database = 'third.duckdb'");
        let config =
            Config::load_first(&[directory.path().join("first.toml"), second.clone(), third]).unwrap();
        assert_eq!(config.database.as_deref(), Some(Path::new("second.duckdb")));
        assert_eq!(config.path, Some(second));
    }

    #[test]
    fn the_flag_wins_over_the_environment_and_both_must_exist() {
        let directory = tempfile::tempdir().unwrap();
        let one = write(directory.path(), "one.toml", "database = 'one'");
        let two = write(directory.path(), "two.toml", "database = 'two'");
        let environment = Environment::of([(env::SHH_CONFIG, &two)]);
        let database = |flag| Config::load(flag, &environment).unwrap().database.unwrap();
        assert_eq!(database(Some(one.as_path())), Path::new("one"));
        assert_eq!(database(None), Path::new("two"));
        let error = Config::load(Some(&directory.path().join("none")), &environment)
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("there is no configuration file `"), "{error}");
    }

    #[test]
    fn the_usual_paths_follow_xdg() {
        let paths = |variables: &[(&str, &str)]| Config::usual_paths(&Environment::of(variables.to_vec()));
        assert_eq!(paths(&[])[1..], [PathBuf::from("/etc/shh/settings.toml")]);
        assert_eq!(
            paths(&[("HOME", "/h")])[1],
            PathBuf::from("/h/.config/shh/settings.toml")
        );
        let variables = [("HOME", "/h"), ("XDG_CONFIG_HOME", "/x")];
        assert_eq!(paths(&variables)[1], PathBuf::from("/x/shh/settings.toml"));
    }

    fn write(directory: &Path, name: &str, text: &str) -> PathBuf {
        let path = directory.join(name);
        fs::write(&path, text).unwrap();
        path
    }
}
