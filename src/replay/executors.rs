//! Executors, the driver among them.

use super::model::PeakState;
use super::order::{as_immutable_map, as_mutable_map, hash_of_pair, hash_of_text};
use super::{Executor, ExecutorWork, Name, Pair, Process, Replay, StorageMemory};
use crate::event::detail::{
    BlockManagerAdded, Exclusion, ExclusionTarget, ExecutorJoined, ExecutorLeft, MetricsUpdate, Pairs, Peaks,
    ProcessAdded, StagePeaks,
};

/// An executor as its events change it.
#[derive(Debug, Clone, Default)]
pub(super) struct LiveExecutor {
    pub(super) shown: Executor,
    /// The server has it in its store, as it was then.
    pub(super) was_written: bool,
}

impl LiveExecutor {
    fn host_name(&self) -> &str {
        match (&self.shown.host, &self.shown.host_port) {
            (Some(host), _) => host,
            (None, Some(host_port)) => host_port.split(':').next().unwrap_or_default(),
            (None, None) => "",
        }
    }
}

impl Replay {
    /// The live executor of this id; a new one if there is none.
    fn executor(&mut self, id: &str, added_ms: i64) -> &mut LiveExecutor {
        let name = self.store.strings.name(id);
        let num_active = &mut self.num_active_executors;
        self.live_executors.entry(name).or_insert_with(|| {
            *num_active += 1;
            LiveExecutor {
                shown: Executor {
                    id: id.to_owned(),
                    is_active: true,
                    added_ms,
                    ..Executor::default()
                },
                was_written: false,
            }
        })
    }

    pub(super) fn executor_joined(&mut self, event: &ExecutorJoined) {
        let info = &event.info;
        let profile = self.store.profiles.get(&info.profile_id);
        let profile_cpus = profile.and_then(|profile| {
            let cpus = profile.task.iter().find(|(name, _)| name == "cpus");
            cpus.map(|(_, amount)| *amount)
        });
        let cpus = profile_cpus.or(self.cpus_per_task).unwrap_or(1.0);
        let max_tasks = max_tasks(info.cores, cpus);
        let executor = &mut self.executor(&event.id, event.time_ms).shown;
        executor.host = Some(info.host.to_string());
        executor.is_active = true;
        executor.cores = info.cores;
        executor.max_tasks = max_tasks;
        executor.logs = map_of_entries(&info.logs);
        let resources = info.resources.0.iter().map(|(key, resource)| {
            let addresses = resource.addresses.iter().map(|address| address.to_string());
            (key.to_string(), resource.name.to_string(), addresses.collect())
        });
        executor.resources = as_immutable_map(resources.collect(), |(key, _, _)| hash_of_text(key));
        executor.attributes = map_of_entries(&info.attributes);
        executor.profile_id = info.profile_id;
    }

    pub(super) fn executor_left(&mut self, event: &ExecutorLeft) {
        let Some(name) = self.store.strings.find(&event.id) else {
            return;
        };
        let Some(mut executor) = self.live_executors.remove(&name) else {
            return;
        };
        self.num_active_executors = self.num_active_executors.saturating_sub(1);
        executor.shown.is_active = false;
        executor.shown.removed_ms = Some(event.time_ms);
        executor.shown.remove_reason = Some(event.reason.to_string());
        self.write_executor(&executor);
        let written_live = self
            .live_executors
            .values()
            .filter(|live| live.was_written)
            .count();
        self.retain_executors(written_live);
        for rdd in self.live_rdds.values_mut() {
            rdd.forget_executor(&event.id);
        }
        if self.worked_for_live_stages(&executor) {
            self.dead_executors.insert(name, executor);
        }
    }

    fn worked_for_live_stages(&self, executor: &LiveExecutor) -> bool {
        let removed_ms = executor.shown.removed_ms.unwrap_or_default();
        self.live_stages
            .values()
            .any(|stage| stage.shown.submitted_ms.unwrap_or(0) < removed_ms)
    }

    pub(super) fn forget_dead_executors(&mut self) {
        if self.dead_executors.is_empty() {
            return;
        }
        let mut dead = std::mem::take(&mut self.dead_executors);
        dead.retain(|_, executor| self.worked_for_live_stages(executor));
        self.dead_executors = dead;
    }

    pub(super) fn write_executor(&mut self, executor: &LiveExecutor) {
        let shown = executor.shown.clone();
        self.store.executors.insert(shown.id.clone(), shown);
    }

    pub(super) fn block_manager_added(&mut self, event: &BlockManagerAdded) {
        let manager = &event.manager;
        let executor = &mut self
            .executor(&manager.executor_id, event.time_ms.unwrap_or(-1))
            .shown;
        executor.host_port = Some(format!("{}:{}", &*manager.host, manager.port));
        if let Some(on_heap) = event.max_on_heap_bytes {
            // Its blocks are all reported again after this, so what is used begins anew.
            executor.memory = Some(StorageMemory {
                used_on_heap: 0,
                used_off_heap: 0,
                total_on_heap: on_heap,
                total_off_heap: event.max_off_heap_bytes.unwrap_or(0),
            });
        }
        executor.is_active = true;
        executor.max_memory = event.max_memory_bytes;
    }

    pub(super) fn exclusion(&mut self, event: &Exclusion) {
        let key = (event.stage_id, event.stage_attempt);
        match event.target {
            ExclusionTarget::Executor => {
                let name = self.store.strings.find(&event.id);
                if let Some(executor) = name.and_then(|name| self.live_executors.get_mut(&name)) {
                    executor.shown.is_excluded = event.is_excluded;
                }
            }
            ExclusionTarget::Node => {
                for executor in self.live_executors.values_mut() {
                    if executor.host_name() == &*event.id && executor.shown.id != "driver" {
                        executor.shown.is_excluded = event.is_excluded;
                    }
                }
            }
            ExclusionTarget::ExecutorForStage => {
                let name = self.store.strings.name(&event.id);
                self.exclude_for_stage(key, &[name]);
                if let Some(executor) = self.live_executors.get_mut(&name) {
                    executor.shown.excluded_in.insert(event.stage_id);
                }
            }
            ExclusionTarget::NodeForStage => {
                let on_node = |executor: &LiveExecutor| {
                    executor.shown.host.as_deref() == Some(&*event.id) && executor.shown.id != "driver"
                };
                let names: Vec<Name> = self
                    .live_executors
                    .iter()
                    .filter(|(_, executor)| on_node(executor))
                    .map(|(name, _)| *name)
                    .collect();
                self.exclude_for_stage(key, &names);
                for executor in self.live_executors.values_mut() {
                    if executor.host_name() == &*event.id && executor.shown.id != "driver" {
                        executor.shown.excluded_in.insert(event.stage_id);
                    }
                }
            }
        }
    }

    fn exclude_for_stage(&mut self, key: super::StageKey, executors: &[Name]) {
        if let Some(stage) = self.live_stages.get_mut(&key) {
            for executor in executors {
                let work: &mut ExecutorWork = stage.work(*executor);
                work.is_excluded = true;
                stage.excluded.insert(*executor);
            }
        }
    }

    pub(super) fn stage_peaks(&mut self, event: &StagePeaks) {
        let name = self.store.strings.name(&event.executor_id);
        if let Some(executor) = self.live_executors.get_mut(&name) {
            executor.shown.peaks.update(&event.peaks);
            executor.was_written = true;
        } else if let Some(executor) = self.dead_executors.get_mut(&name) {
            executor.shown.peaks.update(&event.peaks);
            let executor = executor.clone();
            self.write_executor(&executor);
        }
        self.peaks_in_stage((event.stage_id, event.stage_attempt), name, &event.peaks);
    }

    pub(super) fn metrics_update(&mut self, event: &MetricsUpdate) {
        let name = self.store.strings.name(&event.executor_id);
        for update in event.updates.iter().flatten() {
            if let Some(executor) = self.live_executors.get_mut(&name) {
                executor.shown.peaks.update(&update.peaks);
                executor.was_written = true;
            }
            self.peaks_in_stage((update.stage_id, update.stage_attempt), name, &update.peaks);
        }
    }

    fn peaks_in_stage(&mut self, key: super::StageKey, executor: Name, peaks: &Peaks) {
        if let Some(stage) = self.live_stages.get_mut(&key) {
            stage.shown.peaks.update(peaks);
            let state: &mut PeakState = &mut stage.work(executor).peaks;
            state.update(peaks);
        }
    }

    pub(super) fn process_added(&mut self, event: &ProcessAdded) {
        let process = Process {
            host_port: event.info.host_port.to_string(),
            cores: event.info.cores,
            added_ms: event.time_ms,
            logs: map(&event.info.logs),
        };
        self.store.processes.insert(event.id.to_string(), process);
    }
}

/// How many tasks fit on the cores at once.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "cores are few, and a float cast saturates"
)]
fn max_tasks(cores: i64, cpus: f64) -> i64 {
    if cpus > 0.0 {
        (cores as f64 / cpus) as i64
    } else {
        0
    }
}

/// A map that Spark makes of an object of JSON, by way of a set of its entries.
pub(super) fn map_of_entries(entries: &Pairs) -> Vec<Pair> {
    let mut entries = pairs(entries);
    let most = entries.len();
    as_mutable_map(&mut entries, most, |(key, value)| {
        hash_of_pair(hash_of_text(key), hash_of_text(value))
    });
    as_immutable_map(entries, |(key, _)| hash_of_text(key))
}

/// A map that Jackson makes.
pub(super) fn map(entries: &Pairs) -> Vec<Pair> {
    as_immutable_map(pairs(entries), |(key, _)| hash_of_text(key))
}

/// Pairs as they are kept; of a key given twice the last value, where the first stood.
pub(super) fn pairs(pairs: &Pairs) -> Vec<Pair> {
    let mut kept: Vec<Pair> = Vec::with_capacity(pairs.0.len());
    let mut places = std::collections::HashMap::new();
    for (key, value) in &pairs.0 {
        match places.get(&**key) {
            Some(place) => {
                let pair: &mut Pair = &mut kept[*place];
                pair.1 = value.to_string();
            }
            None => {
                places.insert(&**key, kept.len());
                kept.push((key.to_string(), value.to_string()));
            }
        }
    }
    kept
}
