//! `shh ingest`: what it reads, what it leaves alone, what it refuses, and what it says.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use super::harness::{Env, NOW_MS, Output, age, files_below, open_read_only, rows, testdata};

/// Tables that hold the rows of applications.
const APP_TABLES: [&str; 9] = [
    "apps",
    "executors",
    "jobs",
    "stages",
    "sql_executions",
    "failures",
    "conf",
    "resource_profiles",
    "usage",
];

/// All rows of all applications, without the keys of this one file.
fn contents(env: &Env) -> Vec<Vec<Vec<Option<String>>>> {
    APP_TABLES
        .iter()
        .map(|table| env.rows(&format!("select * exclude (app_key) from {table} order by all")))
        .collect()
}

fn inode(env: &Env) -> (u64, i64, i64) {
    let metadata = fs::metadata(env.database()).unwrap();
    (metadata.ino(), metadata.mtime(), metadata.mtime_nsec())
}

fn summary(env: &Env, line: &str) -> serde_json::Value {
    env.shh(&format!("ingest -l logs --format json {line}")).json()
}

fn set_time(path: &Path, ms: i64) {
    let time = UNIX_EPOCH + Duration::from_millis(ms.try_into().unwrap());
    fs::File::open(path).unwrap().set_modified(time).unwrap();
}

/// The first `lines` lines of a plain log of `testdata`.
fn head(log: &str, lines: usize) -> Vec<u8> {
    let bytes = fs::read(testdata().join(log)).unwrap();
    bytes
        .split_inclusive(|byte| *byte == b'\n')
        .take(lines)
        .flatten()
        .copied()
        .collect()
}

const PLAIN: &str = "local-1795395144482";
const ROLLING: &str = "eventlog_v2_local-1795395192755";

// What is read

#[test]
fn every_codec_is_read() {
    let env = Env::new();
    let logs = [
        ("local-1795395144482", "plain"),
        ("local-1795395131414.zstd", "zstd"),
        ("local-1795395028095.lz4", "lz4"),
        ("local-1795394841278.snappy", "snappy"),
        ("local-1795394712562.lzf", "lzf"),
        ("local-1795395139384.gz", "gzip"),
    ];
    for (log, _) in logs {
        env.copy_log(log, &format!("logs/{log}"));
    }
    let _ = env.shh("ingest -l logs").done();
    for (log, codec) in logs {
        let id = log.split('.').next().unwrap();
        let found = env.rows(&format!(
            "select codec, outcome, tasks::varchar, app_name from logs join apps using (app_key) where logs.app_id = '{id}'"
        ));
        let expected: Vec<Option<String>> = [
            codec,
            "complete",
            &env.value("select max(tasks) from apps"),
            "fx_rates_sync",
        ]
        .map(|text| Some(text.to_owned()))
        .to_vec();
        assert_eq!(found, [expected], "{log}");
    }
}

#[test]
fn a_database_may_have_any_name_that_is_text() {
    let env = Env::new();
    env.copy_log(PLAIN, &format!("logs/{PLAIN}"));
    for name in [
        "o'clock' as x; drop table apps; --.duckdb",
        "~",
        "md:größe.db",
        "a\"b",
    ] {
        for line in ["ingest", "ingest --full"] {
            let mut args: Vec<&str> = line.split(' ').collect();
            args.extend(["-l", "logs", "--database", name]);
            let _ = env.run(&args).done();
        }
        let apps = rows(
            &open_read_only(&env.path(name)),
            "select count(*)::varchar from apps",
        );
        assert_eq!(apps, [[Some("1".to_owned())]], "{name}");
    }
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.duckdb");
    let args = ["ingest", "-l", "logs", "--database"].map(std::ffi::OsStr::new);
    let output = env.run(&[&args[..], &[name]].concat());
    assert_eq!(output.code, 1, "{}", output.whole());
    assert!(output.stderr.contains("is not UTF-8"), "{}", output.stderr);
}

#[test]
fn the_first_bytes_beat_the_name() {
    let env = Env::new();
    env.copy_log("local-1795395131414.zstd", "logs/local-1795395131414.lz4");
    env.copy_log("local-1795395144482", "logs/local-1795395144482.zstd");
    let _ = env.shh("ingest -l logs").done();
    assert_eq!(
        env.value("select string_agg(codec, ' ' order by path) from logs"),
        "zstd plain"
    );
    assert_eq!(env.value("select count(*) from apps"), "2");
}

#[test]
fn a_rolling_log_is_one_log() {
    let env = Env::new();
    env.copy_log(ROLLING, &format!("logs/{ROLLING}"));
    let _ = env.shh("ingest -l logs").done();
    assert_eq!(
        env.value("select rolling || ' ' || files || ' ' || last_index || ' ' || outcome from logs"),
        "true 4 4 complete"
    );
    assert_eq!(env.value("select tasks from apps"), "72");
}

#[test]
fn a_compacted_log_is_marked() {
    let env = Env::new();
    env.copy_log(
        "eventlog_v2_local-1795395218204",
        "logs/eventlog_v2_local-1795395218204",
    );
    let _ = env.shh("ingest -l logs").done();
    assert_eq!(
        env.value("select apps.compacted and logs.compacted from apps join logs using (app_key)"),
        "true"
    );
}

#[test]
fn a_cut_tail_of_an_unfinished_log_is_normal() {
    let env = Env::new();
    env.copy_log(
        "local-1795395298668.inprogress",
        "logs/local-1795395298668.inprogress",
    );
    env.copy_log(
        "eventlog_v2_app-20261123010031-0000",
        "logs/eventlog_v2_app-20261123010031-0000",
    );
    let output = env.shh("ingest -l logs").done();
    assert!(!output.stderr.contains("warning"), "{}", output.stderr);
    assert_eq!(
        env.value("select string_agg(status, ' ') from apps"),
        "running running"
    );
    assert_eq!(
        env.value("select count(*) from apps where end_estimated and \"end\" > start"),
        "2"
    );
    assert_eq!(
        env.value("select count(*) from logs where outcome = 'running' and message is null"),
        "2"
    );
}

#[test]
fn nested_directories_are_read_down_to_the_depth() {
    let env = Env::new();
    for (depth, log) in [
        (0, "local-1795395149379.zstd"),
        (1, "local-1795395154216.zstd"),
        (4, "local-1795395160566.zstd"),
        (5, "local-1795395167135.zstd"),
    ] {
        env.copy_log(log, &format!("logs/{}{log}", "d/".repeat(depth)));
    }
    for (flag, found) in [
        ("--depth 0", 1),
        ("--depth 1", 2),
        ("--depth 3", 2),
        ("", 3),
        ("--depth 5", 4),
    ] {
        assert_eq!(
            summary(&env, &format!("{flag} --dry-run"))["found"],
            found,
            "{flag}"
        );
    }
}

#[test]
fn rolling_directories_do_not_count_as_depth() {
    let env = Env::new();
    env.copy_log(ROLLING, &format!("logs/{ROLLING}"));
    assert_eq!(summary(&env, "--depth 0 --dry-run")["found"], 1);
}

#[test]
fn a_log_directory_may_be_a_log() {
    let env = Env::new();
    env.copy_log(ROLLING, ROLLING);
    env.copy_log("local-1795395131414.zstd", "one.zstd");
    let _ = env.run(&["ingest", "-l", ROLLING, "-l", "one.zstd"]).done();
    assert_eq!(env.value("select count(*) from apps"), "2");
}

#[test]
fn several_directories_are_one_fleet() {
    let env = Env::new();
    env.copy_log("local-1795395149379.zstd", "a/x.zstd");
    env.copy_log("local-1795395154216.zstd", "b/x.zstd");
    let _ = env.shh("ingest -l a -l b").done();
    assert_eq!(env.value("select count(*) from apps"), "2");
    let _ = Env::new();
    let env = env.var("SHH_LOG_DIRECTORY", "a, b");
    assert!(env.shh("ingest").done().stderr.contains("nothing new"));
}

#[test]
fn what_is_no_log_by_name_is_passed_over() {
    let env = Env::new();
    env.copy_log("damaged/.local-1700000000001", "logs/.local-1700000000001");
    env.copy_log(
        "damaged/.local-1700000000002.crc",
        "logs/.local-1700000000002.crc",
    );
    env.copy_log("damaged/local-1700000000000", "logs/local-1700000000000");
    fs::write(env.path("logs/x.crc"), "crc").unwrap();
    fs::create_dir(env.path("logs/eventlog_v2_nothing")).unwrap();
    symlink("nowhere", env.path("logs/dangling")).unwrap();
    let output = env.shh("ingest -l logs").done();
    assert!(output.stderr.contains("no event logs found"), "{}", output.stderr);
    assert!(!env.database().exists());
}

#[test]
fn files_are_read_through_symbolic_links() {
    let env = Env::new();
    let log = env.copy_log("local-1795395131414.zstd", "elsewhere/x.zstd");
    env.directory("logs");
    symlink(log, env.path("logs/link.zstd")).unwrap();
    assert_eq!(summary(&env, "")["applications"], 1);
}

#[test]
fn links_that_go_in_circles_read_each_log_once() {
    let env = Env::new();
    env.copy_log("local-1795395131414.zstd", "logs/a/x.zstd");
    env.copy_log("local-1795395139384.gz", "elsewhere/y.gz");
    for number in 0..5 {
        symlink(".", env.path(&format!("logs/loop{number}"))).unwrap();
        symlink("..", env.path(&format!("logs/a/loop{number}"))).unwrap();
    }
    symlink(env.path("elsewhere"), env.path("logs/b")).unwrap();
    symlink("b", env.path("logs/c")).unwrap();
    let summary = summary(&env, "--depth 9");
    assert_eq!(summary["found"], 2);
    assert_eq!(summary["applications"], 2);
    let paths = env.value("select string_agg(path, ' ' order by path) from logs");
    assert!(paths.contains("/logs/a/x.zstd"), "{paths}");
    assert!(paths.contains("/logs/b/y.gz"), "{paths}");
}

#[test]
fn a_directory_is_not_gone_because_another_with_a_longer_name_was_not_listed() {
    let env = Env::new();
    let whole = env.copy_log("local-1795395144482", "logs-archive/app");
    assert_eq!(env.shh("ingest -l logs-archive").code, 0);
    let before = env.value("select status || ' ' || tasks from apps");
    let text = fs::read(whole).unwrap();
    env.directory("logs");
    fs::write(env.path("logs/app"), &text[..text.len() * 9 / 10]).unwrap();
    let _ = env.shh("ingest -l logs");
    assert_eq!(env.value("select status || ' ' || tasks from apps"), before);
    assert_eq!(
        env.value("select string_agg(outcome, ' ' order by outcome) from logs"),
        "complete duplicate"
    );
}

/// Two copies of a log, the first of them used.
fn copies() -> (Env, std::path::PathBuf, std::path::PathBuf) {
    let env = Env::new();
    let used = env.copy_log("local-1795395144482", "logs/a");
    let other = env.copy_log("local-1795395144482", "logs/b");
    assert_eq!(env.shh("ingest -l logs").code, 0);
    assert_eq!(env.value(OUTCOMES), "a complete, b duplicate");
    (env, used, other)
}

const OUTCOMES: &str =
    "select string_agg(parse_filename(path) || ' ' || outcome, ', ' order by path) from logs";

fn cut(log: &Path) {
    let text = fs::read(log).unwrap();
    fs::write(log, &text[..text.len() * 9 / 10]).unwrap();
}

#[test]
fn a_log_that_got_worse_gives_way_to_its_copy_by_the_next_run() {
    let (env, used, _) = copies();
    let tasks = env.value("select tasks from apps");
    cut(&used);
    let _ = env.shh("ingest -l logs");
    let _ = env.shh("ingest -l logs");
    assert_eq!(env.value(OUTCOMES), "a duplicate, b complete");
    assert_eq!(env.value("select tasks from apps"), tasks);
    assert_eq!(env.value("select count(*) from apps"), "1");
}

#[test]
fn a_copy_is_held_against_what_the_used_log_is_now() {
    let (env, used, other) = copies();
    let tasks = env.value("select tasks from apps");
    cut(&used);
    let text = fs::read(&other).unwrap();
    fs::write(&other, [&text[..], b"\n"].concat()).unwrap();
    let _ = env.shh("ingest -l logs");
    assert_eq!(env.value(OUTCOMES), "a duplicate, b complete");
    assert_eq!(env.value("select tasks from apps"), tasks);
}

#[test]
fn a_file_of_a_rolling_log_that_cannot_be_opened_today_changes_nothing() {
    let env = Env::new();
    let rolling = "eventlog_v2_local-1795395192755";
    env.directory(&format!("logs/{rolling}"));
    for index in 1..=4 {
        let name = format!("{rolling}/events_{index}_local-1795395192755.zstd");
        env.copy_log(&name, &format!("logs/{name}"));
    }
    env.copy_log(
        &format!("{rolling}/appstatus_local-1795395192755"),
        &format!("logs/{rolling}/appstatus_local-1795395192755"),
    );
    assert_eq!(env.shh("ingest -l logs").code, 0);
    let figures = "select status || ' ' || tasks || ' ' || alloc_core_h from apps";
    let before = env.value(figures);
    let second = env.path(&format!("logs/{rolling}/events_2_local-1795395192755.zstd"));
    let kept = fs::read(&second).unwrap();
    fs::remove_file(&second).unwrap();
    // It is there and cannot be opened, whoever asks.
    symlink(&second, &second).unwrap();
    let _ = env.shh("ingest -l logs --full");
    assert_eq!(env.value(figures), before);
    fs::remove_file(&second).unwrap();
    fs::write(&second, kept).unwrap();
    assert_eq!(env.shh("ingest -l logs").code, 0);
    assert_eq!(env.value("select outcome from logs"), "complete");
    assert_eq!(env.value(figures), before);
}

#[test]
fn a_loop_of_links_is_named_and_the_rest_is_read() {
    let env = Env::new();
    env.copy_log("local-1795395131414.zstd", "logs/x.zstd");
    symlink("loop", env.path("logs/loop")).unwrap();
    let output = env.shh("ingest -l logs");
    assert_eq!(output.code, 3, "{}", output.whole());
    assert!(output.stderr.contains("logs/loop"), "{}", output.stderr);
    assert_eq!(env.value("select count(*) from apps"), "1");
}

#[test]
fn a_name_that_is_no_text_is_named_and_the_rest_is_read() {
    let env = Env::new();
    let log = env.copy_log("local-1795395131414.zstd", "logs/x.zstd");
    fs::copy(
        log,
        env.path("logs").join(std::ffi::OsStr::from_bytes(b"local-\xff")),
    )
    .unwrap();
    let output = env.shh("ingest -l logs");
    assert_eq!(output.code, 3, "{}", output.whole());
    assert!(output.stderr.contains("cannot open"), "{}", output.stderr);
    assert_eq!(
        env.value("select count(*) from logs where outcome = 'unreadable'"),
        "1"
    );
    assert_eq!(env.value("select count(*) from apps"), "1");
}

#[test]
fn a_file_that_may_not_be_read_is_named_and_the_rest_is_read() {
    let env = Env::new();
    env.copy_log("local-1795395131414.zstd", "logs/x.zstd");
    let secret = env.copy_log("local-1795395149379.zstd", "logs/y.zstd");
    fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o000)).unwrap();
    if fs::File::open(&secret).is_ok() {
        // Root may read everything; a name that cannot be opened stands in for it above.
        assert_eq!(summary(&env, "")["applications"], 2);
        return;
    }
    let output = env.shh("ingest -l logs");
    assert_eq!(output.code, 3, "{}", output.whole());
    assert!(output.stderr.contains("y.zstd"), "{}", output.stderr);
    assert_eq!(env.value("select count(*) from apps"), "1");
}

#[test]
fn huge_and_small_logs_are_read_to_the_same_rows() {
    let lines = head("app-20261123003745-0000", usize::MAX);
    let lines: Vec<&[u8]> = lines.split_inclusive(|byte| *byte == b'\n').collect();
    let tasks: Vec<u8> = lines
        .iter()
        .filter(|line| line.starts_with(b"{\"Event\":\"SparkListenerTask"))
        .copied()
        .flatten()
        .copied()
        .collect();
    let mut text: Vec<u8> = lines[..lines.len() - 1].concat();
    while text.len() < 40 << 20 {
        text.extend(&tasks);
    }
    text.extend(lines[lines.len() - 1]);
    // As plain text it is read by all workers together, packed it is small enough for one.
    let plain = Env::new();
    plain.directory("logs");
    fs::write(plain.path("logs/app"), &text).unwrap();
    let _ = plain.shh("ingest -l logs --threads 4").done();
    let packed = Env::new();
    packed.directory("logs");
    let bytes = zstd::bulk::compress(&text, 1).unwrap();
    assert!(bytes.len() < 4 << 20);
    fs::write(packed.path("logs/app.zstd"), bytes).unwrap();
    let _ = packed.shh("ingest -l logs --threads 1").done();
    assert!(plain.value("select tasks from apps").parse::<i64>().unwrap() > 1000);
    assert_eq!(contents(&plain), contents(&packed));
    let ledger = "select events, malformed_lines, decoded_bytes, has_end, last_event from logs";
    assert_eq!(plain.rows(ledger), packed.rows(ledger));
}

#[test]
fn the_number_of_threads_changes_no_row() {
    let ingest = |threads: &str| {
        let env = Env::new();
        let output = env.run(&["ingest", "--threads", threads, "-l", testdata().to_str().unwrap()]);
        assert_eq!(output.code, 3);
        env
    };
    let (one, many) = (ingest("1"), ingest("7"));
    assert_eq!(contents(&one), contents(&many));
    let logs = "select * exclude (app_key, ingest_id) from logs order by path";
    assert_eq!(one.rows(logs), many.rows(logs));
    assert_eq!(
        one.rows("select * from fleet_minutes order by 1").len(),
        many.rows("select * from fleet_minutes order by 1").len()
    );
}

// Again and again

#[test]
fn second_ingest_reads_nothing_and_publishes_nothing() {
    let env = Env::new();
    env.copy_log("local-1795395131414.zstd", "logs/x.zstd");
    env.copy_log(ROLLING, &format!("logs/{ROLLING}"));
    env.copy_log(
        "local-1795395298668.inprogress",
        "logs/local-1795395298668.inprogress",
    );
    assert_eq!(summary(&env, "")["published"], true);
    let before = inode(&env);
    let second = summary(&env, "");
    assert_eq!(
        (&second["published"], &second["logs"], &second["unchanged"]),
        (&false.into(), &0.into(), &3.into())
    );
    assert_eq!(inode(&env), before);
    assert_eq!(env.value("select count(*) from ingests"), "1");
}

#[test]
fn second_ingest_of_damaged_logs_reads_nothing() {
    let env = Env::new();
    let directory = testdata().join("damaged");
    let first = env.run(&["ingest", "-l", directory.to_str().unwrap()]);
    assert_eq!(first.code, 3);
    let before = inode(&env);
    let second = env.run(&["ingest", "-l", directory.to_str().unwrap(), "--format", "json"]);
    assert_eq!(second.json()["logs"], 0, "{}", second.whole());
    assert_eq!(second.json()["published"], false, "{}", second.whole());
    assert_eq!(inode(&env), before);
}

#[test]
fn a_grown_log_replaces_its_rows_whole() {
    let env = Env::new();
    env.directory("logs");
    let path = env.path("logs/app");
    for lines in [15, 60, usize::MAX] {
        fs::write(&path, head("app-20261123003745-0000", lines)).unwrap();
        let summary = summary(&env, "");
        assert_eq!(
            (&summary["logs"], &summary["published"]),
            (&1.into(), &true.into())
        );
    }
    let fresh = Env::new();
    fresh.copy_log("app-20261123003745-0000", "logs/app");
    let _ = fresh.shh("ingest -l logs").done();
    assert_eq!(contents(&env), contents(&fresh));
    assert_eq!(env.value("select count(*) from apps"), "1");
    let minutes = "select * from fleet_minutes order by 1";
    assert_eq!(env.rows(minutes), fresh.rows(minutes));
}

#[test]
fn a_log_that_shrank_is_read_again() {
    let env = Env::new();
    env.directory("logs");
    fs::write(env.path("logs/app"), head(PLAIN, usize::MAX)).unwrap();
    let _ = env.shh("ingest -l logs").done();
    let all: i64 = env.value("select events from logs").parse().unwrap();
    fs::write(env.path("logs/app"), head(PLAIN, 20)).unwrap();
    let _ = env.shh("ingest -l logs").done();
    assert_eq!(env.value("select events from logs"), "20");
    assert!(all > 20 && env.value("select count(*) from apps") == "1");
}

#[test]
fn a_log_of_the_same_size_and_another_time_is_read_again() {
    let env = Env::new();
    let path = env.copy_log(PLAIN, "logs/app");
    set_time(&path, NOW_MS - 1_000_000);
    let _ = env.shh("ingest -l logs").done();
    set_time(&path, NOW_MS - 900_000);
    assert_eq!(summary(&env, "")["logs"], 1);
}

/// One application, of the log at `to`; where the log was before is forgotten.
#[track_caller]
fn moved(env: &Env, to: &str) {
    assert_eq!(env.value("select count(*) from apps"), "1");
    let owner = env.value("select path from logs join apps using (app_key)");
    assert!(owner.ends_with(&format!("/logs/{to}")), "{owner}");
    assert_eq!(env.value("select count(*) from logs"), "1");
    assert_eq!(summary(env, "")["published"], false);
}

#[test]
fn a_finished_log_takes_the_place_of_its_inprogress_name() {
    let env = Env::new();
    env.directory("logs");
    let running = env.path(&format!("logs/{PLAIN}.inprogress"));
    fs::write(&running, head(PLAIN, 25)).unwrap();
    let _ = env.shh("ingest -l logs").done();
    assert_eq!(env.value("select status from apps"), "running");
    fs::write(&running, head(PLAIN, usize::MAX)).unwrap();
    fs::rename(&running, env.path(&format!("logs/{PLAIN}"))).unwrap();
    let _ = env.shh("ingest -l logs").done();
    assert_eq!(env.value("select status from apps"), "succeeded");
    moved(&env, PLAIN);
}

#[test]
fn a_renamed_log_that_did_not_grow_is_finished_as_well() {
    let env = Env::new();
    env.directory("logs");
    let running = env.path(&format!("logs/{PLAIN}.inprogress"));
    fs::write(&running, head(PLAIN, 25)).unwrap();
    let _ = env.shh("ingest -l logs").done();
    fs::rename(&running, env.path(&format!("logs/{PLAIN}"))).unwrap();
    let _ = env.shh("ingest -l logs").done();
    assert_eq!(env.value("select status from apps"), "unknown");
    moved(&env, PLAIN);
}

#[test]
fn a_moved_log_keeps_its_application() {
    let env = Env::new();
    let log = env.copy_log(PLAIN, "logs/app");
    let _ = env.shh("ingest -l logs").done();
    let before = contents(&env);
    env.directory("logs/archive");
    fs::rename(log, env.path("logs/archive/app")).unwrap();
    let _ = env.shh("ingest -l logs").done();
    assert_eq!(contents(&env), before);
    moved(&env, "archive/app");
}

#[test]
fn a_deleted_log_stays_in_the_database() {
    let env = Env::new();
    let log = env.copy_log(PLAIN, "logs/app");
    env.copy_log("local-1795395149379.zstd", "logs/other.zstd");
    let _ = env.shh("ingest -l logs").done();
    fs::remove_file(log).unwrap();
    let _ = env.shh("ingest -l logs --full").done();
    assert_eq!(env.value("select count(*) from apps"), "2");
}

#[test]
fn two_logs_of_one_attempt_are_one_application() {
    let env = Env::new();
    env.copy_log(PLAIN, "logs/b-copy");
    env.copy_log(PLAIN, "logs/a-original");
    let _ = env.shh("ingest -l logs").done();
    assert_eq!(env.value("select count(*) from apps"), "1");
    let logs = env.rows("select outcome, message from logs order by path");
    assert_eq!(logs[0][0].as_deref(), Some("complete"), "{logs:?}");
    assert_eq!(logs[1][0].as_deref(), Some("duplicate"), "{logs:?}");
    let message = logs[1][1].clone().unwrap();
    assert!(message.contains("another log"), "{message}");
    assert!(summary(&env, "")["unchanged"] == 2);
}

#[test]
fn of_two_logs_the_one_with_an_end_counts_whichever_came_first() {
    for (first, second) in [(25, usize::MAX), (usize::MAX, 25)] {
        let env = Env::new();
        env.directory("logs");
        fs::write(env.path("logs/x"), head(PLAIN, first)).unwrap();
        let _ = env.shh("ingest -l logs").done();
        fs::write(env.path("logs/a"), head(PLAIN, second)).unwrap();
        let _ = env.shh("ingest -l logs").done();
        assert_eq!(
            env.value("select count(*) || ' ' || any_value(status) from apps"),
            "1 succeeded",
            "{first} then {second}"
        );
        let winner = if first > second { "x" } else { "a" };
        assert_eq!(
            env.value("select string_agg(path[-1:], ' ') from logs where outcome = 'complete'"),
            winner,
            "{first} then {second}"
        );
    }
}

#[test]
fn attempts_of_one_application_are_kept_apart() {
    let env = Env::new();
    env.copy_log("app-20261123005709-0000_1", "logs/app-20261123005709-0000_1");
    env.copy_log("app-20261123005709-0000_2", "logs/app-20261123005709-0000_2");
    let _ = env.shh("ingest -l logs").done();
    assert_eq!(
        env.value("select string_agg(attempt || ' ' || status, ', ' order by attempt) from apps"),
        "1 failed, 2 succeeded"
    );
    let wasted = env.rows(
        "select attempt, wasted_app_retry_core_h > 0, wasted_app_retry_core_h = first_try_core_h from apps order by attempt",
    );
    let text = |row: &Vec<Option<String>>| row.iter().flatten().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(
        wasted.iter().map(text).collect::<Vec<_>>(),
        ["1 true true", "2 false false"]
    );
}

#[test]
fn an_attempt_wastes_once_another_follows_in_a_later_ingest() {
    let env = Env::new();
    env.copy_log("app-20261123005709-0000_1", "logs/1");
    let _ = env.shh("ingest -l logs").done();
    assert_eq!(env.value("select wasted_app_retry_core_h from apps"), "0.0");
    env.copy_log("app-20261123005709-0000_2", "logs/2");
    let _ = env.shh("ingest -l logs").done();
    assert_eq!(
        env.value("select wasted_app_retry_core_h = first_try_core_h from apps where attempt = '1'"),
        "true"
    );
    let of_usage =
        "select abs(sum(usage.wasted_app_retry_core_h) - any_value(apps.wasted_app_retry_core_h)) < 1e-12
        from usage join apps using (app_key) where attempt = '1'";
    assert_eq!(env.value(of_usage), "true");
}

#[test]
fn a_finished_rolling_directory_is_not_listed_again() {
    let env = Env::new();
    let directory = env.copy_log(ROLLING, &format!("logs/{ROLLING}"));
    age(&directory, 3600);
    let _ = env.shh("ingest -l logs").done();
    // Nothing grows in a finished log, so nobody looks at the files as long as the directory stays as it is.
    let file = directory.join("events_4_local-1795395192755.zstd");
    fs::write(&file, [fs::read(&file).unwrap(), b"more".to_vec()].concat()).unwrap();
    age(&directory, 3600);
    let modified = fs::metadata(&directory).unwrap().modified().unwrap();
    let recorded: i64 = env
        .value("select directory_modified_ms from logs")
        .parse()
        .unwrap();
    set_time(&directory, recorded);
    assert!(modified != UNIX_EPOCH);
    assert_eq!(summary(&env, "")["unchanged"], 1);
    // A directory that changed is looked at.
    set_time(&directory, recorded + 1000);
    assert_eq!(summary(&env, "")["logs"], 1);
}

#[test]
fn an_unfinished_rolling_directory_is_always_looked_into() {
    let env = Env::new();
    let log = "eventlog_v2_app-20261123010031-0000";
    let directory = env.copy_log(log, &format!("logs/{log}"));
    set_time(&directory, NOW_MS - 3_600_000);
    let _ = env.shh("ingest -l logs").done();
    assert_eq!(summary(&env, "")["unchanged"], 1);
    let file = directory.join("events_1_app-20261123010031-0000.zstd");
    fs::write(&file, &fs::read(&file).unwrap()[..20_000]).unwrap();
    set_time(&directory, NOW_MS - 3_600_000);
    assert_eq!(summary(&env, "")["logs"], 1);
}

#[test]
fn a_rolling_log_that_rolled_on_is_read_again() {
    let env = Env::new();
    let directory = env.copy_log(ROLLING, &format!("logs/{ROLLING}"));
    let last = directory.join("events_4_local-1795395192755.zstd");
    let bytes = fs::read(&last).unwrap();
    fs::remove_file(&last).unwrap();
    fs::rename(
        directory.join("appstatus_local-1795395192755"),
        directory.join("appstatus_local-1795395192755.inprogress"),
    )
    .unwrap();
    let _ = env.shh("ingest -l logs").done();
    assert_eq!(
        env.value("select status || ' ' || last_index from apps join logs using (app_key)"),
        "running 3"
    );
    fs::write(&last, bytes).unwrap();
    fs::rename(
        directory.join("appstatus_local-1795395192755.inprogress"),
        directory.join("appstatus_local-1795395192755"),
    )
    .unwrap();
    let _ = env.shh("ingest -l logs").done();
    assert_eq!(
        env.value("select status || ' ' || last_index from apps join logs using (app_key)"),
        "succeeded 4"
    );
    assert_eq!(env.value("select tasks from apps"), "72");
}

#[test]
fn a_path_is_the_same_log_however_it_is_typed() {
    let env = Env::new();
    env.copy_log(PLAIN, "logs/app");
    symlink(env.path("logs"), env.path("link")).unwrap();
    let _ = env.shh("ingest -l logs").done();
    let absolute = env.path("logs").to_str().unwrap().to_owned();
    for path in [
        "./logs",
        "logs/",
        "logs/../logs",
        "link",
        &absolute,
        &format!("file:{absolute}"),
        &format!("file://{absolute}"),
    ] {
        let output = env.run(&["ingest", "-l", path, "--format", "json"]).done().json();
        assert_eq!(
            (&output["unchanged"], &output["logs"]),
            (&1.into(), &0.into()),
            "{path}"
        );
    }
    let twice = env
        .run(&[
            "ingest", "-l", "logs", "-l", &absolute, "--full", "--format", "json",
        ])
        .done()
        .json();
    assert_eq!((&twice["found"], &twice["logs"]), (&1.into(), &1.into()));
}

// Choosing

#[test]
fn dry_run_names_what_it_would_read_and_changes_nothing() {
    let env = Env::new();
    env.copy_log(PLAIN, "logs/app");
    env.copy_log(ROLLING, &format!("logs/{ROLLING}"));
    let output = env.shh("ingest -l logs --dry-run").done();
    let mut lines: Vec<&str> = output
        .stdout
        .lines()
        .map(|line| line.rsplit('/').next().unwrap())
        .collect();
    lines.sort();
    assert_eq!(lines, ["app", ROLLING]);
    assert!(
        output.stderr.contains("would read 2 of 2 logs"),
        "{}",
        output.stderr
    );
    assert_eq!(
        files_below(env.root())
            .iter()
            .filter(|file| file.starts_with("fleet"))
            .count(),
        0
    );
    let _ = env.shh("ingest -l logs").done();
    let before = inode(&env);
    assert_eq!(
        env.shh("ingest -l logs --dry-run --full")
            .done()
            .stdout
            .lines()
            .count(),
        2
    );
    assert_eq!(env.shh("ingest -l logs --dry-run").done().stdout, "");
    assert_eq!(inode(&env), before);
}

#[test]
fn since_leaves_out_what_is_older() {
    let env = Env::new();
    let hour = 3_600_000;
    for (log, hours) in [
        ("local-1795395149379.zstd", 1),
        ("local-1795395154216.zstd", 30),
        ("local-1795395160566.zstd", 300),
    ] {
        set_time(&env.copy_log(log, &format!("logs/{log}")), NOW_MS - hours * hour);
    }
    let summary_1 = summary(&env, "--since 24h");
    assert_eq!(
        (&summary_1["logs"], &summary_1["too_old"], &summary_1["found"]),
        (&1.into(), &2.into(), &3.into())
    );
    let summary_2 = summary(&env, "--since 2026-11-20");
    assert_eq!(
        (&summary_2["logs"], &summary_2["too_old"], &summary_2["unchanged"]),
        (&1.into(), &1.into(), &1.into())
    );
    assert_eq!(summary(&env, "")["logs"], 1);
    assert_eq!(env.value("select count(*) from apps"), "3");
}

#[test]
fn since_does_not_take_an_older_log_for_gone() {
    let env = Env::new();
    set_time(&env.copy_log(PLAIN, "logs/old"), NOW_MS - 100 * 86_400_000);
    let _ = env.shh("ingest -l logs").done();
    set_time(&env.copy_log(PLAIN, "logs/new"), NOW_MS - 1000);
    let _ = env.shh("ingest -l logs --since 1d").done();
    assert_eq!(env.value("select count(*) from logs"), "2");
    assert_eq!(env.value("select count(*) from apps"), "1");
}

#[test]
fn max_applications_takes_the_newest_and_leaves_the_rest() {
    let env = Env::new();
    for (day, log) in [
        (14, "local-1795395149379.zstd"),
        (15, "local-1795395154216.zstd"),
        (16, "local-1795395160566.zstd"),
    ] {
        set_time(
            &env.copy_log(log, &format!("logs/{log}")),
            NOW_MS - (20 - day) * 86_400_000,
        );
    }
    let names = "select string_agg(app_name, ' ' order by app_name) from apps";
    let first = summary(&env, "--max-applications 2");
    assert_eq!((&first["logs"], &first["postponed"]), (&2.into(), &1.into()));
    assert_eq!(env.value(names), "daily_sales_2026-11-15 daily_sales_2026-11-16");
    let second = summary(&env, "--max-applications 2");
    assert_eq!((&second["logs"], &second["postponed"]), (&1.into(), &0.into()));
    assert_eq!(
        env.value(names),
        "daily_sales_2026-11-14 daily_sales_2026-11-15 daily_sales_2026-11-16"
    );
    assert_eq!(summary(&env, "--max-applications 0 --full")["logs"], 3);
}

#[test]
fn full_reads_everything_again_to_the_same_rows() {
    let env = Env::new();
    for log in [
        PLAIN,
        ROLLING,
        "app-20261123005709-0000_1",
        "app-20261123005709-0000_2",
    ] {
        env.copy_log(log, &format!("logs/{log}"));
    }
    let _ = env.shh("ingest -l logs").done();
    let before = contents(&env);
    let summary = summary(&env, "--full");
    assert_eq!(
        (&summary["logs"], &summary["unchanged"], &summary["published"]),
        (&4.into(), &0.into(), &true.into())
    );
    assert_eq!(contents(&env), before);
    assert_eq!(env.value("select count(*) from ingests"), "2");
}

// What it says

#[test]
fn the_json_summary_keeps_its_names() {
    let env = Env::new();
    env.copy_log(PLAIN, "logs/app");
    env.copy_log("damaged/half-line-local-1795395144482", "logs/damaged/half");
    let output = env.shh("ingest -l logs --format json");
    assert_eq!(output.code, 3);
    output.matches("ingest-summary-json");
    let summary = output.json();
    assert_eq!(summary["damaged"].as_array().unwrap().len(), 1);
    assert!(summary["seconds"].as_f64().unwrap() > 0.0);
}

#[test]
fn the_summary_is_talk_and_quiet_silences_it() {
    let env = Env::new();
    env.copy_log(PLAIN, "logs/app");
    let output = env.shh("ingest -l logs").done();
    output.matches("ingest-summary");
    assert!(output.stdout.is_empty());
    let quiet = env.shh("ingest -l logs --full --quiet").done();
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
    let verbose = env.shh("ingest -l logs --full -v").done();
    assert!(verbose.stderr.contains("time: plan"), "{}", verbose.stderr);
}

#[test]
fn damaged_logs_are_named_and_the_exit_code_is_3() {
    let env = Env::new();
    let output = env.run(&[
        "ingest",
        "--threads",
        "1",
        "-l",
        testdata().join("damaged").to_str().unwrap(),
    ]);
    assert_eq!(output.code, 3);
    output.matches("ingest-damaged");
    for name in [
        "cut-local",
        "flipped-local",
        "garbage-line",
        "half-line",
        "gap/",
        "local-1700000000003",
    ] {
        assert!(output.stderr.contains(name), "{name}");
    }
    let quality = env.shh("report quality --format csv").done();
    for name in [
        "cut-local",
        "flipped-local",
        "garbage-line",
        "half-line",
        "gap/",
        "local-1700000000003",
    ] {
        assert!(quality.stdout.contains(name), "{name} is not in the report");
    }
}

#[test]
fn many_damaged_logs_do_not_bury_the_rest() {
    let env = Env::new();
    for number in 0..30 {
        env.copy_log("damaged/local-1700000000003", &format!("logs/local-{number}"));
    }
    let output = env.shh("ingest -l logs");
    assert_eq!(output.code, 3);
    assert!(
        output.stderr.lines().count() < 15 && output.stderr.contains("20 more"),
        "{}",
        output.stderr
    );
}

#[test]
fn what_precedes_the_damage_counts() {
    let env = Env::new();
    let bytes = fs::read(testdata().join("app-20261123005034-0000.zstd")).unwrap();
    env.directory("logs");
    fs::write(env.path("logs/cut.zstd"), &bytes[..bytes.len() - 5]).unwrap();
    let output = env.shh("ingest -l logs");
    assert_eq!(output.code, 3, "{}", output.whole());
    assert_eq!(env.value("select outcome from logs"), "damaged");
    assert_eq!(
        env.value("select app_name from apps where tasks > 0"),
        "model_scoring"
    );
}

#[test]
fn lines_over_the_limit_are_left_out_and_counted() {
    let env = Env::new();
    env.copy_log(PLAIN, "logs/app");
    let output = env.shh("ingest -l logs --line-limit 8KiB");
    assert_eq!(output.code, 3, "{}", output.whole());
    assert!(
        output.stderr.contains("longer than the limit"),
        "{}",
        output.stderr
    );
    assert_eq!(
        env.value("select oversized_lines > 0 and events > 0 from logs"),
        "true"
    );
}

// What it refuses

#[test]
fn a_missing_directory_is_told() {
    let output = Env::new().shh("ingest -l no/such/directory");
    output.matches("ingest-missing-directory");
    assert_eq!(output.code, 1);
}

#[test]
fn without_a_directory_the_ways_to_name_one_are_told() {
    Env::new().shh("ingest").matches("ingest-no-directory");
}

/// Both commands fail, and the file stays as it was.
#[track_caller]
fn refused(env: &Env) -> Output {
    let before = fs::read(env.database()).unwrap();
    env.copy_log(PLAIN, "logs/app");
    let report = env.shh("report summary");
    assert_eq!(report.code, 1, "{}", report.whole());
    assert!(report.stderr.contains("hint:"), "{}", report.stderr);
    let output = env.shh("ingest -l logs");
    assert_eq!(output.code, 1, "{}", output.whole());
    assert_eq!(fs::read(env.database()).unwrap(), before, "the file was changed");
    assert!(
        !files_below(env.root()).iter().any(|file| file.contains(".next-")),
        "litter"
    );
    output
}

#[test]
fn a_newer_schema_is_refused() {
    let env = Env::new();
    env.copy_log("local-1795395131414.zstd", "first/x.zstd");
    let _ = env.shh("ingest -l first").done();
    let conn = duckdb::Connection::open(env.database()).unwrap();
    conn.execute_batch("update schema_version set version = 99; checkpoint")
        .unwrap();
    drop(conn);
    refused(&env).matches("ingest-newer-schema");
}

#[test]
fn a_foreign_duckdb_file_is_refused() {
    let env = Env::new();
    let conn = duckdb::Connection::open(env.database()).unwrap();
    conn.execute_batch("create table mine (a int); checkpoint")
        .unwrap();
    drop(conn);
    refused(&env).matches("ingest-foreign-database");
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let env = Env::new();
    fs::write(env.database(), "dear diary".repeat(1000)).unwrap();
    refused(&env).matches("ingest-no-database");
}

#[test]
fn a_file_that_somebody_writes_to_is_refused() {
    let env = Env::new();
    env.copy_log("local-1795395131414.zstd", "first/x.zstd");
    let _ = env.shh("ingest -l first").done();
    let before = fs::read(env.database()).unwrap();
    fs::write(env.path("fleet.duckdb.wal"), b"").unwrap();
    env.copy_log(PLAIN, "logs/app");
    let output = env.shh("ingest -l logs");
    assert_eq!(output.code, 1, "{}", output.whole());
    assert!(output.stderr.contains("fleet.duckdb.wal"), "{}", output.stderr);
    assert_eq!(fs::read(env.database()).unwrap(), before);
}

#[test]
fn a_database_where_none_can_be_is_told() {
    let env = Env::new();
    env.copy_log(PLAIN, "logs/app");
    fs::write(env.path("file"), "").unwrap();
    let output = env.shh("ingest -l logs --database file/fleet.duckdb");
    assert_eq!(output.code, 1, "{}", output.whole());
    assert!(
        output.stderr.contains("file/fleet.duckdb") || output.stderr.contains("`file`"),
        "{}",
        output.stderr
    );
}

#[test]
fn a_read_only_log_directory_is_enough() {
    let env = Env::new();
    env.copy_log(PLAIN, "logs/app");
    let before = files_below(&env.path("logs"));
    fs::set_permissions(
        env.path("logs"),
        std::os::unix::fs::PermissionsExt::from_mode(0o555),
    )
    .unwrap();
    let output = env.shh("ingest -l logs");
    fs::set_permissions(
        env.path("logs"),
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .unwrap();
    let _ = output.done();
    assert_eq!(files_below(&env.path("logs")), before);
}

// What it leaves behind

#[test]
fn nothing_but_the_database_and_its_lock_is_left() {
    let env = Env::new();
    env.copy_log(PLAIN, "logs/app");
    fs::write(env.path("fleet.duckdb.next-1"), "of an ingest that died").unwrap();
    fs::write(env.path("fleet.duckdb.next-1.wal"), "of an ingest that died").unwrap();
    fs::create_dir(env.path("fleet.duckdb.next-2.tmp")).unwrap();
    let _ = env.shh("ingest -l logs").done();
    let _ = env.shh("ingest -l logs --full").done();
    assert_eq!(
        files_below(env.root()),
        ["fleet.duckdb", "fleet.duckdb.lock", "logs/app"]
    );
    assert!(!env.path("fleet.duckdb.next-2.tmp").exists());
}

#[test]
fn secrets_never_reach_the_database() {
    let env = Env::new();
    let log = env.copy_log("local-1795395041594", "logs/crm");
    let secret = b"hunter2";
    let holds = |bytes: &[u8]| {
        bytes
            .windows(secret.len())
            .any(|window| window.eq_ignore_ascii_case(secret))
    };
    assert!(holds(&fs::read(&log).unwrap()), "the log is to hold secrets");
    fs::create_dir_all(env.path("out")).unwrap();
    let output = env.shh("ingest -l logs -vv").done();
    assert!(!holds(output.whole().as_bytes()));
    assert!(
        !holds(&fs::read(env.database()).unwrap()),
        "in the bytes of the file"
    );
    let tables = env.rows("select table_name from duckdb_tables() where not internal");
    assert!(tables.len() >= 10);
    for table in tables.into_iter().flatten().flatten() {
        let found = env.value(&format!(
            "select count(*) from \"{table}\" as row where row::varchar ilike '%hunter2%'"
        ));
        assert_eq!(found, "0", "in {table}");
    }
    // The rest of the configuration is there.
    assert!(env.value("select count(*) from conf").parse::<i64>().unwrap() > 3);
    assert_eq!(env.value("select app_name from apps"), "crm_export_legacy");
}
