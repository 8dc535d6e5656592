//! Keys -> logs. A bucket has no directories: one sweep over the keys below a prefix tells everything,
//! rolling directories included, in one request for each thousand keys. Nothing relies on their order.

use std::collections::HashMap;

use crate::source::layout::{LogFile, Rejected, is_passed_over, is_rolling, rolling_log};
use crate::source::{Found, Log};

/// An object as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) key: String,
    pub(super) size_bytes: u64,
    pub(super) modified_ms: i64,
}

/// Takes objects in any order and makes logs of them.
#[derive(Debug)]
pub(super) struct Gathering<'a> {
    bucket: &'a str,
    /// Empty, or ends with a slash.
    prefix: &'a str,
    depth: usize,
    found: Vec<Found>,
    /// Files of rolling directories, by the directory's key.
    rolling: HashMap<String, Vec<LogFile>>,
}

impl<'a> Gathering<'a> {
    pub(super) fn new(bucket: &'a str, prefix: &'a str, depth: usize) -> Self {
        Gathering {
            bucket,
            prefix,
            depth,
            found: Vec::new(),
            rolling: HashMap::new(),
        }
    }

    pub(super) fn add(&mut self, object: &Object) {
        let Some(below) = object.key.strip_prefix(self.prefix) else {
            return;
        };
        let mut directories: Vec<&str> = below.split('/').collect();
        let name = directories.pop().unwrap_or_default();
        // A marker of a directory has no name.
        if name.is_empty() || is_passed_over(name) || directories.iter().any(|part| is_passed_over(part)) {
            return;
        }
        let own_name = self
            .prefix
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default();
        if is_rolling(own_name) {
            if directories.is_empty() {
                let directory = self.prefix.trim_end_matches('/').to_owned();
                self.add_rolling(directory, object);
            }
            return;
        }
        match directories.iter().position(|part| is_rolling(part)) {
            Some(place) if place + 1 == directories.len() && place <= self.depth => {
                let directory = format!("{}{}", self.prefix, directories.join("/"));
                self.add_rolling(directory, object);
            }
            Some(_) => {}
            None if directories.len() <= self.depth && object.size_bytes > 0 => {
                let file = self.file(object);
                self.found.push(Found::Whole(Log::single(file)));
            }
            None => {}
        }
    }

    fn add_rolling(&mut self, directory: String, object: &Object) {
        let file = self.file(object);
        self.rolling.entry(directory).or_default().push(file);
    }

    fn file(&self, object: &Object) -> LogFile {
        LogFile {
            path: format!("s3://{}/{}", self.bucket, object.key),
            size_bytes: object.size_bytes,
            modified_ms: object.modified_ms,
        }
    }

    /// All logs, once all keys are there.
    pub(super) fn finish(mut self) -> Vec<Found> {
        for (directory, files) in self.rolling {
            let path = format!("s3://{}/{directory}", self.bucket);
            let modified_ms = files.iter().map(|file| file.modified_ms).max().unwrap_or(0);
            match rolling_log(&path, files, None) {
                Ok(log) => self.found.push(Found::Whole(log)),
                Err(Rejected::NotALog) => {}
                Err(Rejected::MissingIndex(missing_index)) => self.found.push(Found::Incomplete {
                    path,
                    missing_index,
                    modified_ms,
                }),
            }
        }
        self.found.sort_by(|a, b| a.path().cmp(b.path()));
        self.found
    }
}

/// The directories of a tree that is worth being listed side by side: those right below `prefix` in which
/// every one of the first keys lies. `None` if a key lies elsewhere, or the directories are logs themselves.
pub(super) fn is_sharded<'k>(prefix: &str, mut keys: impl Iterator<Item = &'k str>) -> bool {
    let mut any = false;
    keys.all(|key| {
        any = true;
        let below = key.strip_prefix(prefix).unwrap_or(key);
        below.is_empty()
            || below
                .split_once('/')
                .is_some_and(|(directory, _)| !is_rolling(directory))
    }) && any
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gather(prefix: &str, depth: usize, keys: &[&str]) -> Vec<String> {
        let mut gathering = Gathering::new("b", prefix, depth);
        for key in keys {
            gathering.add(&Object {
                key: (*key).to_owned(),
                size_bytes: u64::from(!key.ends_with("empty") && !key.ends_with('/')),
                modified_ms: 5,
            });
        }
        let shown = |found: Found| match found {
            Found::Whole(log) => format!("{} {}", log.path, log.files.len()),
            Found::Incomplete {
                path, missing_index, ..
            } => format!("{path} lacks {missing_index}"),
            Found::Rolling(directory) => directory.path,
        };
        gathering.finish().into_iter().map(shown).collect()
    }

    #[test]
    fn keys_become_logs_whatever_their_order() {
        let keys = [
            "l/eventlog_v2_a/events_2_a",
            "l/app-2",
            "l/",
            "l/eventlog_v2_a/",
            "l/eventlog_v2_a/appstatus_a",
            "l/empty",
            "l/.hidden/app-9",
            "l/_temporary/app-8",
            "l/sub/app-1",
            "l/eventlog_v2_a/events_1_a",
        ];
        assert_eq!(
            gather("l/", 4, &keys),
            [
                "s3://b/l/app-2 1",
                "s3://b/l/eventlog_v2_a 2",
                "s3://b/l/sub/app-1 1"
            ]
        );
    }

    #[test]
    fn depth_is_counted_as_on_a_disk() {
        let keys = [
            "a",
            "1/a",
            "1/2/a",
            "1/eventlog_v2_x/events_1_x",
            "1/eventlog_v2_x/appstatus_x",
        ];
        assert_eq!(gather("", 0, &keys), ["s3://b/a 1"]);
        assert_eq!(
            gather("", 1, &keys),
            ["s3://b/1/a 1", "s3://b/1/eventlog_v2_x 1", "s3://b/a 1"]
        );
    }

    #[test]
    fn a_directory_that_lacks_a_file_is_told_and_one_that_is_no_log_is_not() {
        let keys = [
            "eventlog_v2_x/events_1_x",
            "eventlog_v2_x/events_3_x",
            "eventlog_v2_x/appstatus_x",
            "eventlog_v2_y/events_1_y",
        ];
        assert_eq!(gather("", 4, &keys), ["s3://b/eventlog_v2_x lacks 2"]);
    }

    #[test]
    fn a_rolling_directory_can_be_the_place_itself() {
        let keys = [
            "l/eventlog_v2_x/events_1_x",
            "l/eventlog_v2_x/appstatus_x",
            "l/eventlog_v2_x/sub/events_2_x",
        ];
        assert_eq!(gather("l/eventlog_v2_x/", 4, &keys), ["s3://b/l/eventlog_v2_x 1"]);
    }

    #[test]
    fn a_tree_of_shards_is_known_by_its_first_keys() {
        let is = |keys: &[&str]| is_sharded("l/", keys.iter().copied());
        assert!(is(&["l/", "l/a/app-1", "l/b/app-2"]));
        assert!(!is(&["l/a/app-1", "l/app-2"]));
        assert!(!is(&["l/eventlog_v2_a/events_1_a"]));
        assert!(!is(&[]));
    }
}
