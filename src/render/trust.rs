//! The line under a table: what the numbers cover, what they leave out, how far to trust them.

use super::{cell, line, time};
use crate::number;
use crate::query::table::{Coverage, Table, WindowAnchor};

/// The line.
#[must_use]
pub fn line(coverage: &Coverage) -> String {
    parts(coverage).join("; ")
}

/// The parts of the line, from the most to the least important.
pub(super) fn parts(coverage: &Coverage) -> Vec<String> {
    let mut parts = vec![format!(
        "{}{}",
        counted(coverage.applications, "application"),
        window(coverage)
    )];
    let left_out: Vec<String> = coverage
        .left_out
        .iter()
        .filter(|left_out| left_out.applications > 0)
        .map(|left_out| {
            let number = cell::count(left_out.applications);
            let flag = if left_out.flag.is_empty() {
                String::new()
            } else {
                format!(" ({})", left_out.flag)
            };
            format!("{number} {}{flag}", left_out.reason)
        })
        .collect();
    if !left_out.is_empty() {
        parts.push(format!("left out: {}", left_out.join(", ")));
    }
    if coverage.damaged_logs > 0 {
        parts.push(format!(
            "{} (report quality)",
            counted(coverage.damaged_logs, "damaged log")
        ));
    }
    if let Some(loss) = coverage.event_loss_pct {
        parts.push(format!("event loss {}", number::percent(loss)));
    } else if coverage.applications > 0 {
        parts.push("event loss unknown".to_owned());
    }
    if let Some(known) = coverage.peak_coverage_pct {
        parts.push(format!(
            "memory peaks known for {} of core-hours",
            whole_percent(known)
        ));
    }
    if let Some(source) = &coverage.price_source {
        parts.push(format!("costs are estimates at {source}"));
    }
    if let Some(moment) = coverage.data_as_of.and_then(time::minute) {
        parts.push(format!("data as of {moment} UTC"));
    }
    parts.iter().map(|part| line::clean(part).into_owned()).collect()
}

/// What to do when there is nothing to show.
#[must_use]
pub fn nothing_found(table: &Table) -> String {
    let coverage = &table.coverage;
    if let Some(needs) = table.needs.as_ref().filter(|_| coverage.applications > 0) {
        return line::clean(&format!("Nothing to show: this needs {needs}.")).into_owned();
    }
    if coverage.applications > 0 {
        let found = match coverage.applications {
            1 => "the 1 application has nothing".to_owned(),
            more => format!("none of the {} has anything", counted(more, "application")),
        };
        return format!("Nothing to show: {found} for this table.");
    }
    let mut advice = vec!["No applications match.".to_owned()];
    let flags: Vec<&str> = coverage
        .left_out
        .iter()
        .filter(|left_out| left_out.applications > 0 && !left_out.flag.is_empty())
        .map(|left_out| left_out.flag.as_str())
        .collect();
    if !flags.is_empty() {
        advice.push(format!(
            "Some were left out; count them with {}.",
            flags.join(" ")
        ));
    }
    advice.push(match coverage.window_anchor {
        WindowAnchor::Everything => {
            "Loosen the filters, or read logs first with `shh ingest --log-directory DIR`.".to_owned()
        }
        _ => "Widen the window (--last 90d, --since DATE), or loosen the filters.".to_owned(),
    });
    line::clean(&advice.join(" ")).into_owned()
}

/// `, 2026-11-16 00:00 to 2026-11-23 01:00 UTC (last 7 days)`
fn window(coverage: &Coverage) -> String {
    let (since, until) = (coverage.window_since, coverage.window_until);
    let ends = match (since.and_then(time::minute), until.and_then(time::minute)) {
        (Some(since), Some(until)) => format!(", {since} to {until} UTC"),
        (Some(since), None) => format!(", since {since} UTC"),
        (None, Some(until)) => format!(", until {until} UTC"),
        (None, None) => String::new(),
    };
    let length = since
        .zip(until)
        .and_then(|(since, until)| until.checked_sub(since))
        .map(length);
    let origin = match (coverage.window_anchor, length) {
        (WindowAnchor::Now, Some(length)) => format!(" (last {length})"),
        (WindowAnchor::NewestApplication, Some(length)) => {
            format!(" ({length} back from the newest application, because nothing is as recent as now)")
        }
        (WindowAnchor::Everything, _) => " (all there is)".to_owned(),
        _ => String::new(),
    };
    ends + &origin
}

/// `7 days`. A window reaches to the end of the hour it ends in, so an hour more or less is not told.
fn length(ms: i64) -> String {
    const HOUR: i64 = 3_600_000;
    const DAY: i64 = 24 * HOUR;
    let days = (ms + DAY / 2) / DAY;
    if ms >= DAY && (ms - days * DAY).abs() <= HOUR {
        if days == 1 {
            "24 hours".to_owned()
        } else {
            format!("{days} days")
        }
    } else if ms >= 2 * DAY {
        format!(
            "{} days",
            number::decimal(number::approximate(ms) / number::approximate(DAY))
        )
    } else {
        number::seconds(number::approximate(ms) / 1000.0)
    }
}

/// Whole percent, but little is not nothing and nearly all is not all.
fn whole_percent(value: f64) -> String {
    match value {
        little if little > 0.0 && little < 1.0 => "<1 %".to_owned(),
        most if most > 99.0 && most < 100.0 => ">99 %".to_owned(),
        _ => format!("{} %", number::average(value.round())),
    }
}

fn counted(number: u64, noun: &str) -> String {
    format!(
        "{} {noun}{}",
        cell::count(number),
        if number == 1 { "" } else { "s" }
    )
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn nothing(coverage: Coverage) -> String {
        nothing_found(&Table {
            coverage,
            ..Table::default()
        })
    }
    use crate::query::table::LeftOut;

    #[test]
    fn the_line_says_what_is_covered() {
        assert_eq!(
            line(&sample::coverage()),
            "1,234 applications, 2026-11-16 00:00 to 2026-11-23 01:00 UTC (last 7 days); \
             left out: 12 local (--include-local), 3 unfinished (--include-incomplete); \
             1 damaged log (report quality); event loss 0 %; memory peaks known for 87 % of core-hours; \
             data as of 2026-11-23 00:58 UTC"
        );
    }

    #[test]
    fn a_moved_window_says_why() {
        let coverage = Coverage {
            window_anchor: WindowAnchor::NewestApplication,
            ..sample::coverage()
        };
        assert!(line(&coverage).starts_with(
            "1,234 applications, 2026-11-16 00:00 to 2026-11-23 01:00 UTC \
             (7 days back from the newest application, because nothing is as recent as now); left out:"
        ));
    }

    #[test]
    fn open_windows_name_the_end_they_have() {
        let window_of = |window_anchor, window_since, window_until| {
            window(&Coverage {
                window_since,
                window_until,
                window_anchor,
                ..Coverage::default()
            })
        };
        assert_eq!(
            window_of(WindowAnchor::Given, Some(0), None),
            ", since 1970-01-01 00:00 UTC"
        );
        assert_eq!(
            window_of(WindowAnchor::Given, None, Some(0)),
            ", until 1970-01-01 00:00 UTC"
        );
        assert_eq!(window_of(WindowAnchor::Everything, None, None), " (all there is)");
        assert_eq!(window_of(WindowAnchor::Now, Some(i64::MIN), Some(i64::MAX)), "");
    }

    #[test]
    fn what_is_not_known_is_not_zero() {
        assert_eq!(
            line(&Coverage {
                applications: 1,
                ..Coverage::default()
            }),
            "1 application (all there is); event loss unknown"
        );
    }

    #[test]
    fn lengths_are_round_where_the_window_is() {
        const HOUR: i64 = 3_600_000;
        assert_eq!(length(HOUR), "1.0 h");
        assert_eq!(length(24 * HOUR), "24 hours");
        assert_eq!(length(25 * HOUR), "24 hours");
        assert_eq!(length(7 * 24 * HOUR + HOUR), "7 days");
        assert_eq!(length(60 * HOUR), "2.5 days");
    }

    #[test]
    fn whole_percentages_do_not_overstate() {
        assert_eq!(whole_percent(0.0), "0 %");
        assert_eq!(whole_percent(0.4), "<1 %");
        assert_eq!(whole_percent(87.4), "87 %");
        assert_eq!(whole_percent(99.6), ">99 %");
        assert_eq!(whole_percent(100.0), "100 %");
    }

    #[test]
    fn an_empty_answer_says_what_to_do() {
        assert_eq!(
            nothing(Coverage {
                applications: 0,
                ..sample::coverage()
            }),
            "No applications match. Some were left out; count them with --include-local --include-incomplete. \
             Widen the window (--last 90d, --since DATE), or loosen the filters."
        );
        assert_eq!(
            nothing(Coverage::default()),
            "No applications match. Loosen the filters, or read logs first with \
             `shh ingest --log-directory DIR`."
        );
        assert_eq!(
            nothing(sample::coverage()),
            "Nothing to show: none of the 1,234 applications has anything for this table."
        );
        let no_flag = LeftOut {
            reason: "odd".to_owned(),
            applications: 1,
            flag: String::new(),
        };
        assert!(
            !nothing(Coverage {
                left_out: vec![no_flag],
                ..Coverage::default()
            })
            .contains("left out")
        );
    }
}
