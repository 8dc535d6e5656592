//! New names for what is in the file already, when the rules for jobs and tags have changed.

use anyhow::{Context, Result};
use duckdb::params;

use super::Draft;
use super::publish::explain_full;
use crate::fold::rows::ConfRow;

const NAMING: &str = include_str!("../../queries/store/naming.sql");
const SET_NAMING: &str = include_str!("../../queries/store/set_naming.sql");
const NAMES_TO_CHECK: &str = include_str!("../../queries/store/names_to_check.sql");
const CREATE_RENAMED: &str = include_str!("../../queries/store/create_renamed.sql");
const APPLY_RENAMED: &str = include_str!("../../queries/store/apply_renamed.sql");

impl Draft {
    /// Names every application anew if it was named by other rules: `name` gives job and tags from an
    /// application's name and its kept configuration. Answers whether there was anything to name.
    ///
    /// # Errors
    /// When the copy cannot be read or written.
    pub fn rename(
        &self,
        fingerprint: &str,
        name: impl Fn(&str, &[ConfRow]) -> (String, Option<String>),
    ) -> Result<bool> {
        let conn = self.conn();
        let known: String = conn.query_row(NAMING, [], |row| row.get(0))?;
        if known == fingerprint {
            return Ok(false);
        }
        conn.execute_batch(CREATE_RENAMED)?;
        let mut is_any = false;
        {
            let mut renamed = conn.appender("renamed")?;
            let mut add = |(app_key, app_name): (i64, String), conf: &[ConfRow]| {
                let (job, tags) = name(&app_name, conf);
                renamed.append_row(params![app_key, job, tags])
            };
            let mut statement = conn.prepare(NAMES_TO_CHECK)?;
            let mut rows = statement.query([])?;
            let mut current: Option<(i64, String)> = None;
            let mut conf = Vec::new();
            while let Some(row) = rows.next()? {
                let app_key = row.get(0)?;
                if current.as_ref().is_none_or(|(key, _)| *key != app_key) {
                    if let Some(done) = current.replace((app_key, row.get(1)?)) {
                        add(done, &conf)?;
                    }
                    conf.clear();
                }
                if let (Some(key), Some(value)) = (row.get(2)?, row.get(3)?) {
                    conf.push(ConfRow { key, value });
                }
                is_any = true;
            }
            if let Some(done) = current {
                add(done, &conf)?;
            }
            renamed.flush()?;
        }
        conn.execute_batch(APPLY_RENAMED)
            .map_err(explain_full)
            .context("cannot write new names of jobs and tags")?;
        conn.execute(SET_NAMING, params![fingerprint])?;
        Ok(is_any)
    }
}
