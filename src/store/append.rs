//! Folded logs into the copy, a batch at a time.

use std::collections::{HashMap, HashSet};

use anyhow::Result;
use duckdb::types::{TimeUnit, Value};
use duckdb::{Connection, params};

use super::columns::Columns;
use super::publish::explain_full;
use super::{Draft, LogEntry};
use crate::fold::AppRows;
use crate::fold::rows::{Cell, Row};

const CREATE_INCOMING: &str = include_str!("../../queries/store/create_incoming.sql");
const EXISTING: &str = include_str!("../../queries/store/existing.sql");
const DELETE_REPLACED: &str = include_str!("../../queries/store/delete_replaced.sql");
const DELETE_LOGS: &str = include_str!("../../queries/store/delete_logs.sql");
const FORGET_DUPLICATES: &str = include_str!("../../queries/store/forget_duplicates.sql");
const DEMOTE_LOGS: &str = include_str!("../../queries/store/demote_logs.sql");
const NEXT_APP_KEY: &str = include_str!("../../queries/store/next_app_key.sql");

/// One log that was read: its ledger row and, if it named an application, the application's rows.
#[derive(Debug)]
pub struct LogRows {
    pub entry: LogEntry,
    pub rows: Option<AppRows>,
}

/// What a batch brought.
#[derive(Debug, Clone, Copy, Default)]
pub struct Appended {
    /// Application attempts that were written.
    pub applications: u64,
    /// Logs whose applications ended before the limit of a prune: only remembered, so that they are not
    /// read again.
    pub pruned: u64,
}

/// Logs to be written together.
#[derive(Debug, Default)]
pub struct Batch {
    pub logs: Vec<LogRows>,
    rows: usize,
}

impl Batch {
    pub fn push(&mut self, log: LogRows) {
        self.rows += 1 + log.rows.as_ref().map_or(0, num_rows);
        self.logs.push(log);
    }

    /// Rows that the batch will write, over all tables.
    pub fn num_rows(&self) -> usize {
        self.rows
    }
}

fn num_rows(rows: &AppRows) -> usize {
    1 + rows.executors.len()
        + rows.jobs.len()
        + rows.stages.len()
        + rows.sql_executions.len()
        + rows.failures.len()
        + rows.conf.len()
        + rows.resource_profiles.len()
        + rows.usage.len()
}

/// How one of several logs of the same application attempt is preferred: with an end, then the later last
/// event, then more events, then the undamaged one, then the first path.
type Preference = (bool, Option<i64>, i64, bool, std::cmp::Reverse<String>);

fn preference(entry: &LogEntry) -> Preference {
    let is_whole = entry.outcome != "damaged";
    (
        entry.has_end,
        entry.last_event_ms,
        entry.events.unwrap_or(0),
        is_whole,
        std::cmp::Reverse(entry.path.clone()),
    )
}

impl Draft {
    /// Writes a batch, within the one transaction of the ingest. Logs of
    /// an attempt that is there already replace its rows, unless the attempt's other log is the better
    /// one. `is_gone` says whether a log of the ledger is no longer where it was.
    ///
    /// # Errors
    /// When the database cannot be written; the copy is then of no use.
    pub fn append(&self, batch: Batch, is_gone: &dyn Fn(&str) -> bool) -> Result<Appended> {
        let conn = self.conn();
        let mut logs = batch.logs;
        let pruned = self
            .pruned_before_ms()
            .map_or(0, |limit_ms| leave_pruned(&mut logs, limit_ms));
        // Rows lie physically in time order, so that a window over time reads a part of the file.
        logs.sort_by_key(|log| {
            log.rows
                .as_ref()
                .map(|rows| (rows.app.start, rows.app.app_id.clone()))
        });
        prefer_within(&mut logs);
        let existing = existing(conn, &logs)?;
        self.resolve(&mut logs, &existing, is_gone)?;
        let apps: Vec<(i64, &AppRows)> = logs
            .iter()
            .filter_map(|log| log.entry.app_key.zip(log.rows.as_ref()))
            .collect();
        append_apps(conn, &apps)?;
        conn.execute_batch(DELETE_LOGS).map_err(explain_full)?;
        let mut columns = Columns::of::<LogEntry>();
        let mut cells = Vec::new();
        for log in &logs {
            cells.clear();
            log.entry.cells(&mut cells);
            columns.push(conn, &cells)?;
        }
        columns.flush(conn)?;
        Ok(Appended {
            applications: apps.len() as u64,
            pruned,
        })
    }

    /// Gives each log its application's key, or makes it a duplicate.
    fn resolve(
        &self,
        logs: &mut [LogRows],
        existing: &HashMap<usize, Existing>,
        is_gone: &dyn Fn(&str) -> bool,
    ) -> Result<()> {
        let conn = self.conn();
        let mut next_key: i64 = conn.query_row(NEXT_APP_KEY, [], |row| row.get(0))?;
        let mut replaced = Vec::new();
        let mut demoted = Vec::new();
        let mut worsened = Vec::new();
        // What the ledger says of a log that is in the batch is no longer so.
        let read_again: HashSet<String> = logs.iter().map(|log| log.entry.path.clone()).collect();
        for (place, log) in logs.iter_mut().enumerate() {
            if log.rows.is_none() {
                continue;
            }
            let Some(existing) = existing.get(&place) else {
                log.entry.app_key = Some(next_key);
                next_key += 1;
                continue;
            };
            let was_better = |rank: &Preference| *rank > preference(&log.entry);
            match existing.preference.as_ref() {
                Some((path, rank)) if read_again.contains(path) && was_better(rank) => {
                    worsened.push((log.entry.app_id.clone(), log.entry.attempt.clone()));
                }
                Some((path, _)) if read_again.contains(path) => {}
                Some((path, rank)) if !is_gone(path) && was_better(rank) => {
                    make_duplicate(log, path);
                    continue;
                }
                Some((path, _)) => demoted.push((path.clone(), log.entry.path.clone(), is_gone(path))),
                None => {}
            }
            log.entry.app_key = Some(existing.app_key);
            replaced.push(existing.app_key);
        }
        append_keys(conn, "replaced", &replaced)?;
        if !replaced.is_empty() {
            conn.execute_batch(DELETE_REPLACED).map_err(explain_full)?;
        }
        if !worsened.is_empty() {
            let mut appender = conn.appender("worsened")?;
            for (app_id, attempt) in worsened {
                appender.append_row(params![app_id, attempt])?;
            }
            appender.flush().map_err(explain_full)?;
            drop(appender);
            conn.execute_batch(FORGET_DUPLICATES).map_err(explain_full)?;
        }
        if !demoted.is_empty() {
            let mut appender = conn.appender("demoted")?;
            for (path, winner, is_gone) in demoted {
                let used = || format!("another log of the same application attempt is used: {winner}");
                // A log that was moved or renamed is forgotten under its old name.
                let message = (!is_gone).then(used);
                appender.append_row(params![path, message])?;
            }
            appender.flush().map_err(explain_full)?;
            drop(appender);
            conn.execute_batch(DEMOTE_LOGS).map_err(explain_full)?;
        }
        Ok(())
    }
}

/// Applications that ended before the limit of a prune stay out, wherever their logs lie now; of those that
/// lived on, the hours before it do. Answers how many logs this concerns.
fn leave_pruned(logs: &mut [LogRows], limit_ms: i64) -> u64 {
    let mut pruned = 0;
    for log in logs {
        let Some(rows) = &mut log.rows else { continue };
        if rows.app.end.0 < limit_ms {
            log.rows = None;
            log.entry.outcome = "pruned";
            log.entry.message = None;
            log.entry.compacted = false;
            log.entry.malformed_lines = Some(0);
            log.entry.oversized_lines = Some(0);
            pruned += 1;
        } else {
            rows.usage.retain(|usage| usage.hour.0 >= limit_ms);
        }
    }
    pruned
}

fn make_duplicate(log: &mut LogRows, winner: &str) {
    log.rows = None;
    log.entry.outcome = "duplicate";
    let used = format!("another log of the same application attempt is used: {winner}");
    log.entry.message = Some(match log.entry.message.take() {
        Some(problem) => format!("{used}; {problem}"),
        None => used,
    });
}

/// Of several logs of one attempt within a batch only the preferred one keeps its rows.
fn prefer_within(logs: &mut [LogRows]) {
    let mut places: HashMap<(String, Option<String>), Vec<usize>> = HashMap::new();
    for (place, log) in logs.iter().enumerate() {
        if let Some(rows) = &log.rows {
            let key = (rows.app.app_id.clone(), rows.app.attempt.clone());
            places.entry(key).or_default().push(place);
        }
    }
    for places in places.into_values().filter(|places| places.len() > 1) {
        let Some(best) = places
            .iter()
            .copied()
            .max_by_key(|place| preference(&logs[*place].entry))
        else {
            continue;
        };
        let winner = logs[best].entry.path.clone();
        for place in places.into_iter().filter(|place| *place != best) {
            make_duplicate(&mut logs[place], &winner);
        }
    }
}

/// An attempt that the file holds already, and the log it came from.
struct Existing {
    app_key: i64,
    /// Path and rank of the log; `None` if the ledger does not know it any more.
    preference: Option<(String, Preference)>,
}

/// Looks the batch's attempts up, all at once.
fn existing(conn: &Connection, logs: &[LogRows]) -> Result<HashMap<usize, Existing>> {
    conn.execute_batch(CREATE_INCOMING).map_err(explain_full)?;
    let mut appender = conn.appender("incoming")?;
    for (place, log) in logs.iter().enumerate() {
        let app = log.rows.as_ref().map(|rows| &rows.app);
        appender.append_row(params![
            i64::try_from(place)?,
            log.entry.path,
            app.map(|app| app.app_id.as_str()),
            app.and_then(|app| app.attempt.as_deref())
        ])?;
    }
    appender.flush().map_err(explain_full)?;
    drop(appender);
    let mut statement = conn.prepare_cached(EXISTING)?;
    let mut rows = statement.query([])?;
    let mut existing = HashMap::new();
    while let Some(row) = rows.next()? {
        let place: i64 = row.get(0)?;
        let path: Option<String> = row.get(2)?;
        let preference = match path {
            Some(path) => {
                let rank = (
                    row.get(3)?,
                    row.get(4)?,
                    row.get(5)?,
                    row.get(6)?,
                    std::cmp::Reverse(path.clone()),
                );
                Some((path, rank))
            }
            None => None,
        };
        existing.insert(
            usize::try_from(place)?,
            Existing {
                app_key: row.get(1)?,
                preference,
            },
        );
    }
    Ok(existing)
}

fn append_keys(conn: &Connection, table: &str, keys: &[i64]) -> Result<()> {
    if !keys.is_empty() {
        let mut appender = conn.appender(table)?;
        for key in keys {
            appender.append_row([key])?;
        }
        appender.flush().map_err(explain_full)?;
    }
    Ok(())
}

fn append_apps(conn: &Connection, apps: &[(i64, &AppRows)]) -> Result<()> {
    append_table(conn, apps, |rows| std::slice::from_ref(&rows.app))?;
    append_table(conn, apps, |rows| &rows.executors)?;
    append_table(conn, apps, |rows| &rows.jobs)?;
    append_table(conn, apps, |rows| &rows.stages)?;
    append_table(conn, apps, |rows| &rows.sql_executions)?;
    append_table(conn, apps, |rows| &rows.failures)?;
    append_table(conn, apps, |rows| &rows.conf)?;
    append_table(conn, apps, |rows| &rows.resource_profiles)?;
    append_table(conn, apps, |rows| &rows.usage)?;
    if !apps.is_empty() {
        let mut appender = conn.appender("changed")?;
        for (key, rows) in apps {
            appender.append_row(params![
                key,
                rows.app.app_id,
                time(rows.app.start.0),
                time(rows.app.end.0)
            ])?;
        }
        appender.flush().map_err(explain_full)?;
    }
    Ok(())
}

fn append_table<R: Row>(
    conn: &Connection,
    apps: &[(i64, &AppRows)],
    rows: fn(&AppRows) -> &[R],
) -> Result<()> {
    let mut columns = Columns::keyed::<R>();
    let mut cells = Vec::with_capacity(R::COLUMNS.len() + 1);
    for (key, app) in apps {
        for row in rows(app) {
            cells.clear();
            cells.push(Cell::Int(*key));
            row.cells(&mut cells);
            columns.push(conn, &cells)?;
        }
    }
    columns.flush(conn)
}

fn time(ms: i64) -> Value {
    Value::Timestamp(TimeUnit::Millisecond, ms)
}
