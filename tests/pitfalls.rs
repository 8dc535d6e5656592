//! The 25 pitfalls that wrong tools fell into, each a test named for it (numbers as in the project's list).
//!
//! Left for the reports that can show them: 24 (savings of memory and executors multiply) and 25 (saving
//! memory need not save money) come with the cost and right-sizing reports; the engine column of 8 (muting
//! heap advice for Python and native engines) comes with right-sizing.

use shh::event::{Parsed, parse};
use shh::fold::rows::{AppRows, StageRow};
use shh::fold::{Fold, HOUR_MS, LogFacts};
use shh::source::{LogFile, rolling_log};

use super::harness::Env;

/// 2026-11-23T00:00:00Z, a full hour. All times below are milliseconds after it.
const MIDNIGHT: i64 = 1_795_392_000_000;
const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;

/// The lines of a log, written by hand.
#[derive(Clone, Default)]
struct Log {
    lines: Vec<String>,
}

/// A task that ended. What is not said is 0, or a success on executor 1 in stage 0.
#[derive(Clone)]
struct Task {
    stage: i64,
    attempt: i64,
    index: i64,
    executor: &'static str,
    launch: i64,
    finish: i64,
    reason: &'static str,
    is_speculative: bool,
    run_ms: i64,
    cpu_ns: i64,
    gc_ms: i64,
    heap_bytes: i64,
    shuffle_write_ns: i64,
    fetch_wait_ms: i64,
}

const TASK: Task = Task {
    stage: 0,
    attempt: 0,
    index: 0,
    executor: "1",
    launch: 0,
    finish: 0,
    reason: r#"{"Reason":"Success"}"#,
    is_speculative: false,
    run_ms: 0,
    cpu_ns: 0,
    gc_ms: 0,
    heap_bytes: 0,
    shuffle_write_ns: 0,
    fetch_wait_ms: 0,
};

const KILLED: &str = r#"{"Reason":"TaskKilled","Kill Reason":"another attempt succeeded"}"#;
const FAILED: &str =
    r#"{"Reason":"ExceptionFailure","Class Name":"java.lang.RuntimeException","Description":"no"}"#;

impl Log {
    /// A cluster application that starts at midnight, with this configuration.
    fn with(conf: &[(&str, &str)]) -> Self {
        let mut properties = vec![r#""spark.master":"yarn""#.to_owned()];
        properties.extend(conf.iter().map(|(key, value)| format!(r#""{key}":"{value}""#)));
        let mut log = Log::default();
        log.line(r#"{"Event":"SparkListenerLogStart","Spark Version":"4.3.0"}"#.to_owned());
        log.line(format!(
            r#"{{"Event":"SparkListenerEnvironmentUpdate","JVM Information":{{}},"Spark Properties":{{{}}},"Hadoop Properties":{{}},"System Properties":{{}},"Classpath Entries":{{}}}}"#,
            properties.join(",")
        ));
        log.line(format!(
            r#"{{"Event":"SparkListenerApplicationStart","App Name":"pitfall","App ID":"application_1_1","Timestamp":{MIDNIGHT},"User":"ada"}}"#
        ));
        log
    }

    fn new() -> Self {
        Log::with(&[])
    }

    fn line(&mut self, line: String) -> &mut Self {
        self.lines.push(line);
        self
    }

    fn executor(&mut self, id: &str, cores: i64, at: i64) -> &mut Self {
        let at = MIDNIGHT + at;
        self.line(format!(
            r#"{{"Event":"SparkListenerExecutorAdded","Timestamp":{at},"Executor ID":"{id}","Executor Info":{{"Host":"h","Total Cores":{cores},"Log Urls":{{}},"Attributes":{{}},"Resources":{{}},"Resource Profile Id":0,"Registration Time":{at}}}}}"#
        ))
    }

    fn removed(&mut self, id: &str, at: i64, reason: &str) -> &mut Self {
        let at = MIDNIGHT + at;
        self.line(format!(
            r#"{{"Event":"SparkListenerExecutorRemoved","Timestamp":{at},"Executor ID":"{id}","Removed Reason":"{reason}"}}"#
        ))
    }

    fn job(&mut self, id: i64, at: i64) -> &mut Self {
        let at = MIDNIGHT + at;
        self.line(format!(
            r#"{{"Event":"SparkListenerJobStart","Job ID":{id},"Submission Time":{at},"Stage Infos":[],"Stage IDs":[{id}],"Properties":{{}}}}"#
        ))
    }

    fn job_end(&mut self, id: i64, at: i64, result: &str) -> &mut Self {
        let at = MIDNIGHT + at;
        self.line(format!(
            r#"{{"Event":"SparkListenerJobEnd","Job ID":{id},"Completion Time":{at},"Job Result":{{"Result":"{result}"}}}}"#
        ))
    }

    fn stage(
        &mut self,
        event: &str,
        id: i64,
        attempt: i64,
        tasks: i64,
        times: &str,
        failure: &str,
    ) -> &mut Self {
        self.line(format!(
            r#"{{"Event":"SparkListenerStage{event}","Stage Info":{{"Stage ID":{id},"Stage Attempt ID":{attempt},"Stage Name":"s","Number of Tasks":{tasks},"RDD Info":[],"Parent IDs":[],"Details":"",{times}{failure}"Accumulables":[],"Resource Profile Id":0,"Shuffle Push Enabled":false,"Shuffle Push Mergers Count":0}}}}"#
        ))
    }

    fn submitted(&mut self, id: i64, attempt: i64, tasks: i64, at: i64) -> &mut Self {
        let times = format!(r#""Submission Time":{},"#, MIDNIGHT + at);
        self.stage("Submitted", id, attempt, tasks, &times, "")
    }

    fn completed(&mut self, id: i64, attempt: i64, tasks: i64, from: i64, to: i64) -> &mut Self {
        let times = format!(
            r#""Submission Time":{},"Completion Time":{},"#,
            MIDNIGHT + from,
            MIDNIGHT + to
        );
        self.stage("Completed", id, attempt, tasks, &times, "")
    }

    fn failed(&mut self, id: i64, attempt: i64, tasks: i64, from: i64, to: i64) -> &mut Self {
        let times = format!(
            r#""Submission Time":{},"Completion Time":{},"#,
            MIDNIGHT + from,
            MIDNIGHT + to
        );
        self.stage(
            "Completed",
            id,
            attempt,
            tasks,
            &times,
            r#""Failure Reason":"fetch failed","#,
        )
    }

    fn task(&mut self, task: Task) -> &mut Self {
        let (launch, finish) = (MIDNIGHT + task.launch, MIDNIGHT + task.finish);
        let Task {
            stage,
            attempt,
            index,
            executor,
            reason,
            is_speculative,
            ..
        } = task;
        let Task {
            run_ms,
            cpu_ns,
            gc_ms,
            heap_bytes,
            shuffle_write_ns,
            fetch_wait_ms,
            ..
        } = task;
        let is_failed = !reason.contains("Success");
        // What is told a second time did not start a second time.
        if !reason.contains("Resubmitted") {
            self.line(format!(
                r#"{{"Event":"SparkListenerTaskStart","Stage ID":{stage},"Stage Attempt ID":{attempt},"Task Info":{{"Task ID":{index},"Index":{index},"Attempt":0,"Partition ID":{index},"Launch Time":{launch},"Executor ID":"{executor}","Host":"h","Locality":"ANY","Speculative":{is_speculative},"Getting Result Time":0,"Finish Time":0,"Failed":false,"Killed":false,"Accumulables":[]}}}}"#
            ));
        }
        self.line(format!(
            r#"{{"Event":"SparkListenerTaskEnd","Stage ID":{stage},"Stage Attempt ID":{attempt},"Task Type":"ResultTask","Task End Reason":{reason},"Task Info":{{"Task ID":{index},"Index":{index},"Attempt":0,"Partition ID":{index},"Launch Time":{launch},"Executor ID":"{executor}","Host":"h","Locality":"ANY","Speculative":{is_speculative},"Getting Result Time":0,"Finish Time":{finish},"Failed":{is_failed},"Killed":false,"Accumulables":[]}},"Task Executor Metrics":{{"JVMHeapMemory":{heap_bytes}}},"Task Metrics":{{"Executor Deserialize Time":0,"Executor Run Time":{run_ms},"Executor CPU Time":{cpu_ns},"JVM GC Time":{gc_ms},"Shuffle Read Metrics":{{"Fetch Wait Time":{fetch_wait_ms},"Remote Bytes Read":0,"Local Bytes Read":0,"Total Records Read":0}},"Shuffle Write Metrics":{{"Shuffle Bytes Written":0,"Shuffle Write Time":{shuffle_write_ns},"Shuffle Records Written":0}}}}}}"#
        ))
    }

    fn end(&mut self, at: i64) -> &mut Self {
        let at = MIDNIGHT + at;
        self.line(format!(
            r#"{{"Event":"SparkListenerApplicationEnd","Timestamp":{at}}}"#
        ))
    }

    #[track_caller]
    fn fold(&self) -> AppRows {
        self.fold_as(LogFacts::default())
    }

    #[track_caller]
    fn fold_as(&self, facts: LogFacts) -> AppRows {
        let mut fold = Fold::new();
        for line in &self.lines {
            match parse(line.as_bytes()) {
                Parsed::Event(event) => fold.apply(&event),
                Parsed::Malformed(reason) => panic!("{reason}: {line}"),
            }
        }
        fold.finish(facts).expect("no application")
    }

    /// The log in a database of its own.
    fn ingest(&self) -> Env {
        let env = Env::new();
        std::fs::write(env.directory("logs").join("log"), self.lines.join("\n") + "\n").unwrap();
        let _ = env.shh("ingest -l logs").done();
        env
    }
}

#[track_caller]
fn equal(actual: f64, expected: f64) {
    assert!(
        (actual - expected).abs() <= 1e-12 * expected.abs().max(1.0),
        "{actual} is not {expected}"
    );
}

#[track_caller]
fn known(actual: Option<f64>, expected: f64) {
    equal(actual.expect("not known"), expected);
}

fn stage(rows: &AppRows, id: i64, attempt: i64) -> &StageRow {
    rows.stages
        .iter()
        .find(|stage| (stage.stage_id, stage.stage_attempt) == (id, attempt))
        .expect("no such stage")
}

#[test]
fn pitfall_01_cpu_and_shuffle_write_time_are_nanoseconds() {
    let mut log = Log::new();
    log.executor("1", 1, 0).job(0, 0).submitted(0, 0, 1, 0);
    log.task(Task {
        finish: 10 * SECOND,
        run_ms: 9000,
        cpu_ns: 7_200_000_000,
        gc_ms: 300,
        shuffle_write_ns: 500_000_000,
        fetch_wait_ms: 250,
        ..TASK
    });
    log.completed(0, 0, 1, 0, 10 * SECOND)
        .job_end(0, 10 * SECOND, "JobSucceeded")
        .end(10 * SECOND);
    let rows = log.fold();
    known(rows.app.cpu_core_h, 7.2 / 3600.0);
    equal(rows.app.run_s, 9.0);
    equal(rows.app.gc_s, 0.3);
    equal(rows.app.fetch_wait_s, 0.25);
    equal(rows.app.busy_core_h, 10.0 / 3600.0);
    let stage = stage(&rows, 0, 0);
    known(stage.cpu_s, 7.2);
    equal(stage.shuffle_write_s, 0.5);
    equal(stage.fetch_wait_s, 0.25);
    known(rows.usage[0].cpu_core_h, 7.2 / 3600.0);
}

#[test]
fn pitfall_02_an_executor_without_removal_lives_to_the_end() {
    let mut log = Log::new();
    log.executor("1", 2, 10 * SECOND).end(HOUR_MS + 10 * SECOND);
    let rows = log.fold();
    known(rows.app.alloc_core_h, 2.0);
    assert!(!rows.app.end_estimated && !rows.executors[0].removed);
}

#[test]
fn pitfall_02_without_an_end_it_lives_to_the_last_event() {
    let mut log = Log::new();
    log.executor("1", 2, 10 * SECOND)
        .job(0, 10 * SECOND)
        .submitted(0, 0, 1, 10 * SECOND);
    log.task(Task {
        launch: 10 * SECOND,
        finish: 40 * SECOND,
        ..TASK
    });
    let rows = log.fold();
    known(rows.app.alloc_core_h, 2.0 * 30.0 / 3600.0);
    assert!(rows.app.end_estimated);
    assert_eq!(
        (rows.app.end.0, rows.app.status),
        (MIDNIGHT + 40 * SECOND, "unknown")
    );
    assert_eq!(
        log.fold_as(LogFacts {
            in_progress: true,
            compacted: false
        })
        .app
        .status,
        "running"
    );
}

#[test]
fn pitfall_03_rolled_files_are_read_by_index() {
    let file = |name: &str| LogFile {
        path: format!("eventlog_v2_application_1_1/{name}"),
        size_bytes: 1,
        modified_ms: 0,
    };
    let names: Vec<String> = (1..=12)
        .rev()
        .map(|index| format!("events_{index}_application_1_1"))
        .collect();
    let mut files: Vec<LogFile> = names.iter().map(|name| file(name)).collect();
    files.push(file("appstatus_application_1_1"));
    let log = rolling_log("eventlog_v2_application_1_1", files, None).unwrap();
    let read: Vec<&str> = log.files.iter().map(LogFile::name).collect();
    assert_eq!(read, names.iter().rev().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn pitfall_03_a_removal_without_its_addition_makes_no_executor() {
    let mut log = Log::new();
    log.removed("1", 5 * SECOND, "lost")
        .executor("1", 1, 10 * SECOND)
        .end(20 * SECOND);
    let rows = log.fold();
    assert_eq!((rows.app.executors, rows.executors[0].removed), (1, false));
    known(rows.app.alloc_core_h, 10.0 / 3600.0);
}

#[test]
fn pitfall_04_lost_events_are_a_share_of_tasks_of_completed_stages() {
    let mut log = Log::new();
    log.executor("1", 4, 0).job(0, 0).submitted(0, 0, 4, 0);
    // Index 1 failed once and was tried again, index 3 was lost.
    log.task(Task {
        index: 0,
        finish: SECOND,
        ..TASK
    });
    log.task(Task {
        index: 1,
        finish: SECOND,
        reason: FAILED,
        ..TASK
    });
    log.task(Task {
        index: 1,
        finish: SECOND,
        ..TASK
    });
    log.task(Task {
        index: 2,
        finish: SECOND,
        ..TASK
    });
    log.completed(0, 0, 4, 0, SECOND);
    // A stage that failed or never completed lost nothing.
    log.submitted(1, 0, 100, SECOND)
        .failed(1, 0, 100, SECOND, 2 * SECOND)
        .submitted(2, 0, 100, SECOND)
        .end(2 * SECOND);
    known(log.fold().app.event_loss_pct, 25.0);
}

#[test]
fn pitfall_04_without_completed_stages_the_loss_is_unknown() {
    assert_eq!(Log::new().end(SECOND).fold().app.event_loss_pct, None);
}

#[test]
fn pitfall_04_a_log_that_lost_events_gets_no_advice() {
    let mut log = wasteful();
    log.submitted(9, 0, 1000, SECOND)
        .completed(9, 0, 1000, SECOND, 2 * SECOND)
        .end(2 * HOUR_MS);
    let env = log.ingest();
    assert!(
        env.value("select event_loss_pct from apps")
            .parse::<f64>()
            .unwrap()
            > 5.0
    );
    assert_eq!(advice(&env), None);
}

#[test]
fn pitfall_05_a_compacted_log_is_flagged_and_what_it_dropped_is_not_counted() {
    let mut log = Log::new();
    log.executor("1", 1, 0);
    // Job 0 and its stage were dropped, except for these ends.
    log.job_end(0, 5 * SECOND, "JobSucceeded")
        .job(1, 6 * SECOND)
        .submitted(1, 0, 1, 6 * SECOND);
    log.task(Task {
        stage: 1,
        launch: 6 * SECOND,
        finish: 8 * SECOND,
        ..TASK
    });
    log.completed(1, 0, 1, 6 * SECOND, 8 * SECOND)
        .job_end(1, 8 * SECOND, "JobSucceeded")
        .end(10 * SECOND);
    let rows = log.fold_as(LogFacts {
        in_progress: false,
        compacted: true,
    });
    assert!(rows.app.compacted);
    assert_eq!((rows.app.jobs, rows.app.stages, rows.app.tasks), (1, 1, 1));
    equal(rows.app.busy_core_h, 2.0 / 3600.0);
    known(rows.app.alloc_core_h, 10.0 / 3600.0);
    assert!(!log.fold().app.compacted);
}

#[test]
fn pitfall_06_zero_peaks_are_unknown() {
    let mut log = Log::new();
    log.executor("1", 1, 0)
        .executor("2", 1, 0)
        .job(0, 0)
        .submitted(0, 0, 2, 0);
    log.task(Task {
        finish: SECOND,
        ..TASK
    })
    .task(Task {
        index: 1,
        executor: "2",
        finish: SECOND,
        ..TASK
    });
    let unknown = log.clone().end(36 * SECOND).fold();
    assert_eq!(
        (unknown.app.peak_heap_bytes, unknown.executors[0].peak_heap_bytes),
        (None, None)
    );
    known(unknown.app.measured_core_h, 0.0);
    let half = log
        .task(Task {
            index: 1,
            executor: "2",
            finish: SECOND,
            heap_bytes: 4096,
            ..TASK
        })
        .end(36 * SECOND)
        .fold();
    assert_eq!(half.app.peak_heap_bytes, Some(4096));
    assert_eq!(
        (
            half.executors[0].peak_heap_bytes,
            half.executors[1].peak_heap_bytes
        ),
        (None, Some(4096))
    );
    known(half.app.measured_core_h, 36.0 / 3600.0);
}

/// Two hours of an executor with 4 cores and a heap of 8 GiB, of which hardly anything is used.
fn wasteful() -> Log {
    let mut log = Log::with(&[("spark.executor.memory", "8g")]);
    log.executor("1", 4, 0).job(0, 0).submitted(0, 0, 4, 0);
    for index in 0..4 {
        log.task(Task {
            index,
            finish: 2 * HOUR_MS,
            run_ms: 2 * HOUR_MS,
            heap_bytes: 100 << 20,
            ..TASK
        });
    }
    log.completed(0, 0, 4, 0, 2 * HOUR_MS)
        .job_end(0, 2 * HOUR_MS, "JobSucceeded");
    log
}

/// What the efficiency report says of the one application.
#[track_caller]
fn advice(env: &Env) -> Option<String> {
    let rows = env
        .shh("report efficiency --include-incomplete --format json")
        .done()
        .json_rows();
    assert_eq!(rows.len(), 1);
    rows[0]["advice"].as_str().map(str::to_owned)
}

#[test]
fn pitfall_07_a_high_heap_peak_alone_asks_for_no_memory() {
    let log = |gc_ms: i64| {
        let mut log = Log::with(&[("spark.executor.memory", "8g")]);
        log.executor("1", 1, 0).job(0, 0).submitted(0, 0, 1, 0);
        log.task(Task {
            finish: 2 * HOUR_MS,
            run_ms: 2 * HOUR_MS,
            gc_ms,
            heap_bytes: (8 << 30) - 1,
            ..TASK
        });
        log.completed(0, 0, 1, 0, 2 * HOUR_MS)
            .job_end(0, 2 * HOUR_MS, "JobSucceeded")
            .end(2 * HOUR_MS);
        log.ingest()
    };
    assert_eq!(advice(&log(MINUTE)), None);
    assert!(
        advice(&log(HOUR_MS)).unwrap().contains("more executor memory"),
        "half of the time is GC"
    );
}

#[test]
fn pitfall_07_a_low_heap_peak_is_waste() {
    let env = wasteful().end(2 * HOUR_MS).ingest();
    assert!(advice(&env).unwrap().contains("lower spark.executor.memory"));
}

#[test]
fn pitfall_08_cpu_time_that_no_task_reports_is_unknown() {
    let mut log = Log::new();
    log.executor("1", 1, 0)
        .job(0, 0)
        .submitted(0, 0, 1, 0)
        .task(Task {
            finish: SECOND,
            run_ms: 900,
            ..TASK
        })
        .end(SECOND);
    for line in &mut log.lines {
        *line = line.replace(r#""Executor CPU Time":0,"#, "");
    }
    let rows = log.fold();
    assert_eq!((rows.app.cpu_core_h, stage(&rows, 0, 0).cpu_s), (None, None));
    equal(rows.app.run_s, 0.9);
}

#[test]
fn pitfall_09_local_mode_allocates_nothing_and_is_left_out() {
    let mut log = Log::with(&[("spark.master", "local[4]")]);
    // Since Spark 3.3 such a log tells of the driver as an executor.
    log.executor("driver", 4, 0).job(0, 0).submitted(0, 0, 1, 0);
    log.task(Task {
        executor: "driver",
        finish: HOUR_MS,
        ..TASK
    })
    .end(HOUR_MS);
    let app = log.fold().app;
    assert!(app.local);
    assert_eq!(
        (
            app.alloc_core_h,
            app.idle_core_h,
            app.alloc_gib_h,
            app.queue_wait_s
        ),
        (None, None, None, None)
    );
    assert_eq!((app.executors, app.peak_executors, app.peak_cores), (0, 0, 0));
    equal(app.busy_core_h, 1.0);
    let env = log.ingest();
    assert_eq!(env.shh("report apps --format json").done().json_rows().len(), 0);
    assert_eq!(
        env.shh("report apps --include-local --format json")
            .done()
            .json_rows()
            .len(),
        1
    );
    let coverage = env.shh("report summary --format json").done().json()["coverage"].clone();
    assert_eq!(coverage["left_out"][0]["applications"], 1, "{coverage}");
}

#[test]
fn pitfall_09_without_a_master_the_tasks_tell() {
    let mut log = Log::new();
    log.job(0, 0)
        .submitted(0, 0, 1, 0)
        .task(Task {
            executor: "<driver>",
            finish: SECOND,
            ..TASK
        })
        .end(SECOND);
    log.lines[1] = log.lines[1].replace(r#""spark.master":"yarn""#, "");
    assert!(log.fold().app.local);
}

#[test]
fn pitfall_10_more_busy_than_allocated_is_no_negative_idle() {
    let mut log = Log::with(&[("spark.task.cpus", "2")]);
    // Two tasks of two cores each on an executor that says it has 2 cores, and lives for half of the time.
    log.executor("1", 2, 0).job(0, 0).submitted(0, 0, 2, 0);
    for index in 0..2 {
        log.task(Task {
            index,
            finish: HOUR_MS,
            ..TASK
        });
    }
    log.completed(0, 0, 2, 0, HOUR_MS)
        .removed("1", HOUR_MS / 2, "lost")
        .job_end(0, HOUR_MS, "JobSucceeded")
        .end(HOUR_MS);
    let rows = log.fold();
    equal(rows.app.busy_core_h, 4.0);
    known(rows.app.alloc_core_h, 1.0);
    known(rows.app.idle_core_h, 0.0);
    let parts = [
        rows.app.idle_driver_gap_core_h,
        rows.app.idle_startup_core_h,
        rows.app.idle_tail_core_h,
        rows.app.idle_skew_tail_core_h,
        rows.app.idle_under_parallel_core_h,
    ];
    equal(parts.into_iter().flatten().sum(), 1.0 - 4.0);
}

#[test]
fn pitfall_10_shares_are_clamped_for_display() {
    let mut log = Log::with(&[("spark.task.cpus", "2")]);
    log.executor("1", 2, 0).job(0, 0).submitted(0, 0, 2, 0);
    for index in 0..2 {
        log.task(Task {
            index,
            finish: HOUR_MS,
            ..TASK
        });
    }
    let env = log
        .completed(0, 0, 2, 0, HOUR_MS)
        .job_end(0, HOUR_MS, "JobSucceeded")
        .end(HOUR_MS)
        .ingest();
    for line in [
        "report resource-hogs",
        "report efficiency",
        "report summary",
        "trends usage",
    ] {
        let rows = env.shh(&format!("{line} --format json")).done().json_rows();
        let busy_pct = rows[0]["busy_pct"].as_f64().unwrap();
        assert!(busy_pct <= 100.0, "{line}: {busy_pct}");
    }
}

#[test]
fn pitfall_11_sums_over_lives_not_peak_times_duration() {
    let mut log = Log::new();
    // Ten executors for a tenth of the time each, one after the other.
    for number in 0..10 {
        let id = number.to_string();
        log.executor(&id, 3, number * 6 * MINUTE)
            .removed(&id, (number + 1) * 6 * MINUTE, "idle");
    }
    let app = log.end(HOUR_MS).fold().app;
    known(app.alloc_core_h, 3.0);
    assert_eq!((app.executors, app.peak_executors, app.peak_cores), (10, 1, 3));
}

#[test]
fn pitfall_11_shares_are_of_sums_not_means_of_shares() {
    let env = Env::with_fixture();
    let sums = env
        .rows("select sum(busy_core_h), sum(alloc_core_h) from apps where not local and not end_estimated");
    let number = |cell: &Option<String>| cell.as_ref().unwrap().parse::<f64>().unwrap();
    let expected = 100.0 * number(&sums[0][0]) / number(&sums[0][1]);
    let row = &env.shh("report summary --format json").done().json_rows()[0];
    assert!(
        (row["busy_pct"].as_f64().unwrap() - expected).abs() < 1e-9,
        "{row}"
    );
    let mean = env.value(
        "select avg(100 * busy_core_h / alloc_core_h) from apps where not local and not end_estimated",
    );
    assert!(
        (mean.parse::<f64>().unwrap() - expected).abs() > 0.1,
        "the fixture cannot tell the two apart"
    );
}

#[test]
fn pitfall_12_memory_is_held_for_wall_time_not_core_time() {
    let mut log = Log::with(&[
        ("spark.executor.memory", "2g"),
        ("spark.executor.memoryOverhead", "1g"),
    ]);
    log.executor("1", 16, 0)
        .job(0, 0)
        .submitted(0, 0, 1, 0)
        .task(Task {
            finish: HOUR_MS,
            ..TASK
        });
    let app = log.end(2 * HOUR_MS).fold().app;
    known(app.alloc_gib_h, 3.0 * 2.0);
    known(app.alloc_core_h, 32.0);
}

/// Executor 1 with 2 cores from 00:30 to 03:15; a task from 00:45 to 02:15.
fn long_lived() -> Log {
    let mut log = Log::new();
    log.executor("1", 2, 30 * MINUTE)
        .job(0, 30 * MINUTE)
        .submitted(0, 0, 1, 30 * MINUTE);
    log.task(Task {
        launch: 45 * MINUTE,
        finish: 135 * MINUTE,
        ..TASK
    });
    log.completed(0, 0, 1, 30 * MINUTE, 135 * MINUTE)
        .job_end(0, 135 * MINUTE, "JobSucceeded");
    log.removed("1", 195 * MINUTE, "idle").end(240 * MINUTE);
    log
}

#[test]
fn pitfall_13_lives_are_cut_at_full_hours() {
    let rows = long_lived().fold();
    let hours: Vec<(i64, f64, f64)> = rows
        .usage
        .iter()
        .map(|row| {
            (
                (row.hour.0 - MIDNIGHT) / HOUR_MS,
                row.alloc_core_h.unwrap(),
                row.busy_core_h,
            )
        })
        .collect();
    assert_eq!(
        hours,
        [(0, 1.0, 0.25), (1, 2.0, 1.0), (2, 2.0, 0.25), (3, 0.5, 0.0)]
    );
    known(rows.app.alloc_core_h, 5.5);
}

#[test]
fn pitfall_13_a_window_counts_the_part_inside() {
    let env = long_lived().ingest();
    let window = "--since 2026-11-23T01:00 --until 2026-11-23T02:00";
    for line in [
        "report resource-hogs",
        "report apps",
        "report summary",
        "trends usage",
    ] {
        let rows = env
            .shh(&format!("{line} {window} --format json"))
            .done()
            .json_rows();
        assert_eq!(
            (rows.len(), rows[0]["alloc_core_h"].as_f64()),
            (1, Some(2.0)),
            "{line}"
        );
        assert_eq!(rows[0]["busy_core_h"].as_f64(), Some(1.0), "{line}");
    }
    let whole = env.shh("report apps --format json").done().json_rows();
    assert_eq!(whole[0]["alloc_core_h"].as_f64(), Some(5.5));
    let after = env
        .shh("report apps --since 2026-11-23T05:00 --format json")
        .done()
        .json_rows();
    assert_eq!(after.len(), 0);
}

#[test]
fn pitfall_14_attempts_are_rows_whose_costs_add_up() {
    let env = Env::with_fixture();
    let attempts =
        env.rows("select attempt, status from apps where app_name = 'invoice_batch' order by attempt");
    let text: Vec<String> = attempts
        .into_iter()
        .map(|row| row.into_iter().flatten().collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(text, ["1 failed", "2 succeeded"]);
    let rows = env
        .shh("report apps --app-name invoice_batch --format json")
        .done()
        .json_rows();
    let sum: f64 = rows.iter().map(|row| row["alloc_core_h"].as_f64().unwrap()).sum();
    let summary = env
        .shh("report summary --app-name invoice_batch --format json")
        .done()
        .json_rows();
    assert!((summary[0]["alloc_core_h"].as_f64().unwrap() - sum).abs() < 1e-9);
    // What the first attempt got done was done again by the second.
    for row in rows {
        let (wasted, retry) = (
            row["wasted_core_h"].as_f64().unwrap(),
            row["wasted_app_retry_core_h"].as_f64().unwrap(),
        );
        assert_eq!(retry > 0.0, row["attempt"] == "1", "{row}");
        assert!(wasted >= retry);
    }
}

#[test]
fn pitfall_15_recomputed_work_is_wasted_in_a_success() {
    let mut log = Log::new();
    log.executor("1", 1, 0).job(0, 0).submitted(0, 0, 1, 0);
    log.task(Task {
        finish: 36 * SECOND,
        ..TASK
    })
    .completed(0, 0, 1, 0, 36 * SECOND);
    log.submitted(0, 1, 1, 40 * SECOND).task(Task {
        attempt: 1,
        launch: 40 * SECOND,
        finish: 58 * SECOND,
        ..TASK
    });
    log.completed(0, 1, 1, 40 * SECOND, 58 * SECOND)
        .job_end(0, 58 * SECOND, "JobSucceeded")
        .end(60 * SECOND);
    let rows = log.fold();
    assert_eq!(
        (rows.app.status, rows.app.failed_tasks, rows.app.stages),
        ("succeeded", 0, 2)
    );
    equal(rows.app.wasted_recompute_core_h, 0.005);
    equal(rows.app.wasted_core_h, 0.005);
    equal(rows.app.first_try_core_h, 0.01);
}

#[test]
fn pitfall_16_speculation_and_resubmission_count_once() {
    let mut log = Log::new();
    log.executor("1", 2, 0)
        .executor("2", 2, 0)
        .job(0, 0)
        .submitted(0, 0, 2, 0);
    log.task(Task {
        index: 0,
        finish: 36 * SECOND,
        ..TASK
    });
    // The copy wins, the original is killed.
    log.task(Task {
        index: 1,
        executor: "2",
        launch: 18 * SECOND,
        finish: 36 * SECOND,
        is_speculative: true,
        ..TASK
    });
    log.task(Task {
        index: 1,
        finish: 36 * SECOND,
        reason: KILLED,
        ..TASK
    });
    // Executor 1 goes, and the success of index 0 with it: told a second time, as a failure.
    log.task(Task {
        index: 0,
        finish: 36 * SECOND,
        reason: r#"{"Reason":"Resubmitted"}"#,
        ..TASK
    });
    log.completed(0, 0, 2, 0, 36 * SECOND)
        .job_end(0, 36 * SECOND, "JobSucceeded")
        .end(36 * SECOND);
    let rows = log.fold();
    let app = &rows.app;
    assert_eq!(
        (
            app.tasks,
            app.failed_tasks,
            app.killed_tasks,
            app.speculative_tasks,
            app.unfinished_tasks
        ),
        (3, 0, 1, 1, 0)
    );
    equal(app.busy_core_h, 0.01 + 0.005 + 0.01);
    equal(app.wasted_killed_core_h, 0.01);
    equal(app.wasted_core_h, 0.01);
    known(app.event_loss_pct, 0.0);
    assert_eq!(stage(&rows, 0, 0).tasks, 3);
}

#[test]
fn pitfall_17_only_the_drivers_clock_counts() {
    let mut log = Log::new();
    log.executor("1", 1, 0).job(0, 0).submitted(0, 0, 2, 0);
    // An executor whose clock is an hour wrong reports more run time than the task took by the driver's.
    log.task(Task {
        finish: 36 * SECOND,
        run_ms: HOUR_MS,
        ..TASK
    });
    // A finish before the launch is no time at all.
    log.task(Task {
        index: 1,
        launch: 40 * SECOND,
        finish: 39 * SECOND,
        ..TASK
    })
    .end(72 * SECOND);
    let app = log.fold().app;
    equal(app.busy_core_h, 0.01);
    known(app.alloc_core_h, 0.02);
    known(app.idle_core_h, 0.01);
}

#[test]
fn pitfall_18_failed_and_unfinished_runs_advise_no_smaller_size() {
    let smaller =
        |env: &Env| advice(env).is_some_and(|advice| advice.contains("lower spark.executor.memory"));
    assert!(
        smaller(&wasteful().end(2 * HOUR_MS).ingest()),
        "of a good run it is advised"
    );
    let mut failed = wasteful();
    failed
        .job(1, 2 * HOUR_MS)
        .job_end(1, 2 * HOUR_MS, "JobFailed")
        .end(2 * HOUR_MS);
    let env = failed.ingest();
    assert_eq!(env.value("select status from apps"), "failed");
    assert!(!smaller(&env), "of a failed run");
    assert!(!smaller(&wasteful().ingest()), "of a run without an end");
}

#[test]
fn pitfall_19_jobs_side_by_side_leave_no_gap_between_them() {
    let mut log = Log::new();
    log.executor("1", 1, 0).job(0, 10 * SECOND).job(1, 20 * SECOND);
    log.job_end(0, 30 * SECOND, "JobSucceeded")
        .job_end(1, 40 * SECOND, "JobSucceeded");
    log.job(2, 35 * SECOND)
        .job_end(2, 50 * SECOND, "JobSucceeded")
        .end(60 * SECOND);
    let app = log.fold().app;
    known(app.idle_driver_gap_core_h, 20.0 / 3600.0);
    known(app.idle_core_h, 60.0 / 3600.0);
}

#[test]
fn pitfall_20_times_are_utc_wherever_it_runs() {
    let env = long_lived().ingest();
    let here = env.shh("report apps --format json").done();
    let env = env.var("TZ", "America/New_York");
    let there = env.shh("report apps --format json").done();
    assert_eq!(here.stdout, there.stdout);
    assert_eq!(here.json_rows()[0]["start"], "2026-11-23T00:00:00.000Z");
    assert_eq!(here.json_rows()[0]["end"], "2026-11-23T04:00:00.000Z");
    let since = env
        .shh("report apps --since 2026-11-23T04:30 --format json")
        .done();
    assert_eq!(since.json_rows().len(), 1, "the whole hour 04:00 to 05:00 UTC");
    assert_eq!(
        env.shh("trends usage --bucket hour --format json")
            .done()
            .json_rows()[0]["bucket"],
        "2026-11-23T00:00:00.000Z"
    );
}

#[test]
fn pitfall_21_a_task_counts_when_it_finished() {
    let mut log = Log::new();
    log.executor("1", 1, 0).job(0, 0).submitted(0, 0, 2, 0);
    log.task(Task {
        launch: 50 * MINUTE,
        finish: 70 * MINUTE,
        cpu_ns: 3_600_000_000_000,
        ..TASK
    });
    let rows = log.fold();
    let tasks: Vec<(i64, i64)> = rows
        .usage
        .iter()
        .map(|row| ((row.hour.0 - MIDNIGHT) / HOUR_MS, row.tasks))
        .collect();
    assert_eq!(tasks, [(0, 0), (1, 1)]);
    known(rows.usage[1].cpu_core_h, 1.0);
    assert_eq!(
        rows.app.end.0,
        MIDNIGHT + 70 * MINUTE,
        "no event but the task says how late it is"
    );
}

#[test]
fn pitfall_22_the_file_name_is_not_the_application_id() {
    let env = Env::new();
    env.copy_log("local-1795395131414.zstd", "logs/application_999_1.zstd");
    env.copy_log("app-20261123005709-0000_2", "logs/app-20261123005709-0000_7");
    let _ = env.shh("ingest -l logs").done();
    let ids =
        env.value("select string_agg(app_id || coalesce('_' || attempt, ''), ' ' order by app_id) from apps");
    assert_eq!(ids, "app-20261123005709-0000_2 local-1795395131414");
}

#[test]
fn pitfall_23_secrets_are_redacted_wherever_they_stand() {
    let mut log = Log::with(&[
        ("spark.hadoop.fs.s3a.secret.key", "hunter2"),
        ("spark.executor.memory", "4g"),
        ("spark.yarn.tags", "token=hunter2"),
        ("spark.sql.adaptive.password", "hunter2"),
        ("spark.kubernetes.driver.label.access.key", "hunter2"),
    ]);
    log.job(0, 0);
    log.line(format!(
        r#"{{"Event":"SparkListenerJobEnd","Job ID":0,"Completion Time":{MIDNIGHT},"Job Result":{{"Result":"JobFailed","Exception":{{"Message":"cannot reach jdbc:postgresql://etl:hunter2@db/x with password=hunter2"}}}}}}"#
    ));
    let reason = r#"{"Reason":"ExceptionFailure","Class Name":"java.sql.SQLException","Description":"login failed: password = 'hunter2'"}"#;
    log.executor("1", 1, 0)
        .submitted(0, 0, 1, 0)
        .task(Task {
            finish: SECOND,
            reason,
            ..TASK
        })
        .end(SECOND);
    let rows = log.fold();
    assert_eq!(rows.failures.len(), 2);
    assert!(
        rows.jobs[0]
            .failure
            .as_deref()
            .unwrap()
            .starts_with("cannot reach")
    );
    assert!(
        rows.conf
            .iter()
            .any(|row| row.key == "spark.executor.memory" && row.value == "4g")
    );
    assert!(!format!("{rows:?}").contains("hunter2"), "{rows:#?}");
}
