//! Hadoop's configuration files, with what its own reader would do to them: `${variables}` are put in and
//! included files are read. The client library does neither, and would take `${my.ns}` for a host.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::source::remote::{Fault, RemoteError};

const FILES: [&str; 2] = ["core-site.xml", "hdfs-site.xml"];
/// Files may include files, but not without end.
const MOST_NESTED: usize = 5;
const MOST_VARIABLES: usize = 20;

/// What the client is configured with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Configuration {
    values: BTreeMap<String, String>,
}

impl Configuration {
    /// Reads the files of a directory; without one, nothing is configured.
    ///
    /// # Errors
    /// When there is no configuration in it, or a file cannot be understood.
    pub(super) fn load(directory: Option<&Path>) -> Result<Self, RemoteError> {
        let mut values = BTreeMap::new();
        let Some(directory) = directory else {
            return Ok(Configuration { values });
        };
        let mut any = false;
        for name in FILES {
            any |= read(&directory.join(name), 0, &mut values)?;
        }
        if !any {
            let message = format!(
                "there is neither core-site.xml nor hdfs-site.xml in `{}`",
                directory.display()
            );
            return Err(RemoteError::new(Fault::Permanent, message).hint(
                "set HADOOP_CONF_DIR or `history.hdfs.config_directory` to the directory that has them",
            ));
        }
        expand(&values)
    }

    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    pub(super) fn set(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.values.insert(key.into(), value.into());
    }

    pub(super) fn set_default(&mut self, key: &str, value: &str) {
        self.values
            .entry(key.to_owned())
            .or_insert_with(|| value.to_owned());
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &String)> {
        self.values.iter()
    }

    /// Whether servers want to know who asks.
    pub(super) fn is_secure(&self) -> bool {
        self.get("hadoop.security.authentication")
            .is_some_and(|value| value != "simple")
    }

    /// The name nodes of a name service, `(id, host:port)`.
    pub(super) fn namenodes(&self, nameservice: &str) -> Vec<(String, String)> {
        let ids = self
            .get(&format!("dfs.ha.namenodes.{nameservice}"))
            .unwrap_or_default();
        let address = |id: &str| {
            let address = self.get(&format!("dfs.namenode.rpc-address.{nameservice}.{id}"))?;
            Some((id.to_owned(), address.to_owned()))
        };
        ids.split(',').map(str::trim).filter_map(address).collect()
    }
}

/// Reads one file into `values`; false if there is none.
fn read(path: &Path, depth: usize, values: &mut BTreeMap<String, String>) -> Result<bool, RemoteError> {
    let unusable = |reason: String| {
        RemoteError::new(
            Fault::Permanent,
            format!(
                "Hadoop's configuration `{}` cannot be used: {reason}",
                path.display()
            ),
        )
    };
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(unusable(error.to_string())),
    };
    let options = roxmltree::ParsingOptions {
        allow_dtd: true,
        ..Default::default()
    };
    let document = roxmltree::Document::parse_with_options(&text, options)
        .map_err(|error| unusable(error.to_string()))?;
    for node in document.root_element().children() {
        match node.tag_name().name() {
            "property" => {
                let text = |name| {
                    node.children()
                        .find(|child| child.tag_name().name() == name)?
                        .text()
                };
                if let (Some(name), Some(value)) = (text("name"), text("value")) {
                    values.insert(name.trim().to_owned(), value.trim().to_owned());
                }
            }
            "include" => {
                let href = node.attribute("href").unwrap_or_default();
                let included = included(path, href);
                if depth == MOST_NESTED || !read(&included, depth + 1, values)? {
                    return Err(unusable(format!(
                        "it includes `{}`, which cannot be read",
                        included.display()
                    )));
                }
            }
            _ => {}
        }
    }
    Ok(true)
}

fn included(path: &Path, href: &str) -> PathBuf {
    let href = href.strip_prefix("file://").unwrap_or(href);
    path.parent().unwrap_or(Path::new("")).join(href)
}

/// Puts the values of variables in. A variable that is not known is an error where it matters, and there
/// only: most keys of these files are none of ours.
fn expand(values: &BTreeMap<String, String>) -> Result<Configuration, RemoteError> {
    let mut expanded = BTreeMap::new();
    for (key, value) in values {
        let mut value = value.clone();
        for _ in 0..MOST_VARIABLES {
            let Some((start, end)) = variable(&value) else {
                break;
            };
            let name = &value[start + 2..end];
            match values.get(name) {
                Some(with) => value = format!("{}{with}{}", &value[..start], &value[end + 1..]),
                None => break,
            }
        }
        if variable(&value).is_some() && matters(key) {
            return Err(RemoteError::new(
                Fault::Permanent,
                format!("in Hadoop's configuration {key} is `{value}`, and that variable is not set there"),
            )
            .hint("write the value itself into a copy of the file, and name its directory in `history.hdfs.config_directory`"));
        }
        expanded.insert(key.clone(), value);
    }
    Ok(Configuration { values: expanded })
}

/// Where the first `${…}` begins and ends.
fn variable(value: &str) -> Option<(usize, usize)> {
    let start = value.find("${")?;
    let end = start + value[start..].find('}')?;
    Some((start, end))
}

fn matters(key: &str) -> bool {
    const PREFIXES: [&str; 6] = [
        "fs.defaultFS",
        "dfs.nameservices",
        "dfs.ha.namenodes.",
        "dfs.namenode.rpc-address",
        "fs.viewfs.mounttable.",
        "hadoop.security.authentication",
    ];
    PREFIXES.iter().any(|prefix| key.starts_with(prefix)) || key == "dfs.data.transfer.protection"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(files: &[(&str, &str)]) -> Result<Configuration, RemoteError> {
        let directory = tempfile::tempdir().unwrap();
        for (name, properties) in files {
            let text = format!(
                "<?xml version=\"1.0\"?><configuration xmlns:xi=\"http://www.w3.org/2001/XInclude\">{properties}</configuration>"
            );
            fs::write(directory.path().join(name), text).unwrap();
        }
        Configuration::load(Some(directory.path()))
    }

    fn property(name: &str, value: &str) -> String {
        format!("<property><name>{name}</name><value> {value} </value></property>")
    }

    #[test]
    fn variables_and_includes_are_followed() {
        let core = format!(
            "{}<xi:include href=\"more.xml\"/>",
            property("fs.defaultFS", "hdfs://${my.ns}")
        );
        let hdfs = property("dfs.ha.namenodes.prod", "nn1, nn2")
            + &property("dfs.namenode.rpc-address.prod.nn1", "a:8020")
            + &property("dfs.namenode.rpc-address.prod.nn2", "b:8020");
        let more = property("my.ns", "${other}") + &property("other", "prod");
        let configuration = load(&[
            ("core-site.xml", &core),
            ("hdfs-site.xml", &hdfs),
            ("more.xml", &more),
        ])
        .unwrap();
        assert_eq!(configuration.get("fs.defaultFS"), Some("hdfs://prod"));
        let namenodes = configuration.namenodes("prod");
        assert_eq!(namenodes[1], ("nn2".to_owned(), "b:8020".to_owned()));
        assert!(!configuration.is_secure());
    }

    #[test]
    fn an_unknown_variable_is_told_where_it_matters() {
        let error = load(&[("core-site.xml", &property("fs.defaultFS", "hdfs://${env.NS}"))]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "in Hadoop's configuration fs.defaultFS is `hdfs://${env.NS}`, and that variable is not set there"
        );
        assert!(load(&[("core-site.xml", &property("hadoop.tmp.dir", "/tmp/${user.name}"))]).is_ok());
        let endless = property("a", "${b}") + &property("b", "${a}");
        assert!(load(&[("core-site.xml", &endless)]).is_ok());
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        assert!(
            load(&[])
                .unwrap_err()
                .to_string()
                .starts_with("there is neither core-site.xml nor")
        );
        let error = load(&[("core-site.xml", "<xi:include href=\"none.xml\"/>")])
            .unwrap_err()
            .to_string();
        assert!(error.contains("none.xml"), "{error}");
        let own = load(&[("core-site.xml", "<xi:include href=\"core-site.xml\"/>")]);
        assert!(own.is_err());
        assert!(load(&[("core-site.xml", "<property>")]).is_err());
    }
}
