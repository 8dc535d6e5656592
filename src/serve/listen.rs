//! Takes connections and hands their requests on. Nothing that a client or the system does ends it, but the
//! order to stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::ServiceExt;

use super::limits;
use super::log::{Line, Log};
use super::metrics::Metrics;
use super::paced::Paced;

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub SocketAddr);

/// How long to leave the listener alone when the system has no more descriptors, for example.
const AFTER_ERROR: Duration = Duration::from_millis(50);
/// Errors are told this far apart at least.
const BETWEEN_ERRORS: Duration = Duration::from_secs(10);
/// How long sending a connection away may take.
const AWAY_TIME: Duration = Duration::from_secs(1);

const TOO_MANY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain\r\ncontent-length: 21\r\n\
    retry-after: 1\r\nconnection: close\r\n\r\ntoo many connections\n";

/// Serves until told to stop, then lets running requests end for a while. Tells whether all did.
pub(super) async fn listen(
    listener: TcpListener,
    router: Router,
    num_connections: usize,
    metrics: Arc<Metrics>,
    log: &Log,
    mut stop: watch::Receiver<bool>,
) -> bool {
    let room = Arc::new(Semaphore::new(num_connections));
    let graceful = GracefulShutdown::new();
    let mut told: Option<std::time::Instant> = None;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                metrics.accept_errors.inc();
                if told.is_none_or(|told| told.elapsed() > BETWEEN_ERRORS) {
                    told = Some(std::time::Instant::now());
                    log.say(Line::new("cannot_accept").with("error", error));
                }
                tokio::time::sleep(AFTER_ERROR).await;
                continue;
            }
        };
        // Answers are written in few large pieces: to wait for more only delays them.
        let _ = stream.set_nodelay(true);
        // What the system takes in advance is memory for each slow reader, and keeps the fast ones waiting.
        let _ = rustix::net::sockopt::set_socket_send_buffer_size(&stream, limits::SEND_BUFFER_BYTES);
        match Arc::clone(&room).try_acquire_owned() {
            Ok(permit) => take(
                stream,
                peer,
                router.clone(),
                &graceful,
                permit,
                Arc::clone(&metrics),
            ),
            Err(_) => {
                metrics.refused_connections.inc();
                tokio::spawn(send_away(stream));
            }
        }
    }
    drop(listener);
    tokio::time::timeout(limits::STOP_TIME, graceful.shutdown())
        .await
        .is_ok()
}

fn take(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    graceful: &GracefulShutdown,
    permit: OwnedSemaphorePermit,
    metrics: Arc<Metrics>,
) {
    let stream = Paced::new(stream, limits::READING);
    let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        router.clone().oneshot(request.map(Body::new))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits::HEAD_TIME)
        .max_buf_size(limits::HEAD_BYTES)
        .max_headers(limits::HEADERS)
        .serve_connection(TokioIo::new(stream), service);
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        metrics.connections.inc();
        // What is wrong with a connection is its client's matter.
        let _ = connection.await;
        metrics.connections.dec();
        drop(permit);
    });
}

async fn send_away(mut stream: TcpStream) {
    let _ = tokio::time::timeout(AWAY_TIME, async {
        stream.write_all(TOO_MANY).await?;
        stream.shutdown().await
    })
    .await;
}
