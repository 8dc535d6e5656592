//! `shh report` and `shh trends`: ingest first if asked to, answer one query, show it.

use std::time::Duration;

use anyhow::Result;

use super::destination::Destination;
use super::fail_if;
use super::ingest::before_report;
use crate::cli::{ReportArgs, TrendsArgs};
use crate::error::{Exit, UserError};
use crate::query::table::{Column, Table};
use crate::query::{ALL, Kind, Parameters, Query, Session, Times, every, list, named};
use crate::render::{self, explain};
use crate::settings::{Format, QuerySettings, Settings, TrendsSettings};
use crate::store::Limits;
use crate::ui::Ui;

/// What a query may take of the machine. One thread, the caller's: a question takes milliseconds, and the
/// tables of 100,000 applications are one or a few row groups, so that handing pieces of it to a second thread
/// takes longer than what that one saves.
const LIMITS: Limits = Limits {
    memory_bytes: 512 << 20,
    threads: 1,
};

pub(super) fn report(args: &ReportArgs, settings: &Settings, ui: &Ui) -> Result<Exit> {
    let decided = QuerySettings::decide(args, settings)?;
    run(Kind::Report, &TrendsSettings::of_report(decided), ui)
}

pub(super) fn trends(args: &TrendsArgs, settings: &Settings, ui: &Ui) -> Result<Exit> {
    let decided = TrendsSettings::decide(args, settings)?;
    run(Kind::Trends, &decided, ui)
}

fn run(kind: Kind, decided: &TrendsSettings, ui: &Ui) -> Result<Exit> {
    let settings = &decided.query;
    let queries = match settings.name.as_deref() {
        None => {
            ui.print(&names(kind))?;
            return Ok(Exit::Done);
        }
        Some(ALL) => every(kind, settings)?,
        Some(name) => named(kind, name, settings)?,
    };
    let columns: Vec<Column> = queries.iter().flat_map(|query| query.columns.clone()).collect();
    fail_if::check(&columns, &settings.fail_if)?;
    let destination = Destination::open(settings.output_file.as_deref())?;
    let screen = destination.screen(settings.output.is_wide, ui);
    if settings.output.explains {
        let pages: String = queries
            .iter()
            .map(|query| explain(&described(query), screen))
            .collect();
        destination.deliver(ui, |out| out.write_all(pages.as_bytes()))?;
        return Ok(Exit::Done);
    }
    let format = format(settings.output.format);
    if queries.len() > 1 && format == render::Format::Csv {
        return Err(
            UserError::usage("CSV holds one table, and this is several".to_owned())
                .hint("use --format json or md, or name one report")
                .into(),
        );
    }
    let exit = match &settings.ingest {
        Some(ingest) => before_report(ingest, settings.now_ms, ui)?,
        None => Exit::Done,
    };
    let session = Session::open(&settings.database, LIMITS)?;
    let filters = fail_if::filters(&settings.filters, &settings.fail_if);
    let parameters = Parameters::of(kind, decided, &filters);
    let questions: Vec<_> = queries.iter().map(|query| (query, parameters.clone())).collect();
    let mut tables = if queries.iter().all(|query| query.is_about_one_app) {
        session.answer_all(&questions)?
    } else {
        // Each has a window of its own.
        let answers = questions
            .iter()
            .map(|(query, parameters)| session.answer(query, parameters));
        answers.collect::<Result<_>>()?
    };
    // The parts of one answer cover the same.
    for (table, next) in tables.iter_mut().zip(&queries[1..]) {
        table.is_continued = next.part_of.is_some();
    }
    let findings: Vec<_> = tables
        .iter_mut()
        .flat_map(|table| fail_if::findings(table, settings))
        .collect();
    destination.deliver(ui, |out| render::render_all(&tables, format, screen, out))?;
    if let Some(runs) = settings.timings {
        for query in &queries {
            let times = session.time(query, &parameters, runs)?;
            ui.status(&timings(&times));
        }
    }
    Ok(fail_if::tell(&findings, ui).unwrap_or(exit))
}

pub(super) fn format(format: Format) -> render::Format {
    match format {
        Format::Table => render::Format::Table,
        Format::Json => render::Format::Json,
        Format::Csv => render::Format::Csv,
        Format::Md => render::Format::Markdown,
    }
}

/// The query's header as a table without rows.
fn described(query: &Query) -> Table {
    Table {
        name: query.name.to_owned(),
        title: query.title.to_owned(),
        answers: query.answers.to_owned(),
        columns: query.columns.clone(),
        ..Table::default()
    }
}

/// The list of reports or trends, a line each.
fn names(kind: Kind) -> String {
    let queries = list(kind);
    let width = queries.iter().map(|query| query.name.len()).max().unwrap_or(0);
    let lines: String = queries
        .iter()
        .map(|query| format!("{:width$}  {}\n", query.name, query.answers))
        .collect();
    let command = kind.command();
    format!(
        "{lines}\nshh {command} NAME shows one, `{ALL}` shows all; --explain defines its columns; --help lists the filters\n"
    )
}

/// `query-ms planned each time: p50 A p95 B; planned once: p50 C p95 D`.
fn timings(times: &Times) -> String {
    let percentiles = |times: &[Duration]| {
        let mut times = times.to_vec();
        times.sort();
        let ms = |place: usize| times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1e3);
        format!(
            "p50 {:.2} p95 {:.2}",
            ms(times.len() / 2),
            ms(times.len() * 95 / 100)
        )
    };
    format!(
        "query-ms planned each time: {}; planned once: {}",
        percentiles(&times.planned_each_time),
        percentiles(&times.planned_once)
    )
}
