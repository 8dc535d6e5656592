//! `taskSummary`, and the distributions over the tasks and executors of a stage attempt.

use super::answer::Refused;
use super::json::Json;
use super::now::Now;
use super::parameters::java_double;
use super::tasks::{getting_result_ms, scheduler_delay_ms};
use crate::event::detail::{METRIC_NAMES, Values};
use crate::replay::{ExecutorWork, NUM_VALUES, Stage, Task, TaskStatus, place};

/// Reads a list of quantiles, in the order in which they are answered.
pub(super) fn parse(text: &str) -> Result<Vec<f64>, Refused> {
    let mut pieces: Vec<&str> = text.split(',').collect();
    // Java drops what is empty at the end of a list, though not a list of nothing.
    if pieces.len() > 1 {
        while pieces.last() == Some(&"") {
            pieces.pop();
        }
    }
    let mut quantiles = pieces
        .into_iter()
        .map(|piece| {
            java_double(piece).ok_or_else(|| {
                Refused::Bad(format!(
                    "Bad value for parameter \"quantiles\".  Expected a double, got \"{piece}\""
                ))
            })
        })
        .collect::<Result<Vec<f64>, _>>()?;
    quantiles.sort_by(f64::total_cmp);
    Ok(quantiles)
}

/// Where each quantile stands among `count` values.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "as Java casts: saturating, and nothing for what is no number"
)]
fn places(quantiles: &[f64], count: usize) -> Vec<i64> {
    let last = i64::try_from(count).unwrap_or(i64::MAX) - 1;
    quantiles
        .iter()
        .map(|q| ((q * count as f64) as i64).min(last))
        .collect()
}

/// Numbers of the tasks of a stage attempt.
pub(super) struct TaskColumns {
    /// How many tasks succeeded.
    count: usize,
    /// Sorted, for each of a task's numbers those of the tasks that succeeded.
    values: Vec<Vec<i64>>,
    read_bytes: Vec<i64>,
    blocks: Vec<i64>,
    /// Of all tasks, also those that failed: Spark counts positions among those that succeeded all the same.
    duration: Vec<i64>,
    scheduler_delay: Vec<i64>,
    getting_result: Vec<i64>,
}

impl TaskColumns {
    /// `None` if no task succeeded.
    pub(super) fn of(tasks: &[Task], now: &Now) -> Option<Self> {
        let mut columns = TaskColumns {
            count: 0,
            values: vec![Vec::new(); NUM_VALUES],
            read_bytes: Vec::new(),
            blocks: Vec::new(),
            duration: Vec::new(),
            scheduler_delay: Vec::new(),
            getting_result: Vec::new(),
        };
        for task in tasks {
            columns.duration.push(task.duration_ms);
            let Some(values) = task.values.as_ref().map(crate::replay::Packed::unpack) else {
                continue;
            };
            columns
                .scheduler_delay
                .push(scheduler_delay_ms(task, &values, now));
            columns.getting_result.push(getting_result_ms(task, now));
            if task.status == TaskStatus::Success {
                columns.add(&values);
            }
        }
        if columns.count == 0 {
            return None;
        }
        let columns_of_values = columns.values.iter_mut();
        for column in columns_of_values.chain([
            &mut columns.read_bytes,
            &mut columns.blocks,
            &mut columns.duration,
            &mut columns.scheduler_delay,
            &mut columns.getting_result,
        ]) {
            column.retain(|value| *value >= 0);
            column.sort_unstable();
        }
        Some(columns)
    }

    fn add(&mut self, values: &Values) {
        let v = &values.0;
        if v[place::RUN_TIME] >= 0 {
            self.count += 1;
        }
        for (column, value) in self.values.iter_mut().zip(v) {
            column.push(*value);
        }
        self.read_bytes
            .push(v[place::LOCAL_BYTES].wrapping_add(v[place::REMOTE_BYTES]));
        self.blocks
            .push(v[place::LOCAL_BLOCKS].wrapping_add(v[place::REMOTE_BLOCKS]));
    }

    pub(super) fn write(&self, json: &mut Json, quantiles: &[f64]) {
        let places = places(quantiles, self.count);
        let chosen = |json: &mut Json, key: &str, column: &[i64]| {
            json.key(key).list(walk(column, &places), Json::double);
        };
        let value = |json: &mut Json, key: &str, at: usize| chosen(json, key, &self.values[at]);
        json.object(|json| {
            json.key("quantiles").list(quantiles, |json, q| json.double(*q));
            chosen(json, "duration", &self.duration);
            value(json, "executorDeserializeTime", place::DESERIALIZE_TIME);
            value(json, "executorDeserializeCpuTime", place::DESERIALIZE_CPU_TIME);
            value(json, "executorRunTime", place::RUN_TIME);
            value(json, "executorCpuTime", place::CPU_TIME);
            value(json, "resultSize", place::RESULT_SIZE);
            value(json, "jvmGcTime", place::GC_TIME);
            value(json, "resultSerializationTime", place::SERIALIZATION_TIME);
            chosen(json, "gettingResultTime", &self.getting_result);
            chosen(json, "schedulerDelay", &self.scheduler_delay);
            value(json, "peakExecutionMemory", place::PEAK_MEMORY);
            value(json, "memoryBytesSpilled", place::MEMORY_SPILLED);
            value(json, "diskBytesSpilled", place::DISK_SPILLED);
            json.key("inputMetrics").object(|json| {
                value(json, "bytesRead", place::INPUT_BYTES);
                value(json, "recordsRead", place::INPUT_RECORDS);
            });
            json.key("outputMetrics").object(|json| {
                value(json, "bytesWritten", place::OUTPUT_BYTES);
                value(json, "recordsWritten", place::OUTPUT_RECORDS);
            });
            json.key("shuffleReadMetrics").object(|json| {
                chosen(json, "readBytes", &self.read_bytes);
                value(json, "readRecords", place::READ_RECORDS);
                value(json, "remoteBlocksFetched", place::REMOTE_BLOCKS);
                value(json, "localBlocksFetched", place::LOCAL_BLOCKS);
                value(json, "fetchWaitTime", place::FETCH_WAIT);
                value(json, "remoteBytesRead", place::REMOTE_BYTES);
                value(json, "remoteBytesReadToDisk", place::REMOTE_BYTES_TO_DISK);
                chosen(json, "totalBlocksFetched", &self.blocks);
                value(json, "remoteReqsDuration", place::REMOTE_REQUESTS);
                json.key("shufflePushReadMetricsDist").object(|json| {
                    for (offset, key) in PUSHED.iter().enumerate() {
                        value(json, key, place::PUSHED + offset);
                    }
                });
            });
            json.key("shuffleWriteMetrics").object(|json| {
                value(json, "writeBytes", place::WRITE_BYTES);
                value(json, "writeRecords", place::WRITE_RECORDS);
                value(json, "writeTime", place::WRITE_TIME);
            });
        });
    }
}

/// The numbers of push-based shuffle, as they follow each other.
pub(super) const PUSHED: [&str; 9] = [
    "corruptMergedBlockChunks",
    "mergedFetchFallbackCount",
    "remoteMergedBlocksFetched",
    "localMergedBlocksFetched",
    "remoteMergedChunksFetched",
    "localMergedChunksFetched",
    "remoteMergedBytesRead",
    "localMergedBytesRead",
    "remoteMergedReqsDuration",
];

/// The values at these places, as Spark comes by them: it walks through the sorted values once, forwards only, so
/// that a place before the one where it stands gives the next value.
#[expect(clippy::cast_precision_loss, reason = "as Java makes a double of a long")]
fn walk(column: &[i64], places: &[i64]) -> Vec<f64> {
    let mut current = -1_i64;
    let mut taken = 0_usize;
    let mut last = f64::NAN;
    places
        .iter()
        .map(|place| {
            if *place != current {
                let skipped = usize::try_from(place.saturating_sub(current).saturating_sub(1)).unwrap_or(0);
                current = *place;
                taken = taken.saturating_add(skipped).min(column.len());
                let Some(value) = column.get(taken) else {
                    return f64::NAN;
                };
                taken += 1;
                last = *value as f64;
            }
            last
        })
        .collect()
}

/// The distributions over the executors of a stage attempt; `None` if it had none.
///
/// # Errors
/// For quantiles below 0, at which Spark fails.
pub(super) fn executors(json: &mut Json, key: &str, stage: &Stage, quantiles: &[f64]) -> Result<(), Refused> {
    let work: Vec<&ExecutorWork> = stage.work.values().collect();
    if work.is_empty() {
        return Ok(());
    }
    let peaks: Vec<_> = work.iter().filter_map(|work| work.peaks.get()).collect();
    if places(quantiles, work.len()).iter().any(|place| *place < 0) {
        return Err(Refused::Mistake("a quantile is not below 0"));
    }
    type Number = fn(&ExecutorWork) -> i64;
    let numbers: [(&str, Number); 14] = [
        ("taskTime", |work| work.task_ms),
        ("failedTasks", |work| work.failed),
        ("succeededTasks", |work| work.succeeded),
        ("killedTasks", |work| work.killed),
        ("inputBytes", |work| work.input_bytes),
        ("inputRecords", |work| work.input_records),
        ("outputBytes", |work| work.output_bytes),
        ("outputRecords", |work| work.output_records),
        ("shuffleRead", |work| work.shuffle_read_bytes),
        ("shuffleReadRecords", |work| work.shuffle_read_records),
        ("shuffleWrite", |work| work.shuffle_write_bytes),
        ("shuffleWriteRecords", |work| work.shuffle_write_records),
        ("memoryBytesSpilled", |work| work.memory_spilled),
        ("diskBytesSpilled", |work| work.disk_spilled),
    ];
    json.key(key).object(|json| {
        json.key("quantiles").list(quantiles, |json, q| json.double(*q));
        for (name, number) in numbers {
            let column = work.iter().map(|work| number(work)).collect();
            json.key(name).list(at(column, quantiles), Json::double);
        }
        json.key("peakMemoryMetrics").object(|json| {
            for (place, name) in METRIC_NAMES.iter().enumerate() {
                let column = peaks.iter().map(|peaks| peaks.0[place]).collect();
                json.key(name).list(at(column, quantiles), Json::double);
            }
        });
    });
    Ok(())
}

/// The values at the quantiles; zeros of nothing.
#[expect(clippy::cast_precision_loss, reason = "as Java makes a double of a long")]
fn at(mut column: Vec<i64>, quantiles: &[f64]) -> Vec<f64> {
    column.sort_unstable();
    places(quantiles, column.len())
        .into_iter()
        .map(|place| {
            let place = usize::try_from(place).unwrap_or(0);
            column.get(place).map_or(0.0, |value| *value as f64)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_taken_apart_as_java_does() {
        assert_eq!(parse("1.0,0.5").unwrap(), [0.5, 1.0]);
        assert_eq!(parse("0.5,,").unwrap(), [0.5]);
        assert_eq!(parse(",").unwrap(), [0.0; 0]);
        assert!(parse("").is_err() && parse("1,,2").is_err());
        assert_eq!(
            parse("foo"),
            Err(Refused::Bad(
                "Bad value for parameter \"quantiles\".  Expected a double, got \"foo\"".to_owned()
            ))
        );
    }

    #[test]
    fn failed_tasks_shift_what_is_counted_with_them() {
        // Four tasks succeeded, four failed.
        let durations = [114, 116, 123, 123, 124, 125, 651, 654];
        let places = places(&[0.0, 0.25, 0.5, 0.75, 1.0], 4);
        assert_eq!(walk(&durations, &places), [114.0, 116.0, 123.0, 123.0, 123.0]);
    }

    #[test]
    fn beyond_the_ends() {
        let places = places(&[-1.0, 0.5, f64::INFINITY], 4);
        assert_eq!(places, [-4, 2, 3]);
        assert_eq!(walk(&[1, 2, 3], &[]), [0.0; 0]);
        assert!(walk(&[1], &[5])[0].is_nan());
    }
}
