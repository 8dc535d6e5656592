//! Every report and every trend, whole: as a table at 80 and at 160 columns, as Markdown, JSON and CSV, and
//! explained. One file of `tests/snapshots` a question: what a change does to it is seen in one place.

use std::fmt::Write as _;
use std::fs;

use shh::query::{Kind, Query, list};

use super::harness::{Env, compare, snapshots, testdata};

/// Two applications of `testdata` that ran on executors: the report of one, and the comparison of both.
const SUBJECTS: [&str; 2] = ["app-20261123004528-0000", "app-20261123005034-0000"];

/// With prices, so that columns of money are there.
fn env() -> Env {
    let env = Env::with_fixture();
    fs::write(
        env.path("prices.toml"),
        "[cost]\ncurrency = \"EUR\"\ncore_hour = 40.0\ngib_hour = 5.0\n",
    )
    .unwrap();
    env.var("SHH_CONFIG", "prices.toml")
}

fn questions() -> Vec<Query> {
    [Kind::Report, Kind::Trends].into_iter().flat_map(list).collect()
}

/// The words that ask it.
fn words(query: &Query) -> Vec<&str> {
    let mut words = vec![query.kind.command(), query.name];
    words.extend(&SUBJECTS[..query.subjects]);
    if query.kind == Kind::Trends {
        words.extend(["--bucket", "hour"]);
    }
    words
}

/// Each way to print a question: what is typed, and how wide the terminal is.
fn ways(query: &Query) -> Vec<(Vec<&str>, &'static str)> {
    let mut ways = vec![
        (vec![], "80"),
        (vec![], "160"),
        (vec!["--format", "md"], "100"),
        (vec!["--format", "json"], "100"),
        (vec!["--explain"], "100"),
    ];
    // CSV holds one table, and reports about something are several.
    if query.subjects == 0 {
        ways.push((vec!["--format", "csv"], "100"));
    }
    for by in query.by.iter().skip(1) {
        ways.push((vec!["--by", by], "100"));
    }
    let is_grouped = query.clone().chosen(false, true, None).is_ok();
    if is_grouped {
        ways.push((vec!["--group-by", "user"], "100"));
    }
    ways
}

#[test]
fn every_question_prints_as_it_did() {
    let env = env();
    for query in questions() {
        let mut text = String::new();
        for (way, columns) in ways(&query) {
            let asked: Vec<&str> = words(&query).into_iter().chain(way).collect();
            let mut command = env.command(&asked);
            let output = command.env("COLUMNS", columns).output().unwrap();
            writeln!(text, "$ COLUMNS={columns} shh {}", asked.join(" ")).unwrap();
            text.push_str(&String::from_utf8(output.stdout).unwrap());
            text.push_str(&String::from_utf8(output.stderr).unwrap());
            text.push('\n');
            assert!(output.status.success(), "{text}");
        }
        let text = text.replace(testdata().to_str().unwrap(), "[TESTDATA]");
        let file = format!("{}/{}.txt", query.kind.command(), query.name);
        let path = snapshots().join(file);
        let known = fs::read_to_string(&path).unwrap_or_default();
        if settled(&known) != settled(&text) {
            compare(&path, &text);
        }
    }
}

/// The text with long fractions cut to 12 digits: sums depend in their last digit on the order in which DuckDB's
/// threads add.
fn settled(text: &str) -> String {
    let long = regex::Regex::new(r"-?\d+\.\d{9,}").unwrap();
    long.replace_all(text, |found: &regex::Captures| {
        let number: f64 = found[0].parse().unwrap();
        format!("{number:.11e}")
    })
    .into_owned()
}

#[test]
fn every_snapshot_is_of_a_question() {
    let known: Vec<String> = questions()
        .iter()
        .map(|query| format!("{}/{}.txt", query.kind.command(), query.name))
        .collect();
    for kind in ["report", "trends"] {
        for entry in fs::read_dir(snapshots().join(kind)).unwrap() {
            let file = format!("{kind}/{}", entry.unwrap().file_name().to_string_lossy());
            assert!(known.contains(&file), "tests/snapshots/{file} is of nothing");
        }
    }
}

#[test]
fn tables_fit_the_width() {
    let env = env();
    for columns in ["60", "80", "100", "160"] {
        let width: usize = columns.parse().unwrap();
        for query in questions() {
            let output = env
                .command(&words(&query))
                .env("COLUMNS", columns)
                .output()
                .unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            for line in text.lines() {
                assert!(
                    line.chars().count() <= width,
                    "{} at {columns}: {line}",
                    query.name
                );
            }
        }
    }
}

#[test]
fn wide_hides_no_column() {
    let env = env();
    for query in questions().into_iter().filter(|query| query.subjects == 0) {
        let mut asked = words(&query);
        asked.push("--wide");
        let wide = env.run(&asked).done();
        assert!(!wide.stdout.contains("columns hidden"), "{}", wide.stdout);
    }
}

#[test]
fn without_prices_no_money_is_shown_anywhere() {
    let env = Env::with_fixture();
    for query in questions() {
        for format in ["table", "md", "json"] {
            let mut asked = words(&query);
            asked.extend(["--format", format, "--wide"]);
            let output = env.run(&asked).done();
            let money = ["_est\"", "cost_est", "EUR", "price_source", "USD"];
            assert!(
                !money.iter().any(|word| output.stdout.contains(word)),
                "{}",
                output.stdout
            );
        }
    }
}

#[test]
fn all_reports_are_one_document() {
    let env = env();
    let document = env.shh("report all --format json").done().json();
    let names: Vec<&str> = document["reports"]
        .as_array()
        .unwrap()
        .iter()
        .map(|report| report["name"].as_str().unwrap())
        .collect();
    let expected: Vec<&str> = list(Kind::Report)
        .iter()
        .filter(|query| query.subjects == 0)
        .map(|query| query.name)
        .collect();
    assert_eq!(names, expected);
    let markdown = env.shh("report all --format md").done().stdout;
    for query in list(Kind::Report).iter().filter(|query| query.subjects == 0) {
        assert!(markdown.contains(query.title), "{} is not there", query.title);
    }
    assert_eq!(env.shh("report all --format csv").code, 2);
}
