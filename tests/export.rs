//! Exports: every row, in files that others can read; never half-written; and asked again like a database.

use std::fs;
use std::path::Path;

use super::harness::{Env, files_below, rows};

const TABLES: [&str; 15] = [
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

#[track_caller]
fn in_memory() -> duckdb::Connection {
    let config = duckdb::Config::default()
        .enable_autoload_extension(false)
        .unwrap();
    duckdb::Connection::open_in_memory_with_flags(config).unwrap()
}

/// Rows of a table as another DuckDB reads them.
fn exported(directory: &Path, table: &str) -> Vec<Vec<Option<String>>> {
    let files = format!("{}/{table}/**/*.parquet", directory.display());
    let sql = format!(
        "select columns(c -> c <> 'day') from read_parquet('{files}', hive_partitioning = true) order by all"
    );
    rows(&in_memory(), &sql)
}

/// Names that lie beside the database and are no export.
fn left_over(env: &Env) -> Vec<String> {
    let entries = fs::read_dir(env.root()).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("shh-export"))
        .collect()
}

#[test]
fn every_row_of_every_table_is_exported() {
    let env = Env::with_fixture();
    let output = env.shh("export out").done();
    assert!(
        output.stdout.is_empty() && output.stderr.contains("15 tables, "),
        "{}",
        output.whole()
    );
    for table in TABLES {
        let expected = env.rows(&format!("select columns(*) from {table} order by all"));
        assert_eq!(exported(&env.path("out"), table), expected, "{table}");
    }
    let mut directories: Vec<String> = fs::read_dir(env.path("out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "_shh_export.json")
        .collect();
    directories.sort();
    let mut tables = TABLES.map(str::to_owned);
    tables.sort();
    assert_eq!(directories, tables);
    assert_eq!(left_over(&env), Vec::<String>::new());
}

#[test]
fn every_table_of_the_schema_is_exported() {
    let env = Env::with_fixture();
    let mut tables: Vec<String> = env
        .rows("select table_name from duckdb_tables() where not internal")
        .into_iter()
        .map(|row| row[0].clone().unwrap())
        .collect();
    tables.sort();
    let mut expected = TABLES.map(str::to_owned);
    expected.sort();
    assert_eq!(tables, expected);
}

#[test]
fn large_tables_are_in_parts_by_day() {
    let env = Env::new();
    for (days, lived_days) in [(0, 0), (10, 0), (0, 2)] {
        env.log_of_days_ago(days, lived_days);
    }
    let _ = env.shh("ingest -q -l logs").done();
    let _ = env.shh("export out -q").done();
    let parts = |table: &str| {
        let files = files_below(&env.path("out").join(table));
        let days: Vec<String> = files
            .iter()
            .map(|file| file.replace("day=2026-11-", "").replace("/data.parquet", ""))
            .collect();
        days.join(" ")
    };
    // By the day on which the application started; usage by its own hours.
    for table in ["executors", "jobs", "stages", "conf"] {
        assert_eq!(parts(table), "13 21 23", "{table}");
    }
    assert_eq!(parts("usage"), "13 21 22 23");
    assert_eq!(parts("apps"), "data.parquet");
    // The log has no SQL: an empty table is still a table.
    assert_eq!(parts("sql_executions"), "data.parquet");
    assert!(exported(&env.path("out"), "sql_executions").is_empty());
    let read = env.shh("sql --database out --format csv --").code;
    assert_eq!(read, 2);
    let stages = "select count(*) as stages from stages";
    assert_eq!(
        env.run(&["sql", "--format=csv", "--database=out", stages])
            .done()
            .stdout,
        env.run(&["sql", "--format=csv", stages]).done().stdout
    );
}

#[test]
fn an_export_answers_like_its_database() {
    let env = Env::with_fixture();
    let _ = env.shh("export out -q").done();
    for line in [
        "report summary",
        "report resource-hogs --include-local",
        "report efficiency",
        "report apps --last all",
        "report quality",
        "trends usage --bucket hour",
        "trends concurrency --bucket hour",
        "trends concurrency --bucket hour --user bob",
    ] {
        let of_database = env.shh(&format!("{line} --format json")).done().stdout;
        let of_export = env
            .shh(&format!("{line} --format json --database out"))
            .done()
            .stdout;
        assert_eq!(of_database, of_export, "{line}");
    }
    let of_export = env.run(&[
        "sql",
        "select count(*) from apps",
        "--database",
        "out",
        "--format",
        "csv",
    ]);
    assert_eq!(of_export.done().stdout, "count_star()\r\n43\r\n");
}

#[test]
fn an_export_is_as_locked_down_as_a_database() {
    let env = Env::with_fixture();
    let _ = env.shh("export out -q").done();
    fs::write(env.path("secret.csv"), "a\n1\n").unwrap();
    for statement in [
        "from read_csv('secret.csv')",
        "from 'secret.csv'",
        "from read_text('/etc/passwd')",
        "from glob('*')",
        "from read_text('out/../secret.csv')",
    ] {
        let output = env.run(&["sql", statement, "--database", "out"]);
        assert_eq!(output.code, 1, "{statement}: {}", output.whole());
    }
    for statement in [
        "copy apps to 'out/x.parquet'",
        "set memory_limit = '1TB'",
        "drop view apps",
    ] {
        assert_eq!(
            env.run(&["sql", statement, "--database", "out"]).code,
            2,
            "{statement}"
        );
    }
}

#[test]
fn an_odd_path_is_only_a_path() {
    let env = Env::with_fixture();
    let directory = "it's [odd] {*} ?/out";
    let _ = env.run(&["export", directory, "-q"]).done();
    let count = env.run(&[
        "sql",
        "select count(*) c from stages",
        "--database",
        directory,
        "--format",
        "csv",
    ]);
    assert_eq!(count.done().stdout, "c\r\n135\r\n");
}

#[test]
fn the_manifest_says_what_it_is() {
    let env = Env::with_fixture();
    let _ = env.shh("export out -q").done();
    let text = fs::read_to_string(env.path("out/_shh_export.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(manifest["schema_version"], shh::store::SCHEMA_VERSION);
    assert_eq!(manifest["shh_version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(manifest["data_as_of"], "2026-11-23T12:00:00Z");
    let tables = manifest["tables"].as_array().unwrap();
    assert_eq!(tables.len(), 15);
    assert_eq!(
        tables[0],
        serde_json::json!({"name": "apps", "rows": 43, "day_of": null})
    );
    assert!(
        tables
            .iter()
            .any(|table| table["name"] == "usage" && table["day_of"] == "hour")
    );
    let summary = env.shh("export out --format json").done().json();
    assert_eq!((&summary["tables"], &summary["files"]), (&15.into(), &16.into()));
}

#[test]
fn a_newer_or_older_export_is_refused() {
    let env = Env::with_fixture();
    let _ = env.shh("export out -q").done();
    let manifest = env.path("out/_shh_export.json");
    let text = fs::read_to_string(&manifest).unwrap();
    for (version, words) in [("999", "newer shh"), ("0", "older shh")] {
        let ours = format!("\"schema_version\": {}", shh::store::SCHEMA_VERSION);
        let changed = text.replace(&ours, &format!("\"schema_version\": {version}"));
        assert_ne!(changed, text);
        fs::write(&manifest, changed).unwrap();
        for line in [
            "report summary --database out",
            "trends usage --database out",
            "sql --database out values(1)",
        ] {
            let output = env.shh(line);
            assert_eq!(output.code, 1, "{line}");
            assert!(output.stderr.contains(words), "{}", output.stderr);
        }
    }
    fs::write(&manifest, "{}").unwrap();
    assert_eq!(env.shh("report summary --database out").code, 1);
    // What cannot be told to be ours is not overwritten.
    assert_eq!(env.shh("export out").code, 1);
}

#[test]
fn only_an_export_is_replaced() {
    let env = Env::with_fixture();
    env.directory("empty");
    let _ = env.shh("export empty -q").done();
    let _ = env.shh("export new/deep -q").done();
    fs::remove_dir_all(env.path("empty/jobs")).unwrap();
    let _ = env.shh("export empty -q").done();
    assert!(env.path("empty/jobs").is_dir());
    assert_eq!(left_over(&env), Vec::<String>::new());

    fs::write(env.path("file"), "x").unwrap();
    env.directory("foreign");
    fs::write(env.path("foreign/thesis.txt"), "x").unwrap();
    fs::write(env.path("empty/thesis.txt"), "x").unwrap();
    for (directory, words) in [
        ("file", "it is a file"),
        ("foreign", "something else than an export"),
        ("empty", "besides an export it holds `thesis.txt`"),
        (".", "something else than an export"),
    ] {
        let output = env.shh(&format!("export {directory}"));
        assert_eq!(output.code, 1, "{directory}");
        assert!(output.stderr.contains(words), "{}", output.stderr);
    }
    assert!(env.path("empty/thesis.txt").exists() && env.path("foreign/thesis.txt").exists());
}

#[test]
fn what_a_dead_export_left_is_removed() {
    let env = Env::with_fixture();
    env.directory(".out.shh-export-4711/apps");
    env.directory(".out.shh-export-notes");
    let living = env.directory(".out.shh-export-4712");
    let lock = fs::File::open(living).unwrap();
    lock.try_lock().unwrap();
    let _ = env.shh("export out -q").done();
    let mut left_over = left_over(&env);
    left_over.sort();
    assert_eq!(left_over, [".out.shh-export-4712", ".out.shh-export-notes"]);
}

#[test]
fn a_failed_export_leaves_nothing() {
    let env = Env::new();
    let output = env.shh("export out");
    assert_eq!(output.code, 1);
    assert!(
        output.stderr.contains("there is no database"),
        "{}",
        output.stderr
    );
    env.log_of_days_ago(0, 0);
    let _ = env.shh("ingest -q -l logs").done();
    {
        let conn = duckdb::Connection::open(env.database()).unwrap();
        conn.execute_batch(
            "insert into jobs select * replace (99999 as app_key) from jobs limit 1; checkpoint",
        )
        .unwrap();
    }
    let output = env.shh("export out");
    assert_eq!(output.code, 1);
    assert!(
        output.stderr.contains("belong to an application"),
        "{}",
        output.stderr
    );
    assert!(!env.path("out").exists());
    assert_eq!(left_over(&env), Vec::<String>::new());
}

#[test]
fn an_export_is_not_written_to() {
    let env = Env::with_fixture();
    let _ = env.shh("export out -q").done();
    for line in [
        "ingest -l . --database out",
        "prune --older-than 5d --database out",
        "compact --database out",
    ] {
        let output = env.shh(line);
        assert_eq!(output.code, 1, "{line}");
        assert!(
            output.stderr.contains("an export can be asked and not changed"),
            "{}",
            output.stderr
        );
    }
    let output = env.shh("report summary --database .");
    assert!(output.stderr.contains("no export of shh"), "{}", output.stderr);
}
