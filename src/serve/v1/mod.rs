//! Spark's REST API v1, answer for answer.
//!
//! `route` and `parameters` read a request as Jersey does, `json` writes as Jackson does; between them there is a
//! file for each resource. Lists of applications come from the database; what is inside of one comes from
//! replaying its log.

mod answer;
mod answers;
mod applications;
mod environment;
mod executors;
mod jobs;
mod json;
mod logs;
mod lookups;
mod now;
mod parameters;
mod quantiles;
mod route;
mod sql;
mod stages;
mod storage;
mod tasks;
mod time;
mod writing;

use std::sync::Arc;
use std::time::Instant;

use super::database::Database;
use super::event_logs::{EventLogs, Place};
use super::exchange::{Answer, Endpoint, JSON, Request};
use super::listing::{Attempt, Known};
use super::reading::Failure;
use super::replays::{Replayed, Replays};
use crate::settings::Clock;
use crate::source::Log;
use answer::Refused;
use answers::Answers;
use json::Json;
use lookups::Lookups;
use now::Now;
use parameters::Query;
use route::{Resource, Route};

/// The version of Spark whose answers these are.
const SPARK_VERSION: &str = "4.3.0";

/// Answers what lies below `/api/v1`.
pub(super) struct Spark {
    database: Arc<Database>,
    replays: Replays,
    logs: Arc<EventLogs>,
    clock: Clock,
    answers: Answers,
    lookups: Lookups,
}

impl Endpoint for Spark {
    fn at_hand(&self, request: &Request) -> Option<Answer> {
        let instance = self.database.current();
        let version = match Route::of(&request.path).ok()? {
            Route::Applications => instance.version(),
            Route::Of { app, attempt, what } if what != Resource::Logs => {
                let found = instance.listing.app(&app)?.attempt(attempt.as_deref())?;
                version_of(&self.replays.at_hand(&found.path)?)
            }
            _ => return None,
        };
        check_accept(request.accept.as_deref(), false).ok()?;
        self.answers.at_hand(version, request)
    }

    fn answer(&self, request: &Request) -> Answer {
        match self.answered(request) {
            Ok(answer) => answer,
            Err(refused) => refused.into(),
        }
    }
}

impl Spark {
    pub(super) fn new(database: Arc<Database>, replays: Replays, logs: Arc<EventLogs>, clock: Clock) -> Self {
        Spark {
            database,
            replays,
            logs,
            clock,
            answers: Answers::new(),
            lookups: Lookups::new(),
        }
    }

    fn answered(&self, request: &Request) -> Result<Answer, Refused> {
        let route = Route::of(&request.path)?;
        let query = Query::parse(request.query.as_deref())?;
        let is_zip = matches!(
            route,
            Route::Of {
                what: Resource::Logs,
                ..
            }
        );
        check_accept(request.accept.as_deref(), is_zip)?;
        let json = |body| Ok(Answer::whole(200, JSON, body));
        match route {
            Route::Version => json(version()),
            Route::Applications => {
                let filter = applications::Filter::of(&query)?;
                let instance = self.database.current();
                let list = |now: &Now| Ok(applications::list(instance.listing.apps(), &filter, now));
                self.answers
                    .get(instance.version(), request, self.clock.now_ms(), list)
            }
            Route::Application(id) => {
                let app = self.known(&id, None, request.deadline)?;
                let app = app.ok_or_else(|| Refused::NotFound(format!("unknown app: {id}")))?;
                json(applications::one(&app))
            }
            Route::Attempt(id, attempt) => {
                let app = self.known(&id, Some(&attempt), request.deadline)?;
                let found = app.as_ref().and_then(|app| app.attempt(Some(&attempt)));
                let found =
                    found.ok_or_else(|| Refused::NotFound(format!("unknown app {id}, attempt {attempt}")))?;
                json(applications::one_attempt(found))
            }
            Route::Of {
                app,
                attempt,
                what: Resource::Logs,
            } => self.logs(&app, attempt.as_deref(), request.deadline),
            Route::Of { app, attempt, what } => {
                // What is wrong with a parameter is told before the application is looked for, as far as Jersey
                // does so.
                let write = writing::of(&what, &query)?;
                let replayed = self.replayed(&app, attempt.as_deref(), request.deadline)?;
                let write = |now: &Now| write(&replayed.app, now);
                self.answers
                    .get(version_of(&replayed), request, self.clock.now_ms(), write)
            }
        }
    }

    /// An application that is listed, or whose log lies where logs are.
    fn known(&self, app: &str, attempt: Option<&str>, deadline: Instant) -> Result<Option<Known>, Refused> {
        if let Some(known) = self.database.current().listing.app(app) {
            return Ok(Some(known.clone()));
        }
        if let Some(known) = self.unread(app, attempt, Place::Here, deadline) {
            return Ok(Some(known));
        }
        let look = || self.unread(app, attempt, Place::Elsewhere, deadline);
        Ok(self.lookups.find(app, attempt, look))
    }

    /// An application whose log was not read yet.
    fn unread(&self, app: &str, attempt: Option<&str>, place: Place, deadline: Instant) -> Option<Known> {
        let mut away: Option<Arc<str>> = None;
        for candidate in self.logs.candidates(app, attempt, place) {
            // What cannot be looked at now is not asked for ten other names.
            if away.as_ref() == Some(&candidate.directory) {
                continue;
            }
            let log = match self.logs.look(&candidate.path) {
                Ok(Some(log)) => log,
                Ok(None) => continue,
                Err(_) => {
                    away = Some(candidate.directory);
                    continue;
                }
            };
            let Ok(replayed) = self.replays.get(&candidate.path, deadline) else {
                continue;
            };
            let known = candidate.known(&replayed.app, log.modified_ms);
            if let Some(known) = known.filter(|known| known.id == app) {
                return Some(known);
            }
        }
        None
    }

    fn attempt(
        &self,
        app: &str,
        attempt: Option<&str>,
        deadline: Instant,
    ) -> Result<Option<Attempt>, Refused> {
        let known = self.known(app, attempt, deadline)?;
        Ok(known.and_then(|known| known.attempt(attempt).cloned()))
    }

    fn replayed(&self, app: &str, attempt: Option<&str>, deadline: Instant) -> Result<Replayed, Refused> {
        let found = self.attempt(app, attempt, deadline)?;
        let found = found.ok_or_else(|| no_such(app, attempt))?;
        self.replays
            .get(&found.path, deadline)
            .map_err(|failure| match failure {
                Failure::Away(why) => Refused::Away(
                    format!("The event log of {app} cannot be read now: {why}"),
                    Some(10),
                ),
                Failure::Unreadable(why) => {
                    Refused::Unreadable(format!("The event log of {app} cannot be shown: {why}"))
                }
                Failure::TooSlow => Refused::Away(
                    format!("Replaying the event log of {app} takes longer than a request may"),
                    Some(5),
                ),
                Failure::TooLarge => Refused::Away(
                    format!(
                        "{app} needs more memory than there is for replayed applications (--replay-cache)"
                    ),
                    None,
                ),
            })
    }

    fn logs(&self, app: &str, attempt: Option<&str>, deadline: Instant) -> Result<Answer, Refused> {
        let known = self.known(app, attempt, deadline)?;
        let Some(known) = known else {
            // Spark's server then looks for a first attempt.
            return Err(no_such(app, attempt.or(Some("1"))));
        };
        let wanted: Vec<&Attempt> = match attempt {
            Some(_) => vec![known.attempt(attempt).ok_or_else(|| no_such(app, attempt))?],
            None => known.attempts.iter().collect(),
        };
        let found = wanted
            .into_iter()
            .map(|attempt| match self.logs.locate(&attempt.path) {
                Ok(Some(log)) => Ok(log),
                Ok(None) | Err(_) => Err(Refused::Away(
                    format!("Event logs are not available for app: {app}."),
                    None,
                )),
            })
            .collect::<Result<Vec<Log>, _>>()?;
        Ok(logs::answer(app, attempt, &self.logs, found))
    }
}

/// What answers depend on that are made from a replay.
fn version_of(replayed: &Replayed) -> String {
    format!("replay {}", replayed.number)
}

fn version() -> Vec<u8> {
    Json::document(|json| json.object(|json| json.key("spark").text(SPARK_VERSION)))
}

fn no_such(app: &str, attempt: Option<&str>) -> Refused {
    let attempt = attempt.map_or_else(String::new, |attempt| format!("/{attempt}"));
    Refused::NotFound(format!("no such app: {app}{attempt}"))
}

/// Whether the client takes what there is: JSON, or a zip.
fn check_accept(accept: Option<&str>, is_zip: bool) -> Result<(), Refused> {
    let Some(accept) = accept else { return Ok(()) };
    let offered = if is_zip {
        "application/octet-stream"
    } else {
        "application/json"
    };
    let mut takes = accept.split(',').map(|range| {
        let mut parts = range.split(';');
        let range = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let is_refused = parts.any(|parameter| {
            let parameter = parameter.trim();
            parameter
                .strip_prefix("q=")
                .is_some_and(|quality| quality.parse::<f64>() == Ok(0.0))
        });
        (range, is_refused)
    });
    let ranges: Vec<(String, bool)> = takes.by_ref().filter(|(range, _)| !range.is_empty()).collect();
    if ranges.is_empty()
        || ranges.iter().any(|(range, refused)| {
            !refused && (range == offered || range == "*/*" || range == "application/*")
        })
    {
        return Ok(());
    }
    let takes = |wanted: &str| ranges.iter().any(|(range, _)| range == wanted);
    if takes("text/plain") && !is_zip {
        return Err(Refused::Mistake("there is only JSON here"));
    }
    Err(Refused::NotAcceptable {
        has_page: takes("text/html"),
    })
}
