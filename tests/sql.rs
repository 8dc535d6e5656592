//! `shh sql`: answers anything, changes nothing, reaches nothing else.

use std::fs;
use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::harness::{Env, Output};

fn sql(env: &Env, statement: &str, flags: &str) -> Output {
    let mut args = vec!["sql", statement];
    args.extend(flags.split_whitespace());
    env.run(&args)
}

fn value(env: &Env, expression: &str) -> serde_json::Value {
    let output = sql(env, &format!("select {expression} as x"), "--format json").done();
    output.json_rows()[0]["x"].clone()
}

const QUESTION: &str = "select app_name, \"user\", start, alloc_core_h, attempt, tasks from apps \
                        where not local and alloc_core_h > 0.01 order by alloc_core_h desc limit 4";

#[test]
fn a_question_is_answered_in_every_format() {
    let env = Env::with_fixture();
    for format in ["table", "json", "csv", "md"] {
        sql(&env, QUESTION, &format!("--format {format}")).matches(&format!("sql-question.{format}"));
    }
}

#[test]
fn tables_and_columns_are_listed() {
    let env = Env::new();
    env.shh("sql --tables").matches("sql-tables");
    env.shh("sql --schema prunes").matches("sql-schema");
    let all = env.shh("sql --schema --format json").done().json_rows();
    assert!(all.len() > 250, "{}", all.len());
    let unknown = env.shh("sql --schema app");
    assert_eq!(unknown.code, 2);
    assert!(
        unknown.stderr.contains("did you mean `apps`?"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn the_statement_may_come_on_standard_input() {
    let env = Env::with_fixture();
    let mut child = env
        .command(&["sql", "-", "--format", "csv"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"select 6 * 7 as x -- why\n;\n")
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "x\r\n42\r\n");
}

#[test]
fn values_of_every_type_are_shown() {
    let env = Env::with_fixture();
    for (expression, expected) in [
        ("1.50::decimal(10, 2)", serde_json::json!(1.5)),
        (
            "123456789012345678.25::decimal(38, 2)",
            serde_json::json!("123456789012345678.25"),
        ),
        ("(select sum(i) from range(10) t(i))", serde_json::json!(45)),
        (
            "170141183460469231731687303715884105727",
            serde_json::json!("170141183460469231731687303715884105727"),
        ),
        (
            "18446744073709551615::ubigint",
            serde_json::json!("18446744073709551615"),
        ),
        ("0.1::float", serde_json::json!(0.1)),
        ("'nan'::double", serde_json::json!(null)),
        ("date '2026-11-23'", serde_json::json!("2026-11-23")),
        ("time '10:30:00.5'", serde_json::json!("10:30:00.5")),
        (
            "timestamp '2026-11-23 10:30:00'",
            serde_json::json!("2026-11-23T10:30:00.000Z"),
        ),
        (
            "timestamp '2026-11-23 10:30:00.000001'",
            serde_json::json!("2026-11-23T10:30:00.000001Z"),
        ),
        (
            "interval '14 months 3 days 04:05:06'",
            serde_json::json!("1 year 2 months 3 days 04:05:06"),
        ),
        ("[1, null, 3]", serde_json::json!("[1, NULL, 3]")),
        ("[['a'], []]", serde_json::json!("[[a], []]")),
        ("{'a': 1, 'b': 'x'}", serde_json::json!("{a: 1, b: x}")),
        ("map {'a': 1}", serde_json::json!("{a: 1}")),
        ("'a\\x00\\xFFb'::blob", serde_json::json!("a\\x00\\xFFb")),
        ("'10110'::bit", serde_json::json!("10110")),
        ("'f0'::enum ('f0', 'f1')", serde_json::json!("f0")),
        (
            "uuid '00000000-0000-0000-0000-00000000002a'",
            serde_json::json!("00000000-0000-0000-0000-00000000002a"),
        ),
        ("null", serde_json::json!(null)),
        ("true", serde_json::json!(true)),
    ] {
        assert_eq!(value(&env, expression), expected, "{expression}");
    }
    // Types that cannot be read are shown by DuckDB; the numbers beside them stay numbers.
    let rows = sql(
        &env,
        "select 1::variant as v, 2 as b, 1.5::double as c, true as d",
        "--format json",
    );
    assert_eq!(
        rows.done().json_rows()[0],
        serde_json::json!({"v": "1", "b": "2", "c": "1.5", "d": "true"})
    );
    let rows = sql(
        &env,
        "select '101'::bit as v, 2 as b, 1.5::double as c, true as d",
        "--format json",
    );
    assert_eq!(
        rows.done().json_rows()[0],
        serde_json::json!({"v": "101", "b": 2, "c": 1.5, "d": true})
    );
    for format in ["table", "json", "csv", "md"] {
        let output = sql(&env, "from test_all_types()", &format!("--format {format}")).done();
        assert!(!output.stdout.is_empty());
    }
}

#[test]
fn columns_of_the_same_name_are_told_apart() {
    let env = Env::with_fixture();
    let output = sql(&env, "select 1 as a, 2 as a, 3 as a_1", "--format csv").done();
    assert_eq!(output.stdout, "a,a_1,a_1_1\r\n1,2,3\r\n");
}

#[test]
fn tables_are_cut_and_say_so_and_machines_get_all() {
    let env = Env::with_fixture();
    let all = "from range(150)";
    let output = sql(&env, all, "").done();
    assert!(
        output
            .stdout
            .ends_with("   99\n\n(the first 100 rows; --limit 0 shows all)\n"),
        "{}",
        output.stdout
    );
    assert!(sql(&env, all, "--limit 0").done().stdout.ends_with("  149\n"));
    assert_eq!(sql(&env, all, "--format csv").done().stdout.lines().count(), 151);
    let json = sql(&env, all, "--format json --limit 3").done().json();
    assert_eq!(
        (json["rows"].as_array().unwrap().len(), &json["is_cut"]),
        (3, &true.into())
    );
    // Nothing is left out by a limit that is just enough.
    assert!(!sql(&env, all, "--limit 150").done().stdout.contains("--limit"));
    // An endless answer is not read to its end.
    let started = Instant::now();
    let _ = sql(&env, "from range(1000000000000)", "").done();
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn mistakes_are_explained() {
    let env = Env::with_fixture();
    for (name, statement) in [
        ("table", "select * from app"),
        ("column", "select app_nam from apps"),
        ("syntax", "select from where"),
        ("function", "select nosuch(1)"),
        ("file", "from read_csv('/etc/passwd')"),
        ("two", "select 1; select 2"),
        ("change", "delete from apps"),
        ("parameter", "select $1"),
    ] {
        sql(&env, statement, "").matches(&format!("sql-mistake-{name}"));
    }
    Env::new().shh("sql values(1)").matches("sql-no-database");
}

#[test]
fn nothing_is_changed() {
    let env = Env::new();
    fs::copy(super::harness::fixture(), env.database()).unwrap();
    let before = fs::read(env.database()).unwrap();
    for statement in [
        "delete from apps",
        "insert into apps from apps",
        "update apps set app_name = ''",
        "drop table apps",
        "create table x (i int)",
        "create temp table x (i int)",
        "create or replace temp macro x() as 1",
        "copy apps to 'x.csv'",
        "export database 'x'",
        "attach 'x.duckdb'",
        "install httpfs",
        "load httpfs",
        "set memory_limit = '1TB'",
        "set variable a = 1",
        "reset memory_limit",
        "pragma database_list",
        "call enable_logging()",
        "checkpoint",
        "vacuum",
        "begin",
        "use memory",
        "prepare q as select 1",
        "select 1; drop table apps",
        "explain analyze delete from apps",
        "explain analyze create temp table x as select 1",
        "with a as (select 1) insert into apps from apps",
        "with a as (select 1) delete from apps",
        "from enable_logging(storage := 'file', storage_path := 'log')",
        "from \"enable_logging\"()",
        "from query('from enable_' || 'logging()')",
        "from checkpoint()",
    ] {
        let output = sql(&env, statement, "");
        assert_eq!(output.code, 2, "{statement}: {}", output.whole());
    }
    assert!(fs::read(env.database()).unwrap() == before);
    let names: Vec<_> = fs::read_dir(env.root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["fleet.duckdb"]);
}

#[test]
fn nothing_else_is_reached() {
    let env = Env::with_fixture();
    fs::write(env.path("secret.csv"), "a\nhush\n").unwrap();
    fs::write(env.path("secret.json"), "{\"a\": \"hush\"}").unwrap();
    let parquet = env.path("x.parquet");
    for statement in [
        "from read_csv('secret.csv')",
        "from 'secret.csv'",
        "from read_text('secret.csv')",
        "from read_blob('secret.csv')",
        "from read_json('secret.json')",
        "from sniff_csv('secret.csv')",
        "from glob('*')",
        &format!("from read_parquet('{}')", parquet.display()),
        "from parquet_metadata('x.parquet')",
        "from read_csv('https://example.com/x.csv')",
        "from read_parquet('s3://bucket/x.parquet')",
        "from duckdb_secrets()",
        "select getenv('HOME')",
    ] {
        let output = sql(&env, statement, "");
        assert_eq!(output.code, 1, "{statement}: {}", output.whole());
        assert!(!output.whole().contains("hush"), "{statement}");
    }
}

#[test]
fn a_long_statement_is_stopped() {
    let env = Env::with_fixture();
    let started = Instant::now();
    let output = sql(
        &env,
        "select count(*) from range(1000000) a, range(1000000) b where a.range < b.range",
        "--timeout 500ms",
    );
    assert_eq!(output.code, 1);
    assert!(
        output.stderr.contains("took too long") && output.stderr.contains("--timeout"),
        "{}",
        output.stderr
    );
    assert!(
        started.elapsed() < Duration::from_secs(20),
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn memory_is_bounded() {
    let env = Env::with_fixture();
    for statement in [
        "select list(i) from range(100000000) t(i)",
        "select repeat('x', 1000) || i from range(100000) t(i)",
    ] {
        let output = sql(&env, statement, "--memory-limit 32MiB --format csv");
        assert_eq!(output.code, 1, "{statement}");
        assert!(output.stderr.contains("--memory-limit"), "{}", output.stderr);
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_plan_is_a_drawing() {
    let env = Env::with_fixture();
    let output = sql(&env, "explain select 1", "").done();
    assert!(output.stdout.starts_with("┌──"), "{}", output.stdout);
}
