//! Where event logs are: a path or a URI.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::error::UserError;

/// A place to look for event logs. Whether it exists is for `source` to find out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Location {
    /// A directory, or one log, of this machine.
    Local(PathBuf),
}

/// Schemes that Spark writes logs to and that this version cannot read.
const UNSUPPORTED: [&str; 9] = [
    "hdfs", "viewfs", "webhdfs", "s3", "s3a", "s3n", "gs", "abfs", "abfss",
];

impl Location {
    /// Takes a path or a `file:` URI, as Spark's `spark.eventLog.dir` does.
    ///
    /// # Errors
    /// When it is empty, or a URI of a file system that this version cannot read.
    pub fn parse(text: &OsStr) -> Result<Self> {
        if text.is_empty() {
            return Err(UserError::usage("a log directory is empty".to_owned()).into());
        }
        // A path that is not Unicode cannot be a URI.
        let Some((scheme, rest)) = text.to_str().and_then(split_scheme) else {
            return Ok(Self::Local(PathBuf::from(text)));
        };
        let text = text.to_string_lossy();
        let scheme = scheme.to_ascii_lowercase();
        if scheme == "file" {
            return match local_path(rest) {
                Some(path) => Ok(Self::Local(path.to_owned())),
                None => Err(
                    UserError::usage(format!("`{text}` names a file on another machine"))
                        .hint("a file URI has no host: file:///var/log/spark-events")
                        .into(),
                ),
            };
        }
        if UNSUPPORTED.contains(&scheme.as_str()) {
            return Err(UserError::usage(format!(
                "log directory `{text}`: {scheme}:// is not supported by this version"
            ))
            .hint("copy or mount the logs on this machine and give the path")
            .into());
        }
        Err(
            UserError::usage(format!("log directory `{text}`: unknown scheme `{scheme}:`"))
                .hint("give a path, or a file: URI")
                .into(),
        )
    }

    /// The path on this machine.
    pub fn path(&self) -> &Path {
        match self {
            Self::Local(path) => path,
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path().display().fmt(f)
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
fn local_path(rest: &str) -> Option<&Path> {
    match rest.strip_prefix("//") {
        None => Some(Path::new(rest)),
        Some(rest) => {
            let path = rest.strip_prefix("localhost").unwrap_or(rest);
            path.starts_with('/').then(|| Path::new(path))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(text: &str) -> String {
        Location::parse(OsStr::new(text)).unwrap().to_string()
    }

    #[test]
    fn paths_and_file_uris_are_local() {
        assert_eq!(local("/var/log/spark"), "/var/log/spark");
        assert_eq!(local("logs"), "logs");
        assert_eq!(local("odd:name/logs"), "odd:name/logs");
        assert_eq!(local("file:/tmp/spark-events"), "/tmp/spark-events");
        assert_eq!(local("file:///tmp/spark-events"), "/tmp/spark-events");
        assert_eq!(local("FILE://localhost/tmp"), "/tmp");
    }

    #[test]
    fn remote_stores_are_refused_by_name() {
        for uri in [
            "hdfs://nn:8020/logs",
            "hdfs:/logs",
            "s3://bucket/logs",
            "S3A://bucket/logs",
            "viewfs://c/l",
        ] {
            let error = Location::parse(OsStr::new(uri)).unwrap_err().to_string();
            assert!(
                error.contains(uri) && error.ends_with("is not supported by this version"),
                "{error}"
            );
        }
        let error = Location::parse(OsStr::new("ftp://host/logs"))
            .unwrap_err()
            .to_string();
        assert_eq!(error, "log directory `ftp://host/logs`: unknown scheme `ftp:`");
        assert!(Location::parse(OsStr::new("file://host/logs")).is_err());
        assert!(Location::parse(OsStr::new("")).is_err());
    }
}
