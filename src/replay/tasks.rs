//! Tasks, and what their ends add to stages, jobs and executors.

use super::jobs::{Change, count_killed};
use super::values::{add, place};
use super::{
    Accumulated, ExecutorWork, Name, Packed, Replay, StageKey, StageStatus, Strings, Task, TaskStatus,
};
use crate::event::detail::{TaskDetail, TaskEnded, TaskStarted, Values};

impl Replay {
    pub(super) fn task_started(&mut self, event: &TaskStarted) {
        let key = (event.stage_id, event.stage_attempt);
        let task = task_of(&event.info, &mut self.store.strings);
        let executor = task.executor;
        self.live_tasks.insert(task.id, (key, task));
        if let Some(stage) = self.live_stages.get_mut(&key) {
            stage.shown.active_tasks += 1;
            let first = stage.shown.first_launch_ms.get_or_insert(event.info.launch_ms);
            *first = (*first).min(event.info.launch_ms);
            if event.info.is_speculative {
                stage.has_speculation = true;
                stage.speculation.tasks += 1;
                stage.speculation.active += 1;
            }
            for place in &stage.jobs {
                self.jobs[*place].shown.active_tasks += 1;
            }
            stage.saved_tasks += 1;
            self.retain_tasks(key);
        }
        if let Some(executor) = self.live_executors.get_mut(&executor) {
            executor.shown.active_tasks += 1;
            executor.shown.total_tasks += 1;
        }
    }

    pub(super) fn task_ended(&mut self, event: &TaskEnded) {
        let key = (event.stage_id, event.stage_attempt);
        let info = &event.info;
        let change = Change::of(&event.reason);
        let values = event.values();
        let message = event.reason.message();
        // A task that was not seen to start is not kept, and adds nothing to the sums.
        let was_live = self.live_tasks.remove(&info.id).map(|(key, _)| key);
        if let Some(key) = was_live {
            let mut task = task_of(info, &mut self.store.strings);
            task.error = message.as_deref().map(|text| self.store.strings.name(text));
            task.values = Some(Packed::new(&values));
            self.store.tasks.entry(key).or_default().push(task);
        }
        let executor = self.store.strings.name(&info.executor_id);
        let killed = (change.killed > 0).then(|| {
            let reason = message.as_deref().unwrap_or_default();
            self.store.strings.name(reason)
        });
        self.count_in_stage(event, key, executor, change, killed, was_live.map(|_| &values));
        self.count_in_executor(event, executor, change, &values);
    }

    fn count_in_stage(
        &mut self,
        event: &TaskEnded,
        key: StageKey,
        executor: Name,
        change: Change,
        killed: Option<Name>,
        values: Option<&Values>,
    ) {
        let Some(stage) = self.live_stages.get_mut(&key) else {
            return;
        };
        let info = &event.info;
        let shown = &mut stage.shown;
        if let Some(values) = values {
            add(&mut shown.sums, values);
        }
        shown.active_tasks -= change.active;
        shown.completed_tasks += change.completed;
        shown.failed_tasks += change.failed;
        shown.killed_tasks += change.killed;
        if change.completed > 0 {
            stage.indices.insert(info.index);
        }
        if let Some(reason) = killed {
            count_killed(&mut shown.killed_by_reason, reason);
        }
        if info.is_speculative {
            stage.speculation.active -= change.active;
            stage.speculation.completed += change.completed;
            stage.speculation.failed += change.failed;
            stage.speculation.killed += change.killed;
        }
        let is_ended =
            shown.active_tasks == 0 && matches!(shown.status, StageStatus::Complete | StageStatus::Failed);
        shown.peaks.update(&event.peaks);
        let is_resubmitted = &*event.reason.name == "Resubmitted";
        let work = stage.work(executor);
        if !is_resubmitted {
            work.task_ms = work.task_ms.wrapping_add(duration(info));
        }
        work.succeeded += change.completed;
        work.failed += change.failed;
        work.killed += change.killed;
        if let Some(values) = values {
            work.add(values);
        }
        work.peaks.update(&event.peaks);
        let jobs = stage.jobs.clone();
        for place in jobs {
            let job = &mut self.jobs[place];
            job.shown.active_tasks -= change.active;
            job.shown.completed_tasks += change.completed;
            if change.completed > 0 {
                job.indices.insert((key.0, info.index));
            }
            job.shown.failed_tasks += change.failed;
            job.shown.killed_tasks += change.killed;
            if let Some(reason) = killed {
                count_killed(&mut job.shown.killed_by_reason, reason);
            }
            if is_ended {
                self.write_job(place, false);
            }
        }
        self.retain_tasks(key);
        if is_ended {
            self.write_stage(key);
            self.retain_stages();
        }
    }

    fn count_in_executor(&mut self, event: &TaskEnded, executor: Name, change: Change, values: &Values) {
        let Some(executor) = self.live_executors.get_mut(&executor) else {
            return;
        };
        let was_written = &mut executor.was_written;
        let executor = &mut executor.shown;
        executor.active_tasks -= change.active;
        *was_written |= executor.active_tasks == 0;
        executor.completed_tasks += change.completed;
        executor.failed_tasks += change.failed;
        executor.peaks.update(&event.peaks);
        if &*event.reason.name == "Resubmitted" {
            return;
        }
        executor.duration_ms = executor.duration_ms.wrapping_add(duration(&event.info));
        let v = &values.0;
        let add = |sum: &mut i64, value: i64| *sum = sum.wrapping_add(value);
        add(&mut executor.gc_ms, v[place::GC_TIME]);
        add(&mut executor.input_bytes, v[place::INPUT_BYTES]);
        add(&mut executor.shuffle_read, v[place::LOCAL_BYTES]);
        add(&mut executor.shuffle_read, v[place::REMOTE_BYTES]);
        add(&mut executor.shuffle_write, v[place::WRITE_BYTES]);
    }
}

impl ExecutorWork {
    fn add(&mut self, values: &Values) {
        let v = &values.0;
        for (sum, value) in [
            (&mut self.input_bytes, v[place::INPUT_BYTES]),
            (&mut self.input_records, v[place::INPUT_RECORDS]),
            (&mut self.output_bytes, v[place::OUTPUT_BYTES]),
            (&mut self.output_records, v[place::OUTPUT_RECORDS]),
            (
                &mut self.shuffle_read_bytes,
                v[place::REMOTE_BYTES].wrapping_add(v[place::LOCAL_BYTES]),
            ),
            (&mut self.shuffle_read_records, v[place::READ_RECORDS]),
            (&mut self.shuffle_write_bytes, v[place::WRITE_BYTES]),
            (&mut self.shuffle_write_records, v[place::WRITE_RECORDS]),
            (&mut self.memory_spilled, v[place::MEMORY_SPILLED]),
            (&mut self.disk_spilled, v[place::DISK_SPILLED]),
        ] {
            *sum = sum.wrapping_add(value);
        }
    }
}

/// From launch to finish, in milliseconds.
fn duration(info: &TaskDetail) -> i64 {
    info.finish_ms.wrapping_sub(info.launch_ms)
}

fn task_of(info: &TaskDetail, strings: &mut Strings) -> Task {
    let status = if !info.is_finished() {
        if info.getting_result_ms != 0 {
            TaskStatus::GetResult
        } else {
            TaskStatus::Running
        }
    } else if info.is_failed {
        TaskStatus::Failed
    } else if info.is_killed {
        TaskStatus::Killed
    } else {
        TaskStatus::Success
    };
    let shown = info
        .accumulables
        .list
        .iter()
        .filter(|accumulable| accumulable.is_shown());
    Task {
        id: info.id,
        index: info.index,
        attempt: info.attempt,
        partition: info.partition,
        launch_ms: info.launch_ms,
        result_fetch_ms: Some(info.getting_result_ms).filter(|time| *time > 0),
        duration_ms: duration(info),
        executor: strings.name(&info.executor_id),
        host: strings.name(&info.host),
        locality: strings.name(&info.locality),
        status,
        is_speculative: info.is_speculative,
        accumulated: shown
            .map(|accumulable| Accumulated::of(accumulable, strings))
            .collect(),
        error: None,
        values: None,
    }
}
