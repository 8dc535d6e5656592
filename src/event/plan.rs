//! What a SQL plan reads from and writes to files, found in the line of an event without reading the plan.
//!
//! A plan nests as deep as a query does, so it is not parsed: the searched bytes cannot stand inside a
//! string, because a quote there is written `\"`.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::{Finder, FinderRev};
use serde::Deserialize;

/// A node of a SQL plan that counts files. Spark gives each counter of a node a number of its own within the
/// application; the counters that tasks add to come back among the accumulables of the stages that ran it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileNode {
    /// Whether it wrote the files; otherwise it read them.
    pub is_write: bool,
    /// The counter of files.
    pub files_id: i64,
    /// The counter of their bytes; absent before Spark 3.0 for files read.
    pub bytes_id: Option<i64>,
    /// Every other counter of the node.
    pub other_ids: Vec<i64>,
}

#[derive(Deserialize)]
struct Metric<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(rename = "accumulatorId")]
    id: i64,
}

static FILES_READ: LazyLock<Finder> = LazyLock::new(|| Finder::new(r#""number of files"#));
static FILES_WRITTEN: LazyLock<Finder> = LazyLock::new(|| Finder::new(r#""number of written files""#));
static METRICS: LazyLock<FinderRev> = LazyLock::new(|| FinderRev::new(r#""metrics":["#));

/// The nodes that count files, of the event on this line.
pub(super) fn file_nodes(line: &[u8]) -> Vec<FileNode> {
    let mut nodes = Vec::new();
    for finder in [&FILES_READ, &FILES_WRITTEN] {
        for at in finder.find_iter(line) {
            nodes.extend(node_around(line, at));
        }
    }
    nodes
}

/// The node whose list of metrics goes across `at`.
fn node_around(line: &[u8], at: usize) -> Option<FileNode> {
    let begin = METRICS.rfind(&line[..at])? + METRICS.needle().len() - 1;
    let mut lists = serde_json::Deserializer::from_slice(&line[begin..]).into_iter::<Vec<Metric>>();
    let metrics = lists.next()?.ok()?;
    if begin + lists.byte_offset() <= at {
        return None;
    }
    let id_of = |names: &[&str]| {
        metrics
            .iter()
            .find(|metric| names.contains(&metric.name.as_ref()))
            .map(|metric| metric.id)
    };
    // The second name is Spark's before 3.0.
    let (is_write, files_id, bytes_id) = match id_of(&["number of files read", "number of files"]) {
        Some(files_id) => (false, files_id, id_of(&["size of files read"])),
        None => (
            true,
            id_of(&["number of written files"])?,
            id_of(&["written output", "bytes of written output"]),
        ),
    };
    let other_ids = metrics
        .iter()
        .map(|metric| metric.id)
        .filter(|id| *id != files_id && Some(*id) != bytes_id)
        .collect();
    Some(FileNode {
        is_write,
        files_id,
        bytes_id,
        other_ids,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<FileNode> {
        file_nodes(text.as_bytes())
    }

    #[test]
    fn a_scan_and_a_write_are_found_in_a_plan() {
        let plan = concat!(
            r#"{"nodeName":"Execute","metrics":[{"name":"task commit time","accumulatorId":42,"metricType":"timing"},"#,
            r#"{"name":"number of written files","accumulatorId":38,"metricType":"sum"},"#,
            r#"{"name":"written output","accumulatorId":39,"metricType":"size"}],"children":["#,
            r#"{"nodeName":"Scan parquet ","metrics":[{"name":"number of files read","accumulatorId":1},"#,
            r#"{"name":"size of files read","accumulatorId":2},{"name":"number of output rows","accumulatorId":3}]},"#,
            r#"{"nodeName":"Range","metrics":[{"name":"number of output rows","accumulatorId":9}]}]}"#,
        );
        let node = |is_write, files_id, bytes_id, other_ids| FileNode {
            is_write,
            files_id,
            bytes_id: Some(bytes_id),
            other_ids,
        };
        assert_eq!(
            read(plan),
            vec![node(false, 1, 2, vec![3]), node(true, 38, 39, vec![42])]
        );
    }

    #[test]
    fn what_only_looks_like_a_metric_is_none() {
        for text in [
            "",
            r#""number of files read""#,
            r#"{"metrics":[],"x":"number of files read"}"#,
            r#"{"metrics":[{"name":"number of files read"}]}"#,
            r#"{"metrics":[{"name":"number of files read","accumulatorId":"1"}]}"#,
            r#"{"metrics":[{"name":"number of files listed","accumulatorId":1}]}"#,
            r#"{"metrics":[{"name":"number of files read","accumulatorId":1}"#,
            r#"{"description":"\"metrics\":[{\"name\":\"number of files read\",\"accumulatorId\":1}]"}"#,
        ] {
            assert_eq!(read(text), vec![], "{text}");
        }
    }
}
