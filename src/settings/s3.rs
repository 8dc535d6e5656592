//! `[history.s3]`: how S3 and its look-alikes are reached.

use std::fmt;
use std::path::PathBuf;

use anyhow::Result;

use super::Settings;
use super::remote::Timeouts;
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

/// The region that stores without regions take.
const ANY_REGION: &str = "us-east-1";

impl S3Settings {
    pub(super) fn decide(args: &RemoteArgs, settings: &Settings) -> Result<Self> {
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
