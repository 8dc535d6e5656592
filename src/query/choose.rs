//! Which queries answer what was asked for: by name, or all of them.

use anyhow::Result;

use super::registry::{Kind, Query, find, list, nearest, parts};
use crate::error::UserError;
use crate::settings::{Filters, QuerySettings, Subject};

/// What stands for every report, or every trend.
pub const ALL: &str = "all";

/// The query of that name, and what is shown with it.
///
/// # Errors
/// When there is none, or it cannot be asked so.
pub fn named(kind: Kind, name: &str, settings: &QuerySettings) -> Result<Vec<Query>> {
    let query = find(kind, name)
        .filter(|query| query.part_of.is_none() && !query.is_for_pages)
        .ok_or_else(|| unknown(kind, name))?;
    let query = chosen(query, settings)?;
    Ok(std::iter::once(query).chain(parts(kind, name)).collect())
}

/// The text of a query that answers as asked.
///
/// # Errors
/// When it cannot be asked so.
pub fn chosen(query: Query, settings: &QuerySettings) -> Result<Query> {
    check_subjects(&query, &settings.subjects)?;
    check_prices(settings)?;
    query.chosen(
        narrows(&settings.filters),
        settings.group_by.is_some(),
        settings.by.as_deref(),
    )
}

/// Everything that can be asked without naming what it is about.
///
/// # Errors
/// When something is named, or one of them cannot be asked so.
pub fn every(kind: Kind, settings: &QuerySettings) -> Result<Vec<Query>> {
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

/// What has no price has no order by it.
fn check_prices(settings: &QuerySettings) -> Result<()> {
    let has_prices = settings
        .cost
        .as_ref()
        .is_some_and(|cost| cost.core_hour.is_some() || cost.gib_hour.is_some());
    if settings.by.as_deref() == Some("cost") && !has_prices {
        return Err(
            UserError::usage("--by cost needs prices, and none are configured")
                .hint("set core_hour and gib_hour in the section [cost] of the configuration file")
                .into(),
        );
    }
    Ok(())
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
        &filters.spark_version,
    ];
    texts.into_iter().any(Option::is_some)
        || !filters.tags.is_empty()
        || filters.min_duration_ms.is_some()
        || filters.min_core_hours.is_some()
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

fn unknown(kind: Kind, name: &str) -> UserError {
    let command = kind.command();
    let error = UserError::usage(format!("there is no {} `{name}`", kind.noun()));
    match nearest(kind, name) {
        Some(nearest) => error.hint(format!("did you mean `shh {command} {nearest}`?")),
        None => error.hint(format!("`shh {command}` lists them")),
    }
}
