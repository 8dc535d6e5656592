//! Applications that were asked for by id before their log was read, where the log lies on another machine. A look
//! costs requests there, and anybody can make ids up: so only ids that a scheduler gives are looked for, one at a
//! time and not at once after another, and what came of it is remembered.

use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

use moka::sync::Cache;
use regex::Regex;

use super::super::listing::Known;

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(1);
/// For how long what was found, or was not, is not looked for again. By then an ingest may have read it.
const REMEMBERED: Duration = Duration::from_secs(60);
const MOST: u64 = 1_000;

/// YARN, Spark's own master, Kubernetes, and none.
static OF_A_SCHEDULER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^(application_\d+_\d+|app-\d+-\d+|spark-[0-9a-f]{32}|spark-application-\d+|local-\d+)$").ok()
});

/// What was looked for lately.
pub(super) struct Lookups {
    seen: Cache<(String, Option<String>), Option<Known>>,
    /// When the last look ended.
    last: Mutex<Option<Instant>>,
    pause: Duration,
}

impl Lookups {
    pub(super) fn new() -> Self {
        Lookups::with_pause(PAUSE)
    }

    fn with_pause(pause: Duration) -> Self {
        Lookups {
            seen: Cache::builder()
                .max_capacity(MOST)
                .time_to_live(REMEMBERED)
                .build(),
            last: Mutex::default(),
            pause,
        }
    }

    /// What `look` finds, or has found lately; nothing where it may not look now.
    pub(super) fn find(
        &self,
        app: &str,
        attempt: Option<&str>,
        look: impl FnOnce() -> Option<Known>,
    ) -> Option<Known> {
        let is_likely = OF_A_SCHEDULER.as_ref().is_some_and(|id| id.is_match(app));
        if !is_likely || attempt.is_some_and(|attempt| attempt.parse::<u32>().is_err()) {
            return None;
        }
        let key = (app.to_owned(), attempt.map(str::to_owned));
        if let Some(found) = self.seen.get(&key) {
            return found;
        }
        // Who asks for another meanwhile is not kept waiting for a store that may be dead.
        let mut last = self.last.try_lock().ok()?;
        if last.is_some_and(|at| at.elapsed() < self.pause) {
            return None;
        }
        let found = look();
        *last = Some(Instant::now());
        self.seen.insert(key, found.clone());
        found
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn only_ids_of_schedulers_are_looked_for_and_each_once() {
        let lookups = Lookups::with_pause(Duration::ZERO);
        let looks = Cell::new(0);
        let find = |app: &str, attempt: Option<&str>| {
            lookups.find(app, attempt, || {
                looks.set(looks.get() + 1);
                None
            })
        };
        for id in [
            "application_1700000000000_0001",
            "app-20261123003745-0000",
            "local-1795394712232",
            "spark-0123456789abcdef0123456789abcdef",
        ] {
            assert!(find(id, None).is_none() && find(id, None).is_none());
        }
        assert_eq!(looks.get(), 4);
        find("app-1-1", Some("2"));
        assert_eq!(looks.get(), 5);
        for id in ["", "x", "application_1_1/..", "../app-1-1", "app-1-1.zstd"] {
            find(id, None);
        }
        find("app-2-2", Some("../1"));
        assert_eq!(looks.get(), 5);
    }

    #[test]
    fn looks_do_not_follow_each_other_at_once() {
        let lookups = Lookups::new();
        let mut looks = 0;
        for id in ["app-1-1", "app-1-2", "app-1-3"] {
            lookups.find(id, None, || {
                looks += 1;
                None
            });
        }
        assert_eq!(looks, 1);
    }
}
