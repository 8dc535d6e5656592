//! Jobs, from start to end and what is still seen of them afterwards.

use std::collections::{BTreeSet, HashSet};

use foldhash::fast::RandomState;

use super::{Job, JobStatus, Name, Replay, StageStatus};
use crate::event::detail::{JobEnded, JobStarted, Pairs, StageDetail, TaskReason};

/// A job as its events change it.
#[derive(Debug)]
pub(super) struct LiveJob {
    pub(super) shown: Job,
    /// Stage and index of each task that succeeded.
    pub(super) indices: HashSet<(i64, i64), RandomState>,
    pub(super) completed: BTreeSet<i64>,
    pub(super) skipped: BTreeSet<i64>,
    was_written: bool,
}

impl Replay {
    pub(super) fn job_started(&mut self, event: &JobStarted) {
        let infos = event.stages.as_deref().unwrap_or_default();
        // Before Spark 1.2 a job names its stages by id alone.
        let stage_ids: Vec<i64> = match &event.stages {
            Some(infos) => infos.iter().map(|stage| stage.id).collect(),
            None => event.stage_ids.clone(),
        };
        let num_tasks = infos
            .iter()
            .filter(|stage| stage.completed_ms.is_none())
            .map(|stage| stage.num_tasks)
            .sum();
        // Of several attempts of the last stage the last one in the list: a stable sort puts it there.
        let name = match infos.iter().max_by_key(|stage| stage.id) {
            Some(stage) => &*stage.name,
            None if !stage_ids.is_empty() => "unknown",
            None => "",
        };
        let name = self.store.strings.name(name);
        let strings = &mut self.store.strings;
        let mut property = |key: &str| text_of(event.properties.as_ref(), key).map(|text| strings.name(text));
        let description = property("spark.job.description");
        let group = property("spark.jobGroup.id");
        let tags = tags(text_of(event.properties.as_ref(), "spark.job.tags").unwrap_or_default())
            .into_iter()
            .map(|tag| self.store.strings.name(tag))
            .collect();
        let job = Job {
            id: event.id,
            name,
            description,
            submitted_ms: event.time_ms.filter(|time| *time > 0),
            completed_ms: None,
            stage_ids: stage_ids.clone(),
            group,
            tags,
            status: JobStatus::Running,
            num_tasks,
            active_tasks: 0,
            completed_tasks: 0,
            skipped_tasks: 0,
            failed_tasks: 0,
            killed_tasks: 0,
            completed_indices: 0,
            active_stages: 0,
            completed_stages: 0,
            skipped_stages: 0,
            failed_stages: 0,
            killed_by_reason: Vec::new(),
        };
        let place = self.jobs.len();
        self.jobs.push(LiveJob {
            shown: job,
            indices: HashSet::default(),
            completed: BTreeSet::new(),
            skipped: BTreeSet::new(),
            was_written: false,
        });
        self.live_jobs.insert(event.id, place);
        if event.stages.is_some() {
            for info in infos {
                self.stage(info).jobs.push(place);
            }
        } else {
            for id in stage_ids {
                self.stage(&StageDetail::unknown(id)).jobs.push(place);
            }
        }
    }

    pub(super) fn job_ended(&mut self, event: &JobEnded) {
        let Some(place) = self.live_jobs.remove(&event.id) else {
            return;
        };
        for id in self.jobs[place].shown.stage_ids.clone() {
            let pending: Vec<_> = self
                .live_stages
                .range((id, i64::MIN)..=(id, i64::MAX))
                .filter(|(_, stage)| stage.shown.status == StageStatus::Pending)
                .map(|(key, _)| *key)
                .collect();
            for key in pending {
                if let Some(stage) = self.live_stages.get_mut(&key) {
                    stage.shown.status = StageStatus::Skipped;
                    let job = &mut self.jobs[place];
                    job.skipped.insert(id);
                    job.shown.skipped_tasks += stage.shown.num_tasks;
                }
                self.write_stage(key);
                self.retain_stages();
            }
        }
        let job = &mut self.jobs[place].shown;
        job.status = if event.is_successful {
            JobStatus::Succeeded
        } else {
            JobStatus::Failed
        };
        job.completed_ms = event.time_ms.filter(|time| *time > 0);
        self.write_job(place, true);
    }

    /// Puts a job into the store as it is now.
    pub(super) fn write_job(&mut self, place: usize, is_last: bool) {
        let job = &mut self.jobs[place];
        let mut shown = job.shown.clone();
        shown.completed_indices = job.indices.len();
        shown.completed_stages = job.completed.len();
        shown.skipped_stages = job.skipped.len();
        let is_first = !std::mem::replace(&mut job.was_written, true);
        self.store.jobs.insert(shown.id, shown);
        if is_last || is_first {
            self.retain_jobs();
        }
    }
}

impl LiveJob {
    pub(super) fn contains(&self, stage_id: i64) -> bool {
        self.shown.stage_ids.contains(&stage_id)
    }
}

/// A property that is set.
pub(super) fn text_of<'a>(properties: Option<&'a Pairs>, key: &str) -> Option<&'a str> {
    properties.and_then(|properties| properties.get(key))
}

/// The tags of a job, each once, in order.
fn tags(list: &str) -> Vec<&str> {
    let tags: BTreeSet<&str> = list.split(',').filter(|tag| !tag.is_empty()).collect();
    tags.into_iter().collect()
}

/// What the end of a task does to the counts of its stage, jobs and executor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change {
    pub(super) completed: i64,
    pub(super) failed: i64,
    pub(super) killed: i64,
    /// Tasks that do not run any more.
    pub(super) active: i64,
}

impl Change {
    pub(super) fn of(reason: &TaskReason) -> Self {
        let (completed, failed, killed, active) = match &*reason.name {
            "Success" => (1, 0, 0, 1),
            "TaskKilled" | "TaskCommitDenied" => (0, 0, 1, 1),
            // The same task was told to have ended before.
            "Resubmitted" => (0, 1, 0, 0),
            _ => (0, 1, 0, 1),
        };
        Change {
            completed,
            failed,
            killed,
            active,
        }
    }
}

/// Counts a killed task under its reason, in the order in which reasons appear.
pub(super) fn count_killed(killed: &mut Vec<(Name, i64)>, reason: Name) {
    match killed.iter_mut().find(|(name, _)| *name == reason) {
        Some((_, count)) => *count += 1,
        None => killed.push((reason, 1)),
    }
}
