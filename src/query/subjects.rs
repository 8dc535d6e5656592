//! What a question is about has to be there: an answer about nothing would look like one.

use anyhow::Result;
use duckdb::types::Value as SqlValue;

use super::parameters::{Parameters, named};
use super::registry::Query;
use super::session::Session;
use crate::error::UserError;
use crate::settings::Subject;

const KNOWN_SUBJECT: &str = include_str!("../../queries/trust/known_subject.sql");

impl Session {
    /// # Errors
    /// When one of two things to compare is neither an application nor a job of the database.
    pub(super) fn check_subjects(&self, query: &Query, parameters: &Parameters) -> Result<()> {
        // Of one application its life is looked up, which tells as well.
        let names = parameters.subjects.iter().filter_map(|subject| match subject {
            Subject::Name(name) if !query.is_about_one_app => Some(name),
            _ => None,
        });
        for name in names {
            let values = [("name", SqlValue::Text(name.clone()))];
            let is_known: bool = self
                .conn
                .prepare(KNOWN_SUBJECT)?
                .query_row(&*named(KNOWN_SUBJECT, &values), |row| row.get(0))?;
            if !is_known {
                return Err(unknown("application or job", name).into());
            }
        }
        Ok(())
    }
}

pub(super) fn unknown(what: &str, name: &str) -> UserError {
    UserError::not_found(format!(
        "there is no {what} `{}` in the database",
        crate::fold::display_text(name, 100)
    ))
    .hint("its log may not have been read yet, or it was pruned: `report apps` and `report jobs` list what is there")
}
