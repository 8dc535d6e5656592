//! `applications`: the list and its filters, one application, one attempt.

use super::super::listing::{Attempt, Known};
use super::answer::Refused;
use super::json::Json;
use super::now::Now;
use super::parameters::Query;
use super::time;

/// 2010-01-01 and 3000-01-01.
const FIRST_MS: i64 = 1_262_304_000_000;
const LAST_MS: i64 = 32_503_680_000_000;

/// Which applications are wanted.
#[derive(Debug)]
pub(super) struct Filter {
    completed: bool,
    running: bool,
    started_ms: (i64, i64),
    ended_ms: (i64, i64),
    limit: usize,
}

impl Filter {
    pub(super) fn of(query: &Query) -> Result<Self, Refused> {
        let states = query.choices("status", &[("COMPLETED", true), ("RUNNING", false)])?;
        let wanted = |state| states.is_empty() || states.contains(&Some(state));
        let date = |name: &str, default: i64| match query.first(name) {
            None | Some("") => Ok(default),
            Some(text) => {
                time::parse(text).ok_or_else(|| Refused::BadDate(format!("Couldn't parse date: {text}")))
            }
        };
        Ok(Filter {
            completed: wanted(true),
            running: wanted(false),
            started_ms: (date("minDate", FIRST_MS)?, date("maxDate", LAST_MS)?),
            ended_ms: (date("minEndDate", FIRST_MS)?, date("maxEndDate", LAST_MS)?),
            limit: usize::try_from(query.int("limit", i32::MAX)?).unwrap_or(0),
        })
    }

    fn keeps(&self, app: &Known, now: &Now) -> bool {
        let Some(newest) = app.attempts.first() else {
            return false;
        };
        let is_running = !newest.is_completed;
        (if is_running { self.running } else { self.completed })
            && app
                .attempts
                .iter()
                .any(|attempt| self.keeps_attempt(attempt, is_running, now))
    }

    fn keeps_attempt(&self, attempt: &Attempt, is_running: bool, now: &Now) -> bool {
        let within = |ms: i64, (first, last): (i64, i64)| ms >= first && ms <= last;
        let ends_in_time = if is_running {
            self.ended_ms.1 == LAST_MS || self.ended_ms.1 > now.ms()
        } else {
            within(attempt.ended_ms, self.ended_ms)
        };
        within(attempt.started_ms, self.started_ms) && ends_in_time
    }
}

pub(super) fn list(apps: &[Known], filter: &Filter, now: &Now) -> Vec<u8> {
    let kept = apps
        .iter()
        .filter(|app| filter.keeps(app, now))
        .take(filter.limit);
    Json::document(|json| json.list(kept, application))
}

pub(super) fn one(app: &Known) -> Vec<u8> {
    Json::document(|json| application(json, app))
}

pub(super) fn one_attempt(of: &Attempt) -> Vec<u8> {
    Json::document(|json| attempt(json, of))
}

fn application(json: &mut Json, app: &Known) {
    json.object(|json| {
        json.key("id").text(&app.id);
        json.key("name").text(&app.name);
        json.key("attempts").list(&app.attempts, attempt);
    });
}

fn attempt(json: &mut Json, attempt: &Attempt) {
    let duration = if attempt.ended_ms >= 0 {
        attempt.ended_ms - attempt.started_ms
    } else {
        0
    };
    json.object(|json| {
        json.some_text("attemptId", attempt.id.as_deref());
        json.key("startTime").date(attempt.started_ms);
        json.key("endTime").date(attempt.ended_ms);
        json.key("lastUpdated").date(attempt.last_updated_ms);
        json.key("duration").int(duration);
        json.key("sparkUser").text(&attempt.user);
        json.key("completed").bool(attempt.is_completed);
        json.key("appSparkVersion").text(&attempt.spark_version);
        if let Some(code) = attempt.exit_code {
            json.key("exitCode").int(code);
        }
        json.key("logSourceName").text(&attempt.directory);
        json.key("logSourceFullPath").text(&attempt.directory);
        json.key("startTimeEpoch").int(attempt.started_ms);
        json.key("endTimeEpoch").int(attempt.ended_ms);
        json.key("lastUpdatedEpoch").int(attempt.last_updated_ms);
    });
}
