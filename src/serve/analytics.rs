//! `/api/v1/reports` and `/api/v1/trends`: what `shh report` and `shh trends` answer, as JSON or CSV.

use std::sync::Arc;

use anyhow::Result;
use serde::Serialize;

use super::asked::{self, FORMAT, Pairs, Rows};
use super::cache::Key;
use super::database::{Instance, Refusal};
use super::exchange::{Answer, JSON};
use super::problem::Problem;
use super::site::Site;
use crate::query::table::Table;
use crate::query::{Kind, Parameters, Query, Session, chosen, find, list};
use crate::render::{Format, Screen, render};
use crate::settings::{Settings, TrendsSettings};

pub(super) const ROWS: Rows = Rows {
    usual: 1_000,
    most: 10_000,
};
const CSV: &str = "text/csv; charset=utf-8";
const HOUR_MS: i64 = 3_600_000;

/// What is asked, of which data, at which time: answers within an hour are the same, because windows are whole
/// hours.
pub(super) struct Asking {
    pub instance: Arc<Instance>,
    pub settings: Settings,
}

impl Asking {
    pub(super) fn now(site: &Site, instance: &Arc<Instance>) -> Self {
        let now_ms = site.settings.clock.now_ms();
        let hour_ms = now_ms.div_euclid(HOUR_MS).saturating_mul(HOUR_MS);
        // A moment after the full hour: the hour that runs counts as a whole.
        let moment_ms = now_ms.min(hour_ms.saturating_add(1));
        Asking {
            instance: Arc::clone(instance),
            settings: site.settings.at(moment_ms),
        }
    }

    pub(super) fn key(&self, url: String) -> Key {
        Key {
            version: self.instance.version(),
            time: self.settings.now_ms,
            url,
        }
    }
}

/// Answers `/api/v1/reports/{name}` or `/api/v1/trends/{name}`.
pub(super) async fn answer(
    site: &Site,
    instance: &Arc<Instance>,
    kind: Kind,
    name: &str,
    url_query: Option<&str>,
) -> Result<Answer, Problem> {
    let query = query(kind, name)?;
    let (pairs, format) = split_format(asked::pairs(url_query))?;
    let asking = Asking::now(site, instance);
    let decided = asked::decide(&query, &pairs, ROWS, &asking.settings)?;
    let query = chosen(query, &decided.query).map_err(|error| asked::of_error(&error, kind))?;
    let key = asking.key(format!(
        "{}/{name}?{}",
        kind.command(),
        url_query.unwrap_or_default()
    ));
    instance
        .answers
        .get(key, async {
            let table = table(site, &asking.instance, query, decided).await?;
            let mut body = Vec::new();
            render(&table, format, Screen::default(), &mut body)
                .map_err(|error| Problem::internal(error.to_string()))?;
            Ok((if format == Format::Csv { CSV } else { JSON }, body))
        })
        .await
}

/// Asks the database.
pub(super) async fn table(
    site: &Site,
    instance: &Arc<Instance>,
    query: Query,
    decided: TrendsSettings,
) -> Result<Table, Problem> {
    let kind = query.kind;
    site.database
        .ask(Arc::clone(instance), move |session| {
            one(session, &query, &decided)
        })
        .await
        .map_err(|refusal| match refusal {
            Refusal::Failed(error) => asked::of_error(&error, kind),
            other => other.into(),
        })
}

/// Asks the database for what differs in nothing but the question and how many rows of its answer.
pub(super) async fn several(
    site: &Site,
    instance: &Arc<Instance>,
    questions: Vec<(Query, TrendsSettings)>,
) -> Result<Vec<Table>, Problem> {
    site.database
        .ask(Arc::clone(instance), move |session| {
            let questions: Vec<_> = questions
                .iter()
                .map(|(query, decided)| (query, Parameters::of(query.kind, decided, &decided.query.filters)))
                .collect();
            session.answer_all(&questions)
        })
        .await
        .map_err(|refusal| match refusal {
            Refusal::Failed(error) => asked::of_error(&error, Kind::Report),
            other => other.into(),
        })
}

/// Asks a session.
pub(super) fn one(session: &Session, query: &Query, decided: &TrendsSettings) -> Result<Table> {
    session.answer(
        query,
        &Parameters::of(query.kind, decided, &decided.query.filters),
    )
}

/// The report or trend of that name, parts of others included.
pub(super) fn query(kind: Kind, name: &str) -> Result<Query, Problem> {
    find(kind, name)
        .filter(|query| !query.is_for_pages)
        .ok_or_else(|| {
            let names: Vec<&str> = list(kind).iter().map(|query| query.name).collect();
            Problem::new(404, "Not Found", format!("there is no {} `{name}`", word(kind)))
                .hint(format!("there are {}", names.join(", ")))
        })
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Report => "report",
        Kind::Trends => "trend",
    }
}

fn split_format(mut pairs: Pairs) -> Result<(Pairs, Format), Problem> {
    let mut format = Format::Json;
    if let Some(place) = pairs.iter().position(|(name, _)| name == FORMAT) {
        let (_, value) = pairs.remove(place);
        format = match value.as_str() {
            "json" => Format::Json,
            "csv" => Format::Csv,
            _ => {
                let mut problem = Problem::new(400, "Bad Request", format!("there is no format `{value}`"));
                problem.parameter = Some(FORMAT.to_owned());
                return Err(problem.hint("it takes json or csv"));
            }
        };
    }
    Ok((pairs, format))
}

/// One of a list. Names are a promise.
#[derive(Serialize)]
struct Entry {
    name: &'static str,
    title: &'static str,
    answers: &'static str,
    url: String,
    by: Vec<&'static str>,
    subjects: usize,
}

/// Answers `/api/v1/reports` or `/api/v1/trends`: what there is.
pub(super) fn index(kind: Kind) -> Answer {
    let (member, folder) = match kind {
        Kind::Report => ("reports", "reports"),
        Kind::Trends => ("trends", "trends"),
    };
    let entries: Vec<Entry> = list(kind)
        .into_iter()
        .map(|query| Entry {
            name: query.name,
            title: query.title,
            answers: query.answers,
            url: format!("/api/v1/{folder}/{}", query.name),
            by: query.by,
            subjects: query.subjects,
        })
        .collect();
    let document = std::collections::BTreeMap::from([(member, entries)]);
    // Texts and numbers: this cannot fail.
    Answer::whole(200, JSON, serde_json::to_vec(&document).unwrap_or_default())
}
