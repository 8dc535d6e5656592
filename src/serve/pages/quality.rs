//! `/quality`: how far the figures can be trusted, log by log.

use maud::html;

use super::super::problem::Problem;
use super::super::row::rows;
use super::cells::{Shape, Tile, col, shaped, table, tiles};
use super::layout::Page;
use super::{Ask, Desk};
use crate::number;

pub(super) async fn page(desk: &Desk<'_>) -> Result<Page, Problem> {
    let view = &desk.view;
    let asks = [Ask::report(
        "quality",
        vec![("limit".to_owned(), "200".to_owned())],
    )];
    let found = desk.tables(&asks).await?;
    let quality = &found[0];
    let mut outcomes: Vec<(String, f64)> = Vec::new();
    for row in rows(quality) {
        let outcome = row.text("outcome").unwrap_or_default();
        let logs = row.number("logs").unwrap_or(0.0);
        match outcomes.iter_mut().find(|(known, _)| *known == outcome) {
            Some((_, sum)) => *sum += logs,
            None => outcomes.push((outcome, logs)),
        }
    }
    let shown: Vec<Tile> = outcomes
        .iter()
        .map(|(outcome, logs)| Tile {
            label: outcome,
            value: number::average(*logs),
            note: None,
        })
        .collect();
    let coverage = &quality.coverage;
    let percent = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), number::percent);
    let last = desk.site.updater.as_ref().and_then(|updater| updater.last());
    let content = html! {
        h1 { "Quality" }
        p.lead { "Which logs were read, which cannot be trusted in full, and why." }
        section {
            h2 { "Logs by outcome" }
            @if shown.is_empty() {
                p.empty { "No log has been read yet. " code { "shh ingest --log-directory DIR" } " reads some; a server with --log-directory does so by itself." }
            } @else { (tiles(&shown)) }
            (tiles(&[
                Tile { label: "Tasks missing in logs", value: percent(coverage.event_loss_pct), note: Some("of completed stages".to_owned()) },
                Tile { label: "Memory peaks known", value: percent(coverage.peak_coverage_pct), note: Some("of core-hours".to_owned()) },
                Tile {
                    label: "Last ingest here",
                    value: last.as_ref().map_or_else(|| "-".to_owned(), |last| last.outcome.to_owned()),
                    note: last.as_ref().map(|last| number::seconds(last.time.as_secs_f64())),
                },
            ]))
            @if let Some(error) = last.as_ref().and_then(|last| last.error.as_ref()) { p.empty { (error) } }
            (asks[0].source())
        }
        section {
            h2 { "Log by log" }
            p.lead { "Those with a problem first; the others are counted by outcome." }
            (table(quality, &[
                shaped("outcome", "Outcome", Shape::Word), shaped("log", "Log", Shape::Text), col("logs", "Logs"),
                shaped("message", "What is wrong", Shape::Text), col("events", "Events"), col("malformed_lines", "Malformed lines"),
                col("event_loss_pct", "Tasks missing"), col("compacted", "Compacted"),
            ], view, None))
        }
    };
    Ok(Page {
        title: "Quality".to_owned(),
        coverage: Some(coverage.clone()),
        content,
    })
}
