//! Where event logs are: a path or a URI.

use std::ffi::OsStr;
use std::fmt;
use std::path::PathBuf;

use anyhow::Result;

use super::Settings;
use crate::cli::RemoteArgs;
use crate::error::UserError;

/// A place to look for event logs. Whether it exists is for `source` to find out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Location {
    /// A directory, or one log, of this machine.
    Local(PathBuf),
    /// A directory of HDFS, or one log there.
    Hdfs {
        /// `hdfs` or `viewfs`
        scheme: &'static str,
        /// `host:port`, a name service, or nothing: Hadoop's configuration decides.
        authority: String,
        /// Begins with a slash and does not end with one, unless it is the root.
        path: String,
    },
    /// Objects of a bucket.
    S3 {
        bucket: String,
        /// Neither begins nor ends with a slash; empty for all of the bucket.
        prefix: String,
    },
}

/// Schemes that Spark writes logs to and that this version cannot read.
const UNSUPPORTED: [&str; 6] = ["webhdfs", "swebhdfs", "gs", "abfs", "abfss", "wasbs"];

/// What a path without a scheme means, and which name node is meant where none is named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Defaults {
    /// Of paths without a scheme.
    home: Home,
    /// Scheme and authority of `hdfs:///path`.
    namenode: Option<(&'static str, String)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Home {
    #[default]
    Local,
    Hdfs,
    Bucket(String),
}

impl Defaults {
    /// Decides from flags and configuration.
    ///
    /// # Errors
    /// When they contradict each other or lack something.
    pub fn decide(args: &RemoteArgs, settings: &Settings) -> Result<Self> {
        let history = &settings.config.history;
        let namenode = args
            .hdfs_namenode
            .clone()
            .or_else(|| history.hdfs.namenode_url.clone());
        let bucket = args.s3_bucket.clone().or_else(|| history.s3.bucket_name.clone());
        let home = match (args.hdfs, args.s3) {
            (true, _) => Home::Hdfs,
            (_, true) => Home::Bucket(bucket.ok_or_else(|| {
                UserError::usage("--s3 needs a bucket".to_owned())
                    .hint("name it with --s3-bucket BUCKET, or write s3://BUCKET/PREFIX as log directory")
            })?),
            (false, false) => Home::Local,
        };
        let namenode = namenode.map(|url| namenode_of(&url)).transpose()?;
        Ok(Self { home, namenode })
    }

    /// What is read where no directory is named.
    pub fn everything(&self) -> Option<Location> {
        match &self.home {
            Home::Bucket(bucket) => Some(Location::S3 {
                bucket: bucket.clone(),
                prefix: String::new(),
            }),
            Home::Local | Home::Hdfs => None,
        }
    }

    fn hdfs(&self, path: &str) -> Location {
        let (scheme, authority) = self.namenode.clone().unwrap_or(("hdfs", String::new()));
        Location::Hdfs {
            scheme,
            authority,
            path: absolute(path),
        }
    }
}

fn namenode_of(url: &str) -> Result<(&'static str, String)> {
    let malformed = || {
        UserError::usage(format!("`{url}` is no address of a name node"))
            .hint("write hdfs://HOST:PORT, or hdfs://NAMESERVICE")
    };
    let (scheme, rest) = match url.split_once("://") {
        Some(("hdfs", rest)) => ("hdfs", rest),
        Some(("viewfs", rest)) => ("viewfs", rest),
        Some(_) => return Err(malformed().into()),
        None => ("hdfs", url),
    };
    match rest.trim_end_matches('/') {
        authority if !authority.is_empty() && !authority.contains('/') => Ok((scheme, authority.to_owned())),
        _ => Err(malformed().into()),
    }
}

impl Location {
    /// Takes a path or a URI, as Spark's `spark.eventLog.dir` does.
    ///
    /// # Errors
    /// When it is empty, or a URI of a file system that this version cannot read.
    pub fn parse(text: &OsStr, defaults: &Defaults) -> Result<Self> {
        if text.is_empty() {
            return Err(UserError::usage("a log directory is empty".to_owned()).into());
        }
        // A path that is not Unicode cannot be a URI.
        let Some((scheme, rest)) = text.to_str().and_then(split_scheme) else {
            return Ok(match (&defaults.home, text.to_str()) {
                (Home::Hdfs, Some(path)) => defaults.hdfs(path),
                (Home::Bucket(bucket), Some(prefix)) => Self::S3 {
                    bucket: bucket.clone(),
                    prefix: prefix.trim_matches('/').to_owned(),
                },
                _ => Self::Local(PathBuf::from(text)),
            });
        };
        let text = text.to_string_lossy();
        match scheme.to_ascii_lowercase().as_str() {
            "file" => local_path(rest)
                .map(|path| Self::Local(path.into()))
                .ok_or_else(|| {
                    UserError::usage(format!("`{text}` names a file on another machine"))
                        .hint("a file URI has no host: file:///var/log/spark-events")
                        .into()
                }),
            "hdfs" => Ok(Self::parse_hdfs("hdfs", rest, defaults)),
            "viewfs" => Ok(Self::parse_hdfs("viewfs", rest, defaults)),
            "s3" | "s3a" | "s3n" => Self::parse_s3(&text, rest),
            scheme if UNSUPPORTED.contains(&scheme) => Err(UserError::usage(format!(
                "log directory `{text}`: {scheme}:// is not supported by this version"
            ))
            .hint("copy or mount the logs on this machine and give the path")
            .into()),
            scheme => Err(
                UserError::usage(format!("log directory `{text}`: unknown scheme `{scheme}:`"))
                    .hint("give a path, or a URI that begins with file:, hdfs://, viewfs://, s3:// or s3a://")
                    .into(),
            ),
        }
    }

    fn parse_hdfs(scheme: &'static str, rest: &str, defaults: &Defaults) -> Self {
        let Some(rest) = rest.strip_prefix("//") else {
            return defaults.hdfs(rest);
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.is_empty() {
            return defaults.hdfs(path);
        }
        Self::Hdfs {
            scheme,
            authority: authority.to_owned(),
            path: absolute(path),
        }
    }

    fn parse_s3(text: &str, rest: &str) -> Result<Self> {
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(
                UserError::usage(format!("log directory `{text}` names no bucket"))
                    .hint("write s3://BUCKET/PREFIX")
                    .into(),
            );
        }
        Ok(Self::S3 {
            bucket: bucket.to_owned(),
            prefix: prefix.trim_matches('/').to_owned(),
        })
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(path) => path.display().fmt(f),
            Self::Hdfs {
                scheme,
                authority,
                path,
            } => write!(f, "{scheme}://{authority}{path}"),
            Self::S3 { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
        }
    }
}

/// Splits `scheme:/rest`. One letter is no scheme, and neither is anything without a slash after
/// the colon: both are paths.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let is_scheme = scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    (is_scheme && rest.starts_with('/')).then_some((scheme, rest))
}

/// The path of `file:/path`, `file:///path` and `file://localhost/path`.
fn local_path(rest: &str) -> Option<&str> {
    match rest.strip_prefix("//") {
        None => Some(rest),
        Some(rest) => {
            let path = rest.strip_prefix("localhost").unwrap_or(rest);
            path.starts_with('/').then_some(path)
        }
    }
}

/// The one way to write a path: a log must not have two.
fn absolute(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::settings;
    use super::*;
    use crate::cli::GlobalArgs;

    fn parse(text: &str) -> Result<Location> {
        Location::parse(OsStr::new(text), &Defaults::default())
    }

    fn shown(text: &str) -> String {
        parse(text).unwrap().to_string()
    }

    fn with(args: &RemoteArgs, config: &str, text: &str) -> String {
        let settings = settings(&GlobalArgs::default(), &[], config).unwrap();
        let defaults = Defaults::decide(args, &settings).unwrap();
        Location::parse(OsStr::new(text), &defaults).unwrap().to_string()
    }

    #[test]
    fn paths_and_file_uris_are_local() {
        for (text, path) in [
            ("/var/log/spark", "/var/log/spark"),
            ("logs", "logs"),
            ("odd:name/logs", "odd:name/logs"),
            ("file:/tmp/spark-events", "/tmp/spark-events"),
            ("file:///tmp/spark-events", "/tmp/spark-events"),
            ("FILE://localhost/tmp", "/tmp"),
        ] {
            assert_eq!(parse(text).unwrap(), Location::Local(path.into()), "{text}");
        }
    }

    #[test]
    fn however_a_remote_directory_is_written_it_is_the_same() {
        assert_eq!(shown("hdfs://nn:8020//logs/"), "hdfs://nn:8020/logs");
        assert_eq!(shown("hdfs://ns"), "hdfs://ns/");
        assert_eq!(shown("hdfs:/logs"), "hdfs:///logs");
        assert_eq!(shown("viewfs://c/l"), "viewfs://c/l");
        assert_eq!(shown("S3A://bucket/logs/"), "s3://bucket/logs");
        assert_eq!(shown("s3://bucket"), "s3://bucket/");
        assert_eq!(parse("s3n://b/x/y").unwrap(), parse("s3://b/x/y/").unwrap());
    }

    #[test]
    fn the_flags_of_the_brief_are_the_long_form_of_a_uri() {
        let hdfs = RemoteArgs {
            hdfs: true,
            hdfs_namenode: Some("hdfs://nn:9000".to_owned()),
            ..RemoteArgs::default()
        };
        assert_eq!(with(&hdfs, "", "/spark-events"), "hdfs://nn:9000/spark-events");
        assert_eq!(with(&hdfs, "", "hdfs://other/x"), "hdfs://other/x");
        assert_eq!(with(&hdfs, "", "file:/x"), "/x");
        let s3 = RemoteArgs {
            s3: true,
            s3_bucket: Some("logs".to_owned()),
            ..RemoteArgs::default()
        };
        assert_eq!(with(&s3, "", "/spark/"), "s3://logs/spark");
    }

    #[test]
    fn a_configured_name_node_is_meant_where_none_is_named() {
        let config = "history.hdfs.namenode_url = 'hdfs://namenode:9000'";
        let none = RemoteArgs::default();
        assert_eq!(with(&none, config, "hdfs:///x"), "hdfs://namenode:9000/x");
        assert_eq!(with(&none, config, "hdfs:/x"), "hdfs://namenode:9000/x");
        assert_eq!(with(&none, config, "/x"), "/x");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let error = |text: &str| parse(text).unwrap_err().to_string();
        assert!(error("gs://bucket/logs").ends_with("gs:// is not supported by this version"));
        assert_eq!(
            error("ftp://host/logs"),
            "log directory `ftp://host/logs`: unknown scheme `ftp:`"
        );
        assert_eq!(error("s3:///x"), "log directory `s3:///x` names no bucket");
        assert!(parse("file://host/logs").is_err());
        assert!(parse("").is_err());
        let s3 = RemoteArgs {
            s3: true,
            ..RemoteArgs::default()
        };
        let settings = settings(&GlobalArgs::default(), &[], "").unwrap();
        assert!(Defaults::decide(&s3, &settings).is_err());
    }
}
