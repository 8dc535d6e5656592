//! The tables as users see them: the columns the program fills, and a comment on everything.

use shh::fold::rows::{
    AppRow, ConfRow, ExecutorRow, FailureRow, JobRow, ResourceProfileRow, Row, SqlExecutionRow, StageRow,
    UsageRow,
};
use shh::store::LogEntry;

use super::harness::{Env, fixture, open_read_only, repository, rows};

fn strings(sql: &str) -> Vec<String> {
    let all = rows(&open_read_only(fixture()), sql);
    all.into_iter()
        .map(|row| {
            row.into_iter()
                .map(|cell| cell.unwrap_or_default())
                .collect::<Vec<_>>()
                .join(".")
        })
        .collect()
}

fn columns(table: &str) -> Vec<String> {
    strings(&format!(
        "select column_name from duckdb_columns() where table_name = '{table}' and not internal order by column_index"
    ))
}

fn check<R: Row>() {
    let mut columns = columns(R::TABLE);
    if columns.first().is_some_and(|name| name == "app_key") {
        columns.remove(0);
    }
    assert_eq!(columns, R::COLUMNS, "{}", R::TABLE);
}

#[test]
fn rows_of_a_fold_have_the_columns_of_their_tables() {
    check::<AppRow>();
    check::<ExecutorRow>();
    check::<JobRow>();
    check::<StageRow>();
    check::<SqlExecutionRow>();
    check::<FailureRow>();
    check::<ConfRow>();
    check::<ResourceProfileRow>();
    check::<UsageRow>();
}

#[test]
fn ledger_rows_have_the_columns_of_their_table() {
    check::<LogEntry>();
}

#[test]
fn every_row_has_as_many_values_as_columns() {
    fn check<R: Row>(rows: &[R]) {
        assert!(!rows.is_empty(), "{}: nothing to look at", R::TABLE);
        for row in rows {
            let mut cells = Vec::new();
            row.cells(&mut cells);
            assert_eq!(cells.len(), R::COLUMNS.len(), "{}", R::TABLE);
        }
    }
    let mut fold = shh::fold::Fold::new();
    let log = super::harness::testdata().join("app-20261123003745-0000");
    for line in std::fs::read(log)
        .unwrap()
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        let shh::event::Parsed::Event(event) = shh::event::parse(line) else {
            panic!("malformed")
        };
        fold.apply(&event);
    }
    let rows = fold.finish(shh::fold::LogFacts::default()).unwrap();
    check(&[rows.app]);
    check(&rows.executors);
    check(&rows.jobs);
    check(&rows.stages);
    check(&rows.failures);
    check(&rows.conf);
    check(&rows.resource_profiles);
    check(&rows.usage);
}

#[test]
fn every_table_and_column_has_a_comment() {
    let tables =
        strings("select table_name from duckdb_tables() where not internal and coalesce(comment, '') = ''");
    assert_eq!(tables, [""; 0], "tables without a comment");
    let columns = strings(
        "select table_name, column_name from duckdb_columns()
         where not internal and coalesce(comment, '') = ''
            and table_name in (select table_name from duckdb_tables() where not internal)",
    );
    assert_eq!(columns, [""; 0], "columns without a comment");
    assert!(strings("select table_name from duckdb_tables() where not internal").len() >= 10);
}

#[test]
fn times_are_without_time_zone() {
    let zoned = strings(
        "select table_name, column_name from duckdb_columns() where data_type like '%TIME ZONE%'
         and table_name in (select table_name from duckdb_tables() where not internal)",
    );
    assert_eq!(zoned, [""; 0]);
}

#[test]
fn only_apps_has_an_index() {
    assert_eq!(strings("select index_name from duckdb_indexes()"), [""; 0]);
    let keyed = strings(
        "select distinct table_name from duckdb_constraints() where constraint_type in ('PRIMARY KEY', 'UNIQUE')",
    );
    assert!(keyed.iter().all(|table| table == "apps"), "{keyed:?}");
}

#[test]
fn no_row_is_left_without_its_application() {
    let tables = strings(
        "select table_name from duckdb_columns() where column_name = 'app_key' and not internal and table_name not in ('apps', 'logs')
         order by 1",
    );
    assert!(tables.len() >= 8, "{tables:?}");
    for table in tables {
        let lost = strings(&format!(
            "select count(*) from {table} where app_key not in (select app_key from apps)"
        ));
        assert_eq!(lost, ["0"], "{table}");
        let rows = strings(&format!("select count(*) from {table}"));
        assert_ne!(rows, ["0"], "{table}: the fixture shows nothing of it");
    }
}

#[test]
fn schema_files_are_numbered_and_the_last_is_the_version() {
    let files = super::harness::files_below(&repository().join("queries/schema"));
    for (place, file) in files.iter().enumerate() {
        assert!(file.starts_with(&format!("{:04}_", place + 1)), "{file}");
    }
    assert_eq!(
        strings("select version from schema_version"),
        [files.len().to_string()]
    );
}

#[test]
fn a_database_of_the_first_schema_is_brought_up_to_date_by_an_ingest() {
    for logs in [&[][..], &["local-1795395131414.zstd"]] {
        let env = Env::new();
        env.directory("logs");
        for log in logs {
            env.copy_log(log, &format!("logs/{log}"));
        }
        let first = std::fs::read_to_string(repository().join("queries/schema/0001_tables.sql")).unwrap();
        let conn = duckdb::Connection::open(env.database()).unwrap();
        conn.execute_batch(&first).unwrap();
        conn.execute("update schema_version set version = 1", []).unwrap();
        conn.close().unwrap();
        let output = env.shh("report summary");
        assert!(
            output.stderr.contains("run `shh ingest` once"),
            "{}",
            output.whole()
        );
        assert_eq!(env.shh("ingest -l logs").code, 0);
        assert_eq!(
            env.value("select version from schema_version"),
            shh::store::SCHEMA_VERSION.to_string()
        );
        assert_eq!(env.value("select count(*) from apps"), logs.len().to_string());
        assert_eq!(env.shh("report summary").code, 0);
    }
}

#[test]
fn a_database_is_read_by_any_duckdb_without_the_program() {
    let env = Env::with_fixture();
    let sums = env
        .rows("select round(sum(alloc_core_h), 9), count(*) from apps where not local and not end_estimated");
    assert_eq!(sums[0][1].as_deref(), Some("13"));
}
