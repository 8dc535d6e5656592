//! Executors: each life from registration to removal, and what the executor was seen to use meanwhile.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::event::{ExecutorAdded, ExecutorMetrics, ExecutorRemoved};

/// One life of one executor. An executor added again after its removal lives a second time.
#[derive(Debug)]
pub(super) struct Life {
    /// Number of the executor id, see [`Lives::id`].
    pub executor: u32,
    /// 1 for the first life of the executor.
    pub number: i64,
    pub host: String,
    pub cores: i64,
    pub resource_profile: i64,
    pub requested_ms: Option<i64>,
    pub start_ms: i64,
    pub removed_ms: Option<i64>,
    /// The first removal's reason; the last removal's time counts.
    pub removed_reason: Option<String>,
    pub peak_heap_bytes: i64,
    pub peak_unified_bytes: i64,
    pub peak_rss_bytes: i64,
}

/// All executors of one application except the driver.
#[derive(Debug, Default)]
pub(super) struct Lives {
    numbers: HashMap<Box<str>, u32, RandomState>,
    /// Executor ids by number.
    pub ids: Vec<Box<str>>,
    pub lives: Vec<Life>,
    /// The newest life of each executor number, if it was ever added.
    newest: Vec<Option<usize>>,
    last: Option<u32>,
}

/// Whether an executor id means the driver (`<driver>` before Spark 1.4, `localhost` in local mode then).
pub(super) fn is_driver(executor_id: &str) -> bool {
    matches!(executor_id, "driver" | "<driver>" | "localhost")
}

impl Lives {
    /// The number of an executor id; ids are numbered as they are met.
    pub(super) fn number(&mut self, executor_id: &str) -> u32 {
        if let Some(last) = self.last
            && self.ids[last as usize].as_ref() == executor_id
        {
            return last;
        }
        let number = match self.numbers.get(executor_id) {
            Some(number) => *number,
            None => {
                let number = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
                self.numbers.insert(executor_id.into(), number);
                self.ids.push(executor_id.into());
                self.newest.push(None);
                number
            }
        };
        self.last = Some(number);
        number
    }

    /// The id behind a number.
    pub(super) fn id(&self, number: u32) -> &str {
        &self.ids[number as usize]
    }

    pub(super) fn add(&mut self, added: &ExecutorAdded) {
        if is_driver(&added.executor_id) {
            return;
        }
        let executor = self.number(&added.executor_id);
        let newest = self.newest[executor as usize];
        let mut number = 1;
        if let Some(at) = newest {
            if self.lives[at].removed_ms.is_none() {
                // Told twice of the same life.
                return;
            }
            number = self.lives[at].number + 1;
        }
        self.newest[executor as usize] = Some(self.lives.len());
        self.lives.push(Life {
            executor,
            number,
            host: added.host.clone().into_owned(),
            cores: added.total_cores.clamp(0, 1 << 20),
            resource_profile: added.resource_profile_id,
            requested_ms: added.request_ms,
            start_ms: added.registration_ms.unwrap_or(added.time_ms),
            removed_ms: None,
            removed_reason: None,
            peak_heap_bytes: 0,
            peak_unified_bytes: 0,
            peak_rss_bytes: 0,
        });
    }

    pub(super) fn remove(&mut self, removed: &ExecutorRemoved) {
        let executor = self.number(&removed.executor_id);
        let Some(at) = self.newest[executor as usize] else {
            return;
        };
        let life = &mut self.lives[at];
        life.removed_ms = Some(removed.time_ms);
        if life.removed_reason.is_none() {
            life.removed_reason = Some(removed.reason.clone().into_owned());
        }
    }

    /// Raises the peaks of the executor's newest life. Zeros mean "not measured" and change nothing.
    pub(super) fn observe(&mut self, executor: u32, metrics: &ExecutorMetrics) {
        if metrics.heap_bytes == 0 && metrics.jvm_rss_bytes == 0 && metrics.unified_bytes == 0 {
            return;
        }
        let Some(at) = self.newest[executor as usize] else {
            return;
        };
        let life = &mut self.lives[at];
        let rss_bytes = metrics
            .jvm_rss_bytes
            .saturating_add(metrics.python_rss_bytes)
            .saturating_add(metrics.other_rss_bytes);
        life.peak_heap_bytes = life.peak_heap_bytes.max(metrics.heap_bytes);
        life.peak_unified_bytes = life.peak_unified_bytes.max(metrics.unified_bytes);
        life.peak_rss_bytes = life.peak_rss_bytes.max(rss_bytes);
    }

    /// For each executor number its lives' places, in the order in which they began.
    pub(super) fn by_executor(&self) -> Vec<Vec<usize>> {
        let mut places = vec![Vec::new(); self.ids.len()];
        for (at, life) in self.lives.iter().enumerate() {
            places[life.executor as usize].push(at);
        }
        for lives in places.iter_mut().filter(|lives| lives.len() > 1) {
            lives.sort_by_key(|at| self.lives[*at].start_ms);
        }
        places
    }
}

/// The most executors (and cores) that lived at the same time, of lives as `(start, end, cores)`. At equal
/// milliseconds removals go before additions.
pub(super) fn peaks(lives: &[(i64, i64, i64)]) -> (i64, i64) {
    let mut changes: Vec<(i64, i64, i64)> = Vec::with_capacity(lives.len() * 2);
    for (start, end, cores) in lives.iter().filter(|(start, end, _)| start < end) {
        changes.push((*start, 1, *cores));
        changes.push((*end, -1, -*cores));
    }
    changes.sort_unstable();
    let (mut executors, mut cores, mut most_executors, mut most_cores) = (0, 0, 0, 0);
    for (_, executor_change, core_change) in changes {
        executors += executor_change;
        cores += core_change;
        most_executors = most_executors.max(executors);
        most_cores = most_cores.max(cores);
    }
    (most_executors, most_cores)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(id: &'static str, time_ms: i64) -> ExecutorAdded<'static> {
        ExecutorAdded {
            time_ms,
            executor_id: id.into(),
            host: "h".into(),
            total_cores: 2,
            resource_profile_id: 0,
            registration_ms: None,
            request_ms: None,
        }
    }

    fn removed(id: &'static str, time_ms: i64, reason: &'static str) -> ExecutorRemoved<'static> {
        ExecutorRemoved {
            time_ms,
            executor_id: id.into(),
            reason: reason.into(),
        }
    }

    #[test]
    fn removed_twice_keeps_the_first_reason_and_the_last_time() {
        let mut lives = Lives::default();
        lives.add(&added("1", 10));
        lives.remove(&removed("1", 20, "Executor decommission: spot"));
        lives.remove(&removed("1", 25, "Command exited with code 0"));
        assert_eq!(lives.lives.len(), 1);
        assert_eq!(lives.lives[0].removed_ms, Some(25));
        assert_eq!(
            lives.lives[0].removed_reason.as_deref(),
            Some("Executor decommission: spot")
        );
    }

    #[test]
    fn added_again_after_a_removal_is_a_second_life() {
        let mut lives = Lives::default();
        lives.add(&added("1", 10));
        lives.add(&added("1", 11));
        lives.remove(&removed("1", 20, ""));
        lives.add(&added("1", 30));
        let numbers: Vec<i64> = lives.lives.iter().map(|life| life.number).collect();
        assert_eq!(numbers, [1, 2]);
    }

    #[test]
    fn removed_without_added_is_ignored_and_the_driver_is_no_executor() {
        let mut lives = Lives::default();
        lives.remove(&removed("7", 20, ""));
        lives.add(&added("driver", 1));
        assert!(lives.lives.is_empty());
    }

    #[test]
    fn at_equal_times_removals_go_before_additions() {
        assert_eq!(peaks(&[(0, 10, 4), (10, 20, 4), (5, 10, 1)]), (2, 5));
        assert_eq!(peaks(&[]), (0, 0));
    }
}
