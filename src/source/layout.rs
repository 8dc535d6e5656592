//! Spark's own naming: single files, rolling directories, `.inprogress`, `.compact`.
//!
//! `EventLogFileWriters` and `EventLogFileReaders` of Spark say which names mean what. Which application a
//! log belongs to is not among them: that is in the events.

/// A file of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFile {
    /// Path or URI.
    pub path: String,
    pub size_bytes: u64,
    pub modified_ms: i64,
}

impl LogFile {
    /// The last part of the path, which hints at the codec.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// A log: what to read, in order, and what its names say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// Path or URI of the file or the rolling directory.
    pub path: String,
    pub files: Vec<LogFile>,
    pub is_rolling: bool,
    pub is_compacted: bool,
    pub in_progress: bool,
    /// Index of the last file of a rolling directory.
    pub last_index: Option<i64>,
    /// Of all files that are read.
    pub size_bytes: u64,
    /// Of the newest file that is read.
    pub modified_ms: i64,
    /// Of the rolling directory, if it can be relied on to tell a change.
    pub directory_modified_ms: Option<i64>,
}

/// Why a rolling directory is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejected {
    /// It lacks `events_*` or `appstatus_*` files: none of ours, passed over in silence as Spark does.
    NotALog,
    /// An index between the first and the last is missing: what would be read is not what was written.
    MissingIndex(i64),
}

/// Whether a directory entry is passed over by its name alone: dot files as Spark's history server does,
/// and what Hadoop hides or leaves behind (`_temporary`, `_SUCCESS`, checksum files).
pub fn is_passed_over(name: &str) -> bool {
    name.starts_with(['.', '_']) || name.ends_with(".crc")
}

/// Whether a directory of this name is a rolling log.
pub(super) fn is_rolling(name: &str) -> bool {
    name.starts_with("eventlog_v2_")
}

/// Whether a file within a rolling directory only says how far its application is.
pub(super) fn is_status_file(name: &str) -> bool {
    name.starts_with("appstatus_")
}

impl Log {
    /// A log of one file.
    pub fn single(file: LogFile) -> Self {
        Log {
            path: file.path.clone(),
            is_rolling: false,
            is_compacted: false,
            in_progress: file.name().ends_with(".inprogress"),
            last_index: None,
            size_bytes: file.size_bytes,
            modified_ms: file.modified_ms,
            directory_modified_ms: None,
            files: vec![file],
        }
    }
}

/// The log that the files of a rolling directory make up.
///
/// Everything before the last compacted file is superseded by it, a plain file of the same index included;
/// the indexes from there on must be consecutive.
///
/// # Errors
/// When the files make up no log.
pub fn rolling_log(
    path: &str,
    files: Vec<LogFile>,
    directory_modified_ms: Option<i64>,
) -> Result<Log, Rejected> {
    let mut in_progress = None;
    let mut status_modified_ms = 0;
    let mut events: Vec<(i64, bool, LogFile)> = Vec::new();
    for file in files {
        if is_status_file(file.name()) {
            in_progress.get_or_insert(file.name().ends_with(".inprogress"));
            status_modified_ms = file.modified_ms;
        } else if let Some(rest) = file.name().strip_prefix("events_") {
            // A compaction's temporary file, left over or still being written.
            if file.name().ends_with(".compact.inprogress") {
                continue;
            }
            let index = rest.split('_').next().and_then(|index| index.parse().ok());
            let is_compact = file.name().ends_with(".compact");
            if let Some(index) = index {
                events.push((index, is_compact, file));
            }
        }
    }
    let in_progress = match (in_progress, events.is_empty()) {
        (Some(in_progress), false) => in_progress,
        // In a store where a file appears only when it is closed, an application has no events at first.
        (Some(true), true) => true,
        _ => return Err(Rejected::NotALog),
    };
    events.sort_by_key(|(index, is_compact, _)| (*index, *is_compact));
    let last_compact = events.iter().rposition(|(_, is_compact, _)| *is_compact);
    if let Some(last_compact) = last_compact {
        events.drain(..last_compact);
    }
    for pair in events.windows(2) {
        if pair[1].0 != pair[0].0 + 1 {
            return Err(Rejected::MissingIndex(pair[0].0 + 1));
        }
    }
    // Only a compaction removes files from the front.
    if last_compact.is_none()
        && let Some((first, _, _)) = events.first()
        && *first != 1
    {
        return Err(Rejected::MissingIndex(1));
    }
    let last_index = events.last().map(|(index, _, _)| *index);
    let mut files: Vec<LogFile> = events.into_iter().map(|(_, _, file)| file).collect();
    // Plans hold a hundred thousand logs, most of them of one file.
    files.shrink_to_fit();
    Ok(Log {
        path: path.to_owned(),
        is_rolling: true,
        is_compacted: last_compact.is_some(),
        in_progress,
        last_index,
        size_bytes: files.iter().map(|file| file.size_bytes).sum(),
        modified_ms: files
            .iter()
            .map(|file| file.modified_ms)
            .max()
            .unwrap_or(status_modified_ms),
        directory_modified_ms,
        files,
    })
}

/// The application id and attempt that Spark made a log's name of. A guess where nothing of the log can be
/// read: people rename and copy files.
pub fn named_application(path: &str) -> (String, Option<String>) {
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = name.strip_prefix("eventlog_v2_").unwrap_or(name);
    let name = name.strip_suffix(".inprogress").unwrap_or(name);
    // The name of a codec; ids have no dots.
    let name = name.split('.').next().unwrap_or(name);
    let parts: Vec<&str> = name.split('_').collect();
    match parts.as_slice() {
        // YARN's ids end with a number, and so do attempts.
        ["application", cluster, number, attempt] => (
            format!("application_{cluster}_{number}"),
            Some((*attempt).to_owned()),
        ),
        _ => (name.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(names: &[&str]) -> Vec<LogFile> {
        let file = |name: &&str| LogFile {
            path: format!("d/{name}"),
            size_bytes: 1,
            modified_ms: 1,
        };
        names.iter().map(file).collect()
    }

    fn read(names: &[&str]) -> Result<Vec<String>, Rejected> {
        rolling_log("d", files(names), None)
            .map(|log| log.files.iter().map(|file| file.name().to_owned()).collect())
    }

    #[test]
    fn rolled_files_are_read_in_numeric_order() {
        let names = ["events_10_a", "appstatus_a", "events_9_a", "events_8_a"];
        let mut all: Vec<&str> = vec!["events_1_a", "events_2_a", "events_3_a", "events_4_a"];
        all.extend(["events_5_a", "events_6_a", "events_7_a"]);
        all.extend(names);
        let read = read(&all).unwrap();
        assert_eq!(
            (read[0].as_str(), read[9].as_str()),
            ("events_1_a", "events_10_a")
        );
    }

    #[test]
    fn a_compacted_file_supersedes_what_came_before() {
        let names = [
            "events_1_a",
            "events_2_a",
            "events_2_a.compact",
            "events_3_a",
            "appstatus_a",
        ];
        assert_eq!(read(&names).unwrap(), ["events_2_a.compact", "events_3_a"]);
    }

    #[test]
    fn a_left_over_compaction_is_ignored() {
        let names = [
            "events_1_a.zstd",
            "events_1_a.zstd.compact.inprogress",
            "appstatus_a",
        ];
        assert_eq!(read(&names).unwrap(), ["events_1_a.zstd"]);
    }

    #[test]
    fn a_gap_in_the_indexes_rejects_the_log() {
        assert_eq!(
            read(&["events_1_a", "events_3_a", "appstatus_a"]),
            Err(Rejected::MissingIndex(2))
        );
        assert_eq!(
            read(&["events_2_a", "appstatus_a"]),
            Err(Rejected::MissingIndex(1))
        );
    }

    #[test]
    fn without_events_or_status_it_is_no_log() {
        assert_eq!(read(&["events_1_a"]), Err(Rejected::NotALog));
        assert_eq!(read(&["appstatus_a"]), Err(Rejected::NotALog));
    }

    #[test]
    fn an_application_may_run_without_a_file_to_see() {
        let log = rolling_log("d", files(&["appstatus_a.inprogress"]), None).unwrap();
        assert!(log.in_progress && log.files.is_empty() && log.modified_ms == 1);
    }

    #[test]
    fn a_name_tells_the_application_as_far_as_it_can() {
        let of = |path| {
            let (id, attempt) = named_application(path);
            format!("{id} {}", attempt.unwrap_or_default())
        };
        assert_eq!(
            of("s3://b/eventlog_v2_application_17_0001_2"),
            "application_17_0001 2"
        );
        assert_eq!(
            of("/l/application_17_0001.zstd.inprogress"),
            "application_17_0001 "
        );
        assert_eq!(of("/l/local-1795385422791.inprogress"), "local-1795385422791 ");
        assert_eq!(of("/l/spark-3f2a_x"), "spark-3f2a_x ");
    }

    #[test]
    fn progress_is_told_by_the_status_file() {
        let log = |status| rolling_log("d", files(&["events_1_a", status]), None).unwrap();
        assert!(log("appstatus_a.inprogress").in_progress);
        assert!(!log("appstatus_a").in_progress);
    }
}
