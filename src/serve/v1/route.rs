//! Which resource a path names, as Jersey decides it for Spark.

use super::answer::Refused;
use super::parameters::decoded;

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route {
    Version,
    Applications,
    Application(String),
    Attempt(String, String),
    Of {
        app: String,
        attempt: Option<String>,
        what: Resource,
    },
}

/// A resource of one application.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Resource {
    Jobs,
    Job(i32),
    Stages,
    Stage(i32),
    StageAttempt(i32, i32),
    TaskSummary(i32, i32),
    TaskList(i32, i32),
    Executors,
    AllExecutors,
    Processes,
    /// Of an executor.
    Threads(String),
    /// Of a task.
    TaskThreads,
    Rdds,
    Rdd(i32),
    Environment,
    Logs,
    Executions,
    Execution(i64),
    Streaming,
    /// Batches with a status, which is looked at first.
    StreamingBatches,
}

/// Where to look for a resource.
enum Found {
    Resource(Resource),
    /// The path leads into a part of its own, and to nothing there.
    NoSuchPage,
    Nothing,
}

impl Route {
    /// Reads a path as it was sent.
    pub(super) fn of(path: &str) -> Result<Route, Refused> {
        let text = |segment: &str| decoded(segment, false);
        let rest = path.strip_prefix("/api/v1/").ok_or(Refused::NotFoundPage)?;
        if path.contains("//") || is_ambiguous(path) {
            return Err(Refused::BadRequestPage);
        }
        // What follows a semicolon are parameters that nobody reads.
        let mut segments: Vec<&str> = rest
            .split('/')
            .map(|segment| segment.split(';').next().unwrap_or_default())
            .collect();
        if segments.last() == Some(&"") {
            segments.pop();
        }
        for segment in &segments {
            text(segment)?;
        }
        Ok(match segments[..] {
            ["version"] => Route::Version,
            ["applications"] => Route::Applications,
            ["applications", app] => Route::Application(text(app)?),
            ["applications", app, ref rest @ ..] => match found(rest)? {
                Found::Resource(what) => Route::Of {
                    app: text(app)?,
                    attempt: None,
                    what,
                },
                Found::NoSuchPage => return Err(Refused::NotFoundPage),
                Found::Nothing => match *rest {
                    [attempt] => Route::Attempt(text(app)?, text(attempt)?),
                    [attempt, ref rest @ ..] => match found(rest)? {
                        Found::Resource(what) => Route::Of {
                            app: text(app)?,
                            attempt: Some(text(attempt)?),
                            what,
                        },
                        Found::NoSuchPage => return Err(Refused::NotFoundPage),
                        Found::Nothing => return Err(Refused::NotFound(path.to_owned())),
                    },
                    [] => return Err(Refused::NotFoundPage),
                },
            },
            _ => return Err(Refused::NotFoundPage),
        })
    }
}

/// Encodings that could mean another path than they seem to.
fn is_ambiguous(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let has_dots = path.split('/').any(|segment| {
        segment.contains('%')
            && matches!(
                segment.to_ascii_lowercase().replace("%2e", ".").as_str(),
                "." | ".."
            )
    });
    has_dots
        || ["%2f", "%5c", "%00", "%25"]
            .iter()
            .any(|code| lower.contains(code))
}

fn found(segments: &[&str]) -> Result<Found, Refused> {
    use Resource as R;
    let resource = match *segments {
        ["jobs"] => R::Jobs,
        ["jobs", id] if is_number(id) => R::Job(int(id)?),
        ["stages"] => R::Stages,
        ["stages", id] if is_number(id) => R::Stage(int(id)?),
        ["stages", id, attempt] if is_number(id) && is_number(attempt) => {
            R::StageAttempt(int(id)?, int(attempt)?)
        }
        ["stages", id, attempt, "taskSummary"] if is_number(id) && is_number(attempt) => {
            R::TaskSummary(int(id)?, int(attempt)?)
        }
        ["stages", id, attempt, "taskList"] if is_number(id) && is_number(attempt) => {
            R::TaskList(int(id)?, int(attempt)?)
        }
        ["executors"] => R::Executors,
        ["executors", id, "threads"] => R::Threads(decoded(id, false)?),
        ["threads"] => R::TaskThreads,
        ["allexecutors"] => R::AllExecutors,
        ["allmiscellaneousprocess"] => R::Processes,
        ["storage", "rdd"] => R::Rdds,
        ["storage", "rdd", id] if is_number(id) => R::Rdd(int(id)?),
        ["environment"] => R::Environment,
        ["logs"] => R::Logs,
        ["sql"] => R::Executions,
        ["sql", id] if is_number(id) => R::Execution(id.parse().map_err(|_| Refused::NotFoundPage)?),
        ["streaming", "statistics" | "receivers"] => R::Streaming,
        ["streaming", "batches"] => R::StreamingBatches,
        ["streaming", "receivers" | "batches", id] => streaming(&[id])?,
        ["streaming", "batches", id, "operations"] => streaming(&[id])?,
        ["streaming", "batches", id, "operations", operation] => streaming(&[id, operation])?,
        ["stages" | "sql" | "streaming", ..] => return Ok(Found::NoSuchPage),
        _ => return Ok(Found::Nothing),
    };
    Ok(Found::Resource(resource))
}

fn streaming(ids: &[&str]) -> Result<Resource, Refused> {
    if ids.iter().all(|id| is_number(id) && id.parse::<i64>().is_ok()) {
        Ok(Resource::Streaming)
    } else {
        Err(Refused::NotFoundPage)
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn int(text: &str) -> Result<i32, Refused> {
    text.parse().map_err(|_| Refused::NotFoundPage)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str) -> Result<Route, Refused> {
        Route::of(&format!("/api/v1/{path}"))
    }

    fn resource(attempt: Option<&str>, what: Resource) -> Result<Route, Refused> {
        Ok(Route::Of {
            app: "a".to_owned(),
            attempt: attempt.map(str::to_owned),
            what,
        })
    }

    #[test]
    fn paths_name_resources() {
        assert_eq!(of("version"), Ok(Route::Version));
        assert_eq!(of("version/"), Ok(Route::Version));
        assert_eq!(
            of("applications;x=1/a%20b"),
            Ok(Route::Application("a b".to_owned()))
        );
        assert_eq!(of("applications/a/jobs"), resource(None, Resource::Jobs));
        assert_eq!(
            of("applications/a/1/jobs/00"),
            resource(Some("1"), Resource::Job(0))
        );
        assert_eq!(
            of("applications/a/storage"),
            Ok(Route::Attempt("a".to_owned(), "storage".to_owned()))
        );
        assert_eq!(
            of("applications/a/stages/3/1/taskList"),
            resource(None, Resource::TaskList(3, 1))
        );
    }

    #[test]
    fn other_paths_are_refused_as_spark_refuses_them() {
        let text = |path: &str| Err(Refused::NotFound(format!("/api/v1/{path}")));
        for path in [
            "applications/a/jobs/abc",
            "applications/a/1/storage",
            "applications/a/2/3",
        ] {
            assert_eq!(of(path), text(path));
        }
        for path in [
            "",
            "nope",
            "applications/a/stages/abc",
            "applications/a/stages/0/0/nope",
            "applications/a/1/sql/x",
            "applications/a/streaming",
            "applications/a/jobs/99999999999",
        ] {
            assert_eq!(of(path), Err(Refused::NotFoundPage), "{path}");
        }
        for path in [
            "/version",
            "applications//jobs",
            "version%00",
            "%2e%2e/v1/version",
            "applications/..%2fx",
            "applications/%zz",
            "applications/%FF",
        ] {
            assert_eq!(of(path), Err(Refused::BadRequestPage), "{path}");
        }
    }
}
