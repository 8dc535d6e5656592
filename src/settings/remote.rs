//! `[history.hdfs]`, `[history.s3]`, `[history.circuit_breaker]`: how stores on other machines are reached.
//!
//! The sections as they are written are here, and beside them what they come to together with the flags
//! and the environment.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

use super::Settings;
use super::section::Section;
use crate::cli::RemoteArgs;
use crate::env;
use crate::error::UserError;

/// Text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text, for the one who has to send it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// `[history.hdfs]`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HdfsConfig {
    pub namenode_url: Option<String>,
    pub config_directory: Option<PathBuf>,
    pub user: Option<String>,
    pub webhdfs_url: Option<String>,
    pub data_transfer_protection: Option<&'static str>,
    pub connection_timeout_ms: Option<u64>,
    pub read_timeout_ms: Option<u64>,
    pub kerberos: KerberosConfig,
}

/// `[history.hdfs.kerberos]`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KerberosConfig {
    pub principal: Option<String>,
    pub keytab_path: Option<PathBuf>,
    pub ticket_cache_path: Option<PathBuf>,
    pub krb5_config_path: Option<PathBuf>,
    pub realm: Option<String>,
}

/// `[history.s3]`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct S3Config {
    pub bucket_name: Option<String>,
    pub region: Option<String>,
    pub endpoint_url: Option<String>,
    pub path_style: Option<bool>,
    pub anonymous: Option<bool>,
    pub profile: Option<String>,
    pub ca_certificates: Option<PathBuf>,
    pub access_key_id: Option<String>,
    pub secret_access_key: Option<Secret>,
    pub session_token: Option<Secret>,
    pub connection_timeout_ms: Option<u64>,
    pub read_timeout_ms: Option<u64>,
}

/// `[history.circuit_breaker]`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CircuitBreakerConfig {
    pub enabled: Option<bool>,
    pub failure_threshold: Option<u64>,
    pub success_threshold: Option<u64>,
    pub timeout_duration_secs: Option<u64>,
    pub window_duration_secs: Option<u64>,
}

/// The levels of protection that Hadoop knows for block data.
const PROTECTIONS: [(&str, &str); 3] = [
    ("authentication", "authentication"),
    ("integrity", "integrity"),
    ("privacy", "privacy"),
];

impl HdfsConfig {
    pub(super) fn read(section: &Section<'_>) -> Result<Self> {
        Ok(Self {
            namenode_url: section.text("namenode_url")?,
            config_directory: section.text("config_directory")?.map(PathBuf::from),
            user: section.text("user")?,
            webhdfs_url: section.text("webhdfs_url")?,
            data_transfer_protection: section.one_of("data_transfer_protection", &PROTECTIONS)?,
            connection_timeout_ms: section.number("connection_timeout_ms", 1, u64::MAX)?,
            read_timeout_ms: section.number("read_timeout_ms", 1, u64::MAX)?,
            kerberos: KerberosConfig::read(&section.section("kerberos")?)?,
        })
    }
}

impl KerberosConfig {
    fn read(section: &Section<'_>) -> Result<Self> {
        Ok(Self {
            principal: section.text("principal")?,
            keytab_path: section.text("keytab_path")?.map(PathBuf::from),
            ticket_cache_path: section.text("ticket_cache_path")?.map(PathBuf::from),
            krb5_config_path: section.text("krb5_config_path")?.map(PathBuf::from),
            realm: section.text("realm")?,
        })
    }
}

impl S3Config {
    pub(super) fn read(section: &Section<'_>) -> Result<Self> {
        Ok(Self {
            bucket_name: section.text("bucket_name")?,
            region: section.text("region")?,
            endpoint_url: section.text("endpoint_url")?,
            path_style: section.boolean("path_style")?,
            anonymous: section.boolean("anonymous")?,
            profile: section.text("profile")?,
            ca_certificates: section.text("ca_certificates")?.map(PathBuf::from),
            access_key_id: section.text("access_key_id")?,
            secret_access_key: section.text("secret_access_key")?.map(Secret),
            session_token: section.text("session_token")?.map(Secret),
            connection_timeout_ms: section.number("connection_timeout_ms", 1, u64::MAX)?,
            read_timeout_ms: section.number("read_timeout_ms", 1, u64::MAX)?,
        })
    }
}

impl CircuitBreakerConfig {
    pub(super) fn read(section: &Section<'_>) -> Result<Self> {
        Ok(Self {
            enabled: section.boolean("enabled")?,
            failure_threshold: section.number("failure_threshold", 1, u64::MAX)?,
            success_threshold: section.number("success_threshold", 1, u64::MAX)?,
            timeout_duration_secs: section.number("timeout_duration_secs", 1, u64::MAX)?,
            window_duration_secs: section.number("window_duration_secs", 1, u64::MAX)?,
        })
    }
}

/// How stores on other machines are reached, decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteSettings {
    pub hdfs: HdfsSettings,
    pub s3: S3Settings,
    pub breaker: BreakerSettings,
    /// What the user should know of these settings.
    pub warnings: Vec<String>,
}

/// How HDFS is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HdfsSettings {
    /// Where `core-site.xml` and `hdfs-site.xml` are.
    pub config_directory: Option<PathBuf>,
    /// Who to be where nobody is asked for proof.
    pub user: Option<String>,
    pub webhdfs_url: Option<String>,
    pub data_transfer_protection: Option<&'static str>,
    /// With its realm.
    pub principal: Option<String>,
    pub keytab: Option<PathBuf>,
    pub ticket_cache: Option<PathBuf>,
    /// The file of delegation tokens that Hadoop's own variable names.
    pub token_file: Option<PathBuf>,
    pub timeouts: Timeouts,
}

/// How S3 is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Settings {
    pub region: Option<String>,
    pub endpoint: Option<String>,
    /// The bucket in the path, not in the host name.
    pub path_style: bool,
    pub is_anonymous: bool,
    pub profile: Option<String>,
    pub ca_certificates: Option<PathBuf>,
    pub keys: Option<S3Keys>,
    pub timeouts: Timeouts,
}

/// A key and its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Keys {
    pub access_key_id: String,
    pub secret_access_key: Secret,
    pub session_token: Option<Secret>,
}

/// How long a server may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// To take a connection.
    pub connect: Duration,
    /// To answer, and between two pieces of an answer.
    pub read: Duration,
}

/// When a store that fails is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerSettings {
    pub is_enabled: bool,
    pub failures: usize,
    pub successes: usize,
    pub open_for: Duration,
    pub window: Duration,
}

const DEFAULT_CONNECT: Duration = Duration::from_secs(5);
/// Three of these, with pauses, are what a silent server costs.
const DEFAULT_READ: Duration = Duration::from_secs(8);
const DEFAULT_FAILURES: usize = 10;
const DEFAULT_SUCCESSES: usize = 2;
const DEFAULT_OPEN_FOR: Duration = Duration::from_secs(15);
const DEFAULT_WINDOW: Duration = Duration::from_secs(60);
/// The region that stores without regions take.
const ANY_REGION: &str = "us-east-1";

impl RemoteSettings {
    /// Decides from arguments, environment and configuration.
    ///
    /// # Errors
    /// When they contradict each other.
    pub fn decide(args: &RemoteArgs, settings: &Settings) -> Result<Self> {
        let mut warnings = Vec::new();
        if args.s3_secret_access_key.is_some() {
            warnings.push(
                "a secret on the command line can be read by everybody on this machine (ps): use AWS_SECRET_ACCESS_KEY, a profile or the configuration file".to_owned(),
            );
        }
        Ok(Self {
            hdfs: HdfsSettings::decide(args, settings)?,
            s3: S3Settings::decide(args, settings)?,
            breaker: BreakerSettings::of(&settings.config.history.circuit_breaker),
            warnings,
        })
    }
}

impl HdfsSettings {
    fn decide(args: &RemoteArgs, settings: &Settings) -> Result<Self> {
        let (config, environment) = (&settings.config.history.hdfs, &settings.environment);
        let of_home = || Some(environment.path(env::HADOOP_HOME)?.join("etc/hadoop"));
        let config_directory = config
            .config_directory
            .clone()
            .or_else(|| environment.path(env::HADOOP_CONF_DIR))
            .or_else(of_home);
        let kerberos = &config.kerberos;
        let principal = args
            .kerberos_principal
            .clone()
            .or_else(|| kerberos.principal.clone());
        let principal = principal.map(|principal| match &kerberos.realm {
            Some(realm) if !principal.contains('@') => format!("{principal}@{realm}"),
            _ => principal,
        });
        let keytab = args.keytab_path.clone().or_else(|| kerberos.keytab_path.clone());
        let ticket_cache = kerberos.ticket_cache_path.clone();
        if principal.is_none() && (keytab.is_some() || ticket_cache.is_some()) {
            return Err(UserError::usage("a keytab or ticket cache is given, but not whose".to_owned())
                .hint("name the principal: --kerberos-principal NAME@REALM, or `history.hdfs.kerberos.principal`")
                .into());
        }
        if let Some(keytab) = &keytab
            && let Err(error) = std::fs::File::open(keytab)
        {
            return Err(
                UserError::usage(format!("the keytab `{}` cannot be read", keytab.display()))
                    .because(error)
                    .into(),
            );
        }
        Ok(Self {
            config_directory,
            user: match &config.user {
                Some(user) => Some(user.clone()),
                None => environment
                    .text(env::HADOOP_USER_NAME)?
                    .or(environment.text(env::USER)?)
                    .or_else(user_of_process),
            },
            webhdfs_url: config.webhdfs_url.clone(),
            data_transfer_protection: config.data_transfer_protection,
            principal,
            keytab,
            ticket_cache,
            token_file: environment.path(env::HADOOP_TOKEN_FILE_LOCATION),
            timeouts: Timeouts::of(config.connection_timeout_ms, config.read_timeout_ms),
        })
    }
}

impl S3Settings {
    fn decide(args: &RemoteArgs, settings: &Settings) -> Result<Self> {
        let (config, environment) = (&settings.config.history.s3, &settings.environment);
        let endpoint = args.s3_endpoint.clone().or_else(|| config.endpoint_url.clone());
        let endpoint = match endpoint {
            None => environment
                .text(env::AWS_ENDPOINT_URL_S3)?
                .or(environment.text(env::AWS_ENDPOINT_URL)?),
            given => given,
        };
        if let Some(endpoint) = &endpoint
            && !(endpoint.starts_with("http://") || endpoint.starts_with("https://"))
        {
            return Err(
                UserError::usage(format!("the S3 endpoint `{endpoint}` has no scheme"))
                    .hint(format!("write http://{endpoint} or https://{endpoint}"))
                    .into(),
            );
        }
        let region = args.s3_region.clone().or_else(|| config.region.clone());
        let region = match (&endpoint, region) {
            // Asked for here, so that a look-alike needs no region and none is looked for on the network.
            (Some(_), None) => Some(
                environment
                    .text(env::AWS_REGION)?
                    .or(environment.text(env::AWS_DEFAULT_REGION)?)
                    .unwrap_or_else(|| ANY_REGION.to_owned()),
            ),
            (_, region) => region,
        };
        let profile = args.s3_profile.clone().or_else(|| config.profile.clone());
        let is_anonymous = args.s3_anonymous || config.anonymous == Some(true);
        let keys = keys(args, config)?;
        if is_anonymous && keys.is_some() {
            return Err(UserError::usage(
                "S3 is to be read anonymously, and keys are given for it".to_owned(),
            )
            .hint("take away one or the other")
            .into());
        }
        Ok(Self {
            region,
            path_style: config.path_style.unwrap_or(endpoint.is_some()),
            endpoint,
            is_anonymous,
            profile,
            ca_certificates: config
                .ca_certificates
                .clone()
                .or_else(|| environment.path(env::AWS_CA_BUNDLE)),
            keys,
            timeouts: Timeouts::of(config.connection_timeout_ms, config.read_timeout_ms),
        })
    }
}

/// The name of the user that this process runs as, where no variable tells it: in containers, for example.
fn user_of_process() -> Option<String> {
    let id = rustix::process::getuid().as_raw().to_string();
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == id).then(|| name.to_owned())
    })
}

/// Keys of the flags, else of the configuration; those of the environment belong to the credential chain.
fn keys(args: &RemoteArgs, config: &S3Config) -> Result<Option<S3Keys>> {
    let id = args
        .s3_access_key_id
        .clone()
        .or_else(|| config.access_key_id.clone());
    let secret = match &args.s3_secret_access_key {
        Some(secret) => Some(Secret(secret.clone())),
        None => config.secret_access_key.clone(),
    };
    let is_empty = |text: &str| text.trim().is_empty();
    match (id, secret) {
        (Some(id), Some(secret)) if !is_empty(&id) && !is_empty(secret.expose()) => Ok(Some(S3Keys {
            access_key_id: id,
            secret_access_key: secret,
            session_token: config
                .session_token
                .clone()
                .filter(|token| !is_empty(token.expose())),
        })),
        (Some(id), Some(_)) if is_empty(&id) => Ok(None),
        (None, None) => Ok(None),
        (Some(_), _) => Err(half_a_key("the secret access key")),
        (None, Some(_)) => Err(half_a_key("the access key id")),
    }
}

fn half_a_key(missing: &str) -> anyhow::Error {
    UserError::usage(format!("of the S3 keys {missing} is missing"))
        .hint("give both, or neither and let the environment, a profile or the machine's role provide them")
        .into()
}

impl Timeouts {
    fn of(connect_ms: Option<u64>, read_ms: Option<u64>) -> Self {
        Self {
            connect: connect_ms.map_or(DEFAULT_CONNECT, Duration::from_millis),
            read: read_ms.map_or(DEFAULT_READ, Duration::from_millis),
        }
    }
}

impl BreakerSettings {
    fn of(config: &CircuitBreakerConfig) -> Self {
        let count = |number: Option<u64>, default| {
            number.map_or(default, |number| usize::try_from(number).unwrap_or(usize::MAX))
        };
        let seconds = |number: Option<u64>, default| number.map_or(default, Duration::from_secs);
        Self {
            is_enabled: config.enabled.unwrap_or(true),
            failures: count(config.failure_threshold, DEFAULT_FAILURES),
            successes: count(config.success_threshold, DEFAULT_SUCCESSES),
            open_for: seconds(config.timeout_duration_secs, DEFAULT_OPEN_FOR),
            window: seconds(config.window_duration_secs, DEFAULT_WINDOW),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::settings;
    use super::*;
    use crate::cli::GlobalArgs;

    fn decide(args: &RemoteArgs, variables: &[(&str, &str)], config: &str) -> Result<RemoteSettings> {
        RemoteSettings::decide(args, &settings(&GlobalArgs::default(), variables, config)?)
    }

    #[test]
    fn a_look_alike_needs_no_region_and_has_buckets_in_the_path() {
        let decided = decide(
            &RemoteArgs::default(),
            &[],
            "history.s3.endpoint_url = 'http://s3:9000'",
        )
        .unwrap();
        assert_eq!(
            (decided.s3.region.as_deref(), decided.s3.path_style),
            (Some("us-east-1"), true)
        );
        let decided = decide(&RemoteArgs::default(), &[], "").unwrap();
        assert_eq!((decided.s3.region, decided.s3.path_style), (None, false));
        let variables = [
            (env::AWS_ENDPOINT_URL_S3, "https://s3"),
            (env::AWS_REGION, "garage"),
        ];
        let decided = decide(&RemoteArgs::default(), &variables, "").unwrap();
        assert_eq!(decided.s3.region.as_deref(), Some("garage"));
        assert_eq!(decided.s3.endpoint.as_deref(), Some("https://s3"));
    }

    #[test]
    fn flags_win_and_a_secret_on_the_command_line_is_warned_of() {
        let args = RemoteArgs {
            s3_region: Some("r".to_owned()),
            s3_access_key_id: Some("k".to_owned()),
            s3_secret_access_key: Some("hush".to_owned()),
            ..RemoteArgs::default()
        };
        let config = "history.s3 = { region = 'q', access_key_id = 'j', secret_access_key = 'hist' }";
        let decided = decide(&args, &[], config).unwrap();
        assert_eq!(decided.s3.region.as_deref(), Some("r"));
        let keys = decided.s3.keys.clone().unwrap();
        assert_eq!(
            (keys.access_key_id.as_str(), keys.secret_access_key.expose()),
            ("k", "hush")
        );
        assert_eq!(decided.warnings.len(), 1);
        assert!(!format!("{decided:?}").contains("hush"));
        assert!(
            decide(&RemoteArgs::default(), &[], config)
                .unwrap()
                .warnings
                .is_empty()
        );
    }

    #[test]
    fn contradictions_are_wrong_usage() {
        let error = |args: &RemoteArgs, config: &str| decide(args, &[], config).unwrap_err().to_string();
        let anonymous = RemoteArgs {
            s3_anonymous: true,
            ..RemoteArgs::default()
        };
        let keys = "history.s3 = { access_key_id = 'j', secret_access_key = 'hist' }";
        assert!(error(&anonymous, keys).contains("anonymously"));
        let half = error(&RemoteArgs::default(), "history.s3.access_key_id = 'j'");
        assert_eq!(half, "of the S3 keys the secret access key is missing");
        let endpoint = error(&RemoteArgs::default(), "history.s3.endpoint_url = 's3:9000'");
        assert_eq!(endpoint, "the S3 endpoint `s3:9000` has no scheme");
        let keytab = error(&RemoteArgs::default(), "history.hdfs.kerberos.keytab_path = '/k'");
        assert!(keytab.contains("but not whose"), "{keytab}");
    }

    #[test]
    fn a_principal_gets_the_realm_that_is_configured() {
        let principal = |config: &str| {
            decide(&RemoteArgs::default(), &[], config)
                .unwrap()
                .hdfs
                .principal
        };
        let config = "history.hdfs.kerberos = { principal = 'alice', realm = 'EXAMPLE.COM' }";
        assert_eq!(principal(config).as_deref(), Some("alice@EXAMPLE.COM"));
        let config = "history.hdfs.kerberos = { principal = 'alice@OTHER', realm = 'EXAMPLE.COM' }";
        assert_eq!(principal(config).as_deref(), Some("alice@OTHER"));
    }

    #[test]
    fn hadoops_own_variables_say_where_its_configuration_is() {
        let directory = |variables: &[(&str, &str)]| {
            let decided = decide(&RemoteArgs::default(), variables, "").unwrap();
            decided
                .hdfs
                .config_directory
                .map(|path| path.display().to_string())
        };
        assert_eq!(directory(&[]), None);
        let home = (env::HADOOP_HOME, "/opt/hadoop");
        assert_eq!(directory(&[home]).as_deref(), Some("/opt/hadoop/etc/hadoop"));
        assert_eq!(
            directory(&[home, (env::HADOOP_CONF_DIR, "/etc/hadoop")]).as_deref(),
            Some("/etc/hadoop")
        );
    }
}
