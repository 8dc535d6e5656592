//! Logs that say what cannot be: they cost no more than others, and stop no ingest.

use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, Instant};

use super::harness::Env;

const NOON_MS: i64 = 1_795_435_200_000;

fn event(name: &str, fields: &str) -> String {
    format!("{{\"Event\":\"SparkListener{name}\",{fields}}}\n")
}

fn start(app_id: &str, time_ms: i64) -> String {
    event(
        "ApplicationStart",
        &format!("\"App Name\":\"lies\",\"App ID\":\"{app_id}\",\"Timestamp\":{time_ms},\"User\":\"eve\""),
    )
}

fn end(time_ms: i64) -> String {
    event("ApplicationEnd", &format!("\"Timestamp\":{time_ms}"))
}

fn added(executor: usize, time_ms: i64) -> String {
    event(
        "ExecutorAdded",
        &format!(
            "\"Timestamp\":{time_ms},\"Executor ID\":\"{executor}\",\"Executor Info\":{{\"Host\":\"h\",\"Total Cores\":1,\"Log Urls\":{{}},\"Attributes\":{{}},\"Resources\":{{}},\"Resource Profile Id\":0,\"Registration Time\":{time_ms},\"Request Time\":{time_ms}}}"
        ),
    )
}

fn removed(executor: usize, time_ms: i64) -> String {
    event(
        "ExecutorRemoved",
        &format!("\"Timestamp\":{time_ms},\"Executor ID\":\"{executor}\",\"Removed Reason\":\"idle\""),
    )
}

fn task(id: usize, launch_ms: i64, finish_ms: i64) -> String {
    event(
        "TaskEnd",
        &format!(
            "\"Stage ID\":0,\"Stage Attempt ID\":0,\"Task Type\":\"ResultTask\",\"Task End Reason\":{{\"Reason\":\"Success\"}},\"Task Info\":{{\"Task ID\":{id},\"Index\":{id},\"Attempt\":0,\"Launch Time\":{launch_ms},\"Executor ID\":\"1\",\"Host\":\"h\",\"Locality\":\"ANY\",\"Speculative\":false,\"Getting Result Time\":0,\"Finish Time\":{finish_ms},\"Failed\":false,\"Killed\":false,\"Accumulables\":[]}}"
        ),
    )
}

/// A log beside a good one, both ingested within a minute.
fn ingested(text: &str) -> Env {
    let env = Env::new();
    env.copy_log("local-1795395131414.zstd", "logs/good.zstd");
    fs::write(env.path("logs/app-lies"), text).unwrap();
    let began = Instant::now();
    let output = env.shh("ingest -l logs");
    assert!([0, 3].contains(&output.code), "{}", output.whole());
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    assert_eq!(
        env.value("select count(*) from apps where app_name <> 'lies'"),
        "1"
    );
    env
}

#[test]
fn a_start_from_another_age_is_replaced_by_the_first_time_that_is_of_this_one() {
    for time_ms in [i64::MAX, i64::MIN, 0, NOON_MS * 1000, i64::MAX / 1000] {
        let env = ingested(&(start("app-lies", time_ms) + &added(1, NOON_MS) + &end(NOON_MS + 60_000)));
        assert_eq!(
            env.value("select epoch_ms(start) || ' ' || dur_s from apps where app_name = 'lies'"),
            format!("{NOON_MS} 60.0"),
            "{time_ms}"
        );
        assert_eq!(env.shh("trends all --last all").code, 0);
        assert_eq!(env.shh("export out").code, 0);
    }
}

#[test]
fn a_log_without_any_time_of_this_age_is_no_application() {
    let env = ingested(&(start("app-lies", 0) + &end(i64::MAX)));
    assert_eq!(
        env.value("select message from logs where outcome = 'no_application'"),
        "no ApplicationStart with an application id and a time"
    );
}

#[test]
fn tasks_of_other_years_make_no_hours_outside_the_applications_life() {
    let year_ms = 365 * 86_400_000;
    let mut log = start("app-lies", NOON_MS) + &added(1, NOON_MS);
    for id in 0..60 {
        let launch_ms = 700_000_000_000 + i64::try_from(id).unwrap() * 3 * year_ms;
        log += &task(id, launch_ms, launch_ms + 2 * year_ms);
    }
    let env = ingested(&(log + &end(NOON_MS + 600_000)));
    let hours: u64 = env
        .value("select count(*) from usage join apps using (app_key) where app_name = 'lies'")
        .parse()
        .unwrap();
    assert!(hours <= 50, "{hours}");
    assert_eq!(env.value("select tasks from apps where app_name = 'lies'"), "60");
    assert_eq!(
        env.value("select sum(usage.tasks) from usage join apps using (app_key) where app_name = 'lies'"),
        "60"
    );
}

#[test]
fn times_that_no_calendar_holds_are_unknown_in_every_table() {
    let max = i64::MAX;
    let sql = |name: &str, fields: &str| {
        format!(
            "{{\"Event\":\"org.apache.spark.sql.execution.ui.SparkListenerSQLExecution{name}\",\"executionId\":0,{fields}}}\n"
        )
    };
    let stage = |name: &str| {
        event(
            name,
            &format!(
                "\"Stage Info\":{{\"Stage ID\":0,\"Stage Attempt ID\":0,\"Stage Name\":\"s\",\"Number of Tasks\":1,\"RDD Info\":[],\"Parent IDs\":[],\"Details\":\"\",\"Submission Time\":{max},\"Completion Time\":{max},\"Failure Reason\":\"why\",\"Accumulables\":[],\"Resource Profile Id\":0}}"
            ),
        )
    };
    let env = ingested(
        &(start("app-lies", NOON_MS)
            + &stage("StageSubmitted")
            + &stage("StageCompleted")
            + &sql(
                "Start",
                &format!(
                    "\"description\":\"\",\"details\":\"\",\"physicalPlanDescription\":\"\",\"sparkPlanInfo\":{{}},\"time\":{max},\"modifiedConfigs\":{{}}"
                ),
            )
            + &sql("End", &format!("\"time\":{max},\"errorMessage\":\"no\""))
            + &end(NOON_MS + 1000)),
    );
    let lies = |columns: &str, table: &str| {
        env.value(&format!(
            "select count(*) || ' ' || count({columns}) from {table} where app_key = (select app_key from apps where app_name = 'lies')"
        ))
    };
    assert_eq!(lies("coalesce(submitted, completed)", "stages"), "1 0");
    assert_eq!(lies("coalesce(submitted, completed)", "sql_executions"), "1 0");
    assert_eq!(lies("coalesce(first_seen, last_seen)", "failures"), "2 0");
}

#[test]
fn an_executor_that_comes_and_goes_costs_no_more_than_many_executors() {
    let mut log = start("app-lies", NOON_MS);
    for life in 0..50_000 {
        log += &added(1, NOON_MS + 1000 + life);
        log += &removed(1, NOON_MS + 1000 + life);
    }
    for id in 0..50_000 {
        log += &task(id, NOON_MS, NOON_MS + 1);
    }
    let env = Env::new();
    env.directory("logs");
    fs::write(env.path("logs/app-lies"), log + &end(NOON_MS + 100_000)).unwrap();
    let began = Instant::now();
    assert_eq!(env.shh("ingest -l logs").code, 0);
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    assert_eq!(env.value("select sum(tasks) from executors"), "50000");
}

#[test]
fn a_line_of_nothing_but_tiny_properties_is_read_as_far_as_any_application_goes() {
    let mut properties = String::from("\"spark.master\":\"yarn\"");
    for number in 0..3_000_000 {
        let _ = write!(properties, ",\"{number}\":\"\"");
    }
    let environment = event(
        "EnvironmentUpdate",
        &format!("\"Spark Properties\":{{{properties}}},\"System Properties\":{{{properties}}}"),
    );
    let env = Env::new();
    env.directory("logs");
    fs::write(
        env.path("logs/app-lies"),
        start("app-lies", NOON_MS) + &environment + &end(NOON_MS + 1000),
    )
    .unwrap();
    let began = Instant::now();
    assert_eq!(env.shh("ingest -l logs").code, 0);
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    assert_eq!(
        env.value("select value from conf where key = 'spark.master'"),
        "yarn"
    );
}
