//! Every file of `queries/`: used, valid on an empty and on a full database, and in the common dialect.

use std::fs;

use shh::query::{Kind, Parameters, Query, Session, find, list};
use shh::settings::{Bucket, Config, Filters, GroupBy, LastWindow, Subject};
use shh::store::Limits;

use super::harness::{Env, files_below, fixture, open_read_only, repository, rows};

fn files() -> Vec<(String, String)> {
    let root = repository().join("queries");
    let files = files_below(&root);
    assert!(files.len() > 20, "{files:?}");
    files
        .into_iter()
        .filter(|file| file != "README.md")
        .map(|file| {
            let text = fs::read_to_string(root.join(&file)).unwrap();
            (file, text)
        })
        .collect()
}

/// The text of a file without comments and without what stands in quotes.
fn statements(text: &str) -> String {
    let quoted = regex::Regex::new("'[^']*'").unwrap();
    text.lines()
        .filter(|line| !line.trim_start().starts_with("--"))
        .map(|line| {
            let line = quoted.replace_all(line, "''").into_owned();
            line.split("--").next().unwrap_or_default().to_owned()
        })
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
    let is_question = |file: &str| {
        ["report/", "trends/", "trust/"]
            .iter()
            .any(|folder| file.starts_with(folder))
    };
    for (file, sql) in files().into_iter().filter(|(file, _)| is_question(file)) {
        let statements = statements(&sql);
        assert!(!statements.contains(';'), "queries/{file}");
    }
}

#[test]
fn questions_name_variables_and_no_parameters() {
    for (file, text) in files()
        .into_iter()
        .filter(|(file, _)| file.starts_with("report/") || file.starts_with("trends/"))
    {
        let text = statements(&text);
        // With a parameter, DuckDB would keep no plan.
        assert!(!text.contains(['?', '$']), "queries/{file} has a parameter");
        assert!(
            text.contains("getvariable("),
            "queries/{file} heeds nothing that is asked for"
        );
        assert!(
            text.contains("order by"),
            "queries/{file}: rows come in any order"
        );
    }
}

/// The query as it is asked in each of its ways.
fn ways(query: &Query) -> Vec<Query> {
    let mut bys: Vec<Option<&str>> = query.by.iter().map(|word| Some(*word)).collect();
    bys.push(None);
    let mut ways: Vec<Query> = Vec::new();
    for by in bys {
        for (is_filtered, is_grouped) in [(false, false), (true, false), (false, true)] {
            if let Ok(way) = query.clone().chosen(is_filtered, is_grouped, by)
                && ways.iter().all(|known| known.sql != way.sql)
            {
                ways.push(way);
            }
        }
    }
    ways
}

/// Every query, those shown only as parts of others too.
fn all() -> Vec<Query> {
    let names = |folder: &str| {
        files()
            .into_iter()
            .filter_map(|(file, _)| Some(file.strip_prefix(folder)?.strip_suffix(".sql")?.replace('_', "-")))
            .collect::<Vec<_>>()
    };
    let of = |kind, folder| {
        names(folder)
            .into_iter()
            .filter_map(move |name| find(kind, &name))
    };
    of(Kind::Report, "report/")
        .chain(of(Kind::Trends, "trends/"))
        .collect()
}

#[test]
fn every_question_answers_with_the_columns_of_its_header() {
    let session = Session::open(
        fixture(),
        Limits {
            memory_bytes: 1 << 30,
            threads: 1,
        },
    )
    .unwrap();
    let filters = Filters {
        last: Some(LastWindow::All),
        include_local: true,
        include_incomplete: true,
        ..Filters::default()
    };
    let largest = "select app_id from apps where not local order by alloc_core_h desc, app_id limit 2";
    let subjects: Vec<Subject> = rows(&open_read_only(fixture()), largest)
        .into_iter()
        .filter_map(|row| row.into_iter().next().flatten().map(Subject::Name))
        .collect();
    let config = Config::parse("prices", "[cost]\ncore_hour = 0.04\ngib_hour = 0.005").unwrap();
    let mut empty = Vec::new();
    for query in all() {
        for way in ways(&query) {
            let parameters = Parameters {
                filters: &filters,
                now_ms: 4_000_000_000_000,
                default_window_ms: 1,
                by: None,
                group_by: Some(&GroupBy::User).filter(|_| way.sql.contains("group_name")),
                subjects: &subjects[..way.subjects],
                bucket: Bucket::Day,
                zone: &jiff::tz::TimeZone::UTC,
                capacity_cores: None,
                capacity_memory_bytes: None,
                cost: config.cost.as_ref(),
                jobs_by_user: true,
                page: None,
            };
            // Fails unless the header names the columns.
            let table = session
                .answer(&way, &parameters)
                .unwrap_or_else(|error| panic!("{}: {error:#}", way.name));
            if table.rows.is_empty() {
                empty.push(way.name);
            }
        }
    }
    // What the fixture has nothing of.
    empty.sort_unstable();
    assert_eq!(empty, NOT_IN_THE_FIXTURE);
}

/// Questions that nothing in `testdata` is an answer to; the corpus of `tests/oracle` is.
const NOT_IN_THE_FIXTURE: &[&str] = &["app-sql", "forecast", "regressions", "skew", "tasks"];

#[test]
fn every_question_of_a_folder_is_offered() {
    let offered: usize = all().iter().map(|query| ways(query).len()).sum();
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
        for query in list(kind).into_iter().filter(|query| query.subjects == 0) {
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
