//! `jobs` and `jobs/{id}`.

use super::answer::Refused;
use super::json::Json;
use super::parameters::Query;
use crate::replay::{Application, Job, JobStatus, Name, as_immutable_map, hash_of_text};

/// The states of jobs that are wanted; all if none is named. One that no job has is `None`.
type States = Vec<Option<Option<JobStatus>>>;

pub(super) fn states(query: &Query) -> Result<States, Refused> {
    query.choices(
        "status",
        &[
            ("RUNNING", Some(JobStatus::Running)),
            ("SUCCEEDED", Some(JobStatus::Succeeded)),
            ("FAILED", Some(JobStatus::Failed)),
            ("UNKNOWN", None),
        ],
    )
}

pub(super) fn list(app: &Application, states: &States) -> Vec<u8> {
    let is_wanted = |job: &&Job| states.is_empty() || states.contains(&Some(Some(job.status)));
    let jobs = app.jobs.values().rev().filter(is_wanted);
    Json::document(|json| json.list(jobs, |json, job| write(json, app, job)))
}

pub(super) fn one(app: &Application, id: i32) -> Result<Vec<u8>, Refused> {
    let job = app
        .jobs
        .get(&i64::from(id))
        .ok_or_else(|| Refused::NotFound(format!("unknown job: {id}")))?;
    Ok(Json::document(|json| write(json, app, job)))
}

fn write(json: &mut Json, app: &Application, job: &Job) {
    let text = |name: Name| app.strings.text(name);
    json.object(|json| {
        json.key("jobId").int(job.id);
        json.key("name").text(text(job.name));
        json.some_text("description", job.description.map(text));
        json.some_date("submissionTime", job.submitted_ms);
        json.some_date("completionTime", job.completed_ms);
        json.key("stageIds")
            .list(&job.stage_ids, |json, id| json.int(*id));
        json.some_text("jobGroup", job.group.map(text));
        json.key("jobTags")
            .list(&job.tags, |json, tag| json.text(text(*tag)));
        json.key("status").text(match job.status {
            JobStatus::Running => "RUNNING",
            JobStatus::Succeeded => "SUCCEEDED",
            JobStatus::Failed => "FAILED",
        });
        json.key("numTasks").int(job.num_tasks);
        json.key("numActiveTasks").int(job.active_tasks);
        json.key("numCompletedTasks").int(job.completed_tasks);
        json.key("numSkippedTasks").int(job.skipped_tasks);
        json.key("numFailedTasks").int(job.failed_tasks);
        json.key("numKilledTasks").int(job.killed_tasks);
        json.key("numCompletedIndices").count(job.completed_indices);
        json.key("numActiveStages").int(job.active_stages);
        json.key("numCompletedStages").count(job.completed_stages);
        json.key("numSkippedStages").count(job.skipped_stages);
        json.key("numFailedStages").int(job.failed_stages);
        json.key("killedTasksSummary");
        killed(json, app, &job.killed_by_reason);
    });
}

/// Killed tasks by reason.
pub(super) fn killed(json: &mut Json, app: &Application, killed: &[(Name, i64)]) {
    let reasons = killed
        .iter()
        .map(|(reason, count)| (app.strings.text(*reason), *count))
        .collect();
    json.object(|json| {
        for (reason, count) in as_immutable_map(reasons, |(reason, _)| hash_of_text(reason)) {
            json.key(reason).int(count);
        }
    });
}
