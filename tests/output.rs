//! `--output` and `--fail-if`.

use std::fs;

use super::harness::{Env, Output};

fn report(env: &Env, words: &[&str]) -> Output {
    let args: Vec<&str> = ["report"].iter().chain(words).copied().collect();
    env.run(&args)
}

#[test]
fn a_result_goes_to_a_file_and_nothing_else_does() {
    let env = Env::with_fixture();
    for line in [
        "report resource-hogs --format md",
        "report efficiency",
        "trends usage --bucket hour --format csv",
    ] {
        let on_screen = env.shh(line).done().stdout;
        let output = env.shh(&format!("{line} -o out.txt")).done();
        assert!(
            output.stdout.is_empty() && output.stderr.is_empty(),
            "{}",
            output.whole()
        );
        assert_eq!(
            fs::read_to_string(env.path("out.txt")).unwrap(),
            on_screen,
            "{line}"
        );
    }
    let _ = env
        .run(&["sql", "select 1 as x", "--format", "csv", "--output", "x.csv"])
        .done();
    assert_eq!(fs::read_to_string(env.path("x.csv")).unwrap(), "x\r\n1\r\n");
    let _ = env.shh("report apps --explain --output explained.txt").done();
    assert!(
        fs::read_to_string(env.path("explained.txt"))
            .unwrap()
            .contains("app_name")
    );
    let mut names: Vec<_> = fs::read_dir(env.root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["explained.txt", "out.txt", "x.csv"]);
}

#[test]
fn an_old_file_is_replaced_only_by_a_whole_new_one() {
    let env = Env::with_fixture();
    fs::write(env.path("out.txt"), "old").unwrap();
    let failed = env.shh("report apps --user ( --output out.txt");
    assert_ne!(failed.code, 0);
    assert_eq!(fs::read_to_string(env.path("out.txt")).unwrap(), "old");
    assert_eq!(fs::read_dir(env.root()).unwrap().count(), 1);
    let _ = env.shh("report apps --output out.txt").done();
    assert!(
        fs::read_to_string(env.path("out.txt"))
            .unwrap()
            .starts_with("Applications")
    );
}

#[test]
fn a_link_and_a_device_stay_what_they_are() {
    let env = Env::with_fixture();
    fs::write(env.path("real.txt"), "old").unwrap();
    std::os::unix::fs::symlink("real.txt", env.path("link.txt")).unwrap();
    let _ = env.shh("report apps --output link.txt").done();
    assert!(env.path("link.txt").is_symlink());
    assert!(
        fs::read_to_string(env.path("real.txt"))
            .unwrap()
            .starts_with("Applications")
    );
    let _ = env.shh("report apps --output /dev/null").done();
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn a_file_that_cannot_be_written_is_told_before_the_work() {
    let env = Env::new();
    env.copy_log("local-1795395131414.zstd", "logs/a.zstd");
    for place in ["nowhere/out.txt", "logs"] {
        let output = env.shh(&format!("report apps -l logs --output {place}"));
        assert_eq!(output.code, 1);
        assert!(
            output.stderr.contains(&format!("cannot write `{place}`")),
            "{}",
            output.stderr
        );
    }
    assert!(!env.database().exists());
}

#[test]
fn a_condition_that_holds_is_told_and_fails() {
    let env = Env::with_fixture();
    let output = report(
        &env,
        &[
            "resource-hogs",
            "--limit",
            "1",
            "--fail-if",
            "busy_pct<60",
            "--fail-if",
            "tasks>1000000",
        ],
    );
    assert_eq!(output.code, 4, "{}", output.whole());
    output.matches("fail-if");
    let quiet = report(
        &env,
        &[
            "resource-hogs",
            "-q",
            "--format",
            "json",
            "--fail-if",
            "busy_pct < 60",
        ],
    );
    assert_eq!((quiet.code, &quiet.stderr), (4, &output.stderr));
    assert!(quiet.json()["rows"].as_array().unwrap().len() > 1);
    let trends = env.run(&["trends", "usage", "--bucket", "hour", "--fail-if", "tasks>=27"]);
    assert_eq!(trends.code, 4);
    assert!(
        trends
            .stderr
            .contains("tasks>=27 holds for bucket 2026-11-23T00:00:00Z: tasks is 143"),
        "{}",
        trends.stderr
    );
}

#[test]
fn a_condition_that_does_not_hold_is_silent() {
    let env = Env::with_fixture();
    let output = report(
        &env,
        &[
            "resource-hogs",
            "--fail-if",
            "busy_pct<1",
            "--fail-if",
            "input_bytes<0",
        ],
    )
    .done();
    assert!(output.stderr.is_empty(), "{}", output.stderr);
    assert_eq!(output.stdout, report(&env, &["resource-hogs"]).done().stdout);
}

#[test]
fn the_unknown_never_holds() {
    let env = Env::with_fixture();
    // Of local applications the allocation is not known.
    for condition in ["alloc_core_h>=0", "alloc_core_h<0", "alloc_core_h!=0"] {
        let output = report(
            &env,
            &[
                "apps",
                "--app-id",
                "local-1795394712232",
                "--include-local",
                "--fail-if",
                condition,
            ],
        );
        assert_eq!(output.code, 0, "{condition}: {}", output.whole());
    }
}

#[test]
fn every_row_is_looked_at_and_the_table_is_cut_as_before() {
    let env = Env::with_fixture();
    let plain = report(
        &env,
        &[
            "apps",
            "--last",
            "all",
            "--include-local",
            "--limit",
            "3",
            "--sort",
            "tasks:asc",
        ],
    )
    .done();
    let checked = report(
        &env,
        &[
            "apps",
            "--last",
            "all",
            "--include-local",
            "--limit",
            "3",
            "--sort",
            "tasks:asc",
            "--fail-if",
            "tasks>100",
        ],
    );
    assert_eq!(checked.stdout, plain.stdout);
    assert_eq!(checked.code, 4, "{}", checked.whole());
}

#[test]
fn wrong_conditions_are_wrong_usage() {
    let env = Env::with_fixture();
    for (words, told) in [
        (
            &["resource-hogs", "--fail-if", "idle>1"][..],
            "there is no column `idle`",
        ),
        (&["resource-hogs", "--fail-if", "app_name=1"], "holds no numbers"),
        (
            &["resource-hogs", "--fail-if", "tasks"],
            "expected COLUMN OP NUMBER",
        ),
        (&["--fail-if", "tasks>1"], "name one"),
    ] {
        let output = report(&env, words);
        assert_eq!(output.code, 2, "{words:?}");
        assert!(output.stderr.contains(told), "{}", output.stderr);
        assert!(output.stdout.is_empty());
    }
    assert!(
        report(&env, &["resource-hogs", "--fail-if", "idle>1"])
            .stderr
            .contains("columns: alloc_core_h, ")
    );
}
