//! What each resource of an application is made with, from which parameters.

use super::answer::Refused;
use super::now::Now;
use super::parameters::Query;
use super::route::Resource;
use super::{environment, executors, jobs, quantiles, sql, stages, storage, tasks};
use crate::replay::Application;

/// Makes an answer of an application.
pub(super) type Writing = Box<dyn FnOnce(&Application, &Now) -> Result<Vec<u8>, Refused>>;

/// What writes a resource of an application.
///
/// # Errors
/// When a parameter is wrong of which Jersey tells before it looks for the application.
pub(super) fn of(what: &Resource, query: &Query) -> Result<Writing, Refused> {
    Ok(match *what {
        Resource::Jobs => {
            let states = jobs::states(query)?;
            Box::new(move |app, _| Ok(jobs::list(app, &states)))
        }
        Resource::Job(id) => Box::new(move |app, _| jobs::one(app, id)),
        Resource::Stages => {
            let choice = stages::Choice::of(query, false)?;
            choice.check_quantiles()?;
            Box::new(move |app, now| stages::list(app, &choice, now))
        }
        Resource::Stage(id) => {
            let choice = stages::Choice::of(query, true)?;
            Box::new(move |app, now| stages::attempts(app, id, &choice, now))
        }
        Resource::StageAttempt(id, attempt) => {
            let choice = stages::Choice::of(query, true)?;
            Box::new(move |app, now| stages::one(app, id, attempt, &choice, now))
        }
        Resource::TaskSummary(id, attempt) => {
            let quantiles = query.first("quantiles").unwrap_or("0.05,0.25,0.5,0.75,0.95");
            let quantiles = quantiles::parse(quantiles);
            Box::new(move |app, now| stages::task_summary(app, id, attempt, &quantiles?, now))
        }
        Resource::TaskList(id, attempt) => {
            let choice = tasks::Choice::of(query)?;
            Box::new(move |app, now| tasks::list(app, (id.into(), attempt.into()), &choice, now))
        }
        Resource::Executors => Box::new(|app, now| Ok(executors::list(app, true, now))),
        Resource::AllExecutors => Box::new(|app, now| Ok(executors::list(app, false, now))),
        Resource::Processes => Box::new(|app, _| Ok(executors::processes(app))),
        Resource::Rdds => Box::new(|app, _| Ok(storage::list(app))),
        Resource::Rdd(id) => Box::new(move |app, _| storage::one(app, id)),
        Resource::Environment => Box::new(|app, _| environment::one(app)),
        Resource::Executions => {
            let choice = sql::Choice::of(query, true)?;
            Box::new(move |app, now| Ok(sql::list(app, choice, now)))
        }
        Resource::Execution(id) => {
            let choice = sql::Choice::of(query, false)?;
            Box::new(move |app, now| sql::one(app, id, choice, now))
        }
        Resource::Threads(ref executor) => {
            let is_number = !executor.is_empty() && executor.bytes().all(|byte| byte.is_ascii_digit());
            let is_executor = is_number || executor == "driver";
            Box::new(move |_, _| {
                Err(if is_executor {
                    no_threads()
                } else {
                    Refused::Bad("Invalid executorId: neither 'driver' nor number.".to_owned())
                })
            })
        }
        Resource::TaskThreads => {
            query.int("taskId", 0)?;
            if query.first("taskId").is_none() || query.first("executorId").is_none() {
                return Err(Refused::Mistake("taskId and executorId are needed"));
            }
            Box::new(|_, _| Err(no_threads()))
        }
        Resource::StreamingBatches | Resource::Streaming => {
            if *what == Resource::StreamingBatches {
                let known = ["COMPLETED", "QUEUED", "PROCESSING"].map(|name| (name, ()));
                query.choices("status", &known)?;
            }
            Box::new(|app, _| {
                let name = app.identity.as_ref().map_or("", |identity| &identity.name);
                Err(Refused::NotFound(format!(
                    "no streaming listener attached to {name}"
                )))
            })
        }
        Resource::Logs => return Err(Refused::NotFoundPage),
    })
}

fn no_threads() -> Refused {
    Refused::Away(
        "Thread dumps not available through the history server.".to_owned(),
        None,
    )
}
