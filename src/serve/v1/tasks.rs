//! `taskList`, and a task wherever one is shown.

use super::answer::Refused;
use super::json::Json;
use super::now::Now;
use super::parameters::Query;
use super::quantiles::PUSHED;
use crate::event::detail::Values;
use crate::replay::{Accumulated, Application, Packed, Task, TaskStatus, place};

/// Which states of tasks are wanted; all if none is named. One that no task has is `None`.
pub(super) type States = Vec<Option<TaskStatus>>;

/// Reads states of tasks.
pub(super) fn states(query: &Query, name: &str) -> Result<States, Refused> {
    let chosen = query.choices(
        name,
        &[
            ("RUNNING", Some(TaskStatus::Running)),
            ("KILLED", Some(TaskStatus::Killed)),
            ("FAILED", Some(TaskStatus::Failed)),
            ("SUCCESS", Some(TaskStatus::Success)),
            ("UNKNOWN", None),
        ],
    )?;
    chosen
        .into_iter()
        .map(|state| state.ok_or(Refused::Mistake("a status of tasks is missing: it is empty")))
        .collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Id,
    IncreasingRuntime,
    DecreasingRuntime,
}

/// Which tasks are wanted, and in which order.
#[derive(Debug)]
pub(super) struct Choice {
    offset: i32,
    length: i32,
    order: Order,
    states: States,
}

impl Choice {
    pub(super) fn of(query: &Query) -> Result<Self, Refused> {
        let offset = query.int("offset", 0)?;
        let length = query.int("length", 20)?;
        let order = match query.first("sortBy") {
            None | Some("") => Order::Id,
            Some(text) => match text.to_ascii_uppercase().as_str() {
                "ID" => Order::Id,
                "INCREASING_RUNTIME" | "RUNTIME" => Order::IncreasingRuntime,
                "DECREASING_RUNTIME" | "-RUNTIME" => Order::DecreasingRuntime,
                _ => return Err(Refused::NotFoundPage),
            },
        };
        Ok(Choice {
            offset,
            length,
            order,
            states: states(query, "status")?,
        })
    }
}

pub(super) fn list(
    app: &Application,
    key: (i64, i64),
    choice: &Choice,
    now: &Now,
) -> Result<Vec<u8>, Refused> {
    if choice.states.is_empty() && choice.length <= 0 {
        return Err(Refused::Mistake("length must be positive"));
    }
    let mut tasks: Vec<&Task> = app
        .tasks
        .get(&key)
        .map(|tasks| tasks.iter().collect())
        .unwrap_or_default();
    if choice.order != Order::Id {
        tasks.sort_by_cached_key(|task| (sorted_run_ms(task), task.id));
        if choice.order == Order::DecreasingRuntime {
            tasks.reverse();
        }
    }
    let offset = usize::try_from(choice.offset).unwrap_or(0);
    let length = if choice.states.is_empty() {
        usize::try_from(choice.length).unwrap_or(0)
    } else {
        // Up to where is added up as an `Int`.
        let end = usize::try_from(choice.offset.wrapping_add(choice.length)).unwrap_or(0);
        end.saturating_sub(offset)
    };
    let wanted = tasks
        .into_iter()
        .filter(|task| choice.states.is_empty() || choice.states.contains(&Some(task.status)))
        .skip(offset)
        .take(length);
    Ok(Json::document(|json| {
        json.list(wanted, |json, task| write(json, app, task, now))
    }))
}

/// What Spark sorts tasks by: the run time, turned to below 0 for those that did not succeed.
fn sorted_run_ms(task: &Task) -> i64 {
    match &task.values {
        None => -1,
        Some(values) => {
            let run_ms = values.unpack().0[place::RUN_TIME];
            if task.status == TaskStatus::Success {
                run_ms
            } else {
                -run_ms - 1
            }
        }
    }
}

/// How long the driver fetched the result.
pub(super) fn getting_result_ms(task: &Task, now: &Now) -> i64 {
    match task.result_fetch_ms {
        None => 0,
        Some(fetch_ms) if task.duration_ms > 0 => task.launch_ms + task.duration_ms - fetch_ms,
        Some(fetch_ms) => now.ms() - fetch_ms,
    }
}

/// What is left of a task's time.
pub(super) fn scheduler_delay_ms(task: &Task, values: &Values, now: &Now) -> i64 {
    let v = &values.0;
    let known = v[place::DESERIALIZE_TIME] + v[place::SERIALIZATION_TIME] + v[place::RUN_TIME];
    (task.duration_ms - known - getting_result_ms(task, now)).max(0)
}

pub(super) fn write(json: &mut Json, app: &Application, task: &Task, now: &Now) {
    let values = task.values.as_ref().map(Packed::unpack);
    let is_ended = matches!(
        task.status,
        TaskStatus::Success | TaskStatus::Failed | TaskStatus::Killed
    );
    let has_duration = task.duration_ms > 0;
    let delay_ms = match &values {
        Some(values) if is_ended && has_duration => scheduler_delay_ms(task, values, now),
        _ => 0,
    };
    let executor = app.strings.text(task.executor);
    json.object(|json| {
        json.key("taskId").int(task.id);
        json.key("index").int(task.index);
        json.key("attempt").int(task.attempt);
        json.key("partitionId").int(task.partition);
        json.key("launchTime").date(task.launch_ms);
        json.some_date("resultFetchStart", task.result_fetch_ms);
        if has_duration {
            json.key("duration").int(task.duration_ms);
        }
        json.key("executorId").text(executor);
        json.key("host").text(app.strings.text(task.host));
        json.key("status").text(match task.status {
            TaskStatus::Running => "RUNNING",
            TaskStatus::GetResult => "GET RESULT",
            TaskStatus::Failed => "FAILED",
            TaskStatus::Killed => "KILLED",
            TaskStatus::Success => "SUCCESS",
        });
        json.key("taskLocality").text(app.strings.text(task.locality));
        json.key("speculative").bool(task.is_speculative);
        json.key("accumulatorUpdates");
        accumulated(json, app, &task.accumulated);
        json.some_text("errorMessage", task.error.map(|name| app.strings.text(name)));
        if let Some(values) = &values {
            json.key("taskMetrics");
            metrics(json, values);
        }
        let logs = app.executors.get(executor).map(|executor| &executor.logs[..]);
        json.key("executorLogs").texts(logs.unwrap_or_default());
        json.key("schedulerDelay").int(delay_ms);
        json.key("gettingResultTime").int(getting_result_ms(task, now));
    });
}

/// Accumulables of a task or a stage.
pub(super) fn accumulated(json: &mut Json, app: &Application, list: &[Accumulated]) {
    json.list(list, |json, accumulated| {
        json.object(|json| {
            json.key("id").int(accumulated.id);
            json.some_text("name", accumulated.name.map(|name| app.strings.text(name)));
            json.some_text("update", accumulated.update.as_deref());
            json.some_text("value", accumulated.value.as_deref());
        });
    });
}

fn metrics(json: &mut Json, values: &Values) {
    let v = &values.0;
    json.object(|json| {
        json.key("executorDeserializeTime")
            .int(v[place::DESERIALIZE_TIME]);
        json.key("executorDeserializeCpuTime")
            .int(v[place::DESERIALIZE_CPU_TIME]);
        json.key("executorRunTime").int(v[place::RUN_TIME]);
        json.key("executorCpuTime").int(v[place::CPU_TIME]);
        json.key("resultSize").int(v[place::RESULT_SIZE]);
        json.key("jvmGcTime").int(v[place::GC_TIME]);
        json.key("resultSerializationTime")
            .int(v[place::SERIALIZATION_TIME]);
        json.key("memoryBytesSpilled").int(v[place::MEMORY_SPILLED]);
        json.key("diskBytesSpilled").int(v[place::DISK_SPILLED]);
        json.key("peakExecutionMemory").int(v[place::PEAK_MEMORY]);
        json.key("inputMetrics").object(|json| {
            json.key("bytesRead").int(v[place::INPUT_BYTES]);
            json.key("recordsRead").int(v[place::INPUT_RECORDS]);
        });
        json.key("outputMetrics").object(|json| {
            json.key("bytesWritten").int(v[place::OUTPUT_BYTES]);
            json.key("recordsWritten").int(v[place::OUTPUT_RECORDS]);
        });
        json.key("shuffleReadMetrics").object(|json| {
            json.key("remoteBlocksFetched").int(v[place::REMOTE_BLOCKS]);
            json.key("localBlocksFetched").int(v[place::LOCAL_BLOCKS]);
            json.key("fetchWaitTime").int(v[place::FETCH_WAIT]);
            json.key("remoteBytesRead").int(v[place::REMOTE_BYTES]);
            json.key("remoteBytesReadToDisk")
                .int(v[place::REMOTE_BYTES_TO_DISK]);
            json.key("localBytesRead").int(v[place::LOCAL_BYTES]);
            json.key("recordsRead").int(v[place::READ_RECORDS]);
            json.key("remoteReqsDuration").int(v[place::REMOTE_REQUESTS]);
            json.key("shufflePushReadMetrics").object(|json| {
                for (offset, key) in PUSHED.iter().enumerate() {
                    json.key(key).int(v[place::PUSHED + offset]);
                }
            });
        });
        json.key("shuffleWriteMetrics").object(|json| {
            json.key("bytesWritten").int(v[place::WRITE_BYTES]);
            json.key("writeTime").int(v[place::WRITE_TIME]);
            json.key("recordsWritten").int(v[place::WRITE_RECORDS]);
        });
    });
}
