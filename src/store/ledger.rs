//! What was read: one row for each log, so that a second run opens nothing that did not change.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::path::Path;

use anyhow::Result;
use duckdb::params;
use duckdb::types::ValueRef;
use foldhash::fast::RandomState;

use super::{Limits, open_to_update};
use crate::fold::rows::{Cell, CellKind, Row};

/// Raised whenever the same log would yield other rows than before: logs that an older parser read are
/// read again.
pub const PARSER_VERSION: i64 = 3;

const NAMING: &str = include_str!("../../queries/store/naming.sql");
const KNOWN_LOGS: &str = include_str!("../../queries/store/known_logs.sql");

/// What listing says of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate<'a> {
    pub path: &'a str,
    pub facts: Known,
}

/// The facts that tell whether a log has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// All its files were looked at.
    Files {
        size_bytes: i64,
        modified_ms: i64,
        last_index: Option<i64>,
        in_progress: bool,
    },
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
    pub decoded_bytes: Option<i64>,
    pub events: Option<i64>,
    pub malformed_lines: Option<i64>,
    pub oversized_lines: Option<i64>,
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

    const KINDS: &'static [CellKind] = {
        use CellKind::{Bool, Int, Text, Time};
        &[
            Text, Int, Text, Text, Text, Text, Text, Bool, Bool, Bool, Int, Int, Int, Int, Int, Int, Int,
            Int, Int, Bool, Time, Int, Int,
        ]
    };

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
            int(self.decoded_bytes),
            int(self.events),
            int(self.malformed_lines),
            int(self.oversized_lines),
            Cell::Bool(self.has_end),
            self.last_event_ms.map_or(Cell::Null, Cell::Time),
            Cell::Int(PARSER_VERSION),
            Cell::Int(self.ingest_id),
        ]);
    }
}

/// The published file's ledger, as of the moment it was opened: for each path the facts of its last
/// reading. Paths are kept as hashes, so that a million logs are a few dozen megabytes.
#[derive(Debug, Default)]
pub struct Ledger {
    known: HashMap<u64, Facts, RandomState>,
    hasher: RandomState,
    naming: Option<String>,
    is_of_older_schema: bool,
}

#[derive(Debug, Clone, Copy)]
struct Facts {
    size_bytes: i64,
    modified_ms: i64,
    last_index: Option<i64>,
    in_progress: bool,
    directory_modified_ms: Option<i64>,
    is_pruned: bool,
}

impl Ledger {
    /// Reads the ledger; a database that does not exist yet knows no log.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn open(database: &Path, limits: Limits) -> Result<Self> {
        let mut ledger = Ledger::default();
        if !database.try_exists()? {
            return Ok(ledger);
        }
        let (conn, is_older) = open_to_update(database, limits)?;
        ledger.is_of_older_schema = is_older;
        ledger.naming = Some(conn.query_row(NAMING, [], |row| row.get(0))?);
        let mut statement = conn.prepare(KNOWN_LOGS)?;
        let mut rows = statement.query(params![PARSER_VERSION])?;
        while let Some(row) = rows.next()? {
            let ValueRef::Text(path) = row.get_ref(0)? else {
                continue;
            };
            let facts = Facts {
                size_bytes: row.get(1)?,
                modified_ms: row.get(2)?,
                last_index: row.get(3)?,
                in_progress: row.get(4)?,
                directory_modified_ms: row.get(5)?,
                is_pruned: row.get(6)?,
            };
            let hash = ledger.hasher.hash_one(path);
            ledger.known.insert(hash, facts);
        }
        Ok(ledger)
    }

    /// The rules by which what is in the file was named; `None` without a file.
    pub fn naming(&self) -> Option<&str> {
        self.naming.as_deref()
    }

    /// Whether the file is to be brought to the current schema.
    pub fn is_of_older_schema(&self) -> bool {
        self.is_of_older_schema
    }

    /// Every log is to be read again, except those whose applications were pruned.
    pub fn forget_all_but_pruned(&mut self) {
        self.known.retain(|_, facts| facts.is_pruned);
    }

    /// Whether a log has to be read.
    pub fn judge(&self, candidate: &Candidate) -> Verdict {
        let Some(known) = self.known.get(&self.hasher.hash_one(candidate.path.as_bytes())) else {
            return Verdict::Read;
        };
        let is_unchanged = match candidate.facts {
            Known::Directory { modified_ms } => known.directory_modified_ms == Some(modified_ms),
            Known::Files {
                size_bytes,
                modified_ms,
                last_index,
                in_progress,
            } => {
                (
                    known.size_bytes,
                    known.modified_ms,
                    known.last_index,
                    known.in_progress,
                ) == (size_bytes, modified_ms, last_index, in_progress)
            }
        };
        if is_unchanged {
            Verdict::Unchanged
        } else {
            Verdict::Read
        }
    }
}
