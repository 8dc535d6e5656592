//! Odd cases of Spark's listeners, each from the few lines that show it.

use super::*;
use crate::event::detail::{Line, parse};

/// Replays lines, each of which must be an event.
fn replayed(lines: &[&str], retention: Option<Retention>) -> Application {
    let mut replay = Replay::new(retention);
    for line in lines {
        match parse(line.as_bytes()) {
            Line::Event(event) => replay.apply(&event),
            other => panic!("{other:?}: {line}"),
        }
    }
    replay.finish(10_000)
}

fn stage_info(id: i64, num_tasks: i64, more: &str) -> String {
    format!(
        r#"{{"Stage ID":{id},"Stage Attempt ID":0,"Stage Name":"stage {id}","Number of Tasks":{num_tasks},"RDD Info":[],"Parent IDs":[],"Details":""{more}}}"#
    )
}

fn job_start(id: i64, stages: &[i64], properties: &str) -> String {
    let infos: Vec<String> = stages.iter().map(|stage| stage_info(*stage, 2, "")).collect();
    format!(
        r#"{{"Event":"SparkListenerJobStart","Job ID":{id},"Submission Time":100,"Stage Infos":[{}],"Stage IDs":[],"Properties":{{{properties}}}}}"#,
        infos.join(",")
    )
}

fn job_end(id: i64, time: i64) -> String {
    format!(
        r#"{{"Event":"SparkListenerJobEnd","Job ID":{id},"Completion Time":{time},"Job Result":{{"Result":"JobSucceeded"}}}}"#
    )
}

fn stage_event(event: &str, id: i64, more: &str) -> String {
    format!(
        r#"{{"Event":"SparkListenerStage{event}","Stage Info":{}}}"#,
        stage_info(id, 2, more)
    )
}

fn task_info(id: i64, index: i64, finish: i64) -> String {
    format!(
        r#"{{"Task ID":{id},"Index":{index},"Attempt":0,"Launch Time":200,"Executor ID":"1","Host":"h","Locality":"ANY","Speculative":false,"Getting Result Time":0,"Finish Time":{finish},"Failed":false,"Killed":false,"Accumulables":[]}}"#
    )
}

fn task_start(stage: i64, id: i64, index: i64) -> String {
    format!(
        r#"{{"Event":"SparkListenerTaskStart","Stage ID":{stage},"Stage Attempt ID":0,"Task Info":{}}}"#,
        task_info(id, index, 0)
    )
}

fn task_end(stage: i64, id: i64, index: i64, reason: &str) -> String {
    format!(
        r#"{{"Event":"SparkListenerTaskEnd","Stage ID":{stage},"Stage Attempt ID":0,"Task Type":"ResultTask","Task End Reason":{{"Reason":"{reason}"}},"Task Info":{},"Task Metrics":{{"Executor Run Time":7}}}}"#,
        task_info(id, index, 300)
    )
}

fn executor() -> String {
    r#"{"Event":"SparkListenerExecutorAdded","Timestamp":1,"Executor ID":"1","Executor Info":{"Host":"h","Total Cores":3,"Log Urls":{}}}"#.to_owned()
}

fn lines(lines: &[String]) -> Vec<&str> {
    lines.iter().map(String::as_str).collect()
}

#[test]
fn a_stage_that_was_never_submitted_is_skipped_when_its_job_ends() {
    let log = [job_start(0, &[0, 1], ""), job_end(0, 500)];
    let app = replayed(&lines(&log), None);
    let job = &app.jobs[&0];
    assert_eq!(
        (job.skipped_stages, job.skipped_tasks, job.active_stages),
        (2, 4, 0)
    );
    assert_eq!(app.stages[&(0, 0)].status, StageStatus::Skipped);
    assert_eq!(app.strings.text(job.name), "stage 1");
}

#[test]
fn a_task_that_ends_after_its_job_counts_for_the_stage_and_not_for_the_job() {
    let log = [
        executor(),
        job_start(0, &[0], ""),
        stage_event("Submitted", 0, r#","Submission Time":150"#),
        task_start(0, 1, 0),
        task_start(0, 2, 1),
        task_start(0, 3, 1),
        task_end(0, 1, 0, "Success"),
        stage_event("Completed", 0, r#","Submission Time":150,"Completion Time":400"#),
        job_end(0, 500),
        task_end(0, 2, 1, "Success"),
    ];
    let app = replayed(&lines(&log), None);
    assert_eq!(app.stages[&(0, 0)].completed_tasks, 2);
    assert_eq!((app.jobs[&0].completed_tasks, app.jobs[&0].active_tasks), (1, 2));
    // The last task ends the stage, and with it what is written of the job.
    let log = [&log[..], &[task_end(0, 3, 1, "TaskKilled")]].concat();
    let app = replayed(&lines(&log), None);
    assert_eq!((app.jobs[&0].completed_tasks, app.jobs[&0].killed_tasks), (2, 1));
}

#[test]
fn a_resubmitted_task_fails_again_without_having_run_again() {
    let log = [
        executor(),
        job_start(0, &[0], ""),
        stage_event("Submitted", 0, r#","Submission Time":150"#),
        task_start(0, 1, 0),
        task_end(0, 1, 0, "Success"),
        task_end(0, 1, 0, "Resubmitted"),
    ];
    let app = replayed(&lines(&log), None);
    let stage = &app.stages[&(0, 0)];
    assert_eq!(
        (stage.active_tasks, stage.failed_tasks, stage.completed_tasks),
        (0, 1, 1)
    );
    assert_eq!(stage.sums[place::RUN_TIME], 7);
    let executor = &app.executors["1"];
    assert_eq!(
        (executor.failed_tasks, executor.duration_ms, executor.max_tasks),
        (1, 100, 3)
    );
    assert_eq!(app.tasks[&(0, 0)].len(), 1);
}

#[test]
fn a_task_that_was_not_seen_to_start_adds_no_metrics() {
    let log = [
        job_start(0, &[0], ""),
        stage_event("Submitted", 0, r#","Submission Time":150"#),
        task_end(0, 1, 0, "Success"),
    ];
    let app = replayed(&lines(&log), None);
    let stage = &app.stages[&(0, 0)];
    assert_eq!((stage.completed_tasks, stage.sums[place::RUN_TIME]), (1, 0));
    assert!(app.tasks.is_empty());
}

#[test]
fn what_still_runs_has_run_until_the_log_was_written_last() {
    let log = [
        job_start(0, &[0], r#""spark.job.tags":"b,a,,b","spark.jobGroup.id":"g""#),
        stage_event("Submitted", 0, r#","Submission Time":150"#),
        task_start(0, 1, 0),
    ];
    let app = replayed(&lines(&log), None);
    let task = &app.tasks[&(0, 0)][0];
    assert_eq!((task.status, task.duration_ms), (TaskStatus::Running, 9_800));
    let tags: Vec<&str> = app.jobs[&0]
        .tags
        .iter()
        .map(|tag| app.strings.text(*tag))
        .collect();
    assert_eq!(tags, ["a", "b"]);
    assert!(app.bytes > 0);
}

#[test]
fn a_removed_executor_stays_as_it_was() {
    let removed = r#"{"Event":"SparkListenerExecutorRemoved","Timestamp":400,"Executor ID":"1","Removed Reason":"lost"}"#;
    let log = [
        executor(),
        job_start(0, &[0], ""),
        stage_event("Submitted", 0, r#","Submission Time":150"#),
        task_start(0, 1, 0),
        removed.to_owned(),
        task_end(0, 1, 0, "Success"),
    ];
    let app = replayed(&lines(&log), None);
    let executor = &app.executors["1"];
    assert!(!executor.is_active);
    assert_eq!((executor.active_tasks, executor.completed_tasks), (1, 0));
}

#[test]
fn old_jobs_and_stages_are_dropped_a_tenth_at_once() {
    let mut log = Vec::new();
    for id in 0..25 {
        log.push(job_start(id, &[id], ""));
        log.push(stage_event("Submitted", id, r#","Submission Time":150"#));
        log.push(stage_event(
            "Completed",
            id,
            r#","Submission Time":150,"Completion Time":400"#,
        ));
        log.push(job_end(id, 500 + id));
    }
    let limits = Retention {
        jobs: 20,
        stages: 10,
        ..Retention::SPARK
    };
    let app = replayed(&lines(&log), Some(limits));
    assert_eq!(
        app.jobs.keys().copied().collect::<Vec<_>>(),
        (6..25).collect::<Vec<_>>()
    );
    assert_eq!(app.stages.len(), 10);
    assert_eq!(replayed(&lines(&log), None).jobs.len(), 25);
}

#[test]
fn an_execution_with_late_jobs_has_the_metrics_of_its_end() {
    let sql = "org.apache.spark.sql.execution.ui.SparkListenerSQL";
    let start = format!(
        r#"{{"Event":"{sql}ExecutionStart","executionId":3,"description":"d","details":"","physicalPlanDescription":"p","sparkPlanInfo":{{"nodeName":"WholeStageCodegen (1)","simpleString":"w","children":[{{"nodeName":"Range","simpleString":"r","children":[],"metadata":{{}},"metrics":[{{"name":"rows","accumulatorId":5,"metricType":"sum"}}]}}],"metadata":{{}},"metrics":[]}},"time":50}}"#
    );
    let end = format!(r#"{{"Event":"{sql}ExecutionEnd","executionId":3,"time":900,"errorMessage":""}}"#);
    let driver = r#"{"Event":"org.apache.spark.sql.execution.ui.SparkListenerDriverAccumUpdates","executionId":3,"accumUpdates":[[5,4000],[6,1]]}"#;
    let log = [
        start,
        job_start(0, &[0], r#""spark.sql.execution.id":"3""#),
        driver.to_owned(),
        end,
        job_end(0, 950),
    ];
    let app = replayed(&lines(&log), None);
    let execution = &app.executions[&3];
    assert_eq!(execution.jobs, [(0, JobStatus::Succeeded)]);
    assert_eq!((execution.root_id, execution.completed_ms), (3, Some(900)));
    let metrics = execution.metrics.as_ref().unwrap();
    assert_eq!(metrics[&5], "4,000");
    assert!(!metrics.contains_key(&6));
    let graph = execution.graph.as_ref().unwrap();
    assert_eq!(
        (graph.nodes.len(), graph.nodes[1].codegen_id, graph.edges.len()),
        (2, Some(1), 0)
    );
}

#[test]
fn lines_are_wrong_in_different_ways() {
    let kind = |line: &str| match parse(line.as_bytes()) {
        Line::Event(_) => "event",
        Line::Passed => "passed",
        Line::NotJson => "not json",
        Line::Broken => "broken",
    };
    assert_eq!(kind(r#"{"Event":"SparkListenerJobEnd","Job ID":1}"#), "broken");
    assert_eq!(kind(r#"{"Event":"SparkListenerJobEnd","Job ID":"#), "not json");
    assert_eq!(kind(r#"{"Event":"SparkListenerUnknown"}"#), "passed");
    assert_eq!(kind("x"), "not json");
    assert_eq!(
        kind(r#"{"Event":"org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd"}"#),
        "passed"
    );
    assert_eq!(
        kind(r#"{"Timestamp":1,"Event":"SparkListenerApplicationEnd"}"#),
        "event"
    );
}
