//! Who is answered: methods, names, credentials; and what every answer carries.

use std::io::Write;

use super::super::harness::Env;
use super::{Answer, Server};

#[test]
fn every_answer_says_what_a_browser_may_do_with_it() {
    let env = Env::with_fixture();
    let server = Server::start(&env, "--no-ingest");
    for path in ["/health", "/metrics", "/nothing", "/api/v1/reports/summary", "/"] {
        let answer = server.get(path);
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self';"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
    }
}

#[test]
fn only_reading_is_possible() {
    let env = Env::with_fixture();
    let server = Server::start(&env, "--no-ingest");
    for method in [
        "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW", "get",
    ] {
        let answer = server
            .send(&format!(
                "{method} /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            ))
            .has_status(405);
        assert_eq!(answer.header("allow"), Some("GET, HEAD"), "{method}");
    }
}

#[test]
fn head_is_get_without_a_body() {
    let env = Env::with_fixture();
    let server = Server::start(&env, "--no-ingest");
    for path in ["/health", "/api/v1/reports/summary", "/nothing"] {
        let get = server.get(path);
        let head = server.send(&format!(
            "HEAD {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        ));
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        assert_eq!(
            head.header("content-length"),
            get.header("content-length"),
            "{path}"
        );
        assert_eq!(head.header("etag"), get.header("etag"), "{path}");
    }
}

#[test]
fn foreign_names_are_refused() {
    let env = Env::with_fixture();
    let server = Server::start(&env, "--no-ingest --allowed-host history.example");
    let ask = |line: &str, headers: &str| {
        server
            .send(&format!("{line}\r\n{headers}Connection: close\r\n\r\n"))
            .status
    };
    let with_host = |host: &str| ask("GET /health HTTP/1.1", &format!("Host: {host}\r\n"));
    assert_eq!(with_host("evil.example"), 421);
    assert_eq!(with_host("127.0.0.1.evil.example"), 421);
    assert_eq!(with_host("localhost:1"), 200);
    assert_eq!(with_host("[::1]"), 200);
    assert_eq!(with_host("history.example:18080"), 200);
    assert_eq!(with_host("sub.history.example"), 421);
    assert_eq!(ask("GET /health HTTP/1.1", ""), 400);
    assert_eq!(
        ask("GET /health HTTP/1.1", "Host: localhost\r\nHost: localhost\r\n"),
        400
    );
    assert_eq!(ask("GET /health HTTP/1.0", ""), 200);
    assert_eq!(
        ask("GET http://evil.example/health HTTP/1.1", "Host: localhost\r\n"),
        421
    );
    assert_eq!(
        ask("GET http://localhost/health HTTP/1.1", "Host: localhost\r\n"),
        200
    );
}

#[test]
fn a_request_in_pieces_is_refused_and_the_last_of_its_connection() {
    let env = Env::with_fixture();
    let server = Server::start(&env, "--no-ingest");
    let answer = server
        .send(
            "GET /health HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n\
             0\r\n\r\nGET /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
        )
        .has_status(400);
    // Answer::read reads until the server closes.
    assert_eq!(answer.text().matches("HTTP/1.1 ").count(), 0, "{}", answer.text());
}

#[test]
fn no_path_leads_anywhere_else() {
    let env = Env::with_fixture();
    let server = Server::start(&env, "--no-ingest");
    for path in [
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2fetc/passwd",
        "/api/v1/reports/../../../etc/passwd",
        "/api/v1/reports/%2e%2e",
        "/api/v1/reports/summary%00",
        "/api/v1/reports/summary/",
        "/api/v1//reports/summary",
        "//health",
        "/health/",
        "/%",
        "/static/..%5c..%5cCargo.toml",
        "/api/v1/reports/summary%0d%0aX-Evil:%201",
    ] {
        let answer = server.get(path);
        assert!([400, 404].contains(&answer.status), "{path}: {}", answer.head);
        assert_eq!(answer.header("x-evil"), None, "{path}");
        assert!(!answer.text().contains("root:"), "{path}");
    }
}

#[test]
fn with_credentials_only_who_shows_them_is_answered() {
    let env = Env::with_fixture();
    let file = env.path("auth");
    std::fs::write(&file, "# for the monitor\nBearer s3cret\nBasic ann:pass word\n").unwrap();
    let server = Server::start(&env, &format!("--no-ingest --auth-file {}", file.display()));
    let ask =
        |authorization: &str| server.get_with("/health", &format!("Authorization: {authorization}\r\n"));
    let refused = server.get("/health").has_status(401);
    assert!(
        refused
            .header("www-authenticate")
            .unwrap()
            .starts_with("Basic realm=")
    );
    assert!(!refused.text().contains("version"));
    let _ = ask("Bearer s3cret").has_status(200);
    // ann:pass word
    let _ = ask("Basic YW5uOnBhc3Mgd29yZA==").has_status(200);
    for wrong in [
        "Bearer s3cre",
        "Bearer s3crets",
        "Basic s3cret",
        "Bearer",
        "",
        "Basic YW5uOg==",
    ] {
        let _ = ask(wrong).has_status(401);
    }
    assert!(!server.said().contains("s3cret"));
    let output = env.shh("serve --no-ingest --auth-file nowhere");
    assert_eq!(output.code, 1, "{}", output.whole());
}

#[test]
fn who_has_an_answer_is_not_sent_it_again() {
    let env = Env::with_fixture();
    let server = Server::start(&env, "--no-ingest");
    let first = server.get("/api/v1/reports/apps").has_status(200);
    let tag = first.header("etag").unwrap();
    let second = server
        .get_with(
            "/api/v1/reports/apps",
            &format!("If-None-Match: \"other\", {tag}\r\n"),
        )
        .has_status(304);
    assert!(second.body.is_empty());
    assert_eq!(second.header("etag"), Some(tag));
    let other = server.get_with(
        "/api/v1/reports/apps?limit=1",
        &format!("If-None-Match: {tag}\r\n"),
    );
    assert_eq!(other.status, 200);
}

#[test]
fn answers_are_packed_for_who_can_unpack_them() {
    let env = Env::with_fixture();
    let server = Server::start(&env, "--no-ingest");
    for path in ["/api/v1/reports/apps", "/metrics", "/api/v1/openapi.json"] {
        let plain = server.get(path).has_status(200);
        let packed = server.get_with(path, "Accept-Encoding: gzip\r\n").has_status(200);
        assert_eq!(plain.header("content-encoding"), None);
        assert_eq!(packed.header("content-encoding"), Some("gzip"), "{path}");
        assert!(
            packed.head.to_lowercase().contains("vary: accept-encoding"),
            "{path}"
        );
        assert!(packed.body.len() * 2 < plain.body.len(), "{path}");
    }
}

#[test]
fn a_connection_is_kept_for_the_next_request() {
    let env = Env::with_fixture();
    let server = Server::start(&env, "--no-ingest");
    let mut stream = server.connect();
    // Two at once, the second to be the last.
    stream
        .write_all(
            b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n\
              GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        )
        .unwrap();
    let answers = Answer::read(&mut stream).unwrap();
    assert_eq!(answers.status, 200);
    assert!(
        answers.text().contains("HTTP/1.1 404 Not Found"),
        "{}",
        answers.text()
    );
}
