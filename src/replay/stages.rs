//! Stage attempts: from the job that needs them to the last of their tasks.

use std::collections::{BTreeSet, HashSet};

use foldhash::fast::RandomState;

use super::jobs::text_of;
use super::model::Speculation;
use super::order::{as_mutable_map, hash_of_long};
use super::storage::LiveRdd;
use super::{Accumulated, ExecutorWork, Name, PeakState, Replay, Stage, StageKey, StageStatus, Strings};
use crate::event::detail::{Accumulable, Accumulables, StageDetail, StageEvent, Text};

/// A stage attempt as its events change it.
#[derive(Debug)]
pub(super) struct LiveStage {
    pub(super) shown: Stage,
    /// Places of the jobs that its tasks count for.
    pub(super) jobs: Vec<usize>,
    pub(super) indices: HashSet<i64, RandomState>,
    pub(super) excluded: BTreeSet<Name>,
    pub(super) speculation: Speculation,
    pub(super) has_speculation: bool,
    /// Tasks that the store holds of it, as far as the limit on them is concerned.
    pub(super) saved_tasks: usize,
    pub(super) was_written: bool,
}

impl StageDetail<'_> {
    /// What is known of a stage of which a log of Spark 1.0 or 1.1 gives only the id.
    pub(super) fn unknown(id: i64) -> StageDetail<'static> {
        StageDetail {
            id,
            attempt: 0,
            name: Text("unknown".into()),
            num_tasks: 0,
            rdds: Vec::new(),
            details: Text("unknown".into()),
            submitted_ms: None,
            completed_ms: None,
            failure: None,
            accumulables: Accumulables::default(),
            profile_id: 0,
            is_push_enabled: false,
            num_mergers: 0,
        }
    }
}

impl Replay {
    /// The live stage attempt of this information, which it takes over.
    pub(super) fn stage(&mut self, info: &StageDetail) -> &mut LiveStage {
        let strings = &mut self.store.strings;
        let stage = self
            .live_stages
            .entry((info.id, info.attempt))
            .or_insert_with(|| Box::new(LiveStage::new(info, strings)));
        stage.learn(info, strings);
        stage
    }

    pub(super) fn stage_submitted(&mut self, event: &StageEvent) {
        let info = &event.info;
        let jobs: Vec<usize> = self
            .live_jobs
            .values()
            .copied()
            .filter(|place| self.jobs[*place].contains(info.id))
            .collect();
        for place in &jobs {
            let job = &mut self.jobs[*place];
            job.completed.remove(&info.id);
            job.shown.active_stages += 1;
        }
        let properties = event.properties.as_ref();
        let pool = text_of(properties, "spark.scheduler.pool").unwrap_or("default");
        let pool = self.store.strings.name(pool);
        let description =
            text_of(properties, "spark.job.description").map(|text| self.store.strings.name(text));
        let stage = self.stage(info);
        stage.shown.status = StageStatus::Active;
        stage.shown.pool = pool;
        stage.shown.description = description;
        stage.jobs = jobs;
        for rdd in info.rdds.iter().filter(|rdd| rdd.level.is_valid()) {
            self.live_rdds.entry(rdd.id).or_insert_with(|| LiveRdd::new(rdd));
        }
    }

    pub(super) fn stage_completed(&mut self, info: &StageDetail) {
        let key = (info.id, info.attempt);
        let Some(stage) = self.live_stages.get_mut(&key) else {
            self.forget_dead_executors();
            return;
        };
        stage.learn(info, &mut self.store.strings);
        stage.shown.status = if info.failure.is_some() {
            StageStatus::Failed
        } else if info.submitted_ms.is_some() {
            StageStatus::Complete
        } else {
            // Seen in old logs, which submit such a stage without a time.
            StageStatus::Skipped
        };
        for place in &stage.jobs {
            let job = &mut self.jobs[*place];
            match stage.shown.status {
                StageStatus::Complete => {
                    job.completed.insert(info.id);
                }
                StageStatus::Skipped => {
                    job.skipped.insert(info.id);
                    job.shown.skipped_tasks += info.num_tasks;
                }
                _ => job.shown.failed_stages += 1,
            }
            job.shown.active_stages -= 1;
        }
        for executor in &stage.excluded {
            if let Some(executor) = self.live_executors.get_mut(executor) {
                executor.shown.excluded_in.remove(&info.id);
            }
        }
        let is_first = !std::mem::replace(&mut stage.was_written, true);
        if stage.shown.active_tasks == 0 {
            self.write_stage(key);
            self.retain_stages();
        } else if is_first {
            self.retain_stages();
        }
        self.forget_dead_executors();
    }

    /// Puts a live stage attempt into the store, in which it then stays as it is.
    pub(super) fn write_stage(&mut self, key: StageKey) {
        let Some(stage) = self.live_stages.remove(&key) else {
            return;
        };
        let LiveStage {
            mut shown,
            indices,
            speculation,
            has_speculation,
            ..
        } = *stage;
        shown.completed_indices = indices.len();
        shown.speculation = has_speculation.then_some(speculation);
        shown.killed_by_reason.shrink_to_fit();
        // The store has an entry of its own for each executor of a stage attempt, so that those of an attempt
        // with the same number stay.
        if let Some(before) = self.store.stages.remove(&key) {
            for (executor, work) in before.work {
                shown.work.entry(executor).or_insert(work);
            }
            shown.speculation = shown.speculation.or(before.speculation);
        }
        self.store.stages.insert(key, shown);
    }
}

impl LiveStage {
    fn new(info: &StageDetail, strings: &mut Strings) -> Self {
        LiveStage {
            shown: Stage {
                id: info.id,
                attempt: info.attempt,
                status: StageStatus::Pending,
                num_tasks: 0,
                active_tasks: 0,
                completed_tasks: 0,
                failed_tasks: 0,
                killed_tasks: 0,
                completed_indices: 0,
                submitted_ms: None,
                first_launch_ms: None,
                completed_ms: None,
                failure: None,
                sums: [0; super::NUM_VALUES],
                name: strings.name(""),
                description: None,
                details: strings.name(""),
                pool: strings.name("default"),
                rdd_ids: Vec::new(),
                accumulated: Vec::new(),
                work: std::collections::BTreeMap::new(),
                speculation: None,
                killed_by_reason: Vec::new(),
                profile_id: 0,
                peaks: PeakState::Unset,
                is_push_enabled: false,
                num_mergers: 0,
            },
            jobs: Vec::new(),
            indices: HashSet::default(),
            excluded: BTreeSet::new(),
            speculation: Speculation::default(),
            has_speculation: false,
            saved_tasks: 0,
            was_written: false,
        }
    }

    /// Takes over what an event says of the stage: the last one counts.
    fn learn(&mut self, info: &StageDetail, strings: &mut Strings) {
        let shown = &mut self.shown;
        shown.num_tasks = info.num_tasks;
        shown.submitted_ms = info.submitted_ms;
        shown.completed_ms = info.completed_ms;
        shown.failure = info.failure.as_deref().map(Box::from);
        shown.name = strings.name(&info.name);
        shown.details = strings.name(&info.details);
        shown.rdd_ids = info.rdds.iter().map(|rdd| rdd.id).collect();
        shown.accumulated = accumulated_of_stage(&info.accumulables, strings);
        shown.profile_id = info.profile_id;
        shown.is_push_enabled = info.is_push_enabled;
        shown.num_mergers = info.num_mergers;
    }

    pub(super) fn work(&mut self, executor: Name) -> &mut ExecutorWork {
        self.shown.work.entry(executor).or_default()
    }
}

/// Spark keeps the accumulables of a stage in a map, whose order shows.
fn accumulated_of_stage(accumulables: &Accumulables, strings: &mut Strings) -> Vec<Accumulated> {
    let mut by_id: Vec<&Accumulable> = Vec::new();
    for accumulable in &accumulables.list {
        match by_id.iter_mut().find(|known| known.id == accumulable.id) {
            Some(known) => *known = accumulable,
            None => by_id.push(accumulable),
        }
    }
    let most = by_id.len() + accumulables.num_internal;
    as_mutable_map(&mut by_id, most, |accumulable| hash_of_long(accumulable.id));
    let shown = by_id.into_iter().filter(|accumulable| accumulable.is_shown());
    shown
        .map(|accumulable| Accumulated::of(accumulable, strings))
        .collect()
}

impl Accumulated {
    pub(super) fn of(accumulable: &Accumulable, strings: &mut Strings) -> Self {
        Accumulated {
            id: accumulable.id,
            name: accumulable.name.as_deref().map(|name| strings.name(name)),
            update: accumulable
                .update
                .as_ref()
                .map(|value| value.to_string().into_boxed_str()),
            value: accumulable
                .value
                .as_ref()
                .map(|value| value.to_string().into_boxed_str()),
        }
    }
}
