//! `/optimize`: what can be saved, and where.

use maud::html;

use super::super::problem::Problem;
use super::super::row::Row;
use super::cells::{Shape, Tile, col, nothing, shaped, shown, table, tiles};
use super::chart::Size;
use super::layout::Page;
use super::series::{Drawing, over_time};
use super::{Ask, Desk, per};

/// The causes of idle and what they are called.
pub(super) const CAUSES: [(&str, &str); 5] = [
    ("idle_driver_gap_core_h", "no job active"),
    ("idle_startup_core_h", "start-up"),
    ("idle_tail_core_h", "after the last task"),
    ("idle_skew_tail_core_h", "waiting for slow tasks"),
    ("idle_under_parallel_core_h", "fewer tasks than cores"),
];

pub(super) async fn page(desk: &Desk<'_>) -> Result<Page, Problem> {
    let view = &desk.view;
    let by = view.one_of(
        "by",
        &[
            "cores", "memory", "shuffle", "spill", "input", "duration", "tasks",
        ],
    );
    let mut asks = [
        Ask::report("cost", view.asking(&[("limit", "15")])),
        Ask::report("resource-hogs", view.asking(&[("by", by), ("limit", "12")])),
        Ask::report("efficiency", view.asking(&[("limit", "12")])),
        Ask::report("idle", view.asking(&[("limit", "12")])),
        Ask::trend("waste", view.asking(&[])),
        Ask::report("summary", view.common()),
    ];
    let found = desk.drawn(&mut asks).await?;
    let [savings, hogs, efficiency, idle, waste, summary] = found.as_slice() else {
        return Err(Problem::internal("an answer is missing"));
    };
    let row = Row::first(summary);
    let of_ranked = match by {
        "memory" => shaped("alloc_gib_h", "GiB-hours", Shape::Bar),
        "shuffle" => shaped("shuffle_read_bytes", "Shuffle read", Shape::Bar),
        "spill" => shaped("disk_spill_bytes", "Spilled to disk", Shape::Bar),
        "input" => shaped("input_bytes", "Read", Shape::Bar),
        "duration" => shaped("dur_s", "Duration", Shape::Bar),
        "tasks" => shaped("tasks", "Tasks", Shape::Bar),
        _ => shaped("alloc_core_h", "Core-hours", Shape::Bar),
    };
    let content = html! {
        h1 { "Optimize" }
        p.lead { "Who holds most, what is held and not used, and what that could save." }
        (view.form("7 days", &html! {}))
        section {
            h2 { "Idle core-hours by cause" }
            p.lead { "Held and not used; the five parts add up to all that was idle." }
            (tiles(&CAUSES.map(|(column, label)| Tile { label, value: shown(row, column), note: None })))
            (over_time(waste, &Drawing {
                title: "Idle by cause", per: per(&asks[4]), is_stacked: true, columns: &CAUSES,
            }).figure(Size::Whole))
            (asks[4].source())
        }
        section {
            h2 { "Savings" }
            p.lead {
                "Job by job, for 30 days: from careful to likely, with how sure that is. "
                "Only measured runs are judged; what is not proposed says why."
            }
            (table(savings, &[
                shaped("job", "Job", Shape::Job), shaped("confidence", "Confidence", Shape::Word), col("action", "Action"),
                col("save_careful_est", "Careful"), shaped("save_likely_est", "Likely", Shape::Bar),
                col("save_careful_core_h", "Careful, core-h"), col("save_likely_core_h", "Likely, core-h"),
                col("save_likely_gib_h", "Likely, GiB-h"), col("month_core_h", "Core-h a month"),
                shaped("proposed", "Configuration to set", Shape::Code), shaped("because", "Because", Shape::Text),
            ], view, None))
            (asks[0].source())
        }
        section {
            h2 { "Resource hogs" }
            ul.flow {
                @for (word, name) in [
                    ("cores", "Cores"), ("memory", "Memory"), ("shuffle", "Shuffle"), ("spill", "Spill"),
                    ("input", "Input"), ("duration", "Duration"), ("tasks", "Tasks"),
                ] {
                    li { a href=(view.with(&[("by", word)])) aria-current=[(word == by).then_some("true")] { (name) } }
                }
            }
            (table(hogs, &[
                shaped("app_name", "Application", Shape::App), col("user", "User"), of_ranked, col("share_pct", "Of all"),
                col("cum_pct", "With those above"), col("busy_pct", "Busy"), col("cost_est", "Cost, est."), col("start", "Start"),
            ], view, None))
            (asks[1].source())
        }
        section {
            h2 { "Efficiency" }
            p.lead { "Which hold more than they use (over), and which have too little (under)." }
            (table(efficiency, &[
                shaped("app_name", "Application", Shape::App), shaped("class", "Class", Shape::Word),
                shaped("severity", "Severity", Shape::Word), shaped("idle_core_h", "Idle core-hours", Shape::Bar),
                col("busy_pct", "Busy"), col("main_cause", "Main cause"), col("heap_peak_pct", "Heap peak"),
                col("gc_pct", "GC"), shaped("advice", "Advice", Shape::Code),
            ], view, None))
            (asks[2].source())
        }
        section {
            h2 { "Why cores idle" }
            @if idle.rows.is_empty() { (nothing(idle)) } @else {
                (table(idle, &[
                    shaped("app_name", "Application", Shape::App), shaped("idle_core_h", "Idle core-hours", Shape::Bar),
                    col("idle_driver_gap_core_h", "No job"), col("idle_startup_core_h", "Start-up"),
                    col("idle_tail_core_h", "After last task"), col("idle_skew_tail_core_h", "Slow tasks"),
                    col("idle_under_parallel_core_h", "Few tasks"), col("main_cause", "Main cause"),
                ], view, None))
            }
            (asks[3].source())
        }
    };
    Ok(Page {
        title: "Optimize".to_owned(),
        coverage: Some(summary.coverage.clone()),
        content,
    })
}
