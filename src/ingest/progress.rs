//! A progress bar on standard error, at a terminal only: files, bytes, events a second, time left.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shows how far an ingest is, and tells it to stop. Cheap enough to be told of every chunk.
#[derive(Debug)]
pub struct Progress {
    bar: Option<ProgressBar>,
    events: AtomicU64,
    decoded_bytes: AtomicU64,
    is_stopped: AtomicBool,
}

const REDRAWS_PER_SECOND: u8 = 8;

impl Progress {
    /// Shows a bar if `is_shown`, else nothing ever.
    pub fn new(is_shown: bool) -> Self {
        let bar = is_shown.then(|| {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(REDRAWS_PER_SECOND))
        });
        Progress {
            bar,
            events: AtomicU64::new(0),
            decoded_bytes: AtomicU64::new(0),
            is_stopped: AtomicBool::new(false),
        }
    }

    /// Tells the ingest to give up: no further log is begun, none is read on, and nothing is published.
    pub fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }

    pub(super) fn listing(&self, location: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("listing {}", crate::fold::display_text(location, 120)));
            bar.enable_steady_tick(Duration::from_millis(250));
        }
    }

    pub(super) fn reading(&self, num_logs: usize) {
        if let Some(bar) = &self.bar {
            let template = "{bar:30} {human_pos}/{human_len} logs  {msg}  {eta} left";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.set_length(num_logs as u64);
            bar.set_message("");
        }
    }

    /// Counts decoded bytes and the events in them.
    pub fn add(&self, decoded_bytes: usize, num_events: u64) {
        let Some(bar) = &self.bar else { return };
        let events = self.events.fetch_add(num_events, Ordering::Relaxed) + num_events;
        let bytes = self
            .decoded_bytes
            .fetch_add(decoded_bytes as u64, Ordering::Relaxed)
            + decoded_bytes as u64;
        let seconds = bar.elapsed().as_secs_f64();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "a rate for display"
        )]
        let rate = if seconds > 0.0 {
            (events as f64 / seconds) as i64
        } else {
            0
        };
        let bytes = crate::number::bytes(crate::number::approximate(
            i64::try_from(bytes).unwrap_or(i64::MAX),
        ));
        bar.set_message(format!("{bytes}  {} events/s", crate::number::count(rate)));
    }

    /// Counts a log that was read.
    pub fn log_done(&self) {
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
    }

    pub(super) fn publishing(&self) {
        if let Some(bar) = &self.bar {
            bar.set_message("publishing");
        }
    }

    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
