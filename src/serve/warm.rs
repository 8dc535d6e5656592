//! Answers that are made before anybody waits for them: of the pages that people begin with, and of what was asked
//! for lately.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::Uri;
use moka::sync::Cache;
use tokio::sync::watch;

use super::database::Instance;
use super::site::{Site, figures};
use super::{fleet, limits, pages};

const PATHS: [&str; 7] = [
    "/",
    "/applications",
    "/optimize",
    "/jobs",
    "/failures",
    "/trends",
    "/quality",
];
const HOUR_MS: i64 = 3_600_000;
const LOOK_TIME: Duration = Duration::from_millis(500);
/// For how long what was asked is likely to be asked again.
const LATELY: Duration = Duration::from_secs(60);
const MOST_URLS: u64 = 64;
/// For how long each of these answers waits for others.
const GIVE_WAY_TIME: Duration = Duration::from_secs(2);
/// New data is not held back for longer.
const PREPARE_TIME: Duration = Duration::from_secs(5);

/// What was asked lately of the database.
pub(super) struct Asked {
    urls: Cache<Uri, ()>,
}

impl Asked {
    pub(super) fn new() -> Self {
        Asked {
            urls: Cache::builder()
                .max_capacity(MOST_URLS)
                .time_to_live(LATELY)
                .build(),
        }
    }

    pub(super) fn remember(&self, uri: &Uri) {
        self.urls.insert(uri.clone(), ());
    }
}

/// Makes the answers of a file that is not asked yet.
pub(super) async fn prepare(site: Arc<Site>, instance: Arc<Instance>) {
    let _ = tokio::time::timeout(PREPARE_TIME, make(&site, &instance)).await;
}

/// Makes answers soon after the start, and when another hour has begun, until the server stops.
pub(super) async fn keep_warm(site: Arc<Site>, mut stop: watch::Receiver<bool>) {
    let mut warm = None;
    // Who starts a server to ask something asks at once.
    tokio::time::sleep(LOOK_TIME).await;
    loop {
        let hour = site.settings.clock.now_ms().div_euclid(HOUR_MS);
        let instance = site.database.current();
        let is_published = instance.edition.is_some();
        if is_published && warm != Some((instance.edition, hour)) {
            warm = Some((instance.edition, hour));
            make(&site, &instance).await;
        }
        // The old file is not held open while nothing is asked.
        drop(instance);
        tokio::select! {
            () = tokio::time::sleep(LOOK_TIME) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Lets those go first who wait for an application to be replayed, for a while.
async fn give_way(site: &Site) {
    let ends = Instant::now() + GIVE_WAY_TIME;
    while site.spark_slots.available_permits() < limits::ENDPOINT_REQUESTS && Instant::now() < ends {
        tokio::time::sleep(GIVE_WAY_TIME / 100).await;
    }
}

/// What cannot be answered is told to who asks for it.
async fn make(site: &Arc<Site>, instance: &Arc<Instance>) {
    let _ = fleet::summary(site, instance).await;
    let lately: Vec<Uri> = site.asked.urls.iter().map(|(uri, ())| Uri::clone(&uri)).collect();
    for uri in PATHS.into_iter().map(Uri::from_static).chain(lately) {
        give_way(site).await;
        if figures(site, instance, &uri).await.is_none() {
            let _ = pages::answer(site, instance, &uri).await;
        }
    }
}
