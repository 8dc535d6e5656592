//! Asks for the pages that people begin with as soon as there is something new to show, so that the first who
//! looks need not wait for the figures.

use std::sync::Arc;
use std::time::Duration;

use axum::http::Uri;
use tokio::sync::watch;

use super::pages;
use super::site::Site;

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

/// Does so whenever another file was published or another hour has begun, until the server stops.
pub(super) async fn keep_warm(site: Arc<Site>, mut stop: watch::Receiver<bool>) {
    let mut warm = None;
    loop {
        let hour = site.settings.clock.now_ms().div_euclid(HOUR_MS);
        let instance = site.database.current();
        if instance.edition.is_some() && warm != Some((instance.edition, hour)) {
            warm = Some((instance.edition, hour));
            // The old file is let go of while pages are asked for.
            drop(instance);
            for path in PATHS {
                // What cannot be answered is told to who asks for it.
                let _ = pages::answer(&site, &Uri::from_static(path)).await;
            }
        } else {
            drop(instance);
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_TIME) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}
