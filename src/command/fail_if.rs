//! `--fail-if`: look at every row, tell those for which a condition holds, fail.

use std::borrow::Cow;

use crate::error::Exit;
pub(super) use crate::query::condition::check;
use crate::query::condition::{self, Finding};
use crate::query::table::Table;
use crate::settings::{Condition, Filters, QuerySettings};
use crate::ui::Ui;

/// A few findings are told in full; many would bury the rest.
const MOST_TOLD: usize = 10;

/// The filters that the query is asked with: where there are conditions, all rows are looked at.
pub(super) fn filters<'a>(filters: &'a Filters, conditions: &[Condition]) -> Cow<'a, Filters> {
    if conditions.is_empty() {
        return Cow::Borrowed(filters);
    }
    Cow::Owned(Filters {
        limit: 0,
        ..filters.clone()
    })
}

/// Looks at all rows, then cuts the table to what was asked for.
pub(super) fn findings(table: &mut Table, settings: &QuerySettings) -> Vec<Finding> {
    if settings.fail_if.is_empty() {
        return Vec::new();
    }
    let findings = condition::findings(table, &settings.fail_if);
    let limit = usize::try_from(settings.filters.limit).unwrap_or(usize::MAX);
    if limit > 0 && table.rows.len() > limit {
        table.more_rows = Some(table.rows.len() as u64);
        table.rows.truncate(limit);
    }
    findings
}

/// Says which rows they are, also with `--quiet`. `None` if there are none.
pub(super) fn tell(findings: &[Finding], ui: &Ui) -> Option<Exit> {
    for finding in findings.iter().take(MOST_TOLD) {
        let Finding {
            condition,
            row,
            column,
            value,
        } = finding;
        ui.alarm(&format!("{condition} holds for {row}: {column} is {value}"));
    }
    if findings.len() > MOST_TOLD {
        let more = findings.len() - MOST_TOLD;
        ui.alarm(&format!("a condition holds for {more} more rows"));
    }
    (!findings.is_empty()).then_some(Exit::ConditionHolds)
}
