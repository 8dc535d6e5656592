//! `/applications/{id}`: one application: verdict, findings, time line, stages, SQL, configuration.

use maud::{Markup, html};

use super::super::problem::Problem;
use super::super::row::{Row, rows};
use super::cells::{Shape, Tile, col, nothing, shaped, shown, table, tiles, word};
use super::chart::{Bar, timeline};
use super::layout::Page;
use super::{Ask, Desk};
use crate::query::table::Table;

/// Bars of a time line.
const MOST_BARS: usize = 40;

pub(super) async fn page(desk: &Desk<'_>, id: &str) -> Result<Page, Problem> {
    let view = &desk.view;
    let about = |limit: &str| {
        vec![
            ("subject".to_owned(), id.to_owned()),
            ("limit".to_owned(), limit.to_owned()),
        ]
    };
    let asks = [
        Ask::report("app", about("20")),
        Ask::report("app-findings", about("20")),
        Ask::report("app-jobs", about("200")),
        Ask::report("app-executors", about("200")),
        Ask::report("app-stages", about("100")),
        Ask::report("app-sql", about("100")),
        Ask::report("app-configuration", about("500")),
    ];
    let found = desk.of_one_app(&asks).await?;
    let [app, findings, jobs, executors, stages, sql, configuration] = found.as_slice() else {
        return Err(Problem::internal("an answer is missing"));
    };
    let Some(row) = rows(app).last() else {
        return Err(Problem::new(
            404,
            "Not Found",
            format!("there is no application `{id}`"),
        ));
    };
    let some = Some(row);
    let name = row.text("app_name").unwrap_or_default();
    let note = |text: &str, column: &str| Some(format!("{} {text}", shown(some, column)));
    let api = format!("/api/v1/applications/{}", super::view::encoded(id));
    let content = html! {
        h1 { (name) }
        p.lead {
            (word(&row.text("status").unwrap_or_default())) " "
            (row.text("app_id").unwrap_or_default()) " · " (shown(some, "user")) " · started " (shown(some, "start")) " UTC · "
            @if let Some(job) = row.text("job") { "run of " a href=(format!("/jobs/{}", super::view::encoded(&job))) { (job) } " · " }
            a href=(api) { "Spark's REST API" }
        }
        @if app.rows.len() > 1 { p.lead { (app.rows.len()) " attempts; the figures at the top are the last one's." } }
        section {
            h2 { "Verdict: " (row.text("verdict").unwrap_or_default()) }
            (tiles(&[
                Tile { label: "Duration", value: shown(some, "dur_s"), note: note("before the first executor", "queue_wait_s") },
                Tile { label: "Core-hours held", value: shown(some, "alloc_core_h"), note: note("busy", "busy_pct") },
                Tile { label: "Idle core-hours", value: shown(some, "idle_core_h"), note: note("wasted", "wasted_core_h") },
                Tile { label: "Executors at most", value: shown(some, "peak_executors"), note: note("GiB each", "executor_memory_gib") },
                Tile { label: "Heap peak", value: shown(some, "heap_peak_pct"), note: note("of run time in GC", "gc_pct") },
                Tile { label: "Tasks", value: shown(some, "tasks"), note: note("failed", "failed_tasks") },
                Tile { label: "Read", value: shown(some, "input_bytes"), note: note("written", "output_bytes") },
                Tile { label: "Spilled to disk", value: shown(some, "disk_spill_bytes"), note: note("shuffle read", "shuffle_read_bytes") },
            ]))
            (asks[0].source())
        }
        section {
            h2 { "What to change" }
            @if findings.rows.is_empty() {
                p.empty { "Nothing was found that is worth changing." }
            } @else {
                (list(findings))
            }
            (asks[1].source())
        }
        (time_lines(row, jobs, executors))
        section {
            h2 { "Stages" }
            p.lead { "The busiest first." }
            (table(stages, &[
                col("stage", "Stage"), shaped("name", "Name", Shape::Text), shaped("status", "Status", Shape::Word),
                shaped("busy_core_h", "Core-hours", Shape::Bar), col("dur_s", "Duration"), col("tasks", "Tasks"),
                col("failed_tasks", "Failed"), col("task_p50_s", "Median task"), col("task_max_s", "Longest"),
                col("input_bytes", "Read"), col("shuffle_read_bytes", "Shuffle read"), col("shuffle_write_bytes", "Shuffle written"),
                col("disk_spill_bytes", "Spilled"),
            ], view, None))
            (asks[4].source())
        }
        section {
            h2 { "SQL" }
            (table(sql, &[
                col("execution_id", "Execution"), shaped("status", "Status", Shape::Word), shaped("description", "Description", Shape::Text),
                col("submitted", "Start"), col("dur_s", "Duration"), col("jobs", "Jobs"), shaped("failure", "Failure", Shape::Text),
            ], view, None))
            (asks[5].source())
        }
        section {
            h2 { "Executors" }
            (table(executors, &[
                col("executor_id", "Executor"), col("host", "Host"), col("cores", "Cores"), col("memory_gib", "GiB"), col("start", "Start"),
                col("life_s", "Life"), col("tasks", "Tasks"), col("failed_tasks", "Failed"), col("busy_pct", "Busy"),
                col("heap_peak_pct", "Heap peak"), shaped("removed_reason", "Why it went", Shape::Text),
            ], view, None))
            (asks[3].source())
        }
        section {
            h2 { "Configuration" }
            details {
                summary { (configuration.rows.len()) " properties" }
                (table(configuration, &[shaped("key", "Property", Shape::Code), shaped("value", "Value", Shape::Text)], view, None))
            }
            (asks[6].source())
        }
    };
    Ok(Page {
        title: name,
        coverage: Some(app.coverage.clone()),
        content,
    })
}

/// The findings, each with what to set.
fn list(findings: &Table) -> Markup {
    html! {
        ul.findings {
            @for row in rows(findings) {
                li {
                    h3 { (word(&row.text("severity").unwrap_or_default())) " " (row.text("finding").unwrap_or_default()) }
                    p { (row.text("evidence").unwrap_or_default()) }
                    @if let Some(configuration) = row.text("configuration") {
                        div.copyable { pre { (configuration) } }
                    }
                }
            }
        }
    }
}

fn time_lines(app: Row, jobs: &Table, executors: &Table) -> Markup {
    let of = |found: &Table, start: &str, length: &str, name: &dyn Fn(Row) -> (String, usize)| -> Vec<Bar> {
        rows(found)
            .filter_map(|row| {
                let start_ms = row.time(start)?;
                #[expect(clippy::cast_possible_truncation, reason = "the life of an application in ms")]
                let length_ms = row.number(length).map(|seconds| (seconds * 1e3) as i64);
                let (name, color) = name(row);
                Some(Bar {
                    name,
                    start_ms,
                    end_ms: start_ms.saturating_add(length_ms.unwrap_or(0)),
                    color,
                })
            })
            .take(MOST_BARS)
            .collect()
    };
    let executor_bars = of(executors, "start", "life_s", &|row: Row| {
        (
            format!("executor {}", row.text("executor_id").unwrap_or_default()),
            1,
        )
    });
    let job_bars = of(jobs, "submitted", "dur_s", &|row: Row| {
        let color = if row.text("status").as_deref() == Some("failed") {
            4
        } else {
            3
        };
        (format!("job {}", row.text("job_id").unwrap_or_default()), color)
    });
    let cut = |found: &Table, bars: &[Bar]| {
        let all = found.more_rows.unwrap_or(found.rows.len() as u64);
        (all > bars.len() as u64 && !bars.is_empty()).then(|| format!("the first {} of {all}", bars.len()))
    };
    html! {
        section {
            h2 { "Time line" }
            @if executor_bars.is_empty() && job_bars.is_empty() { (nothing(jobs)) }
            @else {
                p.lead { "Times are UTC; the application ran from " (shown(Some(app), "start")) " for " (shown(Some(app), "dur_s")) "." }
                @if let Some(text) = cut(executors, &executor_bars) { p.more { "Executors: " (text) } }
                (timeline("Executors", &executor_bars))
                @if let Some(text) = cut(jobs, &job_bars) { p.more { "Jobs: " (text) } }
                (timeline("Jobs", &job_bars))
            }
        }
    }
}
