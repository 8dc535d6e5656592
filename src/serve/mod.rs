//! HTTP: the published file asked over the network, and kept up to date.
//!
//! A request goes `listen` (connections and their limits) -> `guard` (what is refused) -> `site` (which path is
//! answered by whom) -> `database` (a question, on a thread where it may block) -> `respond`. `update` ingests
//! on an interval; `database` follows whatever is published, by that or by anybody else.

mod analytics;
mod asked;
mod assets;
mod auth;
mod cache;
mod dashboard;
mod database;
mod event_logs;
mod exchange;
mod fleet;
mod guard;
mod health;
mod host;
mod kept;
mod known;
mod limits;
mod listen;
mod listing;
mod log;
mod metrics;
mod openapi;
mod paced;
mod pages;
mod problem;
mod reading;
mod replays;
mod respond;
mod row;
mod site;
mod update;
mod v1;
mod warm;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, watch};

use crate::error::UserError;
use crate::replay::Retention;
use crate::settings::ServeSettings;
use auth::Credentials;
use database::Database;
use event_logs::EventLogs;
use guard::Guard;
use host::AllowedHosts;
use log::{Line, Log};
use metrics::Metrics;
use replays::Replays;
use site::Site;
use update::Updater;
use v1::Spark;
use warm::Asked;

/// Descriptors that are left to everything but connections.
const OTHER_DESCRIPTORS: u64 = 64;
/// How long an ingest that was told to stop may take to do so.
const INGEST_STOP_TIME: Duration = Duration::from_secs(5);

/// What the person who started the server is told once it listens.
pub(crate) struct Listening {
    pub address: SocketAddr,
    pub asks_for_credentials: bool,
}

/// Serves until SIGTERM or SIGINT. `started` is told the address.
///
/// # Errors
/// When the address cannot be listened on, the credentials cannot be read, or what is published cannot be
/// opened and nobody here will publish anything else.
pub(crate) fn serve(settings: &ServeSettings, started: impl FnOnce(&Listening)) -> Result<()> {
    let credentials = settings.auth_file.as_deref().map(Credentials::read).transpose()?;
    let metrics = Arc::new(Metrics::new());
    let logs = Arc::new(EventLogs::new(
        &settings.spark.directories,
        &settings.spark.remote,
    ));
    let database = Arc::new(Database::open(
        settings.database.clone(),
        Arc::clone(&logs),
        settings.update.is_some(),
        Arc::clone(&metrics),
    )?);
    let replays = Replays::new(
        Arc::clone(&logs),
        settings.spark.cache_bytes,
        settings.spark.line_bytes,
        settings.spark.has_retention.then_some(Retention::SPARK),
    );
    let spark = Spark::new(Arc::clone(&database), replays, Arc::clone(&logs), settings.clock);
    let (log, writer) = Log::start(settings.logs_requests)?;
    let clock = settings.clock;
    let site = Arc::new(Site {
        database,
        updater: settings
            .update
            .clone()
            .map(|update| Arc::new(Updater::new(update, clock))),
        metrics,
        log: log.clone(),
        guard: Guard {
            hosts: AllowedHosts::new(&settings.host, &settings.allowed_hosts),
            credentials,
        },
        settings: settings.clone(),
        started_ms: clock.now_ms(),
        asked: Asked::new(),
        logs,
        spark: Arc::new(spark),
        spark_slots: Arc::new(Semaphore::new(limits::ENDPOINT_REQUESTS)),
        spark_waiting: Arc::new(Semaphore::new(
            limits::ENDPOINT_REQUESTS + limits::WAITING_ENDPOINT_REQUESTS,
        )),
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .thread_name("serve")
        .enable_all()
        .build()
        .context("cannot start the threads of the server")?;
    let served = runtime.block_on(run(settings, &site, &log, started));
    end(runtime, site, log, writer);
    served
}

async fn run(
    settings: &ServeSettings,
    site: &Arc<Site>,
    log: &Log,
    started: impl FnOnce(&Listening),
) -> Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let listener = TcpListener::bind((settings.host.as_str(), settings.port))
        .await
        .map_err(|error| {
            UserError::failure(format!("cannot listen on {}:{}", settings.host, settings.port))
                .hint("another program may have the port: choose one with --port")
                .because(error)
        })?;
    started(&Listening {
        address: listener.local_addr()?,
        asks_for_credentials: site.guard.credentials.is_some(),
    });
    let (stop, stopped) = watch::channel(false);
    let following = tokio::spawn({
        let prepare = {
            let site = Arc::clone(site);
            move |instance| warm::prepare(Arc::clone(&site), instance)
        };
        Arc::clone(&site.database).follow(log.clone(), stopped.clone(), prepare)
    });
    let warming = tokio::spawn(warm::keep_warm(Arc::clone(site), stopped.clone()));
    let updating = site.updater.clone().map(|updater| {
        let (database, metrics) = (Arc::clone(&site.database), Arc::clone(&site.metrics));
        tokio::spawn(updater.run(database, metrics, log.clone(), stopped.clone()))
    });
    let listening = tokio::spawn({
        let (site, log) = (Arc::clone(site), log.clone());
        async move {
            let router = site::router(&site);
            listen::listen(
                listener,
                router,
                num_connections(),
                Arc::clone(&site.metrics),
                &log,
                stopped,
            )
            .await
        }
    });
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    log.say(Line::new("stopping"));
    let _ = stop.send(true);
    if let Some(updater) = &site.updater {
        updater.stop();
    }
    let has_ended = tokio::select! {
        ended = listening => ended.unwrap_or(false),
        // Who says it twice means it.
        _ = terminate.recv() => false,
        _ = interrupt.recv() => false,
    };
    let _ = following.await;
    warming.abort();
    if let Some(updating) = updating {
        let _ = tokio::time::timeout(INGEST_STOP_TIME, updating).await;
    }
    log.say(Line::new("stopped").with("requests_ended", has_ended));
    Ok(())
}

/// Lets go of everything; what does not end by itself is left to the end of the process.
fn end(runtime: Runtime, site: Arc<Site>, log: Log, writer: log::Writer) {
    drop(site);
    runtime.shutdown_timeout(Duration::from_secs(1));
    drop(log);
    writer.finish();
}

/// As many connections as wanted, or as the system's limit of descriptors allows.
fn num_connections() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let wanted = limits::CONNECTIONS as u64 + OTHER_DESCRIPTORS;
    let enough = limit.maximum.map_or(wanted, |maximum| maximum.min(wanted));
    let mut current = limit.current.unwrap_or(u64::MAX);
    if current < enough
        && setrlimit(
            Resource::Nofile,
            Rlimit {
                current: Some(enough),
                maximum: limit.maximum,
            },
        )
        .is_ok()
    {
        current = enough;
    }
    let most = current.saturating_sub(OTHER_DESCRIPTORS).max(current / 2);
    usize::try_from(most)
        .unwrap_or(usize::MAX)
        .min(limits::CONNECTIONS)
}
