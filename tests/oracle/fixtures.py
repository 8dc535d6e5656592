"""Checks counts and sums against Spark's own golden files.

    python fixtures.py --fixtures DIR [--shh BINARY]

DIR holds `spark-events` and `HistoryServerExpectations`, unpacked from the artifact
org.apache.spark:spark-core_2.13:4.1.1:jar:tests. Checked are figures.py itself (always) and `shh` (when given).

Where Spark differs from the raw events, by the page "Definitions, settled":
  8   Spark counts Resubmitted rows as failed tasks, we nowhere        -> RESUBMITTED
  9   Spark counts TaskCommitDenied as killed, we as failed             -> COMMIT_DENIED
  22  a TaskEnd after its executor's removal is not in Spark's executor totals -> LATE
      and retention hides old jobs and stages: no fixture is that large
Those three numbers are counted from the raw events, per stage or executor, and are the only allowance made.
The artifact holds no SQL executions list.
"""
import argparse
import json
import os
import sys
import tempfile
from collections import Counter

import compare
import decode
import figures
from compare import Comparison

# golden file (without `_expectation.json`) -> application, attempt (reference, section 7.2)
JOBS = {
    "job_list_json": ("local-1422981780767", None),
    "job_list_from_multi_attempt_app_json_1_": ("local-1426533911241", "1"),
    "job_list_from_multi_attempt_app_json_2_": ("local-1426533911241", "2"),
}
WHOLE_STAGE_LISTS = {
    "stage_list_json": ("local-1422981780767", None),
    "stage_list_with_accumulable_json": ("local-1426533911241", "1"),
    "stage_list_with_peak_metrics": ("app-20200706201101-0003", None),
}
STAGES = WHOLE_STAGE_LISTS | {
    "complete_stage_list_json": ("local-1422981780767", None),
    "failed_stage_list_json": ("local-1422981780767", None),
    "one_stage_json": ("local-1422981780767", None),
    "one_stage_json_with_details": ("local-1422981780767", None),
    "one_stage_attempt_json": ("local-1422981780767", None),
    "one_stage_attempt_json_details_with_failed_task": ("local-1422981780767", None),
    "one_stage_json_with_partitionId": ("local-1642039451826", None),
    "stage_with_accumulable_json": ("local-1426533911241", "1"),
    "excludeOnFailure_for_stage": ("app-20180109111548-0000", None),
    "excludeOnFailure_node_for_stage": ("application_1516285256255_0012", None),
    "stage_with_peak_metrics": ("app-20200706201101-0003", None),
    "stage_with_summaries": ("app-20200706201101-0003", None),
    "stage_with_speculation_summary": ("application_1628109047826_1317105", None),
}
SUMMARIES = {  # -> application, attempt, stage, stage attempt
    "stage_task_summary_w_shuffle_write": ("local-1430917381534", None, 0, 0),
    "stage_task_summary_w_shuffle_read": ("local-1430917381534", None, 1, 0),
    "stage_task_summary_w__custom_quantiles": ("local-1430917381534", None, 0, 0),
}
EXECUTORS = {
    "executor_list_json": ("local-1422981780767", None),
    "executor_list_with_executor_metrics_json": ("application_1553914137147_0018", None),
    "executor_node_excludeOnFailure": ("app-20161116163331-0000", None),
    "executor_memory_usage": ("app-20161116163331-0000", None),
    "executor_node_excludeOnFailure_unexcluding": ("app-20161115172038-0000", None),
    "executor_resource_information": ("application_1555004656427_0144", None),
}

STAGE_NUMBERS = {  # Spark -> (ours, Spark's units for one of ours)
    "numTasks": ("num_tasks", 1),
    "executorRunTime": ("run_s", 10**3),
    "executorCpuTime": ("cpu_s", 10**9),
    "jvmGcTime": ("gc_s", 10**3),
    "inputBytes": ("input_bytes", 1),
    "outputBytes": ("output_bytes", 1),
    "shuffleReadBytes": ("shuffle_read_bytes", 1),
    "shuffleWriteBytes": ("shuffle_write_bytes", 1),
    "memoryBytesSpilled": ("memory_spill_bytes", 1),
    "diskBytesSpilled": ("disk_spill_bytes", 1),
}
APP_NUMBERS = {  # the same sums over all stages of an application, and records
    "executorRunTime": ("run_s", 10**3),
    "executorCpuTime": ("cpu_core_h", 3600 * 10**9),
    "jvmGcTime": ("gc_s", 10**3),
    "inputBytes": ("input_bytes", 1),
    "inputRecords": ("input_records", 1),
    "outputBytes": ("output_bytes", 1),
    "outputRecords": ("output_records", 1),
    "shuffleReadBytes": ("shuffle_read_bytes", 1),
    "shuffleWriteBytes": ("shuffle_write_bytes", 1),
    "memoryBytesSpilled": ("memory_spill_bytes", 1),
    "diskBytesSpilled": ("disk_spill_bytes", 1),
}
STAGE_STATUS = {"COMPLETE": "complete", "FAILED": "failed", "ACTIVE": "active"}  # PENDING, SKIPPED: no rows of ours
QUANTILE_NAMES = {0.0: "min", 0.25: "p25", 0.5: "p50", 0.75: "p75", 0.95: "p95", 0.99: "p99", 1.0: "max"}
SUMMARY_NUMBERS = {
    "run_ms": ["executorRunTime"],
    "gc_ms": ["jvmGcTime"],
    "peak_execution_bytes": ["peakExecutionMemory"],
    "memory_spill_bytes": ["memoryBytesSpilled"],
    "disk_spill_bytes": ["diskBytesSpilled"],
    "input_bytes": ["inputMetrics", "bytesRead"],
    "shuffle_read_bytes": ["shuffleReadMetrics", "readBytes"],
    "shuffle_write_bytes": ["shuffleWriteMetrics", "writeBytes"],
}


def allowances(directory):
    """The raw counts behind definitions 8, 9 and 22, keyed (app_id, attempt, ...)."""
    resubmitted, commit_denied, late = Counter(), Counter(), Counter()
    for log in decode.find_logs(directory):
        app, removed = None, set()
        for event in figures.events_of(log):
            kind = event["Event"]
            if kind == "SparkListenerApplicationStart":
                app = (event.get("App ID"), event.get("App Attempt ID"))
            elif kind == "SparkListenerExecutorAdded":
                removed.discard(event["Executor ID"])
            elif kind == "SparkListenerExecutorRemoved":
                removed.add(event["Executor ID"])
            elif kind == "SparkListenerTaskEnd":
                stage = (event["Stage ID"], event.get("Stage Attempt ID", 0))
                reason = event["Task End Reason"]["Reason"]
                resubmitted[app + stage] += reason == "Resubmitted"
                commit_denied[app + stage] += reason == "TaskCommitDenied"
                executor = event["Task Info"]["Executor ID"]
                if executor in removed and reason != "Resubmitted":
                    late[app + (executor,)] += 1
    return resubmitted, commit_denied, late


def iso(spark_time):
    return spark_time.replace("GMT", "Z")


def check(who, tables, golden, allowed, comparison):
    resubmitted, commit_denied, late = allowed
    apps = {(row["app_id"], row["attempt"] or None): row for row in tables["apps"]}
    stages, executors = {}, {}
    for row in tables["stages"]:
        stages[row["app_id"], row["attempt"] or None, row["stage_id"], row["stage_attempt"]] = row
    for row in tables["executors"]:
        executors.setdefault((row["app_id"], row["attempt"] or None), []).append(row)

    def value(what, column, ours, spark):
        comparison.value(f"{who}: {what}", column, ours, spark)  # `oracle` in its message is Spark here

    def load(name):
        path = os.path.join(golden, f"{name}_expectation.json")
        if not os.path.exists(path):
            print(f"note: no {name}_expectation.json", file=sys.stderr)
            return []
        with open(path) as file:
            content = json.load(file)
        return content if isinstance(content, list) else [content]

    # Applications: exactly these.
    for name in ("application_list_json", "one_app_json", "one_app_multi_attempt_json"):
        listed = set()
        for spark_app in load(name):
            for attempt in spark_app["attempts"]:
                key = (spark_app["id"], attempt.get("attemptId"))
                listed.add(key)
                what = f"{name} {compare.show(key)}"
                value(what, "present", key in apps, True)
                if key not in apps:
                    continue
                ours = apps[key]
                value(what, "app_name", ours["app_name"], spark_app["name"])
                value(what, "user", ours["user"], attempt["sparkUser"])
                value(what, "spark_version", ours["spark_version"] or "", attempt["appSparkVersion"])
                value(what, "start", ours["start"], iso(attempt["startTime"]))
                value(what, "completed", ours["status"] in ("succeeded", "failed"), attempt["completed"])
                value(what, "end_estimated", bool(ours["end_estimated"]), not attempt["completed"])
                if attempt["completed"]:
                    value(what, "end", ours["end"], iso(attempt["endTime"]))
                    value(what, "dur_s", ours["dur_s"], attempt["duration"] / 1000)
        if name == "application_list_json":
            value(name, "all attempts", sorted(map(compare.show, apps)), sorted(map(compare.show, listed)))

    for name, app in JOBS.items():
        jobs = load(name)
        if jobs and app in apps:
            value(name, "jobs", apps[app]["jobs"], len(jobs))
            value(name, "failed_jobs", apps[app]["failed_jobs"], sum(job["status"] == "FAILED" for job in jobs))

    for name, app in STAGES.items():
        for spark in load(name):
            if spark["status"] not in STAGE_STATUS:
                continue
            key = (*app, spark["stageId"], spark["attemptId"])
            what = f"{name} {compare.show(key)}"
            value(what, "present", key in stages, True)
            if key not in stages:
                continue
            ours = stages[key]
            value(what, "status", ours["status"], STAGE_STATUS[spark["status"]])
            value(what, "name", ours["name"], spark["name"])
            value(what, "submitted", ours["submitted"], iso(spark["submissionTime"]))
            value(what, "completed", ours["completed"], iso(spark["completionTime"]))
            succeeded = ours["tasks"] - ours["failed_tasks"] - ours["killed_tasks"]
            value(what, "succeeded tasks", succeeded, spark["numCompleteTasks"])
            value(what, "failed_tasks", ours["failed_tasks"] + resubmitted[key] - commit_denied[key],
                  spark["numFailedTasks"])
            value(what, "killed_tasks", ours["killed_tasks"] + commit_denied[key], spark["numKilledTasks"])
            for column, (our_column, factor) in STAGE_NUMBERS.items():
                # cpu_s is NULL where the log is older than the field; Spark says 0
                value(what, our_column, round((ours[our_column] or 0) * factor), spark[column])
            check_quantiles(what, ours, spark.get("taskMetricsDistributions"), value)

    for name, app in WHOLE_STAGE_LISTS.items():
        listed = load(name)
        if not listed or app not in apps:
            continue
        mine = [row for key, row in stages.items() if key[:2] == app]
        for spark, status in STAGE_STATUS.items():
            value(name, f"stages {status}", sum(row["status"] == status for row in mine),
                  sum(row["status"] == spark for row in listed))
        value(name, "apps.stages", apps[app]["stages"], len(mine))
        value(name, "apps.failed_stages", apps[app]["failed_stages"], sum(row["status"] == "FAILED" for row in listed))
        for column, (our_column, factor) in APP_NUMBERS.items():
            value(name, f"apps.{our_column}", round((apps[app][our_column] or 0) * factor),
                  sum(row[column] for row in listed))

    for name, (*app, stage, attempt) in SUMMARIES.items():
        for spark in load(name):
            key = (*app, stage, attempt)
            if key in stages:
                check_quantiles(f"{name} {compare.show(key)}", stages[key], spark, value)

    for name, app in EXECUTORS.items():
        listed = [row for row in load(name) if row["id"] != "driver"]  # the driver is no executor of the fleet
        # The list holds active executors; one without ExecutorAdded (block manager only) shows 0 cores and is no life.
        listed = {row["id"]: row for row in listed if row["totalCores"] > 0}
        mine = {row["executor_id"]: row for row in executors.get(app, []) if not row["removed"]}
        if app in apps:
            value(name, "executor ids", sorted(mine), sorted(listed))
        for executor in sorted(set(mine) & set(listed)):
            ours, spark, what = mine[executor], listed[executor], f"{name} {compare.show(app)} {executor}"
            value(what, "cores", ours["cores"], spark["totalCores"])
            value(what, "tasks", ours["tasks"] - late[app + (executor,)], spark["totalTasks"])
            value(what, "failed_tasks", ours["failed_tasks"], spark["failedTasks"])
            peaks = spark.get("peakMemoryMetrics")
            if peaks:
                value(what, "peak_heap_bytes", ours["peak_heap_bytes"] or 0, peaks["JVMHeapMemory"])
                value(what, "peak_unified_bytes", ours["peak_unified_bytes"] or 0, peaks["OnHeapUnifiedMemory"])


def check_quantiles(what, ours, summary, value):
    for index, quantile in enumerate(summary["quantiles"] if summary else []):
        if quantile in QUANTILE_NAMES:
            for measure, path in SUMMARY_NUMBERS.items():
                column = f"{measure}_{QUANTILE_NAMES[quantile]}"
                value(what, column, ours[column], figures.dig(summary, path)[index])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--shh")
    parser.add_argument("--fixtures", required=True)
    arguments = parser.parse_args()
    logs = os.path.join(arguments.fixtures, "spark-events")
    golden = os.path.join(arguments.fixtures, "HistoryServerExpectations")
    allowed, oracle, comparison = allowances(logs), figures.figures([logs]), Comparison()
    check("oracle", oracle, golden, allowed, comparison)
    if arguments.shh:
        with tempfile.TemporaryDirectory() as directory:
            database = os.path.join(directory, "x.duckdb")
            compare.ingest(arguments.shh, [logs], database)
            ours = compare.read_shh(arguments.shh, database)
        named = {table: compare.oracle_names(table, ours[table], oracle[table]) for table in oracle}
        check("shh", named, golden, allowed, comparison)
    print(f"{comparison.compared} figures compared, {comparison.differ} differ")
    sys.exit(1 if comparison.differ else 0)


if __name__ == "__main__":
    main()
