//! `/failures`: what breaks, and what it costs.

use maud::html;

use super::super::problem::Problem;
use super::cells::{Shape, col, shaped, table};
use super::chart::Size;
use super::layout::Page;
use super::series::{Drawing, over_time};
use super::{Ask, Desk, per};

pub(super) async fn page(desk: &Desk<'_>) -> Result<Page, Problem> {
    let view = &desk.view;
    let mut asks = [
        Ask::report("failures", view.asking(&[("limit", "100")])),
        Ask::trend("failures", view.asking(&[])),
    ];
    let found = desk.drawn(&mut asks).await?;
    let [failures, trend] = found.as_slice() else {
        return Err(Problem::internal("an answer is missing"));
    };
    let content = html! {
        h1 { "Failures" }
        p.lead { "What breaks, how often, and the core-hours that it takes along." }
        (view.form("7 days", &html! {}))
        section {
            h2 { "Over time" }
            p.lead { "The last 30 days, unless a window is chosen." }
            (over_time(trend, &Drawing {
                title: "Share that failed", per: "", is_stacked: false,
                columns: &[("failed_pct", "applications"), ("failed_tasks_pct", "tasks")],
            }).figure(Size::Whole))
            (over_time(trend, &Drawing {
                title: "How often", per: per(&asks[1]), is_stacked: false,
                columns: &[("failed", "failed applications"), ("oom_failures", "signs of memory exhaustion"), ("node_losses", "nodes lost")],
            }).figure(Size::Whole))
            (asks[1].source())
        }
        section {
            h2 { "What broke" }
            p.lead { "The dearest first, then the most frequent." }
            (table(failures, &[
                shaped("class", "Class", Shape::Text), shaped("reason", "Reason", Shape::Text), col("what", "What"),
                shaped("wasted_core_h", "Core-hours lost", Shape::Bar), col("wasted_cost_est", "Cost, est."), col("occurrences", "How often"),
                col("applications", "Applications"), col("last_seen", "Last"),
                shaped("example_app_name", "Example", Shape::App),
            ], view, None))
            (asks[0].source())
        }
    };
    Ok(Page {
        title: "Failures".to_owned(),
        coverage: Some(failures.coverage.clone()),
        content,
    })
}
