//! `shh report` and `shh trends`: ingest first if asked to, answer one query, show it.

use std::time::Duration;

use anyhow::Result;

use super::destination::Destination;
use super::fail_if;
use super::ingest::before_report;
use crate::cli::{ReportArgs, TrendsArgs};
use crate::error::{Exit, UserError};
use crate::query::table::Table;
use crate::query::{Kind, Parameters, Query, Session, find, list, nearest};
use crate::render::{self, explain};
use crate::settings::{Bucket, Format, QuerySettings, Settings, TrendsSettings};
use crate::store::Limits;
use crate::ui::Ui;

/// What a query may take of the machine.
const LIMITS: Limits = Limits {
    memory_bytes: 512 << 20,
    threads: 2,
};

const DAY_MS: i64 = 86_400_000;

pub(super) fn report(args: &ReportArgs, settings: &Settings, ui: &Ui) -> Result<Exit> {
    let decided = QuerySettings::decide(args, settings)?;
    let trends = TrendsSettings {
        query: decided,
        bucket: Bucket::Day,
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
    let query = match &settings.name {
        None => {
            ui.print(&names(kind))?;
            return Ok(Exit::Done);
        }
        Some(name) => find(kind, name).ok_or_else(|| unknown(kind, name))?,
    };
    fail_if::check(&query.columns, &settings.fail_if)?;
    let destination = Destination::open(settings.output_file.as_deref())?;
    let screen = destination.screen(settings.output.is_wide, ui);
    if settings.output.explains {
        let page = explain(&described(&query), screen);
        destination.deliver(ui, |out| out.write_all(page.as_bytes()))?;
        return Ok(Exit::Done);
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
        bucket: decided.bucket,
        capacity_cores: decided.capacity_cores,
        capacity_memory_bytes: decided.capacity_memory_bytes,
    };
    let mut table = session.answer(&query, &parameters)?;
    let findings = fail_if::findings(&mut table, settings);
    destination.deliver(ui, |out| {
        render::render(&table, format(settings.output.format), screen, out)
    })?;
    if let Some(runs) = settings.timings {
        let times = session.time(&query, &parameters, runs)?;
        ui.status(&timings(times));
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
        "{lines}\nshh {command} NAME shows one; --explain defines its columns; --help lists the filters\n"
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

/// `query-ms p50 A p95 B`, or `query-ms: A` of a single run.
fn timings(mut times: Vec<Duration>) -> String {
    times.sort();
    let ms = |place: usize| times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1e3);
    match times.len() {
        1 => format!("query-ms: {:.2}", ms(0)),
        runs => format!("query-ms p50 {:.2} p95 {:.2}", ms(runs / 2), ms(runs * 95 / 100)),
    }
}
