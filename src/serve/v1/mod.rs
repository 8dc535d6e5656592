//! Spark's REST API v1, answer for answer.
//!
//! `route` and `parameters` read a request as Jersey does, `json` writes as Jackson does; between them there is a
//! file for each resource. Lists of applications come from the database; what is inside of one comes from
//! replaying its log.

mod answer;
mod applications;
mod environment;
mod executors;
mod jobs;
mod json;
mod logs;
mod parameters;
mod quantiles;
mod route;
mod sql;
mod stages;
mod storage;
mod tasks;
mod time;

use std::sync::Arc;
use std::time::Instant;

use super::event_logs::EventLogs;
use super::exchange::{Answer, Endpoint, JSON, Request};
use super::known::Applications;
use super::listing::{Attempt, Known};
use super::reading::Failure;
use super::replays::Replays;
use crate::replay::Application;
use crate::settings::Clock;
use crate::source::Log;
use answer::Refused;
use json::Json;
use parameters::Query;
use route::{Resource, Route};

/// The version of Spark whose answers these are.
const SPARK_VERSION: &str = "4.3.0";

/// Answers what lies below `/api/v1`.
pub(super) struct Spark {
    pub(super) applications: Applications,
    pub(super) replays: Replays,
    pub(super) logs: Arc<EventLogs>,
    pub(super) clock: Clock,
}

impl Endpoint for Spark {
    fn answer(&self, request: &Request) -> Answer {
        match self.answered(request) {
            Ok(answer) => answer,
            Err(refused) => refused.into(),
        }
    }
}

impl Spark {
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
        let now_ms = self.clock.now_ms();
        let json = |body| Ok(Answer::whole(200, JSON, body));
        match route {
            Route::Version => json(version()),
            Route::Applications => {
                let filter = applications::Filter::of(&query)?;
                let listing = self.applications.listing()?;
                json(applications::list(listing.apps(), &filter, now_ms))
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
                self.resource(&app, attempt.as_deref(), &what, &query, request.deadline, now_ms)
            }
        }
    }

    /// A resource of one application. What is wrong with a parameter is told before the application is looked for,
    /// as far as Jersey does so.
    fn resource(
        &self,
        app: &str,
        attempt: Option<&str>,
        what: &Resource,
        query: &Query,
        deadline: Instant,
        now_ms: i64,
    ) -> Result<Answer, Refused> {
        let replayed = || self.replayed(app, attempt, deadline);
        let body = match *what {
            Resource::Jobs => {
                let states = jobs::states(query)?;
                jobs::list(&*replayed()?, &states)
            }
            Resource::Job(id) => jobs::one(&*replayed()?, id)?,
            Resource::Stages => {
                let choice = stages::Choice::of(query, false)?;
                choice.check_quantiles()?;
                stages::list(&*replayed()?, &choice, now_ms)?
            }
            Resource::Stage(id) => {
                let choice = stages::Choice::of(query, true)?;
                stages::attempts(&*replayed()?, id, &choice, now_ms)?
            }
            Resource::StageAttempt(id, attempt) => {
                let choice = stages::Choice::of(query, true)?;
                stages::one(&*replayed()?, id, attempt, &choice, now_ms)?
            }
            Resource::TaskSummary(id, attempt) => {
                let app = replayed()?;
                let quantiles = query.first("quantiles").unwrap_or("0.05,0.25,0.5,0.75,0.95");
                stages::task_summary(&app, id, attempt, &quantiles::parse(quantiles)?, now_ms)?
            }
            Resource::TaskList(id, attempt) => {
                let choice = tasks::Choice::of(query)?;
                tasks::list(&*replayed()?, (id.into(), attempt.into()), &choice, now_ms)?
            }
            Resource::Executors => executors::list(&*replayed()?, true, now_ms),
            Resource::AllExecutors => executors::list(&*replayed()?, false, now_ms),
            Resource::Processes => executors::processes(&*replayed()?),
            Resource::Rdds => storage::list(&*replayed()?),
            Resource::Rdd(id) => storage::one(&*replayed()?, id)?,
            Resource::Environment => environment::one(&*replayed()?)?,
            Resource::Executions => {
                let choice = sql::Choice::of(query, true)?;
                sql::list(&*replayed()?, choice, now_ms)
            }
            Resource::Execution(id) => {
                let choice = sql::Choice::of(query, false)?;
                sql::one(&*replayed()?, id, choice, now_ms)?
            }
            Resource::Threads(ref executor) => {
                replayed()?;
                let is_number = !executor.is_empty() && executor.bytes().all(|byte| byte.is_ascii_digit());
                return Err(if is_number || executor == "driver" {
                    no_threads()
                } else {
                    Refused::Bad("Invalid executorId: neither 'driver' nor number.".to_owned())
                });
            }
            Resource::TaskThreads => {
                query.int("taskId", 0)?;
                if query.first("taskId").is_none() || query.first("executorId").is_none() {
                    return Err(Refused::Mistake("taskId and executorId are needed"));
                }
                replayed()?;
                return Err(no_threads());
            }
            Resource::StreamingBatches | Resource::Streaming => {
                if *what == Resource::StreamingBatches {
                    let known = ["COMPLETED", "QUEUED", "PROCESSING"].map(|name| (name, ()));
                    query.choices("status", &known)?;
                }
                let app = replayed()?;
                let name = app.identity.as_ref().map_or("", |identity| &identity.name);
                return Err(Refused::NotFound(format!(
                    "no streaming listener attached to {name}"
                )));
            }
            Resource::Logs => return Err(Refused::NotFoundPage),
        };
        Ok(Answer::whole(200, JSON, body))
    }

    /// An application that is listed, or whose log lies where logs are.
    fn known(&self, app: &str, attempt: Option<&str>, deadline: Instant) -> Result<Option<Known>, Refused> {
        if let Some(known) = self.applications.listing()?.app(app) {
            return Ok(Some(known.clone()));
        }
        for candidate in self.logs.candidates(app, attempt) {
            let Ok(Some(log)) = self.logs.locate(&candidate.path) else {
                continue;
            };
            let Ok(replayed) = self.replays.get(&candidate.path, deadline) else {
                continue;
            };
            if let Some(known) = candidate
                .known(&replayed, log.modified_ms)
                .filter(|known| known.id == app)
            {
                return Ok(Some(known));
            }
        }
        Ok(None)
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

    fn replayed(
        &self,
        app: &str,
        attempt: Option<&str>,
        deadline: Instant,
    ) -> Result<Arc<Application>, Refused> {
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

fn version() -> Vec<u8> {
    Json::document(|json| json.object(|json| json.key("spark").text(SPARK_VERSION)))
}

fn no_such(app: &str, attempt: Option<&str>) -> Refused {
    let attempt = attempt.map_or_else(String::new, |attempt| format!("/{attempt}"));
    Refused::NotFound(format!("no such app: {app}{attempt}"))
}

fn no_threads() -> Refused {
    Refused::Away(
        "Thread dumps not available through the history server.".to_owned(),
        None,
    )
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
