//! Spark's limits on what its history server keeps of an application, for those who want to see no more.

use super::{JobStatus, Replay, StageKey, StageStatus};

/// How many of each are kept. When there are more, the oldest of those that have ended are dropped, a tenth of
/// the limit at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// `spark.ui.retainedJobs`.
    pub jobs: usize,
    /// `spark.ui.retainedStages`.
    pub stages: usize,
    /// `spark.ui.retainedTasks`, of a stage attempt.
    pub tasks: usize,
    /// `spark.ui.retainedDeadExecutors`.
    pub dead_executors: usize,
    /// `spark.sql.ui.retainedExecutions`.
    pub executions: usize,
}

impl Retention {
    /// The defaults of Spark.
    pub const SPARK: Retention = Retention {
        jobs: 1_000,
        stages: 1_000,
        tasks: 100_000,
        dead_executors: 100,
        executions: 1_000,
    };
}

/// How many to drop of `count`.
pub(super) fn surplus(count: usize, limit: usize) -> usize {
    match count.checked_sub(limit) {
        Some(excess) if excess > 0 => excess.max(limit / 10),
        _ => 0,
    }
}

impl Replay {
    pub(super) fn retain_jobs(&mut self) {
        let Some(limits) = self.retention else { return };
        let surplus = surplus(self.store.jobs.len(), limits.jobs);
        if surplus == 0 {
            return;
        }
        // One without an end is before the first that the server looks at.
        let mut ended: Vec<(i64, i64)> = self
            .store
            .jobs
            .values()
            .filter(|job| job.status != JobStatus::Running)
            .filter_map(|job| Some((job.completed_ms?, job.id)))
            .collect();
        ended.sort_unstable();
        for (_, id) in ended.into_iter().take(surplus) {
            self.store.jobs.remove(&id);
        }
    }

    pub(super) fn retain_stages(&mut self) {
        let Some(limits) = self.retention else { return };
        let written_live = self.live_stages.iter().filter(|(_, stage)| stage.was_written);
        let num_live = written_live.clone().count();
        let surplus = surplus(self.store.stages.len() + num_live, limits.stages);
        if surplus == 0 {
            return;
        }
        let stored = self.store.stages.iter().map(|(key, stage)| (stage, *key));
        let live = written_live.map(|(key, stage)| (&stage.shown, *key));
        let mut ended: Vec<(i64, StageKey)> = stored
            .chain(live)
            .filter(|(stage, _)| !matches!(stage.status, StageStatus::Active | StageStatus::Pending))
            .map(|(stage, key)| (stage.completed_ms.unwrap_or(-1), key))
            .collect();
        ended.sort_unstable();
        for (_, key) in ended.into_iter().take(surplus) {
            self.store.stages.remove(&key);
            self.store.tasks.remove(&key);
            if let Some(stage) = self.live_stages.get_mut(&key) {
                stage.was_written = false;
            }
        }
    }

    pub(super) fn retain_tasks(&mut self, key: StageKey) {
        let Some(limits) = self.retention else { return };
        let Some(stage) = self.live_stages.get_mut(&key) else {
            return;
        };
        let surplus = surplus(stage.saved_tasks, limits.tasks);
        if surplus == 0 {
            return;
        }
        stage.saved_tasks -= surplus;
        if let Some(tasks) = self.store.tasks.get_mut(&key) {
            tasks.sort_by_key(|task| (task.launch_ms.wrapping_add(task.duration_ms), task.id));
            tasks.drain(..surplus.min(tasks.len()));
        }
    }

    /// The server takes every executor that it has not written yet for one that has not been removed.
    pub(super) fn retain_executors(&mut self, written_live: usize) {
        let Some(limits) = self.retention else { return };
        let written = self.store.executors.len() + written_live;
        let dead = written.saturating_sub(self.num_active_executors);
        let surplus = surplus(dead, limits.dead_executors);
        let removed = self
            .store
            .executors
            .values()
            .filter(|executor| !executor.is_active);
        let ids: Vec<String> = removed
            .take(surplus)
            .map(|executor| executor.id.clone())
            .collect();
        for id in ids {
            self.store.executors.remove(&id);
        }
    }
}
