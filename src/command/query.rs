//! `shh report` and `shh trends`: ingest first if asked to, answer one query, show it.

use std::time::Duration;

use anyhow::Result;

use super::destination::Destination;
use super::fail_if;
use super::ingest::before_report;
use crate::cli::{ReportArgs, TrendsArgs};
use crate::error::{Exit, UserError};
use crate::query::table::{Column, Table};
use crate::query::{Kind, Parameters, Query, Session, Times, find, list, nearest, parts};
use crate::render::{self, explain};
use crate::settings::{Bucket, Filters, Format, QuerySettings, Settings, Subject, TrendsSettings};
use crate::store::Limits;
use crate::ui::Ui;

/// What a query may take of the machine. One thread, the caller's: a question takes milliseconds, and the
/// tables of 100,000 applications are one or a few row groups, so that handing pieces of it to a second thread
/// takes longer than what that one saves.
const LIMITS: Limits = Limits {
    memory_bytes: 512 << 20,
    threads: 1,
};

const DAY_MS: i64 = 86_400_000;

pub(super) fn report(args: &ReportArgs, settings: &Settings, ui: &Ui) -> Result<Exit> {
    let decided = QuerySettings::decide(args, settings)?;
    let trends = TrendsSettings {
        query: decided,
        bucket: Bucket::Day,
        zone: jiff::tz::TimeZone::UTC,
        capacity_cores: None,
        capacity_memory_bytes: None,
    };
    run(Kind::Report, 7 * DAY_MS, &trends, ui)
}

pub(super) fn trends(args: &TrendsArgs, settings: &Settings, ui: &Ui) -> Result<Exit> {
    let decided = TrendsSettings::decide(args, settings)?;
    run(Kind::Trends, 30 * DAY_MS, &decided, ui)
}

fn run(kind: Kind, default_window_ms: i64, decided: &TrendsSettings, ui: &Ui) -> Result<Exit> {
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
    let parameters = Parameters {
        filters: &filters,
        now_ms: settings.now_ms,
        default_window_ms,
        by: settings.by.as_deref(),
        group_by: settings.group_by.as_ref(),
        subjects: &settings.subjects,
        bucket: decided.bucket,
        zone: &decided.zone,
        capacity_cores: decided.capacity_cores,
        capacity_memory_bytes: decided.capacity_memory_bytes,
        cost: settings.cost.as_ref(),
        jobs_by_user: settings.jobs_by_user,
    };
    let mut tables: Vec<Table> = queries
        .iter()
        .map(|query| session.answer(query, &parameters))
        .collect::<Result<_>>()?;
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

/// Every report, one after the other.
const ALL: &str = "all";

/// The query of that name, and what is shown with it.
fn named(kind: Kind, name: &str, settings: &QuerySettings) -> Result<Vec<Query>> {
    let query = find(kind, name)
        .filter(|query| query.part_of.is_none())
        .ok_or_else(|| unknown(kind, name))?;
    check_subjects(&query, &settings.subjects)?;
    let query = query.chosen(
        narrows(&settings.filters),
        settings.group_by.is_some(),
        settings.by.as_deref(),
    )?;
    Ok(std::iter::once(query).chain(parts(kind, name)).collect())
}

/// Everything that can be asked without naming what it is about.
fn every(kind: Kind, settings: &QuerySettings) -> Result<Vec<Query>> {
    if let Some(Subject::Name(extra)) = settings.subjects.first() {
        return Err(UserError::usage(format!("unexpected argument `{extra}`")).into());
    }
    let is_grouped = settings.group_by.is_some();
    list(kind)
        .into_iter()
        .filter(|query| query.subjects == 0)
        .map(|query| query.chosen(narrows(&settings.filters), is_grouped, settings.by.as_deref()))
        .collect()
}

/// Whether only some of the cluster's applications are asked for.
fn narrows(filters: &Filters) -> bool {
    let texts = [
        &filters.user,
        &filters.queue,
        &filters.app_name,
        &filters.app_id,
        &filters.job,
        &filters.status,
    ];
    texts.into_iter().any(Option::is_some) || !filters.tags.is_empty()
}

/// As many subjects as the report is about.
fn check_subjects(query: &Query, subjects: &[Subject]) -> Result<()> {
    if subjects.len() == query.subjects {
        return Ok(());
    }
    let command = query.kind.command();
    let usage = match query.subjects {
        0 => format!("shh {command} {}", query.name),
        1 => format!("shh {command} {} ID", query.name),
        _ => format!("shh {command} {} A B", query.name),
    };
    let error = match subjects.get(query.subjects) {
        Some(Subject::Name(extra)) => UserError::usage(format!("unexpected argument `{extra}`")),
        Some(Subject::Window { .. }) => UserError::usage("unexpected window".to_owned()),
        None => UserError::usage(format!(
            "`{command} {}` needs to know what it is about",
            query.name
        )),
    };
    Err(error.hint(format!("usage: {usage}")).into())
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

fn unknown(kind: Kind, name: &str) -> UserError {
    let command = kind.command();
    let error = UserError::usage(format!("there is no {command} `{name}`"));
    match nearest(kind, name) {
        Some(nearest) => error.hint(format!("did you mean `shh {command} {nearest}`?")),
        None => error.hint(format!("`shh {command}` lists them")),
    }
}

/// `query-ms planned each time: p50 A p95 B; planned once: p50 C p95 D`.
fn timings(times: &Times) -> String {
    let percentiles = |times: &[Duration]| {
        let mut times = times.to_vec();
        times.sort();
        let ms = |place: usize| times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1e3);
        format!("p50 {:.2} p95 {:.2}", ms(times.len() / 2), ms(times.len() * 95 / 100))
    };
    format!(
        "query-ms planned each time: {}; planned once: {}",
        percentiles(&times.planned_each_time),
        percentiles(&times.planned_once)
    )
}
