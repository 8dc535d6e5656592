//! The applications that are known, as Spark's history server lists them: from a glance at each log, without
//! replaying any.

use std::collections::HashMap;
use std::sync::Arc;

/// All applications, in the order in which they are listed.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    apps: Vec<Known>,
    places: HashMap<String, usize>,
}

/// An application and its attempts, the newest first.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub id: String,
    pub name: String,
    pub attempts: Vec<Attempt>,
}

/// An attempt of an application. Times are milliseconds since the epoch.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    pub id: Option<String>,
    pub started_ms: i64,
    /// -1 while no end was seen.
    pub ended_ms: i64,
    pub last_updated_ms: i64,
    pub user: String,
    pub is_completed: bool,
    pub spark_version: String,
    pub exit_code: Option<i64>,
    /// The configured directory, as it was typed.
    pub directory: Arc<str>,
    /// The log's file or rolling directory.
    pub path: String,
}

impl Listing {
    /// Lists attempts, of which several may be of one application.
    pub(crate) fn new(attempts: impl IntoIterator<Item = (String, String, Attempt)>) -> Self {
        let mut apps: Vec<Known> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        for (id, name, attempt) in attempts {
            match places.get(&id) {
                Some(place) => {
                    let known = &mut apps[*place];
                    known.name = name;
                    known.attempts.push(attempt);
                }
                None => {
                    places.insert(id.clone(), apps.len());
                    apps.push(Known {
                        id,
                        name,
                        attempts: vec![attempt],
                    });
                }
            }
        }
        for app in &mut apps {
            app.attempts
                .sort_by_key(|attempt| std::cmp::Reverse(attempt.started_ms));
        }
        // Those that run have no end, and so stand last.
        apps.sort_by(|a, b| b.ended_ms().cmp(&a.ended_ms()).then_with(|| b.id.cmp(&a.id)));
        for (place, app) in apps.iter().enumerate() {
            places.insert(app.id.clone(), place);
        }
        Listing { apps, places }
    }

    pub(crate) fn apps(&self) -> &[Known] {
        &self.apps
    }

    pub(crate) fn app(&self, id: &str) -> Option<&Known> {
        self.places.get(id).map(|place| &self.apps[*place])
    }
}

impl Known {
    fn ended_ms(&self) -> i64 {
        self.attempts.first().map_or(-1, |attempt| attempt.ended_ms)
    }

    /// The attempt of this id; the one without an id for `None`.
    pub(crate) fn attempt(&self, id: Option<&str>) -> Option<&Attempt> {
        self.attempts.iter().find(|attempt| attempt.id.as_deref() == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(id: Option<&str>, started_ms: i64, ended_ms: i64) -> Attempt {
        Attempt {
            id: id.map(str::to_owned),
            started_ms,
            ended_ms,
            last_updated_ms: 0,
            user: String::new(),
            is_completed: ended_ms >= 0,
            spark_version: String::new(),
            exit_code: None,
            directory: Arc::from(""),
            path: String::new(),
        }
    }

    #[test]
    fn the_last_to_end_is_first_and_what_runs_is_last() {
        let of = |id: &str, attempt| (id.to_owned(), "n".to_owned(), attempt);
        let listing = Listing::new([
            of("a", attempt(None, 5, -1)),
            of("b", attempt(Some("1"), 1, 9)),
            of("c", attempt(None, 1, 9)),
            of("b", attempt(Some("2"), 2, 20)),
            of("d", attempt(None, 1, 9)),
        ]);
        let ids: Vec<&str> = listing.apps().iter().map(|app| app.id.as_str()).collect();
        assert_eq!(ids, ["b", "d", "c", "a"]);
        let attempts = &listing.app("b").unwrap().attempts;
        assert_eq!(attempts[0].id.as_deref(), Some("2"));
        assert!(listing.app("b").unwrap().attempt(None).is_none());
    }
}
