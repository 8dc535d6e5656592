//! Retention: what is old goes whole and does not come back; a compacted database is the same database.

use std::fs;
use std::os::unix::fs::MetadataExt;

use super::harness::{Env, age, fixture, open_read_only, rows};

/// Applications that ended 0, 10 and 30 days before 2026-11-23, and one that started 20 days before it and
/// ended on it.
fn env() -> Env {
    let env = Env::new();
    for (days, lived_days) in [(0, 0), (10, 0), (30, 0), (0, 20)] {
        env.log_of_days_ago(days, lived_days);
    }
    let _ = env.shh("ingest -q -l logs").done();
    env
}

fn app_ids(env: &Env) -> String {
    env.value("select string_agg(app_id, ' ' order by app_id) from apps")
}

/// Every table that has rows of applications which are not there.
fn orphans(env: &Env) -> Vec<String> {
    let tables = [
        "executors",
        "jobs",
        "stages",
        "sql_executions",
        "failures",
        "conf",
        "resource_profiles",
        "usage",
        "logs",
    ];
    tables
        .into_iter()
        .filter(|table| {
            let sql = format!(
                "select count(*) from {table} where app_key is not null and app_key not in (select app_key from apps)"
            );
            env.value(&sql) != "0"
        })
        .map(str::to_owned)
        .collect()
}

#[test]
fn what_ended_before_the_limit_goes_with_all_its_rows() {
    let env = env();
    let output = env.shh("prune --older-than 5d").done();
    assert_eq!(app_ids(&env), "app-0-0 app-0-20");
    assert_eq!(orphans(&env), Vec::<String>::new());
    assert!(
        output
            .stderr
            .starts_with("removed 2 applications that ended before 2026-11-18, "),
        "{}",
        output.stderr
    );
    assert!(output.stdout.is_empty());
    // Also of the application that lived on, nothing is left of the time before the limit.
    assert_eq!(
        env.value("select min(least(hour, minute))::varchar from usage, fleet_minutes"),
        "2026-11-18 00:00:00"
    );
    assert_eq!(
        env.value("select count(distinct date_trunc('day', minute)) from fleet_minutes"),
        "6"
    );
    assert_eq!(
        env.rows("select pruned_before, applications, shh_version from prunes"),
        [[
            Some("2026-11-18 00:00:00".to_owned()),
            Some("2".to_owned()),
            Some(env!("CARGO_PKG_VERSION").to_owned())
        ]]
    );
    assert_eq!(env.value("select count(*) from ingests"), "1");
    let _ = env.shh("report summary --last all").done();
}

#[test]
fn pruned_logs_are_not_read_again() {
    let env = env();
    let _ = env.shh("prune --older-than 5d -q").done();
    let marked =
        "select string_agg(outcome || ' ' || app_id, ', ' order by app_id) from logs where app_key is null";
    assert_eq!(env.value(marked), "pruned app-10-0, pruned app-30-0");
    let inode = fs::metadata(env.database()).unwrap().ino();
    let again = env.shh("ingest -l logs").done();
    assert!(again.stderr.contains("nothing new"), "{}", again.stderr);
    assert_eq!(fs::metadata(env.database()).unwrap().ino(), inode);
    let full = env.shh("ingest -l logs --full --format json").done().json();
    assert_eq!(
        (&full["logs"], &full["unchanged"]),
        (&2.into(), &2.into()),
        "{full}"
    );
    assert_eq!(app_ids(&env), "app-0-0 app-0-20");
    // Read again or not, of the time before the limit nothing comes back.
    assert_eq!(
        env.value("select min(least(hour, minute))::varchar from usage, fleet_minutes"),
        "2026-11-18 00:00:00"
    );
    let quality = env.shh("report quality --format json").done().json_rows();
    assert!(
        quality
            .iter()
            .any(|row| row["outcome"] == "pruned" && row["logs"] == 2)
    );
}

#[test]
fn pruned_logs_are_known_to_every_parser() {
    let env = env();
    let _ = env.shh("prune --older-than 5d -q").done();
    {
        let conn = duckdb::Connection::open(env.database()).unwrap();
        conn.execute_batch("update logs set parser_version = 0; checkpoint")
            .unwrap();
    }
    let summary = env.shh("ingest -l logs --format json").done().json();
    assert_eq!(
        (&summary["logs"], &summary["unchanged"]),
        (&2.into(), &2.into()),
        "{summary}"
    );
    assert_eq!(app_ids(&env), "app-0-0 app-0-20");
}

#[test]
fn a_pruned_application_does_not_come_back_with_another_log() {
    let env = env();
    let _ = env.shh("prune --older-than 5d -q").done();
    fs::rename(env.path("logs/app-10-0"), env.path("logs/elsewhere")).unwrap();
    age(&env.path("logs/elsewhere"), 900);
    let output = env.shh("ingest -l logs").done();
    assert!(
        output
            .stderr
            .contains("1 log of applications that ended before the limit of the last prune"),
        "{}",
        output.stderr
    );
    assert_eq!(app_ids(&env), "app-0-0 app-0-20");
    let again = env.shh("ingest -l logs").done();
    assert!(again.stderr.contains("nothing new"), "{}", again.stderr);
}

#[test]
fn an_application_that_lives_on_comes_back_whole_but_for_its_old_hours() {
    let env = Env::new();
    let log = env.log_of_days_ago(30, 0);
    env.log_of_days_ago(0, 0);
    let _ = env.shh("ingest -q -l logs").done();
    let _ = env.shh("prune --older-than 5d -q").done();
    assert_eq!(app_ids(&env), "app-0-0");
    let grown = fs::read_to_string(&log).unwrap()
        + "{\"Event\":\"SparkListenerApplicationEnd\",\"Timestamp\":1795395000000}\n";
    fs::write(&log, grown).unwrap();
    let _ = env.shh("ingest -q -l logs").done();
    assert_eq!(app_ids(&env), "app-0-0 app-30-0");
    assert_eq!(
        env.value("select min(hour) >= timestamp '2026-11-18' from usage"),
        "true"
    );
}

#[test]
fn dry_run_counts_and_changes_nothing() {
    let env = env();
    let before = fs::metadata(env.database()).unwrap().ino();
    let output = env.shh("prune --older-than 5d --dry-run").done();
    assert!(
        output
            .stderr
            .starts_with("would remove 2 applications that ended before 2026-11-18, "),
        "{}",
        output.stderr
    );
    let summary = env
        .shh("prune --older-than 5d --dry-run --format json")
        .done()
        .json();
    assert_eq!(summary["published"], false);
    assert_eq!(
        (&summary["applications"], &summary["rows"]["apps"]),
        (&2.into(), &2.into())
    );
    assert_eq!(fs::metadata(env.database()).unwrap().ino(), before);
    let rows = |summary: &serde_json::Value| summary["rows"].clone();
    let done = env.shh("prune --older-than 5d --format json").done().json();
    assert_eq!(done["published"], true);
    assert_eq!(rows(&done), rows(&summary));
}

#[test]
fn nothing_old_publishes_nothing() {
    let env = env();
    let before = fs::metadata(env.database()).unwrap().ino();
    let output = env.shh("prune --older-than 400d").done();
    assert!(output.stderr.contains("nothing to remove"), "{}", output.stderr);
    assert_eq!(fs::metadata(env.database()).unwrap().ino(), before);
}

#[test]
fn the_configuration_says_how_long_but_only_the_command_prunes() {
    let env = env();
    fs::write(env.path("shh.toml"), "[retention]\nolder_than = '20d'\n").unwrap();
    let _ = env.shh("ingest -q -l logs --config shh.toml").done();
    assert_eq!(env.value("select count(*) from apps"), "4");
    let _ = env.shh("prune -q --config shh.toml").done();
    assert_eq!(app_ids(&env), "app-0-0 app-0-20 app-10-0");
    let output = env.shh("prune");
    assert_eq!(output.code, 2);
    assert!(output.stderr.contains("--older-than 400d"), "{}", output.stderr);
}

#[test]
fn prune_and_compact_wait_for_the_lock_and_need_a_database() {
    let env = env();
    {
        let lock = fs::File::options()
            .write(true)
            .open(env.path("fleet.duckdb.lock"))
            .unwrap();
        lock.try_lock().unwrap();
        assert_eq!(env.shh("prune --older-than 5d").code, 75);
        assert_eq!(env.shh("compact").code, 75);
        assert_eq!(env.shh("compact --wait 200ms").code, 75);
        let _ = env.shh("prune --older-than 5d --dry-run").done();
    }
    let _ = env.shh("compact -q").done();
    for line in ["prune --older-than 5d", "compact"] {
        let output = Env::new().shh(line);
        assert_eq!(output.code, 1);
        assert!(
            output.stderr.contains("there is no database"),
            "{}",
            output.stderr
        );
    }
}

#[test]
fn a_compacted_database_is_smaller_and_the_same() {
    let env = Env::new();
    fs::copy(fixture(), env.database()).unwrap();
    {
        // Gaps, and rows in another order.
        let conn = duckdb::Connection::open(env.database()).unwrap();
        conn.execute_batch(
            "create table copy as from stages order by stage_id desc;
             create table filler as select i, hash(i) from range(300000) t(i); checkpoint; drop table filler;
             delete from stages; insert into stages from copy; drop table copy; checkpoint",
        )
        .unwrap();
    }
    let tables = [
        "apps",
        "executors",
        "jobs",
        "stages",
        "sql_executions",
        "failures",
        "conf",
        "resource_profiles",
        "usage",
        "fleet_minutes",
        "logs",
        "ingests",
        "prunes",
        "naming",
        "schema_version",
    ];
    let contents = |env: &Env| -> Vec<Vec<Vec<Option<String>>>> {
        tables
            .iter()
            .map(|table| env.rows(&format!("from {table} order by all")))
            .collect()
    };
    let before = contents(&env);
    let bytes_before = fs::metadata(env.database()).unwrap().len();
    let summary = env.shh("compact --format json").done().json();
    let bytes_after = fs::metadata(env.database()).unwrap().len();
    assert_eq!(
        (&summary["bytes_before"], &summary["bytes_after"]),
        (&bytes_before.into(), &bytes_after.into())
    );
    assert!(bytes_after < bytes_before / 3 * 2, "{bytes_before} {bytes_after}");
    assert_eq!(contents(&env), before);
    for table in ["apps", "stages", "usage"] {
        let unordered = format!(
            "select count(*) from (
                 select apps.start < lag(apps.start) over (order by rows.rowid) as is_late
                 from {table} as rows join apps using (app_key)
             ) where is_late"
        );
        assert_eq!(env.value(&unordered), "0", "{table}");
    }
    let again = env.shh("compact").done();
    assert!(
        again.stderr.contains(" before, ") && again.stderr.contains(" now"),
        "{}",
        again.stderr
    );
    assert!(
        !fs::read_dir(env.root())
            .unwrap()
            .any(|entry| { entry.unwrap().file_name().to_string_lossy().contains(".next-") })
    );
    // It can be written to as before.
    env.log_of_days_ago(0, 0);
    let _ = env.shh("ingest -q -l logs").done();
    assert_eq!(
        rows(&open_read_only(&env.database()), "select count(*) from apps")[0][0].as_deref(),
        Some((before[0].len() + 1).to_string().as_str())
    );
}

#[test]
fn rows_of_no_application_stop_a_compaction() {
    let env = env();
    {
        let conn = duckdb::Connection::open(env.database()).unwrap();
        conn.execute_batch(
            "insert into jobs select * replace (99999 as app_key) from jobs limit 1; checkpoint",
        )
        .unwrap();
    }
    let before = fs::read(env.database()).unwrap();
    let output = env.shh("compact");
    assert_eq!(output.code, 1);
    assert!(
        output.stderr.contains("nothing was published"),
        "{}",
        output.stderr
    );
    assert!(fs::read(env.database()).unwrap() == before);
}
