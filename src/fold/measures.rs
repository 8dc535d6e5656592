//! The additive measures of tasks: summed for a stage attempt, for an hour, and so for an application.

use super::failure::is_out_of_memory;
use crate::event::TaskEnd;

/// Sums over ended tasks. Spark reports `Resubmitted` tasks a second time; they never get here.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Measures {
    pub tasks: i64,
    pub failed_tasks: i64,
    pub killed_tasks: i64,
    pub speculative_tasks: i64,
    /// Tasks that failed because memory ran out.
    pub out_of_memory_tasks: i64,
    pub deserialize_ms: i64,
    pub run_ms: i64,
    pub cpu_ns: i64,
    /// Whether any task said how much CPU time it took (Spark 2.1 and later).
    pub has_cpu: bool,
    pub gc_ms: i64,
    pub fetch_wait_ms: i64,
    pub shuffle_write_ns: i64,
    pub result_bytes: i64,
    pub memory_spill_bytes: i64,
    pub disk_spill_bytes: i64,
    pub input_bytes: i64,
    pub input_records: i64,
    pub output_bytes: i64,
    pub output_records: i64,
    pub shuffle_read_bytes: i64,
    pub shuffle_read_records: i64,
    pub shuffle_write_bytes: i64,
    pub shuffle_write_records: i64,
}

/// How a task ended, as far as counts go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Succeeded,
    Failed,
    Killed,
}

impl Measures {
    /// Adds one ended task. Sums saturate: hostile numbers must not stop a run.
    pub(super) fn add(&mut self, task: &TaskEnd, outcome: Outcome) {
        self.tasks += 1;
        match outcome {
            Outcome::Succeeded => {}
            Outcome::Failed => self.failed_tasks += 1,
            Outcome::Killed => self.killed_tasks += 1,
        }
        if task.info.is_speculative {
            self.speculative_tasks += 1;
        }
        if task.failure.as_deref().is_some_and(is_out_of_memory) {
            self.out_of_memory_tasks += 1;
        }
        let Some(metrics) = &task.metrics else { return };
        if let Some(cpu_ns) = metrics.cpu_ns {
            self.has_cpu = true;
            self.cpu_ns = self.cpu_ns.saturating_add(cpu_ns);
        }
        let sum = |total: &mut i64, value: i64| *total = total.saturating_add(value);
        sum(&mut self.deserialize_ms, metrics.deserialize_ms);
        sum(&mut self.run_ms, metrics.run_ms);
        sum(&mut self.gc_ms, metrics.gc_ms);
        sum(&mut self.fetch_wait_ms, metrics.fetch_wait_ms);
        sum(&mut self.shuffle_write_ns, metrics.shuffle_write_ns);
        sum(&mut self.result_bytes, metrics.result_bytes);
        sum(&mut self.memory_spill_bytes, metrics.memory_spill_bytes);
        sum(&mut self.disk_spill_bytes, metrics.disk_spill_bytes);
        sum(&mut self.input_bytes, metrics.input_bytes);
        sum(&mut self.input_records, metrics.input_records);
        sum(&mut self.output_bytes, metrics.output_bytes);
        sum(&mut self.output_records, metrics.output_records);
        sum(&mut self.shuffle_read_bytes, metrics.shuffle_read_bytes());
        sum(&mut self.shuffle_read_records, metrics.shuffle_read_records);
        sum(&mut self.shuffle_write_bytes, metrics.shuffle_write_bytes);
        sum(&mut self.shuffle_write_records, metrics.shuffle_write_records);
    }

    /// Adds the sums of another part of the same application.
    pub(super) fn merge(&mut self, other: &Measures) {
        let sum = |total: &mut i64, value: i64| *total = total.saturating_add(value);
        self.has_cpu |= other.has_cpu;
        sum(&mut self.tasks, other.tasks);
        sum(&mut self.failed_tasks, other.failed_tasks);
        sum(&mut self.killed_tasks, other.killed_tasks);
        sum(&mut self.speculative_tasks, other.speculative_tasks);
        sum(&mut self.out_of_memory_tasks, other.out_of_memory_tasks);
        sum(&mut self.deserialize_ms, other.deserialize_ms);
        sum(&mut self.run_ms, other.run_ms);
        sum(&mut self.cpu_ns, other.cpu_ns);
        sum(&mut self.gc_ms, other.gc_ms);
        sum(&mut self.fetch_wait_ms, other.fetch_wait_ms);
        sum(&mut self.shuffle_write_ns, other.shuffle_write_ns);
        sum(&mut self.result_bytes, other.result_bytes);
        sum(&mut self.memory_spill_bytes, other.memory_spill_bytes);
        sum(&mut self.disk_spill_bytes, other.disk_spill_bytes);
        sum(&mut self.input_bytes, other.input_bytes);
        sum(&mut self.input_records, other.input_records);
        sum(&mut self.output_bytes, other.output_bytes);
        sum(&mut self.output_records, other.output_records);
        sum(&mut self.shuffle_read_bytes, other.shuffle_read_bytes);
        sum(&mut self.shuffle_read_records, other.shuffle_read_records);
        sum(&mut self.shuffle_write_bytes, other.shuffle_write_bytes);
        sum(&mut self.shuffle_write_records, other.shuffle_write_records);
    }
}
