//! Every file of `queries/`: used, valid on an empty and on a full database, and in the common dialect.

use std::fs;

use duckdb::types::{TimeUnit, Value};
use shh::query::{Kind, list};

use super::harness::{Env, files_below, fixture, open_read_only, repository};

fn files() -> Vec<(String, String)> {
    let root = repository().join("queries");
    let files = files_below(&root);
    assert!(files.len() > 20, "{files:?}");
    files
        .into_iter()
        .map(|file| {
            let text = fs::read_to_string(root.join(&file)).unwrap();
            (file, text)
        })
        .collect()
}

/// The text of a file without comments.
fn statements(text: &str) -> String {
    text.lines()
        .map(|line| line.split("--").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn every_file_is_used() {
    let sources: String = files_below(&repository().join("src"))
        .iter()
        .map(|file| fs::read_to_string(repository().join("src").join(file)).unwrap())
        .collect();
    for (file, _) in files() {
        let (folder, name) = file.split_once('/').expect("a file outside of a folder");
        let stem = name
            .strip_suffix(".sql")
            .unwrap_or_else(|| panic!("{file} is no query"));
        let is_included = sources.contains(&format!("queries/{file}\""));
        let is_listed = ["report", "trends"].contains(&folder) && sources.contains(&format!("\"{stem}\"\n"));
        assert!(is_included || is_listed, "queries/{file} is used nowhere");
    }
}

#[test]
fn no_query_needs_an_extension_or_the_time_of_day() {
    for (file, text) in files() {
        let text = statements(&text).to_lowercase();
        for word in [
            "current_date",
            "current_timestamp",
            "localtimestamp",
            "now()",
            "today()",
            "timestamptz",
            "with time zone",
            "at time zone",
            "::json",
            "json_",
            "read_csv",
            "read_json",
            "read_parquet",
            "install ",
            "load ",
            "pragma",
            "random()",
        ] {
            // Parquet is in both builds.
            let is_expected = (file.as_str(), word) == ("store/open_export.sql", "read_parquet");
            assert!(!text.contains(word) || is_expected, "queries/{file} says {word}");
        }
    }
}

#[test]
fn every_question_is_one_statement() {
    let text = regex::Regex::new("'[^']*'").unwrap();
    let is_question = |file: &str| {
        ["report/", "trends/", "trust/"]
            .iter()
            .any(|folder| file.starts_with(folder))
    };
    for (file, sql) in files().into_iter().filter(|(file, _)| is_question(file)) {
        let statements = statements(&sql);
        assert!(!text.replace_all(&statements, "").contains(';'), "queries/{file}");
    }
}

#[test]
fn questions_name_their_parameters() {
    for (file, text) in files()
        .into_iter()
        .filter(|(file, _)| file.starts_with("report/") || file.starts_with("trends/"))
    {
        let text = statements(&text);
        assert!(!text.contains('?'), "queries/{file}");
        assert!(text.contains('$'), "queries/{file} takes no parameter");
        assert!(
            text.contains("order by"),
            "queries/{file}: rows come in any order"
        );
    }
}

/// The value of a parameter, by its name.
fn parameter(name: &str) -> Value {
    let time = |ms| Value::Timestamp(TimeUnit::Millisecond, ms);
    match name {
        "since" | "before" => time(0),
        "until" => time(4_000_000_000_000),
        "user" | "queue" | "app_name" | "app_id" | "status" => Value::Text(String::new()),
        "capacity_cores" | "capacity_memory_bytes" => Value::BigInt(0),
        "with_local" | "with_incomplete" => Value::Boolean(true),
        "bucket" => Value::Text("day".to_owned()),
        "limit" => Value::BigInt(i64::MAX),
        other => panic!("what is ${other}?"),
    }
}

fn parameters(sql: &str) -> Vec<String> {
    let pattern = regex::Regex::new(r"\$([a-z_]+)").unwrap();
    let sql = statements(sql);
    let mut names: Vec<String> = pattern
        .captures_iter(&sql)
        .map(|found| found[1].to_owned())
        .collect();
    names.sort();
    names.dedup();
    names
}

/// Runs a query and answers its columns and the number of its rows.
fn run(conn: &duckdb::Connection, name: &str, sql: &str) -> (Vec<String>, usize) {
    let values: Vec<(String, Value)> = parameters(sql)
        .into_iter()
        .map(|name| (name.clone(), parameter(&name)))
        .collect();
    let values: Vec<(&str, &dyn duckdb::ToSql)> = values
        .iter()
        .map(|(name, value)| (name.as_str(), value as &dyn duckdb::ToSql))
        .collect();
    let mut statement = conn
        .prepare(sql)
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut rows = statement
        .query(&*values)
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let columns = rows.as_ref().unwrap().column_names();
    let mut count = 0;
    while rows
        .next()
        .unwrap_or_else(|error| panic!("{name}: {error}"))
        .is_some()
    {
        count += 1;
    }
    (columns, count)
}

#[test]
fn every_question_answers_with_the_columns_of_its_header() {
    let conn = open_read_only(fixture());
    run(&conn, "cut", include_str!("../queries/macro/cut.sql"));
    conn.execute_batch(include_str!("../queries/macro/selected_apps.sql"))
        .unwrap();
    for kind in [Kind::Report, Kind::Trends] {
        for query in list(kind) {
            for sql in [Some(query.sql), query.filtered_sql].into_iter().flatten() {
                let (mut columns, count) = run(&conn, query.name, sql);
                if columns.last().is_some_and(|name| name == "rows_total") {
                    columns.pop();
                }
                let header: Vec<&str> = query.columns.iter().map(|column| column.name.as_str()).collect();
                assert_eq!(columns, header, "{}", query.name);
                assert!(count > 0, "{} finds nothing in the fixture", query.name);
            }
        }
    }
}

#[test]
fn every_question_of_a_folder_is_offered() {
    let offered: usize = [Kind::Report, Kind::Trends]
        .into_iter()
        .flat_map(list)
        .map(|query| 1 + usize::from(query.filtered_sql.is_some()))
        .sum();
    let files = files()
        .into_iter()
        .filter(|(file, _)| file.starts_with("report/") || file.starts_with("trends/"))
        .count();
    assert_eq!(offered, files);
}

/// A database that knows one log and no application.
fn without_applications() -> Env {
    let env = Env::new();
    env.copy_log("damaged/local-1700000000003", "logs/local-1700000000003");
    let output = env.shh("ingest -l logs");
    assert_eq!(output.code, 3, "{}", output.whole());
    assert_eq!(env.value("select count(*) from apps"), "0");
    env
}

#[test]
fn every_question_can_be_asked_of_an_empty_database() {
    let env = without_applications();
    for kind in [Kind::Report, Kind::Trends] {
        for query in list(kind) {
            for format in ["table", "json", "csv", "md"] {
                for filter in ["--last=all", "--user=x"] {
                    let output = env
                        .run(&[kind.command(), query.name, "--format", format, filter])
                        .done();
                    assert!(
                        !output.stdout.contains("NaN") && !output.stdout.contains("inf"),
                        "{}",
                        output.whole()
                    );
                }
            }
        }
    }
}

#[test]
fn no_figure_of_an_empty_database_is_made_up() {
    let output = without_applications().shh("report summary --format json").done();
    assert!(output.json_rows().is_empty(), "{}", output.stdout);
    let coverage = &output.json()["coverage"];
    assert_eq!(
        (&coverage["applications"], &coverage["damaged_logs"]),
        (&0.into(), &1.into()),
        "{coverage}"
    );
    assert!(
        coverage["event_loss_pct"].is_null() && coverage["peak_coverage_pct"].is_null(),
        "{coverage}"
    );
}
