//! How stores on other machines are reached, as flags, environment and configuration decide it together.

use std::time::Duration;

use anyhow::Result;

use super::{BreakerSettings, HdfsSettings, S3Settings, Settings};
use crate::cli::RemoteArgs;

/// How stores on other machines are reached, decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteSettings {
    pub hdfs: HdfsSettings,
    pub s3: S3Settings,
    pub breaker: BreakerSettings,
    /// What the user should know of these settings.
    pub warnings: Vec<String>,
}

/// How long a server may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// To take a connection.
    pub connect: Duration,
    /// To answer, and between two pieces of an answer.
    pub read: Duration,
}

const DEFAULT_CONNECT: Duration = Duration::from_secs(5);
/// Three of these, with pauses, are what a silent server costs.
const DEFAULT_READ: Duration = Duration::from_secs(8);

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

impl Timeouts {
    pub(super) fn of(connect_ms: Option<u64>, read_ms: Option<u64>) -> Self {
        Self {
            connect: connect_ms.map_or(DEFAULT_CONNECT, Duration::from_millis),
            read: read_ms.map_or(DEFAULT_READ, Duration::from_millis),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::settings;
    use super::*;
    use crate::cli::GlobalArgs;
    use crate::env;

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
