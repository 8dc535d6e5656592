//! Which path is answered by whom, and what every request goes through.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, USER_AGENT};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::routing::get;
use tokio::sync::Semaphore;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};

use super::analytics;
use super::assets;
use super::dashboard;
use super::database::{Database, Instance};
use super::event_logs::EventLogs;
use super::exchange::{self, Answer, Endpoint, JSON};
use super::fleet;
use super::guard::Guard;
use super::health::health;
use super::limits;
use super::listen::Peer;
use super::log::{Line, Log};
use super::metrics::{self, Metrics};
use super::openapi;
use super::pages;
use super::problem::Problem;
use super::respond::{Counted, respond, takes_gzip};
use super::update::Updater;
use super::warm::Asked;
use crate::query::Kind;
use crate::settings::ServeSettings;
use crate::source::RequestCounts;

/// Everything that answers are made from.
pub(super) struct Site {
    pub database: Arc<Database>,
    pub updater: Option<Arc<Updater>>,
    pub metrics: Arc<Metrics>,
    pub log: Log,
    pub guard: Guard,
    pub settings: ServeSettings,
    pub started_ms: i64,
    pub asked: Asked,
    pub logs: Arc<EventLogs>,
    /// Spark's REST API: what lies below `/api/v1` and is not ours.
    pub spark: Arc<dyn Endpoint>,
    pub spark_slots: Arc<Semaphore>,
    pub spark_waiting: Arc<Semaphore>,
}

impl Site {
    /// What was asked of each store on another machine, for ingests and for replays together.
    fn store_requests(&self) -> Vec<RequestCounts> {
        let mut all: BTreeMap<String, RequestCounts> = BTreeMap::new();
        let of_ingests = self.updater.iter().flat_map(|updater| updater.requests());
        for counts in of_ingests.chain(self.logs.requests()) {
            all.entry(counts.endpoint.clone()).or_default().add(&counts);
        }
        all.into_values().collect()
    }
}

type Shared = State<Arc<Site>>;

/// Every path that is answered.
pub(super) fn router(site: &Arc<Site>) -> Router {
    let compression = CompressionLayer::new()
        .gzip(true)
        .quality(CompressionLevel::Precise(4))
        .compress_when(DefaultPredicate::new().and(NotForContentType::const_new("application/zip")));
    Router::new()
        .route(
            "/health",
            get(|State(site): Shared, headers: HeaderMap| async move { respond(health(&site), &headers) }),
        )
        .route("/metrics", get(get_metrics))
        .route("/api/v1", get(get_api))
        .route("/api/v1/", get(get_api))
        .route("/api/v1/{*rest}", get(get_api))
        .fallback(get_page)
        .layer(compression)
        .layer(from_fn_with_state(Arc::clone(site), around))
        .with_state(Arc::clone(site))
}

/// What every request goes through: the guard, a limit of time, the headers that every answer has, the log.
async fn around(State(site): Shared, request: Request, next: Next) -> Response<Body> {
    let started = Instant::now();
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
    let agent = request.headers().get(USER_AGENT).cloned();
    let refused = site
        .guard
        .refuse(&method, &uri, request.version(), request.headers());
    let mut response = match refused {
        Some(answer) => respond(answer, request.headers()),
        None => match tokio::time::timeout(limits::ANSWER_TIME, next.run(request)).await {
            Ok(response) => response,
            Err(_) => respond(
                Problem::unavailable("the answer took too long", 5).into(),
                &HeaderMap::new(),
            ),
        },
    };
    for (name, value) in ALWAYS {
        response
            .headers_mut()
            .entry(HeaderName::from_static(name))
            .or_insert(HeaderValue::from_static(value));
    }
    let status = response.status().as_u16();
    let route = route_of(uri.path());
    response.map(|body| {
        Body::new(Counted::new(body, move |bytes| {
            let time = started.elapsed();
            site.metrics.request(route, status, time, bytes);
            if site.log.logs_requests {
                site.log.say(
                    Line::new("request")
                        .with("method", &method)
                        .with("path", uri.path())
                        .with_some("query", uri.query())
                        .with("status", status)
                        .with("bytes", bytes)
                        .with("ms", format_args!("{:.1}", time.as_secs_f64() * 1e3))
                        .with_some("peer", peer)
                        .with_some("agent", agent.as_ref().map(|agent| agent.to_str().unwrap_or("?"))),
                );
            }
        }))
    })
}

/// No script, style, picture or request that does not come from here; no foreign page may frame it, read it or
/// learn of it.
const ALWAYS: [(&str, &str); 5] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// A few words for a path, because monitors keep a series for each.
fn route_of(path: &str) -> &'static str {
    let mut parts = path.split('/').skip(1);
    match (parts.next(), parts.next(), parts.next()) {
        (Some("health"), None, _) => "health",
        (Some("metrics"), None, _) => "metrics",
        (Some("api"), Some("v1"), Some("reports")) => "reports",
        (Some("api"), Some("v1"), Some("trends")) => "trends",
        (Some("api"), Some("v1"), Some("optimization" | "capacity")) => "dashboard",
        (Some("api"), Some("v1"), Some("openapi.json")) => "openapi",
        (Some("api"), Some("v1"), _) => "spark",
        (Some("assets"), _, _) => "assets",
        (Some("" | "optimize" | "trends" | "applications" | "jobs" | "failures" | "quality"), _, _) => {
            "pages"
        }
        _ => "other",
    }
}

async fn get_metrics(State(site): Shared, headers: HeaderMap) -> Response<Body> {
    // Without the fleet if need be: the figures of the server are wanted most when the database cannot answer.
    let table = fleet::summary(&site, &site.database.current()).await.ok();
    let text = site.metrics.text(table.as_deref(), &site.store_requests());
    let answer = Answer::whole(200, metrics::CONTENT_TYPE, text);
    respond(answer.with("cache-control", "no-store"), &headers)
}

/// What lies below `/api/v1`: reports and trends are ours, the rest is Spark's REST API.
async fn get_api(State(site): Shared, uri: Uri, headers: HeaderMap) -> Response<Body> {
    let answered = match figures(&site, &site.database.current(), &uri).await {
        Some(answered) => {
            if answered.is_ok() {
                site.asked.remember(&uri);
            }
            answered
        }
        None => Ok(call(&site, Arc::clone(&site.spark), &uri, &headers).await),
    };
    respond(answered.unwrap_or_else(Answer::from), &headers)
}

/// Answers from the database below `/api/v1`; `None` where it is not asked.
pub(super) async fn figures(
    site: &Site,
    instance: &Arc<Instance>,
    uri: &Uri,
) -> Option<Result<Answer, Problem>> {
    let rest = uri.path().strip_prefix("/api/v1/")?;
    let parts: Vec<&str> = rest.split('/').collect();
    let dashboard = || dashboard::Path::ALL.into_iter().find(|path| path.path() == rest);
    Some(match parts.as_slice() {
        ["reports"] => Ok(analytics::index(Kind::Report)),
        ["trends"] => Ok(analytics::index(Kind::Trends)),
        ["reports", name] => analytics::answer(site, instance, Kind::Report, name, uri.query()).await,
        ["trends", name] => analytics::answer(site, instance, Kind::Trends, name, uri.query()).await,
        ["openapi.json"] => Ok(Answer::whole(200, JSON, openapi::text())),
        ["reports" | "trends" | "optimization" | "capacity", ..] => match dashboard() {
            Some(path) => dashboard::answer(site, instance, path, uri.query()).await,
            None => Err(Problem::not_found(uri.path())),
        },
        _ => return None,
    })
}

/// Lets an endpoint answer: at once what it has at hand, else on a thread where it may block. One that takes too long goes on, and keeps its
/// place until it is done.
async fn call(site: &Site, endpoint: Arc<dyn Endpoint>, uri: &Uri, headers: &HeaderMap) -> Answer {
    let accept: Vec<&str> = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    let request = exchange::Request {
        path: uri.path().to_owned(),
        query: uri.query().map(str::to_owned),
        accept: (!accept.is_empty()).then(|| accept.join(", ")),
        takes_gzip: takes_gzip(headers),
        deadline: Instant::now() + limits::ANSWER_TIME,
    };
    if let Some(answer) = endpoint.at_hand(&request) {
        return answer;
    }
    let busy = || Problem::unavailable("too many requests at the same time", 1).into();
    let Ok(_waiting) = Arc::clone(&site.spark_waiting).try_acquire_owned() else {
        return busy();
    };
    let slot = Arc::clone(&site.spark_slots).acquire_owned();
    let Ok(Ok(slot)) = tokio::time::timeout(limits::WAIT_TIME, slot).await else {
        return busy();
    };
    let answered = tokio::task::spawn_blocking(move || {
        let answer = endpoint.answer(&request);
        drop(slot);
        answer
    });
    match answered.await {
        Ok(answer) => answer,
        Err(panic) => {
            site.log
                .say(Line::new("panic").with("path", uri.path()).with("error", panic));
            Problem::internal("this request cannot be answered").into()
        }
    }
}

/// Pages, and what they are made of.
async fn get_page(State(site): Shared, uri: Uri, headers: HeaderMap) -> Response<Body> {
    let answer = match assets::answer(uri.path()) {
        Some(asset) => asset,
        None => match pages::answer(&site, &site.database.current(), &uri).await {
            Some(page) => {
                if page.status == 200 {
                    site.asked.remember(&uri);
                }
                page
            }
            None => Problem::not_found(uri.path()).into(),
        },
    };
    respond(answer, &headers)
}
