//! What was read: one row for each log, so that a second run opens nothing that did not change.

use std::path::Path;

use anyhow::Result;
use duckdb::{Connection, params};

use super::{Limits, open_read_only};
use crate::fold::rows::{Cell, Row};

/// Raised whenever the same log would yield other rows than before: logs that an older parser read are
/// read again.
pub const PARSER_VERSION: i64 = 1;

const CREATE_SEEN: &str = include_str!("../../queries/store/create_seen.sql");
const CHANGED_LOGS: &str = include_str!("../../queries/store/changed_logs.sql");

/// What listing says of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub path: String,
    pub facts: Known,
}

/// The facts that tell whether a log has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// All its files were looked at.
    Files { size_bytes: i64, modified_ms: i64, last_index: Option<i64>, in_progress: bool },
    /// Only the modification time of the rolling directory is known. That suffices for a finished log:
    /// nothing in it grows, and whatever is added, removed or renamed touches the directory.
    Directory { modified_ms: i64 },
}

/// Whether a log has to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Unchanged,
    Read,
}

/// A row of the table `logs`.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the table's column comments say what each field is")]
pub struct LogEntry {
    pub path: String,
    pub app_key: Option<i64>,
    pub app_id: Option<String>,
    pub attempt: Option<String>,
    pub outcome: &'static str,
    pub message: Option<String>,
    pub codec: Option<&'static str>,
    pub rolling: bool,
    pub compacted: bool,
    pub in_progress: bool,
    pub files: i64,
    pub last_index: Option<i64>,
    pub size_bytes: i64,
    pub modified_ms: i64,
    pub directory_modified_ms: Option<i64>,
    pub decoded_bytes: i64,
    pub events: i64,
    pub malformed_lines: i64,
    pub oversized_lines: i64,
    pub has_end: bool,
    pub last_event_ms: Option<i64>,
    pub ingest_id: i64,
}

impl Row for LogEntry {
    const TABLE: &'static str = "logs";
    const COLUMNS: &'static [&'static str] = &[
        "path",
        "app_key",
        "app_id",
        "attempt",
        "outcome",
        "message",
        "codec",
        "rolling",
        "compacted",
        "in_progress",
        "files",
        "last_index",
        "size_bytes",
        "modified_ms",
        "directory_modified_ms",
        "decoded_bytes",
        "events",
        "malformed_lines",
        "oversized_lines",
        "has_end",
        "last_event",
        "parser_version",
        "ingest_id",
    ];

    fn cells<'a>(&'a self, out: &mut Vec<Cell<'a>>) {
        let text = |value: &'a Option<String>| value.as_deref().map_or(Cell::Null, Cell::Text);
        let int = |value: Option<i64>| value.map_or(Cell::Null, Cell::Int);
        out.extend([
            Cell::Text(&self.path),
            int(self.app_key),
            text(&self.app_id),
            text(&self.attempt),
            Cell::Text(self.outcome),
            text(&self.message),
            self.codec.map_or(Cell::Null, Cell::Text),
            Cell::Bool(self.rolling),
            Cell::Bool(self.compacted),
            Cell::Bool(self.in_progress),
            Cell::Int(self.files),
            int(self.last_index),
            Cell::Int(self.size_bytes),
            Cell::Int(self.modified_ms),
            int(self.directory_modified_ms),
            Cell::Int(self.decoded_bytes),
            Cell::Int(self.events),
            Cell::Int(self.malformed_lines),
            Cell::Int(self.oversized_lines),
            Cell::Bool(self.has_end),
            self.last_event_ms.map_or(Cell::Null, Cell::Time),
            Cell::Int(PARSER_VERSION),
            Cell::Int(self.ingest_id),
        ]);
    }
}

/// The published file's ledger, as of the moment it was opened.
#[derive(Debug)]
pub struct Ledger {
    conn: Option<Connection>,
}

impl Ledger {
    /// Opens the ledger; a database that does not exist yet knows no log.
    pub fn open(database: &Path, limits: Limits) -> Result<Self> {
        if !database.try_exists()? {
            return Ok(Ledger { conn: None });
        }
        let conn = open_read_only(database, limits)?;
        conn.execute_batch(CREATE_SEEN)?;
        Ok(Ledger { conn: Some(conn) })
    }

    /// For each candidate whether it has to be read.
    pub fn judge(&self, candidates: &[Candidate]) -> Result<Vec<Verdict>> {
        let Some(conn) = &self.conn else { return Ok(vec![Verdict::Read; candidates.len()]) };
        conn.execute_batch("delete from seen")?;
        let mut appender = conn.appender("seen")?;
        for (place, candidate) in candidates.iter().enumerate() {
            let place = i64::try_from(place)?;
            match candidate.facts {
                Known::Files { size_bytes, modified_ms, last_index, in_progress } => appender.append_row(params![
                    place,
                    candidate.path,
                    size_bytes,
                    modified_ms,
                    last_index,
                    in_progress,
                    None::<i64>
                ])?,
                Known::Directory { modified_ms } => appender.append_row(params![
                    place,
                    candidate.path,
                    None::<i64>,
                    None::<i64>,
                    None::<i64>,
                    false,
                    modified_ms
                ])?,
            }
        }
        appender.flush()?;
        let mut verdicts = vec![Verdict::Unchanged; candidates.len()];
        let mut statement = conn.prepare(CHANGED_LOGS)?;
        let mut rows = statement.query(params![PARSER_VERSION])?;
        while let Some(row) = rows.next()? {
            let place: i64 = row.get(0)?;
            if let Some(verdict) = usize::try_from(place).ok().and_then(|place| verdicts.get_mut(place)) {
                *verdict = Verdict::Read;
            }
        }
        Ok(verdicts)
    }
}
