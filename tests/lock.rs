//! One ingest at a time: the second one is told who holds the lock, or waits for it.

use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};

use super::harness::Env;

/// Holds the lock as another ingest would.
fn hold(env: &Env, note: &str) -> File {
    let path = env.path("fleet.duckdb.lock");
    let mut file = File::options()
        .create(true)
        .truncate(true)
        .read(true)
        .write(true)
        .open(path)
        .unwrap();
    file.write_all(note.as_bytes()).unwrap();
    file.try_lock().unwrap();
    file
}

fn env_with_a_log() -> Env {
    let env = Env::new();
    env.copy_log("local-1795395131414.zstd", "logs/a.zstd");
    env
}

#[test]
fn what_a_dead_writer_left_is_removed_and_nothing_else() {
    let env = env_with_a_log();
    let others = [
        "fleet.duckdb.next-gen",
        "fleet.duckdb.next-1x",
        "fleet.duckdb.next-",
        "fleet.duckdb.next-7.bak",
    ];
    let left = ["fleet.duckdb.next-4711", "fleet.duckdb.next-4711.wal"];
    for name in others.iter().chain(&left) {
        std::fs::write(env.path(name), "x").unwrap();
    }
    std::fs::create_dir(env.path("fleet.duckdb.next-4711.tmp")).unwrap();
    assert_eq!(env.shh("ingest -l logs").code, 0);
    assert!(others.iter().all(|name| env.path(name).exists()));
    assert!(!left.iter().any(|name| env.path(name).exists()));
    assert!(!env.path("fleet.duckdb.next-4711.tmp").exists());
}

#[test]
fn a_database_behind_a_link_is_the_one_that_is_locked_and_replaced() {
    let env = env_with_a_log().var("SHH_DATABASE", "link");
    env.directory("real");
    assert_eq!(env.shh("ingest -l logs --database real/db").code, 0);
    std::os::unix::fs::symlink("real/db", env.path("link")).unwrap();
    env.copy_log("local-1795395139384.gz", "logs/b.gz");
    assert_eq!(env.shh("ingest -l logs --database link").code, 0);
    assert!(env.path("link").is_symlink());
    assert!(!env.path("link.lock").exists());
    let output = env.run(&[
        "sql",
        "--database",
        "real/db",
        "--format",
        "csv",
        "select count(*) from apps",
    ]);
    assert!(output.stdout.contains("\n2"), "{}", output.whole());
}

#[test]
fn a_rewritten_database_keeps_its_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let env = env_with_a_log();
    assert_eq!(env.shh("ingest -l logs").code, 0);
    let mode = || std::fs::metadata(env.database()).unwrap().permissions().mode() & 0o777;
    std::fs::set_permissions(env.database(), PermissionsExt::from_mode(0o600)).unwrap();
    assert_eq!(env.shh("compact").code, 0);
    assert_eq!(mode(), 0o600);
    assert_eq!(env.shh("ingest -l logs --full").code, 0);
    assert_eq!(mode(), 0o600);
}

#[test]
fn second_ingest_meanwhile_is_told_who_holds_the_lock() {
    let env = env_with_a_log();
    let held = hold(&env, "process 4711, started 2026-11-23T11:59:00Z\n");
    let output = env.shh("ingest -l logs");
    assert_eq!(output.code, 75, "{}", output.whole());
    assert!(
        output
            .stderr
            .contains("process 4711, started 2026-11-23T11:59:00Z"),
        "{}",
        output.stderr
    );
    assert!(output.stderr.contains("--wait"), "{}", output.stderr);
    assert!(output.stdout.is_empty() && !env.database().exists());
    drop(held);
    let _ = env.shh("ingest -l logs").done();
}

#[test]
fn a_report_that_ingests_first_is_told_as_well() {
    let env = env_with_a_log();
    let _held = hold(&env, "process 4711, started 2026-11-23T11:59:00Z\n");
    assert_eq!(env.shh("report summary -l logs").code, 75);
}

#[test]
fn wait_ends_with_the_lock() {
    let env = env_with_a_log();
    let held = hold(&env, "");
    let started = Instant::now();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || {
            std::thread::sleep(Duration::from_millis(700));
            drop(held);
        });
        env.shh("ingest -l logs --wait 60s")
    })
    .done();
    assert!(
        started.elapsed() >= Duration::from_millis(700),
        "{}",
        output.whole()
    );
    assert!(started.elapsed() < Duration::from_secs(30));
    assert_eq!(env.value("select count(*) from apps"), "1");
}

#[test]
fn wait_ends_with_its_time() {
    let env = env_with_a_log();
    let _held = hold(&env, "");
    let started = Instant::now();
    let output = env.shh("ingest -l logs --wait 1s");
    assert_eq!(output.code, 75, "{}", output.whole());
    assert!(
        (Duration::from_secs(1)..Duration::from_secs(20)).contains(&started.elapsed()),
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn the_lock_of_a_dead_ingest_holds_nobody_up() {
    let env = env_with_a_log();
    drop(hold(&env, "process 4711, started 2026-11-23T11:59:00Z\n"));
    let _ = env.shh("ingest -l logs").done();
    let note = std::fs::read_to_string(env.path("fleet.duckdb.lock")).unwrap();
    assert!(
        note.contains("started 2026-11-23T12:00:00Z") && !note.contains("4711"),
        "{note}"
    );
}

#[test]
fn readers_need_no_lock() {
    let env = env_with_a_log();
    let _ = env.shh("ingest -l logs").done();
    let _held = hold(&env, "");
    let _ = env.shh("report summary --include-local").done();
    let dry = env.shh("ingest -l logs --dry-run").done();
    assert!(dry.stderr.contains("nothing new"), "{}", dry.whole());
}
