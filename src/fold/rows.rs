//! What the fold of one application attempt yields: plain rows, one struct a table.
//!
//! Each struct's fields stand in the order of its table's columns (behind `app_key`, which the store
//! gives); a test in `store` holds the two against each other. Column comments, with units and
//! definitions, are in `queries/schema/`.

/// One value of a row, for whoever writes rows somewhere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'a str),
    /// Milliseconds since the epoch, UTC.
    Time(i64),
}

/// What the values of a column are, NULL aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    Bool,
    Int,
    Float,
    Text,
    Time,
}

/// A row of a known table.
pub trait Row {
    /// The table's name.
    const TABLE: &'static str;
    /// The columns' names, in order, without `app_key`.
    const COLUMNS: &'static [&'static str];
    /// What the columns hold, in the same order.
    const KINDS: &'static [CellKind];
    /// Appends the row's values in the order of [`Row::COLUMNS`].
    fn cells<'a>(&'a self, out: &mut Vec<Cell<'a>>);
}

/// A point in time: milliseconds since the epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Millis(pub i64);

trait AsCell {
    const KIND: CellKind;
    fn as_cell(&self) -> Cell<'_>;
}

impl AsCell for bool {
    const KIND: CellKind = CellKind::Bool;
    fn as_cell(&self) -> Cell<'_> {
        Cell::Bool(*self)
    }
}
impl AsCell for i64 {
    const KIND: CellKind = CellKind::Int;
    fn as_cell(&self) -> Cell<'_> {
        Cell::Int(*self)
    }
}
impl AsCell for f64 {
    const KIND: CellKind = CellKind::Float;
    fn as_cell(&self) -> Cell<'_> {
        Cell::Float(*self)
    }
}
impl AsCell for String {
    const KIND: CellKind = CellKind::Text;
    fn as_cell(&self) -> Cell<'_> {
        Cell::Text(self)
    }
}
impl AsCell for &'static str {
    const KIND: CellKind = CellKind::Text;
    fn as_cell(&self) -> Cell<'_> {
        Cell::Text(self)
    }
}
impl AsCell for Millis {
    const KIND: CellKind = CellKind::Time;
    fn as_cell(&self) -> Cell<'_> {
        Cell::Time(self.0)
    }
}
impl<T: AsCell> AsCell for Option<T> {
    const KIND: CellKind = T::KIND;
    fn as_cell(&self) -> Cell<'_> {
        self.as_ref().map_or(Cell::Null, AsCell::as_cell)
    }
}

macro_rules! row {
    ($(#[$doc:meta])* $name:ident in $table:literal {
        $($field:ident : $type:ty,)*
    } $(quantiles { $($quantiles:ident $measure:literal)* })?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        #[expect(missing_docs, reason = "the table's column comments say what each field is")]
        pub struct $name {
            $(pub $field: $type,)*
            $($(pub $quantiles: Quantiles,)*)?
        }

        impl Row for $name {
            const TABLE: &'static str = $table;
            const COLUMNS: &'static [&'static str] = &[
                $(stringify!($field),)*
                $($(
                    concat!($measure, "_min"),
                    concat!($measure, "_p25"),
                    concat!($measure, "_p50"),
                    concat!($measure, "_p75"),
                    concat!($measure, "_p95"),
                    concat!($measure, "_p99"),
                    concat!($measure, "_max"),
                )*)?
            ];
            const KINDS: &'static [CellKind] = &[
                $(<$type as AsCell>::KIND,)*
                $($({ let _ = $measure; CellKind::Int }, CellKind::Int, CellKind::Int, CellKind::Int,
                    CellKind::Int, CellKind::Int, CellKind::Int,)*)?
            ];
            fn cells<'a>(&'a self, out: &mut Vec<Cell<'a>>) {
                $(out.push(self.$field.as_cell());)*
                $($(match &self.$quantiles {
                    Some(values) => out.extend(values.iter().map(|value| Cell::Int(*value))),
                    None => out.extend([Cell::Null; 7]),
                })*)?
            }
        }
    };
}

/// The seven order statistics of one measure over the successful tasks of a stage attempt, in the order of
/// [`QUANTILE_NAMES`]. `None` when no task succeeded.
pub type Quantiles = Option<[i64; 7]>;

/// The suffixes of a quantile's seven columns, in order.
pub const QUANTILE_NAMES: [&str; 7] = ["min", "p25", "p50", "p75", "p95", "p99", "max"];

row! {
    /// One application attempt.
    AppRow in "apps" {
        app_id: String,
        attempt: Option<String>,
        app_name: String,
        job: String,
        kind: &'static str,
        engine: Option<&'static str>,
        tags: Option<String>,
        user: String,
        queue: Option<String>,
        spark_version: Option<String>,
        status: &'static str,
        local: bool,
        start: Millis,
        end: Millis,
        end_estimated: bool,
        dur_s: f64,
        exit_code: Option<i64>,
        executors: i64,
        peak_executors: i64,
        peak_cores: i64,
        never_used_executors: i64,
        jobs: i64,
        failed_jobs: i64,
        stages: i64,
        failed_stages: i64,
        tasks: i64,
        failed_tasks: i64,
        killed_tasks: i64,
        speculative_tasks: i64,
        unfinished_tasks: i64,
        sql_executions: i64,
        failed_sql: i64,
        alloc_core_h: Option<f64>,
        busy_core_h: f64,
        cpu_core_h: Option<f64>,
        idle_core_h: Option<f64>,
        alloc_gib_h: Option<f64>,
        idle_driver_gap_core_h: Option<f64>,
        idle_startup_core_h: Option<f64>,
        idle_tail_core_h: Option<f64>,
        idle_skew_tail_core_h: Option<f64>,
        idle_under_parallel_core_h: Option<f64>,
        wasted_core_h: f64,
        wasted_exception_core_h: f64,
        wasted_fetch_failed_core_h: f64,
        wasted_executor_lost_core_h: f64,
        wasted_killed_core_h: f64,
        wasted_commit_denied_core_h: f64,
        wasted_other_core_h: f64,
        wasted_recompute_core_h: f64,
        wasted_app_retry_core_h: f64,
        first_try_core_h: f64,
        gc_s: f64,
        run_s: f64,
        deserialize_s: f64,
        fetch_wait_s: f64,
        queue_wait_s: Option<f64>,
        input_bytes: i64,
        input_records: i64,
        output_bytes: i64,
        output_records: i64,
        shuffle_read_bytes: i64,
        shuffle_write_bytes: i64,
        memory_spill_bytes: i64,
        disk_spill_bytes: i64,
        result_bytes: i64,
        executor_memory_mib: Option<i64>,
        heap_mib: Option<i64>,
        peak_heap_bytes: Option<i64>,
        measured_core_h: Option<f64>,
        event_loss_pct: Option<f64>,
        compacted: bool,
        overhead_mib: Option<i64>,
        overhead_derived: Option<bool>,
        peak_unified_bytes: Option<i64>,
        driver_cores: f64,
        driver_memory_mib: i64,
        dynamic_allocation: bool,
        adaptive: Option<bool>,
        serializer: String,
        java_version: Option<String>,
        oom_failures: i64,
        replay_error_pct: Option<f64>,
        replay_executors: Option<i64>,
        likely_executors: Option<i64>,
        likely_dur_s: Option<f64>,
    }
}

row! {
    /// One life of one executor.
    ExecutorRow in "executors" {
        executor_id: String,
        life: i64,
        host: String,
        cores: i64,
        resource_profile: i64,
        memory_mib: i64,
        heap_mib: i64,
        requested: Option<Millis>,
        start: Millis,
        end: Millis,
        removed: bool,
        removed_class: Option<&'static str>,
        removed_reason: Option<String>,
        first_task: Option<Millis>,
        last_task: Option<Millis>,
        tasks: i64,
        failed_tasks: i64,
        busy_core_h: f64,
        wasted_core_h: f64,
        peak_heap_bytes: Option<i64>,
        peak_unified_bytes: Option<i64>,
        peak_rss_bytes: Option<i64>,
    }
}

row! {
    /// One job.
    JobRow in "jobs" {
        job_id: i64,
        status: &'static str,
        submitted: Option<Millis>,
        completed: Option<Millis>,
        stages: i64,
        sql_execution_id: Option<i64>,
        job_group: Option<String>,
        description: Option<String>,
        failure: Option<String>,
    }
}

row! {
    /// One SQL execution.
    SqlExecutionRow in "sql_executions" {
        execution_id: i64,
        root_execution_id: Option<i64>,
        status: &'static str,
        submitted: Option<Millis>,
        completed: Option<Millis>,
        description: Option<String>,
        failure: Option<String>,
    }
}

row! {
    /// One kind of failure within one application attempt.
    FailureRow in "failures" {
        what: &'static str,
        class: String,
        reason: Option<String>,
        count: i64,
        wasted_core_h: f64,
        first_seen: Option<Millis>,
        last_seen: Option<Millis>,
    }
}

row! {
    /// One chosen configuration value, redacted as Spark does.
    ConfRow in "conf" {
        key: String,
        value: String,
    }
}

row! {
    /// One resource profile.
    ResourceProfileRow in "resource_profiles" {
        resource_profile: i64,
        executor_cores: Option<i64>,
        heap_mib: Option<i64>,
        overhead_mib: Option<i64>,
        off_heap_mib: Option<i64>,
        pyspark_mib: Option<i64>,
        memory_mib: i64,
        task_cpus: f64,
    }
}

row! {
    /// What one application attempt used within one hour.
    UsageRow in "usage" {
        hour: Millis,
        alloc_core_h: Option<f64>,
        alloc_gib_h: Option<f64>,
        busy_core_h: f64,
        cpu_core_h: Option<f64>,
        idle_driver_gap_core_h: Option<f64>,
        idle_startup_core_h: Option<f64>,
        idle_tail_core_h: Option<f64>,
        idle_skew_tail_core_h: Option<f64>,
        idle_under_parallel_core_h: Option<f64>,
        wasted_core_h: f64,
        wasted_exception_core_h: f64,
        wasted_fetch_failed_core_h: f64,
        wasted_executor_lost_core_h: f64,
        wasted_killed_core_h: f64,
        wasted_commit_denied_core_h: f64,
        wasted_other_core_h: f64,
        wasted_recompute_core_h: f64,
        wasted_app_retry_core_h: f64,
        first_try_core_h: f64,
        tasks: i64,
        failed_tasks: i64,
        killed_tasks: i64,
        speculative_tasks: i64,
        oom_failures: i64,
        node_losses: i64,
        gc_s: f64,
        run_s: f64,
        deserialize_s: f64,
        fetch_wait_s: f64,
        input_bytes: i64,
        input_records: i64,
        output_bytes: i64,
        output_records: i64,
        shuffle_read_bytes: i64,
        shuffle_write_bytes: i64,
        memory_spill_bytes: i64,
        disk_spill_bytes: i64,
        result_bytes: i64,
    }
}

row! {
    /// One stage attempt that was submitted. Each of the nine measures behind the totals has seven columns,
    /// `<measure>_<one of QUANTILE_NAMES>`.
    StageRow in "stages" {
        stage_id: i64,
        stage_attempt: i64,
        name: String,
        status: &'static str,
        num_tasks: i64,
        resource_profile: i64,
        submitted: Option<Millis>,
        completed: Option<Millis>,
        failure: Option<String>,
        tasks: i64,
        failed_tasks: i64,
        killed_tasks: i64,
        speculative_tasks: i64,
        busy_core_h: f64,
        skew_tail_core_h: Option<f64>,
        run_s: f64,
        cpu_s: Option<f64>,
        gc_s: f64,
        deserialize_s: f64,
        fetch_wait_s: f64,
        shuffle_write_s: f64,
        input_bytes: i64,
        input_records: i64,
        output_bytes: i64,
        output_records: i64,
        shuffle_read_bytes: i64,
        shuffle_read_records: i64,
        shuffle_write_bytes: i64,
        shuffle_write_records: i64,
        memory_spill_bytes: i64,
        disk_spill_bytes: i64,
        result_bytes: i64,
        files_read: Option<i64>,
        files_read_bytes: Option<i64>,
        files_written: Option<i64>,
        files_written_bytes: Option<i64>,
    }
    quantiles {
        dur_ms_quantiles "dur_ms"
        run_ms_quantiles "run_ms"
        gc_ms_quantiles "gc_ms"
        input_bytes_quantiles "input_bytes"
        shuffle_read_bytes_quantiles "shuffle_read_bytes"
        shuffle_write_bytes_quantiles "shuffle_write_bytes"
        memory_spill_bytes_quantiles "memory_spill_bytes"
        disk_spill_bytes_quantiles "disk_spill_bytes"
        peak_execution_bytes_quantiles "peak_execution_bytes"
    }
}

/// Everything the fold of one log yields.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "one field a table")]
pub struct AppRows {
    pub app: AppRow,
    pub executors: Vec<ExecutorRow>,
    pub jobs: Vec<JobRow>,
    pub stages: Vec<StageRow>,
    pub sql_executions: Vec<SqlExecutionRow>,
    pub failures: Vec<FailureRow>,
    pub conf: Vec<ConfRow>,
    pub resource_profiles: Vec<ResourceProfileRow>,
    pub usage: Vec<UsageRow>,
}
