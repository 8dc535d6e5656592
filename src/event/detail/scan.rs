//! Tasks, by far the most of a log, read in the order in which Spark's writer puts their keys.
//!
//! As the scanner of the fold's events, and with its [`Cursor`]: what is not exactly as Spark 3.0 to 4.3 write
//! it is "not mine", `None`, and read by serde. Nothing is jumped over, so that a line that is no JSON, or
//! another event, is told as what it is.

use std::borrow::Cow;

use super::task::{Input, Metrics, Output, Pushed, Shuffle, Written};
use super::{
    Accumulable, Accumulables, METRIC_NAMES, Peaks, Scalar, TaskDetail, TaskEnded, TaskReason, TaskStarted,
    Text,
};
use crate::event::cursor::Cursor;

/// `SparkListenerTaskStart`.
pub(super) fn task_started(line: &str) -> Option<TaskStarted<'_>> {
    let mut at = Cursor {
        rest: line.as_bytes(),
    };
    let stage_id = at.field(r#"{"Event":"SparkListenerTaskStart","Stage ID":"#)?;
    let stage_attempt = at.field(r#","Stage Attempt ID":"#)?;
    let info = task_info(&mut at)?;
    (at.rest == b"}").then_some(TaskStarted {
        stage_id,
        stage_attempt,
        info,
    })
}

/// `SparkListenerTaskEnd` of a task that succeeded.
pub(super) fn task_ended(line: &str) -> Option<TaskEnded<'_>> {
    let mut at = Cursor {
        rest: line.as_bytes(),
    };
    let stage_id = at.field(r#"{"Event":"SparkListenerTaskEnd","Stage ID":"#)?;
    let stage_attempt = at.field(r#","Stage Attempt ID":"#)?;
    at.literal(r#","Task Type":""#)?;
    at.skip_plain_string()?;
    at.literal(r#","Task End Reason":{"Reason":"Success"}"#)?;
    let info = task_info(&mut at)?;
    at.literal(r#","Task Executor Metrics":{"#)?;
    let peaks = peaks(&mut at)?;
    at.literal(r#","Task Metrics":{"Executor Deserialize Time":"#)?;
    let metrics = Some(metrics(&mut at)?);
    (at.rest == b"}").then_some(TaskEnded {
        stage_id,
        stage_attempt,
        reason: TaskReason::success(),
        info,
        peaks,
        metrics,
    })
}

fn task_info<'a>(at: &mut Cursor<'a>) -> Option<TaskDetail<'a>> {
    let id = at.field(r#","Task Info":{"Task ID":"#)?;
    let index = at.field(r#","Index":"#)?;
    let attempt = at.field(r#","Attempt":"#)?;
    let partition = at.optional_field(r#","Partition ID":"#, super::task::NO_PARTITION)?;
    let launch_ms = at.field(r#","Launch Time":"#)?;
    let executor_id = text(at, r#","Executor ID":""#)?;
    let host = text(at, r#","Host":""#)?;
    let locality = text(at, r#","Locality":""#)?;
    at.literal(r#","Speculative":"#)?;
    let is_speculative = at.boolean()?;
    let getting_result_ms = at.field(r#","Getting Result Time":"#)?;
    let finish_ms = at.field(r#","Finish Time":"#)?;
    at.literal(r#","Failed":"#)?;
    let is_failed = at.boolean()?;
    at.literal(r#","Killed":"#)?;
    let is_killed = at.boolean()?;
    at.literal(r#","Accumulables":["#)?;
    let accumulables = accumulables(at)?;
    at.literal("}")?;
    Some(TaskDetail {
        id,
        index,
        attempt,
        partition,
        launch_ms,
        executor_id,
        host,
        locality,
        is_speculative,
        getting_result_ms,
        finish_ms,
        is_failed,
        is_killed,
        accumulables,
    })
}

fn text<'a>(at: &mut Cursor<'a>, key: &str) -> Option<Text<'a>> {
    at.literal(key)?;
    at.plain_string().map(|text| Text(Cow::Borrowed(text)))
}

/// A list whose opening bracket has been read.
fn accumulables<'a>(at: &mut Cursor<'a>) -> Option<Accumulables<'a>> {
    let mut all = Accumulables::default();
    if at.literal("]").is_some() {
        return Some(all);
    }
    loop {
        all.take(accumulable(at)?);
        if at.literal("]").is_some() {
            return Some(all);
        }
        at.literal(",")?;
    }
}

fn accumulable<'a>(at: &mut Cursor<'a>) -> Option<Accumulable<'a>> {
    let id = at.field(r#"{"ID":"#)?;
    let name = text(at, r#","Name":""#)?;
    at.literal(r#","Update":"#)?;
    let update = scalar(at)?;
    at.literal(r#","Value":"#)?;
    let value = scalar(at)?;
    at.literal(r#","Internal":"#)?;
    let is_internal = at.boolean()?;
    at.literal(r#","Count Failed Values":"#)?;
    at.boolean()?;
    let metadata = if at.literal("}").is_some() {
        None
    } else {
        let metadata = text(at, r#","Metadata":""#)?;
        at.literal("}")?;
        Some(metadata)
    };
    Some(Accumulable {
        id,
        name: Some(name),
        update: Some(update),
        value: Some(value),
        is_internal,
        metadata,
    })
}

fn scalar<'a>(at: &mut Cursor<'a>) -> Option<Scalar<'a>> {
    match at.literal("\"") {
        Some(()) => at.plain_string().map(|text| Scalar::Text(Cow::Borrowed(text))),
        None => at.integer().map(Scalar::Int),
    }
}

/// What a task shorter than a heartbeat reports.
const NOT_MEASURED: &str = concat!(
    r#""JVMHeapMemory":0,"JVMOffHeapMemory":0,"OnHeapExecutionMemory":0,"OffHeapExecutionMemory":0,"#,
    r#""OnHeapStorageMemory":0,"OffHeapStorageMemory":0,"OnHeapUnifiedMemory":0,"OffHeapUnifiedMemory":0,"#,
    r#""DirectPoolMemory":0,"MappedPoolMemory":0,"ProcessTreeJVMVMemory":0,"ProcessTreeJVMRSSMemory":0,"#,
    r#""ProcessTreePythonVMemory":0,"ProcessTreePythonRSSMemory":0,"ProcessTreeOtherVMemory":0,"#,
    r#""ProcessTreeOtherRSSMemory":0,"MinorGCCount":0,"MinorGCTime":0,"MajorGCCount":0,"MajorGCTime":0,"#,
    r#""TotalGCTime":0,"ConcurrentGCCount":0,"ConcurrentGCTime":0}"#,
);

/// The rest of an object whose opening brace has been read; versions differ in how many of the last they know.
fn peaks(at: &mut Cursor) -> Option<Peaks> {
    let mut peaks = Peaks::default();
    if at.literal(NOT_MEASURED).is_some() {
        return Some(peaks);
    }
    let mut place = 0;
    while at.literal("}").is_none() {
        if place > 0 {
            at.literal(",")?;
        }
        let name = METRIC_NAMES.get(place)?;
        at.literal("\"")?;
        at.literal(name)?;
        peaks.0[place] = at.field("\":")?;
        place += 1;
    }
    Some(peaks)
}

/// What a task without push-based shuffle reports.
const NOT_PUSHED: &str = concat!(
    r#""Corrupt Merged Block Chunks":0,"Merged Fetch Fallback Count":0,"#,
    r#""Merged Remote Blocks Fetched":0,"Merged Local Blocks Fetched":0,"Merged Remote Chunks Fetched":0,"#,
    r#""Merged Local Chunks Fetched":0,"Merged Remote Bytes Read":0,"Merged Local Bytes Read":0,"#,
    r#""Merged Remote Requests Duration":0}"#,
);

/// The metrics behind their first key, with all closing braces of theirs.
fn metrics(at: &mut Cursor) -> Option<Metrics> {
    let deserialize_ms = at.integer()?;
    let deserialize_cpu_ns = at.field(r#","Executor Deserialize CPU Time":"#)?;
    let run_ms = at.field(r#","Executor Run Time":"#)?;
    let cpu_ns = at.field(r#","Executor CPU Time":"#)?;
    let peak_bytes = at.field(r#","Peak Execution Memory":"#)?;
    at.skip_optional_integer(r#","Peak On Heap Execution Memory":"#)?;
    at.skip_optional_integer(r#","Peak Off Heap Execution Memory":"#)?;
    let result_bytes = at.field(r#","Result Size":"#)?;
    let gc_ms = at.field(r#","JVM GC Time":"#)?;
    let serialization_ms = at.field(r#","Result Serialization Time":"#)?;
    let memory_spill_bytes = at.field(r#","Memory Bytes Spilled":"#)?;
    let disk_spill_bytes = at.field(r#","Disk Bytes Spilled":"#)?;
    at.literal(r#","Shuffle Read Metrics":{"#)?;
    let shuffle_read = Some(shuffle(at)?);
    let shuffle_write = Some(Written {
        bytes: at.field(r#","Shuffle Write Metrics":{"Shuffle Bytes Written":"#)?,
        write_ns: at.field(r#","Shuffle Write Time":"#)?,
        records: at.field(r#","Shuffle Records Written":"#)?,
    });
    let input = Some(Input {
        bytes: at.field(r#"},"Input Metrics":{"Bytes Read":"#)?,
        records: at.field(r#","Records Read":"#)?,
    });
    let output = Some(Output {
        bytes: at.field(r#"},"Output Metrics":{"Bytes Written":"#)?,
        records: at.field(r#","Records Written":"#)?,
    });
    at.literal("}")?;
    // Blocks that a task has updated are seldom logged, and then serde's.
    if at.literal("}").is_none() {
        at.literal(r#","Updated Blocks":[]}"#)?;
    }
    Some(Metrics {
        deserialize_ms,
        deserialize_cpu_ns,
        run_ms,
        cpu_ns,
        peak_bytes,
        result_bytes,
        gc_ms,
        serialization_ms,
        memory_spill_bytes,
        disk_spill_bytes,
        shuffle_read,
        shuffle_write,
        input,
        output,
    })
}

fn shuffle(at: &mut Cursor) -> Option<Shuffle> {
    let remote_blocks = at.field(r#""Remote Blocks Fetched":"#)?;
    let local_blocks = at.field(r#","Local Blocks Fetched":"#)?;
    let wait_ms = at.field(r#","Fetch Wait Time":"#)?;
    let remote_bytes = at.field(r#","Remote Bytes Read":"#)?;
    let remote_bytes_to_disk = at.field(r#","Remote Bytes Read To Disk":"#)?;
    let local_bytes = at.field(r#","Local Bytes Read":"#)?;
    let records = at.field(r#","Total Records Read":"#)?;
    let requests_ms = at.optional_field(r#","Remote Requests Duration":"#, 0)?;
    let pushed = match at.literal(r#","Push Based Shuffle":{"#) {
        Some(()) => Some(pushed(at)?),
        None => None,
    };
    at.literal("}")?;
    Some(Shuffle {
        remote_blocks,
        local_blocks,
        wait_ms,
        remote_bytes,
        remote_bytes_to_disk,
        local_bytes,
        records,
        requests_ms,
        pushed,
    })
}

fn pushed(at: &mut Cursor) -> Option<Pushed> {
    if at.literal(NOT_PUSHED).is_some() {
        return Some(Pushed::default());
    }
    let pushed = Pushed {
        corrupt_chunks: at.field(r#""Corrupt Merged Block Chunks":"#)?,
        fallbacks: at.field(r#","Merged Fetch Fallback Count":"#)?,
        remote_blocks: at.field(r#","Merged Remote Blocks Fetched":"#)?,
        local_blocks: at.field(r#","Merged Local Blocks Fetched":"#)?,
        remote_chunks: at.field(r#","Merged Remote Chunks Fetched":"#)?,
        local_chunks: at.field(r#","Merged Local Chunks Fetched":"#)?,
        remote_bytes: at.field(r#","Merged Remote Bytes Read":"#)?,
        local_bytes: at.field(r#","Merged Local Bytes Read":"#)?,
        requests_ms: at.field(r#","Merged Remote Requests Duration":"#)?,
    };
    at.literal("}")?;
    Some(pushed)
}

/// Whether a task is read here; then serde reads the same.
#[cfg(test)]
#[track_caller]
pub(in crate::event) fn agrees(line: &[u8]) -> bool {
    let Ok(line) = std::str::from_utf8(line) else {
        return false;
    };
    let (scanned, typed) = if let Some(task) = task_ended(line) {
        (
            format!("{task:?}"),
            serde_json::from_str::<TaskEnded>(line).map(|task| format!("{task:?}")),
        )
    } else if let Some(task) = task_started(line) {
        (
            format!("{task:?}"),
            serde_json::from_str::<TaskStarted>(line).map(|task| format!("{task:?}")),
        )
    } else {
        return false;
    };
    assert!(
        typed.as_ref().is_ok_and(|typed| *typed == scanned),
        "scanned {scanned}\n  typed {typed:?}\n   line {line}"
    );
    true
}
