//! `/jobs` and `/jobs/{name}`: what runs again and again, and how one of them changed.

use maud::html;

use super::super::problem::Problem;
use super::super::row::{Row, rows};
use super::cells::{Shape, Tile, col, shaped, shown, table, tiles};
use super::chart::{OverTime, Series, Size};
use super::layout::Page;
use super::series::{Drawing, over_time};
use super::{Ask, Desk};
use crate::query::table::Table;

/// What is worse by less than this is no regression, as in the report.
const WORSE: f64 = 1.25;

pub(super) async fn page(desk: &Desk<'_>) -> Result<Page, Problem> {
    let view = &desk.view;
    let asks = [
        Ask::report("jobs", view.asking(&[("limit", "100")])),
        Ask::report("regressions", view.asking(&[("limit", "20")])),
    ];
    let found = desk.tables(&asks).await?;
    let [jobs, regressions] = found.as_slice() else {
        return Err(Problem::internal("an answer is missing"));
    };
    let content = html! {
        h1 { "Jobs" }
        p.lead { "Applications that are runs of the same work, by name." }
        (view.form("30 days", &html! {}))
        section {
            h2 { "What got worse" }
            p.lead { "Against up to 30 good runs in the 90 days before the window." }
            @if regressions.rows.is_empty() && regressions.coverage.applications > 0 {
                p.empty { "No job got worse in this window." }
            } @else {
                (table(regressions, &[
                shaped("job", "Job", Shape::Job), col("metric", "Metric"), shaped("severity", "Severity", Shape::Word),
                col("change_pct", "Change"), col("impact_core_h", "Core-hours more"), shaped("verdict", "Why", Shape::Text),
                shaped("changed", "What changed", Shape::Text),
            ], view, None))
            }
            (asks[1].source())
        }
        section {
            h2 { "Catalogue" }
            p.lead { "What runs, how often, how long and for how much." }
            (table(jobs, &[
                shaped("job", "Job", Shape::Job), col("runs", "Runs"), col("ok_pct", "Good"), col("cadence_s", "Every"),
                col("dur_p50_s", "Median"), col("dur_p95_s", "95 %"), col("run_core_h", "Core-h a run"),
                shaped("month_core_h", "Core-h a month", Shape::Bar), col("month_cost_est", "Cost a month, est."),
                col("last_run", "Last run"), col("owner", "Owner"), col("kind", "Kind"),
            ], view, None))
            (asks[0].source())
        }
    };
    Ok(Page {
        title: "Jobs".to_owned(),
        coverage: Some(jobs.coverage.clone()),
        content,
    })
}

/// A chart of what got worse: the stretch at its end that is worse than before as a line of its own, and what was
/// usual before as a mark.
fn marked(mut chart: OverTime, regressions: &Table, metric: &str, before: &str) -> OverTime {
    let regression = rows(regressions).find(|row| row.text("metric").as_deref() == Some(metric));
    let before = regression.and_then(|row| row.number(before));
    let (Some(before), Some(runs)) = (before, chart.series.first()) else {
        return chart;
    };
    let is_usual = |value: &Option<f64>| value.is_some_and(|value| value <= WORSE * before);
    // From the last that was as usual, so that the line shows the step.
    let begin = runs.values.iter().rposition(is_usual).unwrap_or(0);
    let values = runs
        .values
        .iter()
        .enumerate()
        .map(|(place, value)| value.filter(|_| place >= begin))
        .collect();
    chart.mark = Some(before);
    chart.series.push(Series {
        name: "got worse (dashed: median before)".to_owned(),
        values,
    });
    chart
}

/// One job: its runs, with regressions marked.
pub(super) async fn one(desk: &Desk<'_>, name: &str) -> Result<Page, Problem> {
    let view = &desk.view;
    let mut all = view.asking(&[("job", name)]);
    if !all
        .iter()
        .any(|(key, _)| ["last", "since", "startDate"].contains(&key.as_str()))
    {
        all.push(("last".to_owned(), "90d".to_owned()));
    }
    let with = |pairs: &[(String, String)], more: &[(&str, &str)]| {
        let mut pairs = pairs.to_vec();
        pairs.extend(
            more.iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned())),
        );
        pairs
    };
    let asks = [
        Ask::report("jobs", with(&all, &[("limit", "1")])),
        Ask::trend("durations", with(&all, &[("bucket", "day")])),
        Ask::report("regressions", view.asking(&[("job", name), ("limit", "10")])),
        Ask::report(
            "apps",
            with(&all, &[("limit", "50"), ("includeIncomplete", "true")]),
        ),
        Ask::report("cost", with(&all, &[("limit", "5")])),
    ];
    let found = desk.tables(&asks).await?;
    let [job, durations, regressions, runs, savings] = found.as_slice() else {
        return Err(Problem::internal("an answer is missing"));
    };
    let row = Row::first(job);
    let changes: Vec<(String, String)> = rows(durations)
        .filter_map(|row| Some((shown(Some(row), "bucket"), row.text("changed")?)))
        .collect();
    let content = html! {
        h1 { (name) }
        p.lead { "A recurring job. " a href=(view.other("/jobs")) { "All jobs" } }
        (view.form("90 days", &html! {}))
        section {
            h2 { "In this window" }
            (tiles(&[
                Tile { label: "Runs", value: shown(row, "runs"), note: Some(format!("{} good", shown(row, "ok_pct"))) },
                Tile { label: "Every", value: shown(row, "cadence_s"), note: Some(format!("last {}", shown(row, "last_run"))) },
                Tile { label: "Median duration", value: shown(row, "dur_p50_s"), note: Some(format!("95 % within {}", shown(row, "dur_p95_s"))) },
                Tile { label: "Core-hours a run", value: shown(row, "run_core_h"), note: Some(format!("{} a month", shown(row, "month_core_h"))) },
                Tile { label: "Busy", value: shown(row, "busy_pct"), note: Some(format!("{} core-hours wasted", shown(row, "wasted_core_h"))) },
                Tile { label: "Owner", value: shown(row, "owner"), note: Some(shown(row, "kind")) },
            ]))
            (asks[0].source())
        }
        section {
            h2 { "Runs over time" }
            (marked(over_time(durations, &Drawing {
                title: "Duration of the runs that succeeded", per: "", is_stacked: false,
                columns: &[("dur_p50_s", "median"), ("dur_p95_s", "95 %")],
            }), regressions, "duration", "dur_before_s").figure(Size::Whole))
            (marked(over_time(durations, &Drawing {
                title: "Core-hours of a run", per: "", is_stacked: false, columns: &[("run_core_h", "a run")],
            }), regressions, "core-hours", "run_core_h_before").figure(Size::Whole))
            @if durations.rows.len() < 2 { p.empty { "There are too few days with runs for a picture." } }
            @if !changes.is_empty() {
                h3 { "What changed" }
                dl { @for (day, change) in &changes { dt { (day) } dd { (change) } } }
            }
            (asks[1].source())
        }
        section {
            h2 { "Regressions" }
            @if regressions.rows.is_empty() { p.empty { "This job did not get worse in the window." } } @else {
                (table(regressions, &[
                    col("metric", "Metric"), shaped("severity", "Severity", Shape::Word), col("change_pct", "Change"),
                    col("impact_core_h", "Core-hours more"), shaped("verdict", "Why", Shape::Text), shaped("changed", "What changed", Shape::Text),
                ], view, None))
            }
            (asks[2].source())
        }
        section {
            h2 { "Savings" }
            (table(savings, &[
                shaped("confidence", "Confidence", Shape::Word), col("action", "Action"), col("save_careful_est", "Careful"),
                col("save_likely_est", "Likely"), col("save_careful_core_h", "Careful, core-h"), col("save_likely_core_h", "Likely, core-h"),
                shaped("now", "Now", Shape::Code), shaped("proposed", "Configuration to set", Shape::Code), shaped("because", "Because", Shape::Text),
            ], view, None))
            (asks[4].source())
        }
        section {
            h2 { "Runs" }
            (table(runs, &[
                shaped("app_id", "Application", Shape::App), shaped("status", "Status", Shape::Word), col("start", "Start"),
                shaped("dur_s", "Duration", Shape::Bar), col("alloc_core_h", "Core-hours"), col("wasted_core_h", "Wasted"),
                col("input_bytes", "Read"), col("failed_tasks", "Failed tasks"), col("spark_version", "Spark"),
            ], view, None))
            (asks[3].source())
        }
    };
    Ok(Page {
        title: format!("{name} · Jobs"),
        coverage: Some(runs.coverage.clone()),
        content,
    })
}
