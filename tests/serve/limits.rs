//! What clients may not do: be slow, send too much, be too many. Others are answered meanwhile.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use super::super::harness::Env;
use super::{Answer, Server};

/// Others are answered at once.
#[track_caller]
fn answers_at_once(server: &Server) {
    let started = Instant::now();
    let _ = server.get("/health").has_status(200);
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn who_does_not_finish_a_request_is_cut_off() {
    let env = Env::with_fixture();
    let server = Server::start(&env, "--no-ingest");
    let started = Instant::now();
    let mut idle = server.connect();
    let mut slow = server.connect();
    slow.write_all(b"GET /health HTTP/1.1\r\nHost: localh").unwrap();
    let mut kept = server.connect();
    kept.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    answers_at_once(&server);
    // One byte a second does not help.
    for _ in 0..40 {
        std::thread::sleep(Duration::from_secs(1));
        if slow.write_all(b"x").is_err() {
            break;
        }
    }
    let mut rest = Vec::new();
    for stream in [&mut idle, &mut slow, &mut kept] {
        let _ = stream.read_to_end(&mut rest);
    }
    assert!(
        started.elapsed() < Duration::from_secs(50),
        "{:?}",
        started.elapsed()
    );
    assert!(
        started.elapsed() > Duration::from_secs(10),
        "{:?}",
        started.elapsed()
    );
    answers_at_once(&server);
}

#[test]
fn who_sends_too_much_is_refused() {
    let env = Env::with_fixture();
    let server = Server::start(&env, "--no-ingest");
    let _ = server.get(&format!("/{}", "a".repeat(10_000))).has_status(414);
    let long = format!("X-Long: {}\r\n", "a".repeat(40_000));
    let _ = server.get_with("/health", &long).has_status(431);
    let many: String = (0..200).map(|number| format!("X-{number}: a\r\n")).collect();
    let _ = server.get_with("/health", &many).has_status(431);
    answers_at_once(&server);
}

#[test]
fn a_header_without_an_end_is_not_held_in_memory() {
    let env = Env::with_fixture();
    let server = Server::start(&env, "--no-ingest");
    let mut stream = server.connect();
    stream.write_all(b"GET /health HTTP/1.1\r\nX-Long: ").unwrap();
    let piece = vec![b'a'; 1 << 20];
    let mut sent = 0;
    while sent < 100 && stream.write_all(&piece).is_ok() {
        sent += 1;
    }
    assert!(sent < 100, "100 MiB of header were taken");
    answers_at_once(&server);
}

#[test]
fn idle_connections_keep_nobody_waiting() {
    let env = Env::with_fixture();
    let server = Server::start(&env, "--no-ingest");
    let idle: Vec<TcpStream> = (0..400).map(|_| server.connect()).collect();
    for _ in 0..5 {
        answers_at_once(&server);
    }
    drop(idle);
    answers_at_once(&server);
}

#[test]
fn a_system_without_descriptors_does_not_end_the_listener() {
    let env = Env::with_fixture();
    let shh = env.command(&["serve", "--no-ingest", "--port", "0"]);
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -n 60 && exec \"$0\" \"$@\""]);
    command.arg(shh.get_program()).args(shh.get_args());
    command.env_clear().current_dir(env.root());
    command.envs(shh.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let server = Server::spawn(command);
    let many: Vec<TcpStream> = (0..150)
        .filter_map(|_| TcpStream::connect(server.address).ok())
        .collect();
    std::thread::sleep(Duration::from_millis(500));
    drop(many);
    server.wait_for("it answers again", |server| {
        let mut stream = server.connect();
        let _ = stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        Answer::read(&mut stream).is_some_and(|answer| answer.status == 200)
    });
}

#[test]
fn who_takes_a_few_bytes_now_and_then_is_cut_off() {
    let env = Env::with_fixture();
    let server = Server::start(&env, "--no-ingest");
    let mut stream = server.connect();
    let many = "GET /api/v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(400);
    let _ = stream.write_all(many.as_bytes());
    let started = Instant::now();
    let mut bytes = [0; 100];
    // Slow enough to be cut off, and often enough to be heard of within each time-out of a single write.
    while stream.read(&mut bytes).is_ok_and(|read| read > 0) && started.elapsed() < Duration::from_secs(5) {
        std::thread::sleep(Duration::from_millis(100));
    }
    server.wait_for("the connection is gone", |server| {
        let text = server.get("/metrics").text();
        // The one that asks is open as well.
        text.contains("shh_http_connections 1\n")
    });
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    let whole = server.get("/api/v1/openapi.json").body.len();
    assert!(rest.len() < 400 * whole, "{} bytes were sent", rest.len());
}

#[test]
fn who_does_not_read_keeps_nobody_waiting() {
    let env = Env::with_fixture();
    let server = Server::start(&env, "--no-ingest");
    let lazy: Vec<TcpStream> = (0..50)
        .map(|_| {
            let mut stream = server.connect();
            stream
                .write_all(
                    "GET /api/v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
                        .repeat(20)
                        .as_bytes(),
                )
                .unwrap();
            stream
        })
        .collect();
    for _ in 0..5 {
        answers_at_once(&server);
    }
    drop(lazy);
}
