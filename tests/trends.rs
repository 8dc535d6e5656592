//! Every trend in every format, and what belongs to trends alone: buckets and capacities.

use super::harness::Env;

#[test]
fn trends_are_listed_without_a_name() {
    Env::new().shh("trends").done().matches("trends-list");
}

#[test]
fn buckets_add_up_to_the_same() {
    let env = Env::with_fixture();
    let sum = |bucket: &str| -> f64 {
        let rows = env
            .run(&["trends", "usage", "--bucket", bucket, "--format", "json"])
            .done()
            .json_rows();
        rows.iter().map(|row| row["alloc_core_h"].as_f64().unwrap()).sum()
    };
    let day = sum("day");
    assert!(day > 0.5);
    for bucket in ["hour", "week", "month"] {
        assert!((sum(bucket) - day).abs() < 1e-9, "{bucket}");
    }
}

#[test]
fn buckets_begin_where_the_calendar_says() {
    let env = Env::with_fixture();
    for (bucket, start) in [
        ("hour", "2026-11-23T00:00:00.000Z"),
        ("day", "2026-11-23T00:00:00.000Z"),
        ("week", "2026-11-23T00:00:00.000Z"),
        ("month", "2026-11-01T00:00:00.000Z"),
    ] {
        for trend in ["usage", "concurrency", "waste", "cost"] {
            let rows = env
                .run(&["trends", trend, "--bucket", bucket, "--format", "json"])
                .done()
                .json_rows();
            assert_eq!(rows[0]["bucket"], start, "{trend} by {bucket}");
        }
    }
}

#[test]
fn usage_and_reports_agree() {
    let env = Env::with_fixture();
    let usage = env.shh("trends usage --format json").done().json_rows();
    let summary = env.shh("report summary --format json").done().json_rows();
    for name in [
        "alloc_core_h",
        "busy_core_h",
        "cpu_core_h",
        "alloc_gib_h",
        "wasted_core_h",
    ] {
        let of_trend: f64 = usage.iter().map(|row| row[name].as_f64().unwrap()).sum();
        let of_report = summary[0][name].as_f64().unwrap();
        assert!(
            (of_trend - of_report).abs() < 1e-9,
            "{name}: {of_trend} and {of_report}"
        );
    }
}

#[test]
fn capacity_gives_shares() {
    let env = Env::with_fixture();
    let rows = env
        .shh("trends concurrency --capacity-cores 12 --capacity-memory 16GiB --format json")
        .done()
        .json_rows();
    let row = &rows[0];
    let (cores, share) = (
        row["max_cores"].as_f64().unwrap(),
        row["max_cores_pct"].as_f64().unwrap(),
    );
    assert!((share - 100.0 * cores / 12.0).abs() < 1e-9, "{row}");
    let (memory, share) = (
        row["max_memory_gib"].as_f64().unwrap(),
        row["max_memory_pct"].as_f64().unwrap(),
    );
    assert!((share - 100.0 * memory / 16.0).abs() < 1e-9, "{row}");
}

#[test]
fn a_narrowed_concurrency_is_about_the_chosen_applications_alone() {
    let env = Env::with_fixture();
    let peak = |filters: &[&str]| -> f64 {
        let mut args = vec!["trends", "concurrency", "--format", "json"];
        args.extend(filters);
        env.run(&args).done().json_rows()[0]["max_cores"]
            .as_f64()
            .unwrap()
    };
    let expected: f64 = env
        .value("select peak_cores from apps where app_name = 'model_scoring'")
        .parse()
        .unwrap();
    assert_eq!(peak(&["--app-name", "^model_scoring$"]), expected);
    assert!(peak(&[]) > expected);
    assert_eq!(
        peak(&["--app-name", "."]),
        peak(&[]),
        "everything chosen one by one is everything"
    );
}

#[test]
fn a_window_without_applications_is_empty() {
    Env::with_fixture()
        .shh("trends usage --since 2026-10-01 --until 2026-10-02")
        .done()
        .matches("trends-empty");
}

#[test]
fn unknown_trend_is_told_the_nearest_name() {
    Env::with_fixture().shh("trends usages").matches("trends-unknown");
}

#[test]
fn when_nothing_is_recent_the_window_ends_with_the_newest_application() {
    let output = Env::with_fixture()
        .var("SHH_NOW", "2027-06-01T00:00:00Z")
        .shh("trends usage")
        .done();
    assert!(output.stdout.contains("newest application"), "{}", output.stdout);
    assert!(output.stdout.contains("2026-10-24"), "30 days: {}", output.stdout);
}
