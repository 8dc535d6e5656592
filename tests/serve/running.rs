//! How it lives: starts, ingests, follows what is published, stops.

use std::io::Write;
use std::net::TcpListener;
use std::time::Duration;

use super::super::harness::{Env, age};
use super::{Answer, Server};

const LOG: &str = "local-1795395131414.zstd";

#[test]
fn it_ingests_at_start_and_again_when_logs_come() {
    let env = Env::new();
    env.copy_log(LOG, "logs/a.zstd");
    let server = Server::start(&env, "--log-directory logs --update-interval 1s");
    let logs = |server: &Server| server.get("/api/v1/reports/quality").json()["rows"].to_string();
    server.wait_for("the first log is in", |server| logs(server).contains("complete"));
    let first = server.health()["data"]["version"].clone();
    let more = env.copy_log(
        "eventlog_v2_local-1795394712232",
        "logs/eventlog_v2_local-1795394712232",
    );
    age(&more, 60);
    server.wait_for("the second log is in", |server| {
        server.health()["data"]["version"] != first
    });
    let health = server.health();
    assert_eq!(health["status"], "ok", "{health}");
    assert_eq!(health["ingest"]["interval_s"], 1);
    assert!(
        server.said().contains("event=ingest outcome=published"),
        "{}",
        server.said()
    );
    let metrics = server.get("/metrics").text();
    assert!(
        metrics.contains("shh_ingests_total{outcome=\"published\"} 2"),
        "{metrics}"
    );
    assert!(metrics.contains("shh_fleet_applications "), "{metrics}");
}

#[test]
fn an_ingest_of_somebody_else_is_followed_without_an_error() {
    let env = Env::new();
    env.copy_log(LOG, "logs/a.zstd");
    let _ = env.shh("ingest -q -l logs").done();
    let server = Server::start(&env, "--no-ingest");
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let mut counts = Vec::new();
            while counts.last() != Some(&6) {
                let answer = server.get("/api/v1/reports/quality").has_status(200).json();
                let logs = answer["rows"].as_array().unwrap().iter();
                counts.push(logs.filter_map(|row| row["logs"].as_i64()).sum());
                assert!(counts.len() < 20_000, "{counts:?}");
            }
            counts
        });
        for number in 0..5 {
            env.copy_log(LOG, &format!("logs/b{number}.zstd"));
            let _ = env.shh("ingest -q -l logs").done();
        }
        let counts = asking.join().unwrap();
        assert!(counts.is_sorted(), "{counts:?}");
    });
    assert!(server.said().matches("event=opened").count() >= 1);
}

#[test]
fn while_another_ingests_it_answers_and_tries_again() {
    let env = Env::new();
    env.copy_log(LOG, "logs/a.zstd");
    let lock = std::fs::File::create(env.path("fleet.duckdb.lock")).unwrap();
    lock.try_lock().unwrap();
    let server = Server::start(&env, "-l logs --update-interval 1s");
    server.wait_for("it found the lock", |server| {
        server.health()["ingest"]["last"]["outcome"] == "locked"
    });
    assert_eq!(server.health()["status"], "empty");
    drop(lock);
    server.wait_for("it ingests", |server| server.health()["status"] == "ok");
}

#[test]
fn without_a_database_it_says_so_and_has_no_figures() {
    let env = Env::new();
    let server = Server::start(&env, "--no-ingest");
    let health = server.health();
    assert_eq!(
        (&health["status"], &health["data"]["version"]),
        (&"empty".into(), &"empty".into())
    );
    let answer = server.get("/api/v1/reports/apps").has_status(200).json();
    assert_eq!(answer["rows"].as_array().unwrap().len(), 0);
    env.copy_log(LOG, "logs/a.zstd");
    let _ = env.shh("ingest -q -l logs").done();
    server.wait_for("it is opened", |server| server.health()["status"] == "ok");
}

#[test]
fn what_cannot_be_opened_is_told_and_what_was_there_answers() {
    let env = Env::new();
    env.copy_log(LOG, "logs/a.zstd");
    let _ = env.shh("ingest -q -l logs").done();
    let server = Server::start(&env, "--no-ingest");
    std::fs::write(env.path("other"), "no database").unwrap();
    std::fs::rename(env.path("other"), env.database()).unwrap();
    server.wait_for("it finds out", |server| server.health()["status"] == "failing");
    assert_eq!(server.get("/health").status, 503);
    let _ = server.get("/api/v1/reports/apps").has_status(200);
    let output = env.shh("serve --no-ingest");
    assert_eq!(output.code, 1, "{}", output.whole());
}

#[test]
fn a_port_that_is_taken_is_told() {
    let env = Env::with_fixture();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let output = env.shh(&format!("serve --no-ingest --port {port}"));
    assert_eq!(output.code, 1);
    assert!(
        output.stderr.contains("cannot listen on 127.0.0.1:"),
        "{}",
        output.stderr
    );
    assert!(output.stderr.contains("--port"), "{}", output.stderr);
}

#[test]
fn it_stops_when_told_to_and_ends_what_it_began() {
    for signal in ["TERM", "INT"] {
        let env = Env::with_fixture();
        let mut server = Server::start(&env, "--no-ingest");
        let idle = server.connect();
        let asked: Vec<_> = (0..12)
            .map(|number| {
                let mut stream = server.connect();
                let request = format!(
                    "GET /api/v1/reports/cost?limit={} HTTP/1.1\r\nHost: localhost\r\n\r\n",
                    number + 1
                );
                stream.write_all(request.as_bytes()).unwrap();
                stream
            })
            .collect();
        // The last of them has been taken when another, later one is answered.
        let _ = server.get("/health").has_status(200);
        server.signal(signal);
        for mut stream in asked {
            let answer = Answer::read(&mut stream).expect("a request that ran was not answered");
            let answer = answer.has_status(200);
            let length: usize = answer.header("content-length").unwrap().parse().unwrap();
            assert_eq!(answer.body.len(), length);
        }
        assert_eq!(server.ended(Duration::from_secs(20)), 0, "{signal}");
        assert!(
            server.said().contains("event=stopped requests_ended=true"),
            "{}",
            server.said()
        );
        drop(idle);
    }
}

#[test]
fn each_request_is_a_line_and_quiet_has_none() {
    let env = Env::with_fixture();
    let server = Server::start(&env, "--no-ingest");
    let _ = server
        .get_with("/nothing?x=%0Ay", "User-Agent: a \"b\"\r\n")
        .has_status(404);
    server.wait_for("it is logged", |server| {
        let said = server.said();
        said.contains("event=request method=GET path=/nothing query=\"x=%0Ay\" status=404")
            && said.contains("agent=\"a \\\"b\\\"\"")
    });
    let env = Env::with_fixture();
    let command = env.command(&["serve", "--no-ingest", "--port", "0", "-v"]);
    drop(Server::spawn(command));
}
