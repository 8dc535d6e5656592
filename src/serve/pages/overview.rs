//! `/`: how the cluster does.

use maud::html;

use super::super::problem::Problem;
use super::super::row::Row;
use super::cells::{Shape, Tile, col, nothing, shaped, shown, table, tiles};
use super::chart::Size;
use super::layout::Page;
use super::series::{Drawing, over_time};
use super::{Ask, Desk, per};
use crate::number;

pub(super) async fn page(desk: &Desk<'_>) -> Result<Page, Problem> {
    let view = &desk.view;
    // A day is shown hour by hour.
    let by_hour: &[(&str, &str)] = match view.get("last") {
        Some("1d") => &[("bucket", "hour")],
        _ => &[],
    };
    let mut asks = [
        Ask::report("summary", view.common()),
        Ask::trend("usage", view.asking(by_hour)),
        Ask::trend("concurrency", view.asking(by_hour)),
        Ask::report("resource-hogs", view.asking(&[("limit", "8")])),
        Ask::report("owners", view.asking(&[("limit", "8")])),
        Ask::report("failures", view.asking(&[("limit", "6")])),
        Ask::report("regressions", view.asking(&[("limit", "6")])),
    ];
    let found = desk.drawn(&mut asks).await?;
    let [summary, usage, concurrency, hogs, owners, failures, regressions] = found.as_slice() else {
        return Err(Problem::internal("an answer is missing"));
    };
    let row = Row::first(summary);
    let change = row.and_then(|row| row.number("alloc_change_pct")).map(|change| {
        let direction = if change < 0.0 { "less" } else { "more" };
        format!(
            "{} {direction} than in the window before",
            number::percent(change.abs())
        )
    });
    let note = |text: &str, name: &str| Some(format!("{} {text}", shown(row, name)));
    let content = html! {
        h1 { "Cluster overview" }
        p.lead { "What the fleet held, used and lost in the window, and what changed." }
        (view.form("7 days", &html! {}))
        section {
            h2 { "In this window" }
            @if summary.coverage.applications == 0 { (nothing(summary)) }
            (tiles(&[
                Tile { label: "Core-hours held", value: shown(row, "alloc_core_h"), note: change },
                Tile { label: "Busy", value: shown(row, "busy_pct"), note: note("core-hours did work", "busy_core_h") },
                Tile { label: "Idle core-hours", value: shown(row, "idle_core_h"), note: note("with no job active", "idle_driver_gap_core_h") },
                Tile { label: "Wasted core-hours", value: shown(row, "wasted_core_h"), note: note("of busy core-hours", "wasted_pct") },
                Tile { label: "Memory held, GiB-hours", value: shown(row, "alloc_gib_h"), note: None },
                Tile { label: "Applications", value: shown(row, "applications"), note: note("failed", "failed") },
                Tile { label: "Failed tasks", value: shown(row, "failed_tasks"), note: note("of all tasks", "failed_tasks_pct") },
                Tile { label: "Read from storage", value: shown(row, "input_bytes"), note: note("written", "output_bytes") },
            ]))
            (asks[0].source())
        }
        div.pair {
            section {
                h2 { "Use over time" }
                p.lead { "The last 30 days, unless a window is chosen." }
                @if usage.rows.is_empty() { (nothing(usage)) }
                (over_time(usage, &Drawing {
                    title: "Held and busy", per: per(&asks[1]), is_stacked: false,
                    columns: &[("alloc_core_h", "held"), ("busy_core_h", "busy")],
                }).figure(Size::Half))
                (asks[1].source())
            }
            section {
                h2 { "Held at the same time" }
                p.lead { "How much was held at once." }
                @if concurrency.rows.is_empty() { (nothing(concurrency)) }
                (over_time(concurrency, &Drawing {
                    title: "Cores at once", per: "", is_stacked: false,
                    columns: &[("max_cores", "most"), ("avg_cores", "mean")],
                }).figure(Size::Half))
                (asks[2].source())
            }
        }
        div.pair {
            section {
                h2 { "Top consumers" }
                p.lead { "Applications by the core-hours they held." }
                (table(hogs, &[
                    shaped("app_name", "Application", Shape::App), col("user", "User"),
                    shaped("alloc_core_h", "Core-hours", Shape::Bar), col("share_pct", "Of all"), col("busy_pct", "Busy"),
                ], view, None))
                (asks[3].source())
            }
            section {
                h2 { "Who uses it" }
                p.lead { "Users, and what changed since the window before." }
                (table(owners, &[
                    col("owner", "User"), shaped("alloc_core_h", "Core-hours", Shape::Bar), col("share_pct", "Of all"),
                    col("alloc_change_pct", "Change"), col("applications", "Applications"), col("failed", "Failed"),
                ], view, None))
                (asks[4].source())
            }
        }
        div.pair {
            section {
                h2 { "Failures" }
                p.lead { "What broke, the dearest first. " a href=(view.other("/failures")) { "All failures" } }
                (table(failures, &[
                    shaped("class", "Class", Shape::Text), col("what", "What"), col("occurrences", "How often"),
                    col("applications", "Applications"), col("wasted_core_h", "Core-hours lost"),
                ], view, None))
                (asks[5].source())
            }
            section {
                h2 { "What got worse" }
                p.lead { "Jobs that take longer or more than in the 90 days before." }
                @if regressions.rows.is_empty() && regressions.coverage.applications > 0 {
                p.empty { "No job got worse in this window." }
            } @else {
                (table(regressions, &[
                    shaped("job", "Job", Shape::Job), col("metric", "Metric"), shaped("severity", "Severity", Shape::Word),
                    col("change_pct", "Change"), shaped("verdict", "Why", Shape::Text),
                ], view, None))
            }
                (asks[6].source())
            }
        }
    };
    Ok(Page {
        title: "Overview".to_owned(),
        coverage: Some(summary.coverage.clone()),
        content,
    })
}
