//! The figures: those of the command line, whoever asks.

use serde_json::Value;

use super::super::harness::Env;
use super::Server;

#[test]
fn every_report_and_trend_has_the_figures_of_the_command_line() {
    let env = Env::with_fixture();
    let server = Server::start(&env, "--no-ingest");
    for (command, folder) in [("report", "reports"), ("trends", "trends")] {
        let index = server.get(&format!("/api/v1/{folder}")).has_status(200).json();
        let entries = index[folder].as_array().unwrap();
        assert!(entries.len() > 10, "{index}");
        for entry in entries.iter().filter(|entry| entry["subjects"] == 0) {
            let name = entry["name"].as_str().unwrap();
            for (flags, query) in [
                ("", "last=30d"),
                ("--include-local --limit 3", "last=30d&includeLocal=true&limit=3"),
                (
                    "--user root --include-local",
                    "last=30d&user=root&includeLocal=true",
                ),
            ] {
                let of_shell = env
                    .shh(&format!("{command} {name} --format json --last 30d {flags}"))
                    .done();
                let answer = server
                    .get(&format!("/api/v1/{folder}/{name}?{query}"))
                    .has_status(200);
                assert_eq!(answer.text(), of_shell.stdout, "{command} {name} {flags}");
            }
        }
    }
}

#[test]
fn reports_about_something_take_it_as_their_subject() {
    let env = Env::with_fixture();
    let server = Server::start(&env, "--no-ingest");
    let apps = server
        .get("/api/v1/reports/apps?last=all&includeLocal=true")
        .json();
    let id = apps["rows"][0]["app_id"].as_str().unwrap();
    let app = server
        .get(&format!("/api/v1/reports/app?appId={id}"))
        .has_status(200)
        .json();
    assert_eq!(app["rows"][0]["app_id"], id);
    let findings = server.get(&format!("/api/v1/reports/app-findings?subject={id}"));
    assert_eq!(findings.status, 200, "{}", findings.text());
    let problem = server.get("/api/v1/reports/app").has_status(400).json();
    assert_eq!(problem["parameter"], "subject");
}

#[test]
fn what_is_asked_wrongly_is_told_by_name() {
    let env = Env::with_fixture();
    let server = Server::start(&env, "--no-ingest");
    for (path, parameter) in [
        ("reports/apps?since=yesterday", "since"),
        ("reports/apps?limit=-1", "limit"),
        ("reports/apps?limit=1000000", "limit"),
        ("reports/apps?user=(", "user"),
        ("reports/apps?sort=nothing", "sort"),
        ("reports/apps?by=nothing", "by"),
        ("reports/skew?groupBy=user", "groupBy"),
        ("reports/apps?nothing=1", "nothing"),
        ("reports/apps?format=xml", "format"),
        ("trends/usage?bucket=year", "bucket"),
        ("capacity/usage-trends?endDate=soon", "until"),
        ("optimization/resource-hogs?by=moon", "by"),
    ] {
        let answer = server.get(&format!("/api/v1/{path}")).has_status(400);
        assert_eq!(
            answer.header("content-type"),
            Some("application/problem+json"),
            "{path}"
        );
        let problem = answer.json();
        assert_eq!(problem["parameter"], parameter, "{path}: {problem}");
    }
    let missing = server.get("/api/v1/reports/hogs").has_status(404).json();
    assert!(missing["hint"].as_str().unwrap().contains("resource-hogs"));
}

fn array(server: &Server, path: &str) -> Vec<Value> {
    server
        .get(&format!("/api/v1/{path}"))
        .has_status(200)
        .json()
        .as_array()
        .unwrap_or_else(|| panic!("{path} is no array"))
        .clone()
}

#[test]
fn the_first_dashboards_paths_have_its_names_and_true_values() {
    let env = Env::with_fixture();
    let server = Server::start(&env, "--no-ingest");
    let window = "startDate=2026-11-01&endDate=2026-11-24";
    let of_shell = |line: &str| {
        env.shh(&format!(
            "{line} --since 2026-11-01 --until 2026-11-24 --format json"
        ))
        .json_rows()
    };
    let hogs = array(&server, &format!("optimization/resource-hogs?{window}&limit=3"));
    let expected = of_shell("report resource-hogs --limit 3");
    assert_eq!(hogs.len(), expected.len());
    for (hog, row) in hogs.iter().zip(&expected) {
        assert_eq!(hog["app_id"], row["app_id"]);
        assert_eq!(hog["consumption_value"], row["alloc_core_h"]);
        assert_eq!(
            (&hog["resource_type"], &hog["cost_impact"]),
            (&"Cpu".into(), &Value::Null)
        );
    }
    let one = array(
        &server,
        &format!(
            "optimization/resource-hogs?{window}&appId={}",
            hogs[0]["app_id"].as_str().unwrap()
        ),
    );
    assert_eq!(one.len(), 1);
    let efficiency = array(
        &server,
        &format!("optimization/efficiency-analysis?{window}&limit=5"),
    );
    let expected = of_shell("report efficiency --limit 5");
    assert!(!efficiency.is_empty());
    for (analysis, row) in efficiency.iter().zip(&expected) {
        assert_eq!(analysis["cpu_efficiency"], row["busy_pct"]);
        assert_eq!(analysis["memory_efficiency"], row["heap_peak_pct"]);
    }
    let usage = array(&server, &format!("capacity/usage-trends?{window}"));
    let expected = of_shell("trends usage");
    let allocated: Vec<&Value> = usage
        .iter()
        .filter(|trend| trend["metric_name"] == "alloc_core_h")
        .map(|trend| &trend["metric_value"])
        .collect();
    assert_eq!(
        allocated,
        expected
            .iter()
            .map(|row| &row["alloc_core_h"])
            .collect::<Vec<_>>()
    );
    assert_eq!(
        array(&server, &format!("capacity/usage-trends?{window}&limit=4")).len(),
        4
    );
    let savings = array(&server, &format!("capacity/cost-optimization?{window}"));
    let expected = of_shell("report cost --limit 15");
    assert_eq!(savings.len(), expected.len());
    for (saving, row) in savings.iter().zip(&expected) {
        assert_eq!(saving["app_name"], row["job"]);
        assert_eq!(saving["current_cost"], Value::Null);
    }
}

#[test]
fn with_prices_there_is_money_and_it_is_that_of_the_command_line() {
    let env = Env::with_fixture();
    std::fs::create_dir_all(env.path("config")).unwrap();
    std::fs::write(
        env.path("config/settings.toml"),
        "[cost]\ncurrency = 'USD'\ncore_hour = 0.04\ngib_hour = 0.005\n",
    )
    .unwrap();
    let server = Server::start(&env, "--no-ingest");
    let hogs = array(&server, "optimization/resource-hogs?limit=1");
    let row = &env
        .shh("report resource-hogs --limit 1 --format json")
        .json_rows()[0];
    assert!(row["cost_est"].is_number());
    assert_eq!(hogs[0]["cost_impact"], row["cost_est"]);
}

#[test]
fn rows_come_as_csv_as_well() {
    let env = Env::with_fixture();
    let server = Server::start(&env, "--no-ingest");
    let answer = server
        .get("/api/v1/reports/owners?format=csv&last=30d")
        .has_status(200);
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(
        answer.text(),
        env.shh("report owners --format csv --last 30d").done().stdout
    );
}
