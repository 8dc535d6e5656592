//! `sql` and `sql/{id}`.

use super::answer::Refused;
use super::json::Json;
use super::now::Now;
use super::parameters::Query;
use crate::replay::{Application, Execution, JobStatus, Node};

/// What is wanted of each execution, and which.
#[derive(Debug, Clone, Copy)]
pub(super) struct Choice {
    has_details: bool,
    has_plan: bool,
    offset: i32,
    length: i32,
}

impl Choice {
    pub(super) fn of(query: &Query, is_list: bool) -> Result<Self, Refused> {
        let (offset, length) = if is_list {
            (query.int("offset", 0)?, query.int("length", -1)?)
        } else {
            (0, -1)
        };
        Ok(Choice {
            has_details: query.flag("details", true),
            has_plan: query.flag("planDescription", true),
            offset,
            length,
        })
    }
}

pub(super) fn list(app: &Application, choice: Choice, now: &Now) -> Vec<u8> {
    // Without a length the offset does not count.
    let (skipped, taken) = match usize::try_from(choice.length) {
        Ok(length) if length > 0 => (usize::try_from(choice.offset).unwrap_or(0), length),
        _ => (0, usize::MAX),
    };
    let executions = app.executions.values().skip(skipped).take(taken);
    Json::document(|json| json.list(executions, |json, execution| write(json, execution, choice, now)))
}

pub(super) fn one(app: &Application, id: i64, choice: Choice, now: &Now) -> Result<Vec<u8>, Refused> {
    let execution = app
        .executions
        .get(&id)
        .ok_or_else(|| Refused::NotFound(format!("unknown query execution id: {id}")))?;
    Ok(Json::document(|json| write(json, execution, choice, now)))
}

fn write(json: &mut Json, execution: &Execution, choice: Choice, now: &Now) {
    let ended_ms = execution.completed_ms.unwrap_or_else(|| now.ms());
    let graph = execution.graph.as_ref().filter(|_| choice.has_details);
    json.object(|json| {
        json.key("id").int(execution.id);
        json.key("status").text(status(execution));
        json.some_text("description", execution.description.as_deref());
        if choice.has_plan {
            json.some_text("planDescription", execution.plan_description.as_deref());
        } else {
            json.key("planDescription").text("");
        }
        json.key("submissionTime").date(execution.submitted_ms);
        json.key("duration")
            .int(ended_ms.wrapping_sub(execution.submitted_ms));
        for (key, status) in [
            ("runningJobIds", JobStatus::Running),
            ("successJobIds", JobStatus::Succeeded),
            ("failedJobIds", JobStatus::Failed),
        ] {
            let ids = execution.jobs.iter().filter(|(_, of)| *of == status);
            json.key(key).list(ids, |json, (id, _)| json.int(*id));
        }
        let nodes = graph.map(|graph| &graph.nodes[..]).unwrap_or_default();
        json.key("nodes")
            .list(nodes.iter().rev(), |json, of| node(json, execution, of));
        let edges = graph.map(|graph| &graph.edges[..]).unwrap_or_default();
        json.key("edges").list(edges, |json, (from, to)| {
            json.object(|json| {
                json.key("fromId").int(*from);
                json.key("toId").int(*to);
            });
        });
        json.some_text("queryId", execution.query_id.as_deref());
        json.some_text("errorMessage", execution.error.as_deref());
        json.key("rootExecutionId").int(execution.root_id);
        json.key("modifiedConfigs").texts(&execution.modified_configs);
    });
}

fn status(execution: &Execution) -> &'static str {
    let has_failed_job = || {
        execution
            .jobs
            .iter()
            .any(|(_, status)| *status == JobStatus::Failed)
    };
    match &execution.error {
        Some(error) if error.is_empty() => "COMPLETED",
        Some(_) => "FAILED",
        None if execution.completed_ms.is_none() => "RUNNING",
        None if has_failed_job() => "FAILED",
        None => "COMPLETED",
    }
}

fn node(json: &mut Json, execution: &Execution, node: &Node) {
    json.object(|json| {
        json.key("nodeId").int(node.id);
        json.key("nodeName").text(&node.name);
        if let Some(id) = node.codegen_id {
            json.key("wholeStageCodegenId").int(id);
        }
        let values = execution.metrics.as_ref();
        let metrics = node
            .metrics
            .iter()
            .filter_map(|metric| Some((metric, values?.get(&metric.accumulator_id)?)));
        json.key("metrics").list(metrics, |json, (metric, value)| {
            json.object(|json| {
                json.key("name").text(metric.name.trim());
                json.key("value").text(value.strip_prefix('\n').unwrap_or(value));
            });
        });
        json.key("desc").text(&node.description);
    });
}
