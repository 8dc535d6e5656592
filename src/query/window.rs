//! Which time a table is about: whole hours UTC, because usage is kept by the hour.

use super::table::WindowAnchor;
use crate::fold::{HOUR_MS, hour_of};
use crate::settings::{Filters, LastWindow};

/// `[since, until)` in milliseconds since the epoch, whole hours; an open end is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub since_ms: Option<i64>,
    pub until_ms: Option<i64>,
    pub anchor: WindowAnchor,
}

impl Window {
    /// Everything lies in it, and nothing crosses an edge.
    pub(super) fn is_open(self) -> bool {
        self.since_ms.is_none() && self.until_ms.is_none()
    }

    /// The window without the hours before `start_ms` and after `end_ms`, where neither edge was given.
    pub(super) fn narrowed_to(self, start_ms: i64, end_ms: i64) -> Self {
        if !self.is_open() {
            return self;
        }
        Window {
            since_ms: Some(hour_of(start_ms)),
            until_ms: Some(hour_of(end_ms).saturating_add(HOUR_MS)),
            ..self
        }
    }
}

/// A default window that holds everything.
pub(super) const EVERYTHING_MS: i64 = i64::MAX;

/// Whether the newest application decides where the window ends, if nothing is as recent as now.
pub(super) fn goes_back_from_newest(filters: &Filters, default_ms: i64) -> bool {
    let is_given = filters.since_ms.is_some() || filters.until_ms.is_some() || filters.last.is_some();
    !is_given && default_ms != EVERYTHING_MS
}

/// Decides the window: what was asked for, else the last `default_ms` back from now or, when nothing is
/// that recent, back from the newest application. Edges move outward to full hours.
pub fn choose_window(filters: &Filters, default_ms: i64, now_ms: i64, newest_ms: Option<i64>) -> Window {
    let up = |ms: i64| hour_of(ms.saturating_add(HOUR_MS - 1));
    let back = |until_ms: i64, length_ms: i64, anchor| Window {
        since_ms: Some(hour_of(until_ms.saturating_sub(length_ms))),
        until_ms: Some(up(until_ms)),
        anchor,
    };
    if filters.since_ms.is_some() || filters.until_ms.is_some() {
        return Window {
            since_ms: filters.since_ms.map(hour_of),
            until_ms: filters.until_ms.map(up),
            anchor: WindowAnchor::Given,
        };
    }
    let is_everything = filters.last.is_none() && default_ms == EVERYTHING_MS;
    match &filters.last {
        _ if is_everything => Window {
            since_ms: None,
            until_ms: None,
            anchor: WindowAnchor::Everything,
        },
        Some(LastWindow::All) => Window {
            since_ms: None,
            until_ms: None,
            anchor: WindowAnchor::Everything,
        },
        Some(LastWindow::Span(span)) => back(now_ms, span.ms(), WindowAnchor::Now),
        None => match newest_ms {
            // Nothing that recent, or only what this machine's clock has not come to yet.
            Some(newest_ms)
                if newest_ms < now_ms.saturating_sub(default_ms)
                    || newest_ms > now_ms.saturating_add(24 * HOUR_MS) =>
            {
                back(
                    newest_ms.saturating_add(1),
                    default_ms,
                    WindowAnchor::NewestApplication,
                )
            }
            _ => back(now_ms, default_ms, WindowAnchor::Now),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MS: i64 = 24 * HOUR_MS;

    fn choose(filters: &Filters, newest_ms: Option<i64>) -> Window {
        choose_window(filters, 7 * DAY_MS, 100 * DAY_MS + 5, newest_ms)
    }

    #[test]
    fn the_default_goes_back_from_now_in_whole_hours() {
        let window = choose(&Filters::default(), Some(99 * DAY_MS));
        assert_eq!(window.since_ms, Some(93 * DAY_MS));
        assert_eq!(window.until_ms, Some(100 * DAY_MS + HOUR_MS));
        assert_eq!(window.anchor, WindowAnchor::Now);
    }

    #[test]
    fn when_nothing_is_recent_it_goes_back_from_the_newest_application() {
        let window = choose(&Filters::default(), Some(50 * DAY_MS));
        assert_eq!(window.since_ms, Some(43 * DAY_MS));
        assert_eq!(window.until_ms, Some(50 * DAY_MS + HOUR_MS));
        assert_eq!(window.anchor, WindowAnchor::NewestApplication);
    }

    #[test]
    fn a_clock_that_is_behind_does_not_hide_everything() {
        let window = choose(&Filters::default(), Some(200 * DAY_MS));
        assert_eq!(window.since_ms, Some(193 * DAY_MS));
        assert_eq!(window.anchor, WindowAnchor::NewestApplication);
    }

    #[test]
    fn only_an_open_window_is_narrowed() {
        let everything = choose(
            &Filters {
                last: Some(LastWindow::All),
                ..Filters::default()
            },
            None,
        );
        let narrowed = everything.narrowed_to(2 * HOUR_MS + 1, 4 * HOUR_MS);
        assert_eq!(
            (narrowed.since_ms, narrowed.until_ms),
            (Some(2 * HOUR_MS), Some(5 * HOUR_MS))
        );
        assert_eq!(narrowed.anchor, WindowAnchor::Everything);
        let last = choose(&Filters::default(), Some(99 * DAY_MS));
        assert_eq!(last.narrowed_to(2 * HOUR_MS, 4 * HOUR_MS), last);
    }

    #[test]
    fn what_was_asked_for_is_taken_and_widened_to_full_hours() {
        let filters = Filters {
            since_ms: Some(HOUR_MS + 1),
            until_ms: Some(2 * HOUR_MS + 1),
            ..Filters::default()
        };
        let window = choose(&filters, None);
        assert_eq!(
            (window.since_ms, window.until_ms),
            (Some(HOUR_MS), Some(3 * HOUR_MS))
        );
        let window = choose(
            &Filters {
                last: Some(LastWindow::All),
                ..Filters::default()
            },
            None,
        );
        assert_eq!((window.since_ms, window.until_ms), (None, None));
    }
}
