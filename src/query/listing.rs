//! The applications of the file, as Spark's history server lists them.

use anyhow::Result;

use super::Session;

const LISTING: &str = include_str!("../../queries/serve/listing.sql");

/// An application attempt. Times are milliseconds since the epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedAttempt {
    pub app_id: String,
    pub app_name: String,
    pub attempt: Option<String>,
    pub started_ms: i64,
    /// `None` where its end was not seen, or its log may still grow.
    pub ended_ms: Option<i64>,
    /// When its log was last written to.
    pub modified_ms: i64,
    pub user: String,
    pub spark_version: Option<String>,
    pub exit_code: Option<i64>,
    /// Of the log's file or rolling directory.
    pub path: String,
}

impl Session {
    /// Every application attempt, those whose logs were written to last at the end.
    ///
    /// # Errors
    /// When the database fails.
    pub fn listing(&self) -> Result<Vec<ListedAttempt>> {
        let mut statement = self.conn.prepare(LISTING)?;
        let rows = statement.query_map([], |row| {
            Ok(ListedAttempt {
                app_id: row.get(0)?,
                app_name: row.get(1)?,
                attempt: row.get(2)?,
                started_ms: row.get(3)?,
                ended_ms: row.get(4)?,
                modified_ms: row.get(5)?,
                user: row.get(6)?,
                spark_version: row.get(7)?,
                exit_code: row.get(8)?,
                path: row.get(9)?,
            })
        })?;
        Ok(rows.collect::<duckdb::Result<_>>()?)
    }
}
