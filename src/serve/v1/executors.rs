//! `executors`, `allexecutors` and `allmiscellaneousprocess`.

use super::json::Json;
use super::now::Now;
use crate::event::detail::{METRIC_NAMES, Peaks};
use crate::replay::{Application, Executor, Process};

/// The place of `TotalGCTime` among the metrics.
const TOTAL_GC_TIME: usize = 20;

/// Those that are active, or all.
pub(super) fn list(app: &Application, is_active_only: bool, now: &Now) -> Vec<u8> {
    let mut executors: Vec<&Executor> = app
        .executors
        .values()
        .filter(|executor| (executor.is_active || !is_active_only) && executor.id != "fallback")
        .collect();
    if is_active_only {
        executors.reverse();
    }
    Json::document(|json| json.list(executors, |json, executor| write(json, app, executor, now)))
}

fn write(json: &mut Json, app: &Application, executor: &Executor, now: &Now) {
    let peaks = executor.peaks.get();
    let (mut duration_ms, mut gc_ms) = (executor.duration_ms, executor.gc_ms);
    if executor.id == "driver" {
        // The driver works as long as the application runs.
        if let Some(identity) = &app.identity {
            duration_ms = identity.ended_ms.unwrap_or_else(|| now.ms()) - identity.started_ms;
        }
        if let Some(peaks) = peaks {
            gc_ms = peaks.0[TOTAL_GC_TIME];
        }
    }
    let address = executor.host_port.as_ref().or(executor.host.as_ref());
    json.object(|json| {
        json.key("id").text(&executor.id);
        json.some_text("hostPort", address.map(String::as_str));
        json.key("isActive").bool(executor.is_active);
        json.key("rddBlocks").int(executor.rdd_blocks);
        json.key("memoryUsed").int(executor.memory_used);
        json.key("diskUsed").int(executor.disk_used);
        json.key("totalCores").int(executor.cores);
        json.key("maxTasks").int(executor.max_tasks);
        json.key("activeTasks").int(executor.active_tasks);
        json.key("failedTasks").int(executor.failed_tasks);
        json.key("completedTasks").int(executor.completed_tasks);
        json.key("totalTasks").int(executor.total_tasks);
        json.key("totalDuration").int(duration_ms);
        json.key("totalGCTime").int(gc_ms);
        json.key("totalInputBytes").int(executor.input_bytes);
        json.key("totalShuffleRead").int(executor.shuffle_read);
        json.key("totalShuffleWrite").int(executor.shuffle_write);
        json.key("isBlacklisted").bool(executor.is_excluded);
        json.key("maxMemory").int(executor.max_memory);
        json.key("addTime").date(executor.added_ms);
        json.some_date("removeTime", executor.removed_ms);
        json.some_text("removeReason", executor.remove_reason.as_deref());
        json.key("executorLogs").texts(&executor.logs);
        if let Some(memory) = &executor.memory {
            json.key("memoryMetrics").object(|json| {
                json.key("usedOnHeapStorageMemory").int(memory.used_on_heap);
                json.key("usedOffHeapStorageMemory").int(memory.used_off_heap);
                json.key("totalOnHeapStorageMemory").int(memory.total_on_heap);
                json.key("totalOffHeapStorageMemory").int(memory.total_off_heap);
            });
        }
        json.key("blacklistedInStages")
            .list(&executor.excluded_in, |json, id| json.int(*id));
        if let Some(peaks) = &peaks {
            json.key("peakMemoryMetrics");
            metrics(json, peaks);
        }
        json.key("attributes").texts(&executor.attributes);
        json.key("resources").object(|json| {
            for (key, name, addresses) in &executor.resources {
                json.key(key).object(|json| {
                    json.key("name").text(name);
                    json.key("addresses")
                        .list(addresses, |json, address| json.text(address));
                });
            }
        });
        json.key("resourceProfileId").int(executor.profile_id);
        json.key("isExcluded").bool(executor.is_excluded);
        json.key("excludedInStages")
            .list(&executor.excluded_in, |json, id| json.int(*id));
    });
}

/// All metrics of an executor, by name.
pub(super) fn metrics(json: &mut Json, peaks: &Peaks) {
    json.object(|json| {
        for (name, value) in METRIC_NAMES.iter().zip(peaks.0) {
            json.key(name).int(value);
        }
    });
}

pub(super) fn processes(app: &Application) -> Vec<u8> {
    Json::document(|json| {
        json.list(&app.processes, |json, (id, process): (&String, &Process)| {
            json.object(|json| {
                json.key("id").text(id);
                json.key("hostPort").text(&process.host_port);
                json.key("isActive").bool(true);
                json.key("totalCores").int(process.cores);
                json.key("addTime").date(process.added_ms);
                json.key("processLogs").texts(&process.logs);
            });
        });
    })
}
