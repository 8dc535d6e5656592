//! Files that SQL plans read and wrote, by the stage that did it.
//!
//! The driver counts files, so that no task and no stage tells of them: a node of a plan names its counters,
//! the driver says what it added to them, and another counter of the same node that tasks added to shows
//! which stage ran it.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::event::{FileNode, StageInfo};

/// Every node of an application's plans that counts files.
#[derive(Debug, Default)]
pub(super) struct Files {
    nodes: Vec<Node>,
    /// Counter of files -> its node.
    by_files_id: HashMap<i64, usize, RandomState>,
    /// Any other counter of a node that no stage has run yet -> the node.
    waiting: HashMap<i64, usize, RandomState>,
    /// What the driver added to the counters.
    amounts: HashMap<i64, i64, RandomState>,
}

#[derive(Debug)]
struct Node {
    is_write: bool,
    files_id: i64,
    bytes_id: Option<i64>,
    /// The place of the stage attempt that ran it.
    stage: Option<u32>,
}

/// What one stage attempt read and wrote; `None` where nothing counted it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct StageFiles {
    pub read: Option<i64>,
    pub read_bytes: Option<i64>,
    pub written: Option<i64>,
    pub written_bytes: Option<i64>,
}

/// Beyond this many nodes no more are taken in: an application that plans for months must not fill memory.
const MOST_NODES: usize = 200_000;

impl Files {
    /// Takes in a plan. A plan that changes while it runs comes again with the same counters.
    pub(super) fn plan(&mut self, nodes: &[FileNode]) {
        for node in nodes {
            if self.nodes.len() >= MOST_NODES || self.by_files_id.contains_key(&node.files_id) {
                continue;
            }
            let place = self.nodes.len();
            self.by_files_id.insert(node.files_id, place);
            self.amounts.entry(node.files_id).or_default();
            if let Some(bytes_id) = node.bytes_id {
                self.amounts.entry(bytes_id).or_default();
            }
            self.waiting.extend(node.other_ids.iter().map(|id| (*id, place)));
            self.nodes.push(Node {
                is_write: node.is_write,
                files_id: node.files_id,
                bytes_id: node.bytes_id,
                stage: None,
            });
        }
    }

    /// Takes in what the driver added.
    pub(super) fn add(&mut self, updates: &[(i64, i64)]) {
        for (id, amount) in updates {
            if let Some(total) = self.amounts.get_mut(id) {
                *total = total.saturating_add(*amount);
            }
        }
    }

    /// A stage attempt completed: the first one that ran a node has it.
    pub(super) fn completed(&mut self, stage: u32, info: &StageInfo) {
        if self.waiting.is_empty() {
            return;
        }
        for id in info.accumulables.ids() {
            if let Some(place) = self.waiting.remove(&id) {
                self.nodes[place].stage.get_or_insert(stage);
            }
        }
    }

    /// What each stage attempt read and wrote, by its place.
    pub(super) fn into_stages(self) -> HashMap<u32, StageFiles, RandomState> {
        let mut stages: HashMap<u32, StageFiles, RandomState> = HashMap::default();
        for node in &self.nodes {
            let Some(place) = node.stage else { continue };
            let stage = stages.entry(place).or_default();
            let (files, bytes) = match node.is_write {
                true => (&mut stage.written, &mut stage.written_bytes),
                false => (&mut stage.read, &mut stage.read_bytes),
            };
            let amount = |id: i64| self.amounts.get(&id).copied().unwrap_or(0);
            let add = |total: &mut Option<i64>, amount: i64| {
                *total = Some(total.unwrap_or(0).saturating_add(amount));
            };
            add(files, amount(node.files_id));
            if let Some(bytes_id) = node.bytes_id {
                add(bytes, amount(bytes_id));
            }
        }
        stages
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, Parsed, parse_typed};

    fn completed(files: &mut Files, stage: u32, counters: &[i64]) {
        let counters: Vec<String> = counters
            .iter()
            .map(|id| format!(r#"{{"ID":{id},"Name":"x","Value":"1"}}"#))
            .collect();
        let line = format!(
            r#"{{"Event":"SparkListenerStageCompleted","Stage Info":{{"Stage ID":{stage},"Accumulables":[{}]}}}}"#,
            counters.join(",")
        );
        match parse_typed(line.as_bytes()) {
            Parsed::Event(Event::StageCompleted(info)) => files.completed(stage, &info),
            other => panic!("{other:?}"),
        }
    }

    fn node(is_write: bool, files_id: i64, bytes_id: Option<i64>, other_ids: &[i64]) -> FileNode {
        FileNode {
            is_write,
            files_id,
            bytes_id,
            other_ids: other_ids.to_vec(),
        }
    }

    #[test]
    fn files_are_of_the_stage_whose_tasks_added_to_the_same_node() {
        let mut files = Files::default();
        files.plan(&[node(false, 1, Some(2), &[3, 4]), node(true, 10, Some(11), &[12])]);
        files.add(&[(1, 7), (2, 700), (99, 5)]);
        completed(&mut files, 0, &[50, 3]);
        // The plan comes again, as it is when it has changed; a second try of the stage ran the same node.
        files.plan(&[node(false, 1, Some(2), &[3, 4])]);
        completed(&mut files, 1, &[4]);
        completed(&mut files, 2, &[12]);
        files.add(&[(10, 3), (11, 30), (1, 1)]);
        let stages = files.into_stages();
        let read = StageFiles {
            read: Some(8),
            read_bytes: Some(700),
            ..StageFiles::default()
        };
        let written = StageFiles {
            written: Some(3),
            written_bytes: Some(30),
            ..StageFiles::default()
        };
        assert_eq!(stages.len(), 2, "{stages:?}");
        assert_eq!((stages[&0], stages[&2]), (read, written));
    }

    #[test]
    fn a_node_that_no_stage_ran_is_of_none() {
        let mut files = Files::default();
        files.plan(&[node(false, 1, None, &[3])]);
        files.add(&[(1, 7)]);
        completed(&mut files, 0, &[]);
        completed(&mut files, 1, &[1]);
        assert!(files.into_stages().is_empty());
    }

    #[test]
    fn two_scans_of_one_stage_are_added_up_and_hostile_amounts_do_not_overflow() {
        let mut files = Files::default();
        files.plan(&[node(false, 1, None, &[3]), node(false, 2, None, &[4])]);
        files.add(&[(1, i64::MAX), (2, 5), (1, i64::MAX)]);
        completed(&mut files, 0, &[3, 4]);
        let stage = files.into_stages()[&0];
        assert_eq!((stage.read, stage.read_bytes), (Some(i64::MAX), None));
    }
}
