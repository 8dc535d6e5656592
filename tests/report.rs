//! Every report in every format, and every filter, over the logs of `testdata`.

use super::harness::Env;

#[test]
fn reports_are_listed_without_a_name_and_without_a_database() {
    let output = Env::new().shh("report").done();
    output.matches("report-list");
}

#[test]
fn json_rows_have_the_promised_names() {
    let promised = "app_id, attempt, app_name, user, queue, spark_version, status, local, start, end, end_estimated, \
        dur_s, executors, peak_executors, jobs, failed_jobs, stages, failed_stages, tasks, failed_tasks, killed_tasks, \
        speculative_tasks, sql_executions, failed_sql, alloc_core_h, busy_core_h, cpu_core_h, idle_core_h, alloc_gib_h, \
        wasted_core_h, gc_s, run_s, queue_wait_s, input_bytes, input_records, output_bytes, output_records, \
        shuffle_read_bytes, shuffle_write_bytes, memory_spill_bytes, disk_spill_bytes, result_bytes";
    let document = Env::with_fixture()
        .shh("report apps --include-local --include-incomplete --format json")
        .done()
        .json();
    let keys: Vec<&String> = document.as_object().unwrap().keys().collect();
    for part in ["columns", "rows", "coverage"] {
        assert!(keys.iter().any(|key| *key == part), "{keys:?}");
    }
    for column in document["columns"].as_array().unwrap() {
        assert!(
            column["name"].is_string() && column["unit"].is_string() && column["definition"].is_string(),
            "{column}"
        );
    }
    let rows = document["rows"].as_array().unwrap();
    assert!(rows.len() > 40, "{}", rows.len());
    for row in rows {
        for name in promised.split(", ") {
            assert!(row.get(name.trim()).is_some(), "{name} is not in {row}");
        }
        let start = row["start"].as_str().unwrap();
        assert!(
            start.len() == "2026-11-23T00:00:00.000Z".len() && start.ends_with('Z'),
            "{start}"
        );
    }
}

#[test]
fn json_csv_and_markdown_are_never_cut() {
    let env = Env::with_fixture();
    let all = "--include-local --include-incomplete";
    let count = env
        .shh(&format!("report apps {all} --format json"))
        .done()
        .json_rows()
        .len();
    assert!(count > 20);
    let csv = env.shh(&format!("report apps {all} --format csv")).done();
    assert_eq!(csv.stdout.lines().count(), count + 1);
    let table = env.shh(&format!("report apps {all}")).done();
    assert_eq!(
        table
            .stdout
            .lines()
            .filter(|line| line.contains("2026-11-23 0"))
            .count(),
        20,
        "{}",
        table.stdout
    );
    let unlimited = env.shh(&format!("report apps {all} --limit 0")).done();
    assert_eq!(
        unlimited
            .stdout
            .lines()
            .filter(|line| line.contains("2026-11-23 0"))
            .count(),
        count
    );
}

/// Names of the applications that a report with these filters is about, sorted.
fn names(filters: &[&str]) -> Vec<String> {
    let mut args = vec!["report", "apps", "--format", "json"];
    args.extend(filters);
    let rows = Env::with_fixture().run(&args).done().json_rows();
    let mut names: Vec<String> = rows
        .iter()
        .map(|row| row["app_name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn local_and_unfinished_applications_are_left_out_unless_asked_for() {
    let plain = names(&[]);
    assert_eq!(plain.len(), 13);
    assert!(!plain.contains(&"etl_orders".to_owned()) && !plain.contains(&"stream_ingest".to_owned()));
    let local = names(&["--include-local"]);
    assert!(
        local.contains(&"etl_orders".to_owned()) && !local.contains(&"geo_backfill".to_owned()),
        "{local:?}"
    );
    let incomplete = names(&["--include-incomplete"]);
    assert!(
        incomplete.contains(&"stream_ingest".to_owned()) && !incomplete.contains(&"geo_backfill".to_owned())
    );
    let both = names(&["--include-local", "--include-incomplete"]);
    assert!(both.contains(&"geo_backfill".to_owned()), "{both:?}");
}

#[test]
fn filters_choose_applications() {
    assert_eq!(
        names(&["--user", "^bob$"]),
        [
            "gang_training",
            "gang_training",
            "model_scoring",
            "search_index_build"
        ]
    );
    assert_eq!(names(&["--user", "nobody"]), [""; 0]);
    let of_3_5 = ["price_scrape", "route_planner", "shipment_tracking"];
    assert_eq!(names(&["--spark-version", "3.5"]), of_3_5);
    assert_eq!(names(&["--spark-version", "3.5.3"]), of_3_5);
    assert_eq!(names(&["--spark-version", "3.5.30"]), [""; 0]);
    assert_eq!(names(&["--spark-version", "3"]), of_3_5);
    let large = ["ad_hoc_notebook", "model_scoring"];
    assert_eq!(names(&["--min-duration", "5m"]), large);
    assert_eq!(names(&["--min-core-hours", "0.06"]), large);
    assert_eq!(names(&["--min-core-hours", "0"]).len(), 13);
    assert_eq!(
        names(&["--app-name", "^gang_"]),
        ["gang_training", "gang_training"]
    );
    assert_eq!(
        names(&["--app-name", "batch|import"]),
        ["invoice_batch", "invoice_batch", "payments_import"]
    );
    assert_eq!(
        names(&["--app-id", "app-20261123005709-0000"]),
        ["invoice_batch", "invoice_batch"]
    );
    assert_eq!(names(&["--app-id", "app-20261123005709"]), [""; 0]);
    assert_eq!(
        names(&["--status", "failed"]),
        ["gang_training", "invoice_batch", "shipment_tracking"]
    );
    assert_eq!(names(&["--status", "running"]), ["stream_ingest"]);
    let queued = names(&["--queue", "."]);
    assert_eq!(queued, ["ad_hoc_notebook"]);
    let queue = Env::with_fixture().value("select queue from apps where app_name = 'ad_hoc_notebook'");
    assert_eq!(names(&["--queue", &format!("^{queue}$")]), queued);
}

#[test]
fn a_window_chooses_by_when_applications_ran() {
    // The last of these began before the hour and still ran in it.
    let late = [
        "gang_training",
        "gang_training",
        "search_index_build",
        "session_rollup",
    ];
    assert_eq!(names(&["--since", "2026-11-23T01:00"]), late);
    assert_eq!(names(&["--until", "2026-11-23T00:00"]), [""; 0]);
    assert_eq!(names(&["--last", "1h"]), [""; 0]);
    assert_eq!(names(&["--last", "all"]).len(), 13);
    assert_eq!(
        names(&["--since", "2026-11-23", "--until", "2026-11-24"]).len(),
        13
    );
}

#[test]
fn sort_goes_down_for_numbers_and_up_for_words_unless_told() {
    let env = Env::with_fixture();
    let column = |sort: &str, name: &str| -> Vec<serde_json::Value> {
        let rows = env
            .run(&["report", "apps", "--format", "json", "--sort", sort])
            .done()
            .json_rows();
        rows.iter().map(|row| row[name].clone()).collect()
    };
    let down: Vec<f64> = column("busy_core_h", "busy_core_h")
        .iter()
        .map(|value| value.as_f64().unwrap())
        .collect();
    assert!(down.is_sorted_by(|a, b| a >= b) && down[0] > down[12], "{down:?}");
    let up: Vec<f64> = column("busy_core_h:asc", "busy_core_h")
        .iter()
        .map(|value| value.as_f64().unwrap())
        .collect();
    assert!(up.is_sorted() && up[0] < up[12], "{up:?}");
    let words: Vec<String> = column("app_name", "app_name")
        .iter()
        .map(|value| value.as_str().unwrap().to_owned())
        .collect();
    assert!(words.is_sorted(), "{words:?}");
    let words: Vec<String> = column("app_name:desc", "app_name")
        .iter()
        .map(|value| value.as_str().unwrap().to_owned())
        .collect();
    assert!(words.is_sorted_by(|a, b| a >= b), "{words:?}");
    let unknown_last = column("attempt", "attempt");
    assert_eq!(
        unknown_last[..2],
        ["1", "2"].map(serde_json::Value::from),
        "{unknown_last:?}"
    );
    assert!(unknown_last[2..].iter().all(serde_json::Value::is_null));
    let unknown_last = column("attempt:desc", "attempt");
    assert_eq!(
        unknown_last[..2],
        ["2", "1"].map(serde_json::Value::from),
        "{unknown_last:?}"
    );
}

#[test]
fn limit_cuts_after_sorting_and_says_so() {
    let env = Env::with_fixture();
    env.shh("report resource-hogs --limit 3")
        .done()
        .matches("report-limit");
    let rows = env
        .shh("report resource-hogs --limit 2 --sort alloc_core_h:asc --format json")
        .done()
        .json_rows();
    let names: Vec<&str> = rows.iter().map(|row| row["app_name"].as_str().unwrap()).collect();
    assert_eq!(names, ["payments_import", "gang_training"]);
}

#[test]
fn wrong_column_names_the_columns() {
    Env::with_fixture()
        .shh("report resource-hogs --sort memory")
        .matches("report-wrong-column");
}

#[test]
fn wrong_pattern_is_wrong_usage() {
    let env = Env::with_fixture();
    env.shh("report apps --user (").matches("report-wrong-pattern");
    for flag in ["--queue", "--app-name"] {
        let output = env.run(&["report", "apps", flag, "[a"]);
        assert_eq!(output.code, 2, "{}", output.whole());
        assert!(
            output.stderr.contains(flag) && output.stderr.contains("hint:"),
            "{}",
            output.stderr
        );
    }
}

#[test]
fn unknown_report_is_told_the_nearest_name() {
    let env = Env::with_fixture();
    env.shh("report resource-hog").matches("report-unknown");
    let far = env.shh("report xyzzy");
    assert_eq!(far.code, 2);
    assert!(far.stderr.contains("`shh report` lists them"), "{}", far.stderr);
}

#[test]
fn nothing_to_show_is_said_and_is_no_failure() {
    let env = Env::with_fixture();
    env.shh("report apps --user nobody")
        .done()
        .matches("report-empty.table");
    env.shh("report apps --user nobody --format json")
        .done()
        .matches("report-empty.json");
    let csv = env.shh("report apps --user nobody --format csv").done();
    assert_eq!(csv.stdout.lines().count(), 1, "only the header: {}", csv.stdout);
}

#[test]
fn when_nothing_is_recent_the_window_ends_with_the_newest_application() {
    let output = Env::with_fixture()
        .var("SHH_NOW", "2027-06-01T00:00:00Z")
        .shh("report resource-hogs --limit 2")
        .done();
    output.matches("report-newest");
    assert!(output.stdout.contains("newest application"), "{}", output.stdout);
}

#[test]
fn a_report_can_ingest_first() {
    let env = Env::new();
    env.copy_log("app-20261123005034-0000.zstd", "logs/a.zstd");
    let output = env.shh("report resource-hogs --log-directory logs").done();
    output.matches("report-ingests-first");
    assert!(output.stdout.contains("model_scoring"));
    let again = env.shh("report resource-hogs").done();
    assert_eq!(
        again.stdout.lines().take(6).collect::<Vec<_>>(),
        output.stdout.lines().take(6).collect::<Vec<_>>()
    );
}

#[test]
fn a_report_after_damaged_logs_says_so_by_its_exit_code() {
    let env = Env::new();
    env.copy_log("damaged/half-line-local-1795395144482", "logs/a");
    let output = env.shh("report apps --include-local --log-directory logs");
    assert_eq!(output.code, 3, "{}", output.whole());
    assert!(
        output.stdout.contains("fx_rates_sync") && output.stderr.contains("warning:"),
        "{}",
        output.whole()
    );
}

#[test]
fn without_a_database_the_way_to_one_is_told() {
    Env::new().shh("report summary").matches("report-no-database");
}

#[test]
fn a_closed_pipe_is_no_error() {
    let env = Env::with_fixture();
    let mut child = env
        .command(&["report", "apps", "--include-local", "--format", "json"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned()
        ),
        (Some(0), String::new())
    );
}

#[test]
fn colors_are_only_used_when_asked_for() {
    let env = Env::with_fixture();
    assert!(!env.shh("report resource-hogs").done().stdout.contains('\u{1b}'));
    assert!(
        env.shh("report resource-hogs --color always")
            .done()
            .stdout
            .contains('\u{1b}')
    );
}

#[test]
fn two_runs_print_the_same() {
    let env = Env::with_fixture();
    let line = "report all --include-local --include-incomplete --format md";
    assert_eq!(env.shh(line).done().stdout, env.shh(line).stdout);
}
