//! Reads the hot events in the order in which Spark's writer puts their keys, without a JSON parser.
//!
//! Spark's `JsonProtocol` writes the keys of an event in one fixed order. A [`Cursor`] walks a line once:
//! literal, number, literal, number, and jumps over what nobody needs with a substring search for the
//! next key. The jump cannot land inside a string: a quote inside a JSON string is written `\"`, so the
//! searched bytes cannot occur there. Anything unexpected (another order or version, an escape, a failed
//! task) is "not mine", `None`, and the typed parser reads the line. So this is an accelerator and never
//! a second truth; `agreement_tests` hold the two against each other.
//!
//! What is jumped over is not validated. Two lines run together (a writer killed in the middle of a line)
//! are told by the start of a second event inside the jump.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::application::EnvironmentUpdate;
use super::cursor::Cursor;
use super::flat;
use super::job::{DESCRIPTION, GROUP, SQL_EXECUTION_ID};
use super::plan::file_nodes;
use super::{
    Accumulables, DriverAccumUpdates, Event, ExecutorMetrics, JobStart, SqlExecutionStart, StageInfo,
    TaskEnd, TaskInfo, TaskMetrics, TaskStart,
};

/// The event on `line`, if the line looks in every looked-at byte as Spark 3.0 to 4.3 writes it.
pub(super) fn scan(line: &[u8]) -> Option<Event<'_>> {
    let mut at = Cursor { rest: line };
    at.literal(r#"{"Event":""#)?;
    if at.literal("SparkListener").is_none() {
        return scan_sql(&mut at, line);
    }
    if at.literal(r#"TaskEnd","Stage ID":"#).is_some() {
        task_end(&mut at).map(Event::TaskEnd)
    } else if at.literal(r#"TaskStart","Stage ID":"#).is_some() {
        task_start(&mut at).map(Event::TaskStart)
    } else if at
        .literal(r#"StageCompleted","Stage Info":{"Stage ID":"#)
        .is_some()
    {
        stage_info(&mut at, true).map(Event::StageCompleted)
    } else if at
        .literal(r#"StageSubmitted","Stage Info":{"Stage ID":"#)
        .is_some()
    {
        stage_info(&mut at, false).map(Event::StageSubmitted)
    } else if at.literal(r#"JobStart","Job ID":"#).is_some() {
        job_start(&mut at).map(Event::JobStart)
    } else if at.literal(r#"EnvironmentUpdate","JVM Information":"#).is_some() {
        environment(&mut at).map(|update| Event::EnvironmentUpdate(Box::new(update)))
    } else {
        None
    }
}

fn scan_sql<'a>(at: &mut Cursor<'a>, line: &'a [u8]) -> Option<Event<'a>> {
    at.literal("org.apache.spark.sql.execution.ui.SparkListener")?;
    if at
        .literal(r#"SQLAdaptiveExecutionUpdate","executionId":"#)
        .is_some()
    {
        at.integer()?;
        at.ends_event("")?;
        return Some(Event::SqlPlanUpdate {
            file_nodes: file_nodes(line),
        });
    }
    if at.literal(r#"DriverAccumUpdates","executionId":"#).is_some() {
        at.integer()?;
        at.literal(r#","accumUpdates":["#)?;
        return accum_updates(at).map(Event::DriverAccumUpdates);
    }
    at.literal(r#"SQLExecutionStart","executionId":"#)?;
    let execution_id = at.integer()?;
    at.literal(r#","rootExecutionId":"#)?;
    let root_execution_id = if at.literal("null").is_some() {
        None
    } else {
        Some(at.integer()?)
    };
    at.literal(r#","description":"#)?;
    let description = at.string()?;
    at.jump(&SQL_TIME)?;
    let time_ms = at.integer()?;
    at.ends_event("")?;
    Some(Event::SqlExecutionStart(SqlExecutionStart {
        execution_id,
        root_execution_id,
        description: Some(description),
        time_ms,
        file_nodes: file_nodes(line),
    }))
}

fn accum_updates(at: &mut Cursor) -> Option<DriverAccumUpdates> {
    let mut updates = Vec::new();
    while at.literal("]}").is_none() {
        if !updates.is_empty() {
            at.literal(",")?;
        }
        at.literal("[")?;
        let id = at.integer()?;
        at.literal(",")?;
        updates.push((id, at.integer()?));
        at.literal("]")?;
    }
    // A second event run into this line is the typed parser's.
    at.rest.is_empty().then_some(DriverAccumUpdates { updates })
}

fn task_start(at: &mut Cursor) -> Option<TaskStart> {
    at.integer()?;
    at.skip_integer(r#","Stage Attempt ID":"#)?;
    at.skip_integer(r#","Task Info":{"Task ID":"#)?;
    at.skip_integer(r#","Index":"#)?;
    at.skip_integer(r#","Attempt":"#)?;
    at.skip_optional_integer(r#","Partition ID":"#)?;
    at.literal(r#","Launch Time":"#)?;
    let launch_ms = at.integer()?;
    at.ends_event("}")?;
    Some(TaskStart { launch_ms })
}

fn task_end<'a>(at: &mut Cursor<'a>) -> Option<TaskEnd<'a>> {
    let stage_id = at.integer()?;
    let stage_attempt = at.field(r#","Stage Attempt ID":"#)?;
    at.literal(r#","Task Type":""#)?;
    at.skip_plain_string()?;
    at.literal(r#","Task End Reason":{"Reason":"Success"},"Task Info":{"Task ID":"#)?;
    let task_id = at.integer()?;
    let index = at.field(r#","Index":"#)?;
    at.skip_integer(r#","Attempt":"#)?;
    at.skip_optional_integer(r#","Partition ID":"#)?;
    let launch_ms = at.field(r#","Launch Time":"#)?;
    at.literal(r#","Executor ID":""#)?;
    let executor_id = at.plain_string()?;
    at.literal(r#","Host":""#)?;
    at.skip_plain_string()?;
    at.literal(r#","Locality":""#)?;
    at.skip_plain_string()?;
    at.literal(r#","Speculative":"#)?;
    let is_speculative = at.boolean()?;
    let getting_result_ms = at.field(r#","Getting Result Time":"#)?;
    let finish_ms = at.field(r#","Finish Time":"#)?;
    at.literal(r#","Failed":false,"Killed":"#)?;
    at.boolean()?;
    at.literal(r#","Accumulables":["#)?;
    at.jump_to_task_e()?;
    at.literal(r#"xecutor Metrics":{"#)?;
    let executor_metrics = executor_metrics(at)?;
    at.literal(r#"},"Task Metrics":{"Executor Deserialize Time":"#)?;
    let metrics = task_metrics(at)?;
    at.ends_event("}")?;
    Some(TaskEnd {
        stage_id,
        stage_attempt,
        failure: None,
        info: TaskInfo {
            task_id,
            index,
            launch_ms,
            executor_id: Cow::Borrowed(executor_id),
            is_speculative,
            getting_result_ms,
            finish_ms,
        },
        executor_metrics,
        metrics: Some(metrics),
    })
}

/// What a task shorter than a heartbeat reports.
const NOT_MEASURED: &str = concat!(
    r#""JVMHeapMemory":0,"JVMOffHeapMemory":0,"OnHeapExecutionMemory":0,"OffHeapExecutionMemory":0,"#,
    r#""OnHeapStorageMemory":0,"OffHeapStorageMemory":0,"OnHeapUnifiedMemory":0,"OffHeapUnifiedMemory":0,"#,
    r#""DirectPoolMemory":0,"MappedPoolMemory":0,"ProcessTreeJVMVMemory":0,"ProcessTreeJVMRSSMemory":0,"#,
    r#""ProcessTreePythonVMemory":0,"ProcessTreePythonRSSMemory":0,"ProcessTreeOtherVMemory":0,"#,
    r#""ProcessTreeOtherRSSMemory":0,"MinorGCCount":0,"MinorGCTime":0,"MajorGCCount":0,"MajorGCTime":0"#,
);

fn executor_metrics(at: &mut Cursor) -> Option<ExecutorMetrics> {
    let mut metrics = ExecutorMetrics::default();
    if at.literal(NOT_MEASURED).is_none() {
        metrics.heap_bytes = at.field(r#""JVMHeapMemory":"#)?;
        at.skip_integer(r#","JVMOffHeapMemory":"#)?;
        at.skip_integer(r#","OnHeapExecutionMemory":"#)?;
        at.skip_integer(r#","OffHeapExecutionMemory":"#)?;
        at.skip_integer(r#","OnHeapStorageMemory":"#)?;
        at.skip_integer(r#","OffHeapStorageMemory":"#)?;
        metrics.unified_bytes = at.field(r#","OnHeapUnifiedMemory":"#)?;
        at.skip_integer(r#","OffHeapUnifiedMemory":"#)?;
        at.skip_integer(r#","DirectPoolMemory":"#)?;
        at.skip_integer(r#","MappedPoolMemory":"#)?;
        at.skip_integer(r#","ProcessTreeJVMVMemory":"#)?;
        metrics.jvm_rss_bytes = at.field(r#","ProcessTreeJVMRSSMemory":"#)?;
        at.skip_integer(r#","ProcessTreePythonVMemory":"#)?;
        metrics.python_rss_bytes = at.field(r#","ProcessTreePythonRSSMemory":"#)?;
        at.skip_integer(r#","ProcessTreeOtherVMemory":"#)?;
        metrics.other_rss_bytes = at.field(r#","ProcessTreeOtherRSSMemory":"#)?;
        at.skip_integer(r#","MinorGCCount":"#)?;
        at.skip_integer(r#","MinorGCTime":"#)?;
        at.skip_integer(r#","MajorGCCount":"#)?;
        at.skip_integer(r#","MajorGCTime":"#)?;
    }
    at.skip_optional_integer(r#","TotalGCTime":"#)?;
    at.skip_optional_integer(r#","ConcurrentGCCount":"#)?;
    at.skip_optional_integer(r#","ConcurrentGCTime":"#)?;
    Some(metrics)
}

/// What a task without push-based shuffle reports.
const NOT_PUSHED: &str = concat!(
    r#","Push Based Shuffle":{"Corrupt Merged Block Chunks":0,"Merged Fetch Fallback Count":0,"#,
    r#""Merged Remote Blocks Fetched":0,"Merged Local Blocks Fetched":0,"Merged Remote Chunks Fetched":0,"#,
    r#""Merged Local Chunks Fetched":0,"Merged Remote Bytes Read":0,"Merged Local Bytes Read":0,"#,
    r#""Merged Remote Requests Duration":0}"#,
);

fn task_metrics(at: &mut Cursor) -> Option<TaskMetrics> {
    let deserialize_ms = at.integer()?;
    at.skip_integer(r#","Executor Deserialize CPU Time":"#)?;
    let run_ms = at.field(r#","Executor Run Time":"#)?;
    let cpu_ns = at.field(r#","Executor CPU Time":"#)?;
    let peak_execution_bytes = at.field(r#","Peak Execution Memory":"#)?;
    at.skip_optional_integer(r#","Peak On Heap Execution Memory":"#)?;
    at.skip_optional_integer(r#","Peak Off Heap Execution Memory":"#)?;
    let result_bytes = at.field(r#","Result Size":"#)?;
    let gc_ms = at.field(r#","JVM GC Time":"#)?;
    let result_serialization_ms = at.field(r#","Result Serialization Time":"#)?;
    let memory_spill_bytes = at.field(r#","Memory Bytes Spilled":"#)?;
    let disk_spill_bytes = at.field(r#","Disk Bytes Spilled":"#)?;
    at.skip_integer(r#","Shuffle Read Metrics":{"Remote Blocks Fetched":"#)?;
    at.skip_integer(r#","Local Blocks Fetched":"#)?;
    let fetch_wait_ms = at.field(r#","Fetch Wait Time":"#)?;
    let remote_read_bytes = at.field(r#","Remote Bytes Read":"#)?;
    at.skip_integer(r#","Remote Bytes Read To Disk":"#)?;
    let local_read_bytes = at.field(r#","Local Bytes Read":"#)?;
    let shuffle_read_records = at.field(r#","Total Records Read":"#)?;
    at.skip_optional_integer(r#","Remote Requests Duration":"#)?;
    if at.literal(NOT_PUSHED).is_none()
        && at
            .literal(r#","Push Based Shuffle":{"Corrupt Merged Block Chunks":"#)
            .is_some()
    {
        at.jump(&PUSHED_END)?;
    }
    at.literal(r#"},"Shuffle Write Metrics":{"Shuffle Bytes Written":"#)?;
    let shuffle_write_bytes = at.integer()?;
    let shuffle_write_ns = at.field(r#","Shuffle Write Time":"#)?;
    let shuffle_write_records = at.field(r#","Shuffle Records Written":"#)?;
    let input_bytes = at.field(r#"},"Input Metrics":{"Bytes Read":"#)?;
    let input_records = at.field(r#","Records Read":"#)?;
    let output_bytes = at.field(r#"},"Output Metrics":{"Bytes Written":"#)?;
    let output_records = at.field(r#","Records Written":"#)?;
    at.literal("}")?;
    Some(TaskMetrics {
        deserialize_ms,
        run_ms,
        cpu_ns: Some(cpu_ns),
        peak_execution_bytes,
        result_bytes,
        gc_ms,
        result_serialization_ms,
        memory_spill_bytes,
        disk_spill_bytes,
        fetch_wait_ms,
        remote_read_bytes,
        local_read_bytes,
        shuffle_read_records,
        shuffle_write_bytes,
        shuffle_write_ns,
        shuffle_write_records,
        input_bytes,
        input_records,
        output_bytes,
        output_records,
    })
}

fn stage_info<'a>(at: &mut Cursor<'a>, is_completed: bool) -> Option<StageInfo<'a>> {
    let stage_id = at.integer()?;
    let stage_attempt = at.field(r#","Stage Attempt ID":"#)?;
    at.literal(r#","Stage Name":"#)?;
    let name = at.string()?;
    let num_tasks = at.field(r#","Number of Tasks":"#)?;
    at.literal(r#","RDD Info":["#)?;
    // An RDD has parents too, but not right behind the end of an array.
    at.jump(&STAGE_PARENTS)?;
    let parent_ids = at.integers()?;
    at.jump(&STAGE_SUBMITTED)?;
    let submitted_ms = Some(at.integer()?);
    let mut completed_ms = None;
    if is_completed {
        completed_ms = Some(at.field(r#","Completion Time":"#)?);
    }
    // A failed stage has its reason here, and is rare enough for the typed parser.
    at.literal(r#","Accumulables":"#)?;
    let before = at.rest;
    at.literal("[")?;
    at.jump(&STAGE_PROFILE)?;
    let length = before.len() - at.rest.len() - STAGE_PROFILE.needle().len() + 1;
    let accumulables = &before[..length];
    // Another array between the two could be of anything.
    if ARRAY_END.find(accumulables).is_some() {
        return None;
    }
    let accumulables = Accumulables(std::str::from_utf8(accumulables).ok()?);
    let resource_profile_id = at.integer()?;
    at.ends_event("}")?;
    Some(StageInfo {
        stage_id,
        stage_attempt,
        name,
        num_tasks,
        submitted_ms,
        completed_ms,
        failure: None,
        parent_ids,
        resource_profile_id,
        accumulables,
    })
}

fn job_start<'a>(at: &mut Cursor<'a>) -> Option<JobStart<'a>> {
    let job_id = at.integer()?;
    let submitted_ms = Some(at.field(r#","Submission Time":"#)?);
    at.literal(r#","Stage Infos":["#)?;
    at.jump(&STAGE_IDS)?;
    let stage_ids = at.integers()?;
    let mut job = JobStart {
        job_id,
        submitted_ms,
        stage_ids,
        sql_execution_id: None,
        description: None,
        group: None,
    };
    if at.literal(r#","Properties":"#).is_some() {
        let (mut id, mut description, mut group) = (None, None, None);
        at.rest = flat::entries(at.rest, |key, value| {
            // Of a key given twice the last one counts.
            match key {
                _ if key == SQL_EXECUTION_ID.as_bytes() => id = Some(value),
                _ if key == DESCRIPTION.as_bytes() => description = Some(value),
                _ if key == GROUP.as_bytes() => group = Some(value),
                _ => {}
            }
            Some(())
        })?;
        let read = |value: Option<flat::Text<'a>>| match value {
            Some(value) => value.read().map(Some),
            None => Some(None),
        };
        job.sql_execution_id = read(id)?.and_then(|id| id.parse().ok());
        job.description = read(description)?;
        job.group = read(group)?;
    }
    // Nothing may follow: it could be the properties in another place.
    if at.rest != b"}" {
        return None;
    }
    Some(job)
}

fn environment<'a>(at: &mut Cursor<'a>) -> Option<EnvironmentUpdate<'a>> {
    let jvm = at.properties()?;
    at.literal(r#","Spark Properties":"#)?;
    let spark = at.properties()?;
    at.jump(&SYSTEM_PROPERTIES)?;
    let system = at.properties()?;
    at.ends_event("")?;
    Some(EnvironmentUpdate { jvm, spark, system })
}

static PUSHED_END: LazyLock<Finder> = LazyLock::new(|| Finder::new("}"));
static STAGE_PARENTS: LazyLock<Finder> = LazyLock::new(|| Finder::new(r#"],"Parent IDs":["#));
static STAGE_SUBMITTED: LazyLock<Finder> = LazyLock::new(|| Finder::new(r#","Submission Time":"#));
static ARRAY_END: LazyLock<Finder> = LazyLock::new(|| Finder::new(r#"],""#));
static STAGE_PROFILE: LazyLock<Finder> = LazyLock::new(|| Finder::new(r#"],"Resource Profile Id":"#));
static STAGE_IDS: LazyLock<Finder> = LazyLock::new(|| Finder::new(r#"],"Stage IDs":["#));
static SYSTEM_PROPERTIES: LazyLock<Finder> = LazyLock::new(|| Finder::new(r#"},"System Properties":"#));
static SQL_TIME: LazyLock<Finder> = LazyLock::new(|| Finder::new(r#","time":"#));
