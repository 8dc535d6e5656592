//! Names for what went wrong: classes of task failures and of executor removals, and texts with the
//! parts cut out that differ each time.

use std::collections::HashMap;

use super::redact::redact_text;
use super::rows::{FailureRow, Millis};
use crate::event::TaskFailure;

/// Where a task's core time went. One class a task; the first two are successes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TaskClass {
    /// A success of the first attempt of its stage.
    FirstTry,
    /// A success of a later attempt of its stage: the work was done before and lost.
    Recompute,
    Exception,
    FetchFailed,
    ExecutorLost,
    Killed,
    CommitDenied,
    Other,
}

impl TaskClass {
    pub(super) const COUNT: usize = 8;

    /// The class of a task that did not succeed.
    pub(super) fn of_failure(reason: &str) -> Self {
        match reason {
            "ExceptionFailure" => TaskClass::Exception,
            "FetchFailed" => TaskClass::FetchFailed,
            "ExecutorLostFailure" => TaskClass::ExecutorLost,
            "TaskKilled" => TaskClass::Killed,
            "TaskCommitDenied" => TaskClass::CommitDenied,
            _ => TaskClass::Other,
        }
    }
}

/// Whether a task failed because memory ran out.
pub(super) fn is_out_of_memory(failure: &TaskFailure) -> bool {
    failure
        .class_name
        .as_deref()
        .is_some_and(|class| class.contains("OutOfMemory"))
}

/// Why an executor went, from the text of `Removed Reason`. Spark's wording differs by version and
/// cluster manager; what no rule knows is `unknown`.
pub(super) fn removal_class(reason: &str) -> &'static str {
    let reason = reason.to_ascii_lowercase();
    let has = |needles: &[&str]| needles.iter().any(|needle| reason.contains(needle));
    if has(&[
        "exceeding memory limits",
        "exceeding physical memory",
        "exceeding virtual memory",
        "oomkilled",
        "outofmemory",
        "out of memory",
        "code 137",
        "code: 137",
        "status 137",
        "exit code 52",
    ]) {
        "memory"
    } else if has(&["heartbeat timed out"]) {
        "heartbeat"
    } else if has(&[
        "preempt",
        "spot",
        "interruption",
        "worker lost",
        "node ",
        " node",
        "host terminated",
        "decommissioned node",
    ]) {
        "node"
    } else if has(&[
        "killed by driver",
        "spark scale down",
        "scale down",
        "finished decommissioning",
        "idle",
        "executor killed by driver",
        "was shut down",
        "code 0",
        "code: 0",
    ]) {
        "released"
    } else if reason.starts_with("executor decommission") || has(&["decommission"]) {
        // The bare text says nothing of the cause; a plain scale-down uses it as well.
        "released"
    } else if has(&["code 143", "code: 143", "sigterm"]) {
        "stopped"
    } else if has(&[
        "exited",
        "exit code",
        "exit status",
        "crash",
        "command exited",
        "remote rpc client disassociated",
        "lost",
    ]) {
        "crash"
    } else {
        "unknown"
    }
}

/// The first line of a text, redacted, with numbers and ids replaced by `*`, at most 160 characters: equal
/// for failures that are the same but for where and when.
pub(super) fn normalized_reason(text: &str) -> String {
    let line = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    let line = display_text(line, 400);
    let mut normalized = String::with_capacity(line.len().min(200));
    let mut word = String::new();
    let flush = |word: &mut String, normalized: &mut String| {
        if word.bytes().any(|byte| byte.is_ascii_digit()) {
            if !normalized.ends_with('*') {
                normalized.push('*');
            }
        } else {
            normalized.push_str(word);
        }
        word.clear();
    };
    for c in line.chars() {
        if c.is_alphanumeric() || c == '_' {
            word.push(c);
        } else {
            flush(&mut word, &mut normalized);
            if !(normalized.ends_with('*') && matches!(c, '.' | '-' | ':')) {
                normalized.push(if c.is_control() { ' ' } else { c });
            }
        }
    }
    flush(&mut word, &mut normalized);
    normalized.chars().take(160).collect()
}

/// A short text to show: redacted, without control characters, at most `most` characters.
pub fn display_text(text: &str, most: usize) -> String {
    // Redacted before it is cut: half a secret is still half a secret.
    let start = first_chars(text, LONGEST_TEXT);
    let redacted = redact_text(start);
    if redacted.len() <= most && redacted.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return redacted.into_owned();
    }
    redacted
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(most)
        .collect()
}

/// The first `most` characters of a text.
pub(super) fn first_chars(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    match text.char_indices().nth(most) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

/// What is looked at of a text; a stack trace of megabytes has said all it will by then.
const LONGEST_TEXT: usize = 4096;

/// The failures of one application, grouped.
#[derive(Debug, Default)]
pub(super) struct Failures {
    groups: HashMap<(&'static str, String, Option<String>), Group, foldhash::fast::RandomState>,
}

#[derive(Debug, Default)]
struct Group {
    count: i64,
    core_ms: f64,
    first_ms: Option<i64>,
    last_ms: Option<i64>,
}

/// Different texts beyond this many go into one group each class without a text: an application whose every
/// failure reads differently must not fill the database.
const MOST_GROUPS: usize = 200;

impl Failures {
    /// Counts one failure of kind `what` at `time_ms`, which cost `core_ms`.
    pub(super) fn add(
        &mut self,
        what: &'static str,
        class: &str,
        reason: Option<&str>,
        time_ms: Option<i64>,
        core_ms: f64,
    ) {
        let reason = reason.map(normalized_reason);
        self.add_normalized(what, class, reason, time_ms, core_ms);
    }

    /// The same with a reason that went through [`normalized_reason`].
    pub(super) fn add_normalized(
        &mut self,
        what: &'static str,
        class: &str,
        reason: Option<String>,
        time_ms: Option<i64>,
        core_ms: f64,
    ) {
        let reason = reason.filter(|reason| !reason.is_empty());
        let mut key = (what, display_text(class, 120), reason);
        if self.groups.len() >= MOST_GROUPS && !self.groups.contains_key(&key) {
            key.2 = None;
        }
        let group = self.groups.entry(key).or_default();
        group.count += 1;
        group.core_ms += core_ms;
        group.first_ms = group.first_ms.into_iter().chain(time_ms).min();
        group.last_ms = group.last_ms.into_iter().chain(time_ms).max();
    }

    /// Counts a task that did not succeed. Its class is the exception's class where there is one.
    pub(super) fn add_task(&mut self, failure: &TaskFailure, finish_ms: i64, core_ms: f64) {
        let class = match failure.class_name.as_deref() {
            Some(name) if failure.reason == "ExceptionFailure" => name,
            _ => failure.reason.as_ref(),
        };
        self.add(
            "task",
            class,
            failure.message.as_deref(),
            Some(finish_ms),
            core_ms,
        );
    }

    pub(super) fn into_rows(self) -> Vec<FailureRow> {
        let mut rows: Vec<FailureRow> = self
            .groups
            .into_iter()
            .map(|((what, class, reason), group)| FailureRow {
                what,
                class,
                reason,
                count: group.count,
                wasted_core_h: group.core_ms / 3.6e6,
                first_seen: group.first_ms.map(Millis),
                last_seen: group.last_ms.map(Millis),
            })
            .collect();
        rows.sort_by(|a, b| (a.what, &a.class, &a.reason).cmp(&(b.what, &b.class, &b.reason)));
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_that_differ_by_place_and_time_are_equal() {
        let a = normalized_reason("Lost task 3.0 in stage 12.0 (TID 77) on 10.0.0.7: x\nat y");
        let b = normalized_reason("Lost task 5.1 in stage 9.0 (TID 8) on 10.0.0.12: x\nat z");
        assert_eq!(a, b);
        assert!(a.starts_with("Lost task"), "{a}");
    }

    #[test]
    fn a_stack_trace_is_cut_to_its_first_line_and_a_bounded_length() {
        let text = format!(
            "{}\n{}",
            "x y ".repeat(1000),
            "at a.b.C(D.scala:1)\n".repeat(1000)
        );
        assert!(normalized_reason(&text).chars().count() <= 160);
    }

    #[test]
    fn removal_reasons_have_a_class() {
        for (reason, class) in [
            ("Executor killed by driver.", "released"),
            (
                "Container killed by YARN for exceeding memory limits. 5 GB of 5 GB used",
                "memory",
            ),
            ("Executor heartbeat timed out after 130000 ms", "heartbeat"),
            ("Command exited with code 137", "memory"),
            ("Command exited with code 143", "stopped"),
            ("Command exited with code 1", "crash"),
            ("Executor decommission: spot instance reclaim", "node"),
            ("Executor decommission: spark scale down", "released"),
            (
                "Container from a bad node: container_1 on host: h1. Exit status: -100. Container released on a *lost* node",
                "node",
            ),
            ("worker lost: Not receiving heartbeat for 60 seconds", "node"),
            ("", "unknown"),
        ] {
            assert_eq!(removal_class(reason), class, "{reason}");
        }
    }

    #[test]
    fn endless_different_reasons_share_a_group() {
        let mut failures = Failures::default();
        for first in 'a'..='z' {
            for second in 'a'..='z' {
                let reason = format!("{first}{second} broke");
                failures.add("task", "X", Some(&reason), Some(1), 1.0);
            }
        }
        let rows = failures.into_rows();
        assert!(rows.len() <= MOST_GROUPS + 1);
        assert_eq!(rows.iter().map(|row| row.count).sum::<i64>(), 26 * 26);
    }
}
