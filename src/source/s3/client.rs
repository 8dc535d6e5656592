//! The client of S3: credentials, region, endpoint, certificates. Never anonymous unless asked to be.

use std::sync::Arc;
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    Builder, Credentials, ProvideCredentials, Region, RequestChecksumCalculation, ResponseChecksumValidation,
    SharedHttpClient, StalledStreamProtectionConfig,
};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use tokio::sync::OnceCell;

use super::error::{deepest, no_credentials};
use crate::settings::S3Settings;
use crate::source::remote::{Fault, RemoteError};

/// Less than a request may take: the machine's role is asked for over the network, where there may be none.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(6);
/// Connections that wait for the next request.
const IDLE_CONNECTIONS: usize = 16;

/// The client that all buckets share, made when the first of them is asked for something.
#[derive(Debug)]
pub(crate) struct Store {
    settings: S3Settings,
    client: OnceCell<Client>,
}

impl Store {
    pub(crate) fn new(settings: S3Settings) -> Arc<Self> {
        Arc::new(Store {
            settings,
            client: OnceCell::new(),
        })
    }

    pub(crate) fn settings(&self) -> &S3Settings {
        &self.settings
    }

    /// The client, once its region and credentials are known.
    ///
    /// # Errors
    /// When one of them is missing, or a certificate cannot be used.
    pub(super) async fn client(&self) -> Result<&Client, RemoteError> {
        self.client.get_or_try_init(|| connect(&self.settings)).await
    }
}

async fn connect(settings: &S3Settings) -> Result<Client, RemoteError> {
    let http = http_client(settings)?;
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http);
    if let Some(region) = &settings.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &settings.profile {
        loader = loader.profile_name(profile);
    }
    if settings.is_anonymous {
        loader = loader.no_credentials();
    }
    if let Some(keys) = &settings.keys {
        let token = keys.session_token.as_ref().map(|token| token.expose().to_owned());
        let secret = keys.secret_access_key.expose();
        loader = loader.credentials_provider(Credentials::new(
            &keys.access_key_id,
            secret,
            token,
            None,
            "settings",
        ));
    }
    let shared = loader.load().await;
    if shared.region().is_none() {
        return Err(RemoteError::new(Fault::Permanent, "no AWS region is known").hint(
            "name it with --s3-region, `history.s3.region` or AWS_REGION; for a look-alike give --s3-endpoint",
        ));
    }
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(settings.timeouts.connect)
        .read_timeout(settings.timeouts.read)
        .build();
    let mut config = Builder::from(&shared)
        // Retries, their counting and the deadline of a body are ours: the client's end where a body begins.
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts)
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        // Look-alikes answer with checksums of their own making, or not at all.
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
        .force_path_style(settings.path_style);
    if let Some(endpoint) = &settings.endpoint {
        config = config.endpoint_url(endpoint);
    }
    if settings.is_anonymous {
        config = config.allow_no_auth();
    } else {
        // A client without credentials would send its requests unsigned and say nothing.
        let provider = shared
            .credentials_provider()
            .ok_or_else(|| no_credentials("none are configured"))?;
        match tokio::time::timeout(CREDENTIALS_TIMEOUT, provider.provide_credentials()).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return Err(no_credentials(&deepest(&error))),
            Err(_) => return Err(no_credentials("what should give them does not answer")),
        }
    }
    Ok(Client::from_conf(config.build()))
}

fn http_client(settings: &S3Settings) -> Result<SharedHttpClient, RemoteError> {
    let mut trusted = TrustStore::default();
    if let Some(path) = &settings.ca_certificates {
        let unusable = |reason: String| {
            RemoteError::new(
                Fault::Permanent,
                format!(
                    "the certificates in `{}` cannot be used: {reason}",
                    path.display()
                ),
            )
        };
        let pem = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
        if !pem
            .windows(27)
            .any(|window| window == b"-----BEGIN CERTIFICATE-----")
        {
            return Err(unusable("there is no certificate in PEM form in it".to_owned()));
        }
        trusted = trusted.with_pem_certificate(pem);
    }
    let context = TlsContext::builder()
        .with_trust_store(trusted)
        .build()
        .map_err(|error| RemoteError::new(Fault::Permanent, format!("TLS cannot be set up: {error}")))?;
    Ok(aws_smithy_http_client::Builder::new()
        .pool_max_idle_per_host(IDLE_CONNECTIONS)
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(context)
        .build_https())
}
