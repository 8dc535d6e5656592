//! `[history.hdfs]`, `[history.s3]`, `[history.circuit_breaker]`: logs on other machines.
//!
//! This version reads local logs only. The keys are accepted and checked all the same, so that one
//! file serves this version and the next.

use std::fmt;
use std::path::PathBuf;

use anyhow::Result;

use super::section::Section;

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
    pub connection_timeout_ms: Option<u64>,
    pub read_timeout_ms: Option<u64>,
    pub kerberos: KerberosConfig,
}

/// `[history.hdfs.kerberos]`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KerberosConfig {
    pub principal: Option<String>,
    pub keytab_path: Option<PathBuf>,
    pub krb5_config_path: Option<PathBuf>,
    pub realm: Option<String>,
}

/// `[history.s3]`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct S3Config {
    pub bucket_name: Option<String>,
    pub region: Option<String>,
    pub endpoint_url: Option<String>,
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

impl HdfsConfig {
    pub(super) fn read(section: &Section<'_>) -> Result<Self> {
        Ok(Self {
            namenode_url: section.text("namenode_url")?,
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
