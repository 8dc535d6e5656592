//! What all cluster applications held together, minute by minute: the one table that no application can
//! fill alone. Refreshed for the days that an ingest touched.

use anyhow::Result;
use duckdb::{Connection, params};

use super::publish::explain_full;

const HELD_LIVES: &str = include_str!("../../queries/store/held_lives.sql");
const DELETE_MINUTES: &str = include_str!("../../queries/store/delete_minutes.sql");

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

/// Something held from one time to another.
#[derive(Debug, Clone, Copy)]
struct Held {
    start_ms: i64,
    end_ms: i64,
    cores: f64,
    memory_gib: f64,
    executors: f64,
    applications: f64,
}

/// Sums over everything held at one instant.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Level {
    cores: f64,
    memory_gib: f64,
    executors: f64,
    applications: f64,
}

/// One minute: the mean (weighted by time) and the highest instant.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Minute {
    start_ms: i64,
    mean: Level,
    peak: Level,
}

/// The begin of the day (UTC) of a moment, ms since the epoch.
pub(super) fn day_of(time_ms: i64) -> i64 {
    time_ms.div_euclid(DAY_MS) * DAY_MS
}

/// Computes the minutes of days anew, each given by its begin. A day at a time, so that memory is bounded by what a
/// day holds.
pub(super) fn refresh(conn: &Connection, days_ms: &[i64]) -> Result<()> {
    let mut statement = conn.prepare(HELD_LIVES)?;
    let mut delete = conn.prepare(DELETE_MINUTES)?;
    for days in days_ms.chunk_by(|day_ms, next_ms| day_ms + DAY_MS == *next_ms) {
        if let (Some(first_ms), Some(last_ms)) = (days.first(), days.last()) {
            delete
                .execute(params![first_ms, last_ms + DAY_MS])
                .map_err(explain_full)?;
        }
    }
    let mut appender = conn.appender("fleet_minutes")?;
    for &day_ms in days_ms {
        let mut held = Vec::new();
        let mut rows = statement.query(params![day_ms, day_ms + DAY_MS, day_ms, day_ms + DAY_MS])?;
        while let Some(row) = rows.next()? {
            held.push(Held {
                start_ms: row.get::<_, i64>(0)?.max(day_ms),
                end_ms: row.get::<_, i64>(1)?.min(day_ms + DAY_MS),
                cores: row.get(2)?,
                memory_gib: row.get(3)?,
                executors: row.get(4)?,
                applications: row.get(5)?,
            });
        }
        for minute in minutes(&held) {
            appender
                .append_row(params![
                    duckdb::types::Value::Timestamp(duckdb::types::TimeUnit::Millisecond, minute.start_ms),
                    minute.mean.cores,
                    minute.peak.cores,
                    minute.mean.memory_gib,
                    minute.peak.memory_gib,
                    minute.mean.executors,
                    minute.peak.executors,
                    minute.mean.applications,
                    minute.peak.applications,
                ])
                .map_err(explain_full)?;
        }
    }
    appender.flush().map_err(explain_full)?;
    Ok(())
}

impl Level {
    fn add(&mut self, held: &Held, sign: f64) {
        self.cores += sign * held.cores;
        self.memory_gib += sign * held.memory_gib;
        self.executors += sign * held.executors;
        self.applications += sign * held.applications;
    }

    fn add_share(&mut self, level: &Level, share: f64) {
        self.cores += level.cores * share;
        self.memory_gib += level.memory_gib * share;
        self.executors += level.executors * share;
        self.applications += level.applications * share;
    }

    fn raise(&mut self, level: &Level) {
        self.cores = self.cores.max(level.cores);
        self.memory_gib = self.memory_gib.max(level.memory_gib);
        self.executors = self.executors.max(level.executors);
        self.applications = self.applications.max(level.applications);
    }
}

/// Every minute in which anything was held, in order. At equal milliseconds releases go before holds.
fn minutes(held: &[Held]) -> Vec<Minute> {
    let mut changes: Vec<(i64, bool, u32)> = Vec::with_capacity(held.len() * 2);
    for (place, one) in held
        .iter()
        .enumerate()
        .filter(|(_, one)| one.start_ms < one.end_ms)
    {
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        changes.push((one.start_ms, true, place));
        changes.push((one.end_ms, false, place));
    }
    changes.sort_unstable();
    let mut minutes: Vec<Minute> = Vec::new();
    let mut level = Level::default();
    let mut holders = 0_usize;
    let mut now_ms = changes.first().map_or(0, |(time_ms, _, _)| *time_ms);
    for (time_ms, is_start, place) in changes {
        while now_ms < time_ms && holders > 0 {
            let start_ms = now_ms.div_euclid(MINUTE_MS) * MINUTE_MS;
            let to_ms = time_ms.min(start_ms + MINUTE_MS);
            if minutes.last().is_none_or(|minute| minute.start_ms != start_ms) {
                minutes.push(Minute {
                    start_ms,
                    ..Minute::default()
                });
            }
            if let Some(minute) = minutes.last_mut() {
                #[expect(clippy::cast_precision_loss, reason = "at most a minute")]
                minute
                    .mean
                    .add_share(&level, (to_ms - now_ms) as f64 / MINUTE_MS as f64);
                minute.peak.raise(&level);
            }
            now_ms = to_ms;
        }
        now_ms = time_ms;
        let one = &held[place as usize];
        level.add(one, if is_start { 1.0 } else { -1.0 });
        holders = if is_start { holders + 1 } else { holders - 1 };
        if holders == 0 {
            // No rounding is carried over into the next busy time.
            level = Level::default();
        }
    }
    minutes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(start_ms: i64, end_ms: i64, cores: f64) -> Held {
        Held {
            start_ms,
            end_ms,
            cores,
            memory_gib: 0.0,
            executors: 1.0,
            applications: 0.0,
        }
    }

    #[test]
    fn means_are_weighted_by_time_and_peaks_are_instants() {
        let minutes = minutes(&[
            held(0, 90_000, 4.0),
            held(30_000, 60_000, 2.0),
            held(60_000, 61_000, 8.0),
        ]);
        let cores: Vec<(i64, f64, f64)> = minutes
            .iter()
            .map(|minute| (minute.start_ms, minute.mean.cores, minute.peak.cores))
            .collect();
        assert_eq!(cores, [(0, 5.0, 6.0), (60_000, 2.0 + 8.0 / 60.0, 12.0)]);
    }

    #[test]
    fn nothing_held_is_no_minute() {
        assert_eq!(minutes(&[held(5, 5, 1.0)]), []);
        assert_eq!(minutes(&[held(0, 1, 1.0), held(600_000, 600_001, 1.0)]).len(), 2);
    }
}
