//! `[history.hdfs]`: how HDFS is reached.

use std::path::PathBuf;

use anyhow::Result;

use super::Settings;
use super::remote::Timeouts;
use super::section::Section;
use crate::cli::RemoteArgs;
use crate::env;
use crate::error::UserError;

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

impl HdfsSettings {
    pub(super) fn decide(args: &RemoteArgs, settings: &Settings) -> Result<Self> {
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
