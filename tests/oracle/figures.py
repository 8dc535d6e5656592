"""The oracle: every figure of `shh`, computed the plainest way from json.loads'ed events.

    python figures.py [--all] DIR... > figures.json

Default output: app rows and stage rows; --all adds executor rows and hourly usage rows. Numbers in comments such as
"(def 13)" are the points of the page "Definitions, settled". "Reading:" marks where that page leaves room.

Inside, everything is an exact integer (ms, bytes, ns) or a Fraction; floats appear only when a row is written.
"""
import json
import sys
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from types import SimpleNamespace

from decode import find_logs

HOUR = 3_600_000  # ms
QUANTILES = {"min": 0.0, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95, "p99": 0.99, "max": 1.0}

# ------------------------------------------------------------------------------------------- small helpers


def iso(ms):
    if ms is None:
        return None
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=ms)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z"


def hours(core_ms):
    return None if core_ms is None else float(Fraction(core_ms) / HOUR)


def seconds(ms):
    return None if ms is None else float(Fraction(ms) / 1000)


def overlap(start, end, low, high):
    return max(0, min(end, high) - max(start, low))


def size(text, unit):
    """A Spark size such as `4g` in bytes; `unit` is the number of bytes of a bare number."""
    text = str(text).strip().lower()
    if text.isdigit():
        return int(text) * unit
    text = text.removesuffix("b")  # `4gb` is `4g`, and `100b` are 100 bytes
    power = "kmgtp".find(text[-1]) + 1
    return int(text[:-1]) * 1024**power if power else int(text)


MIB = 1024 * 1024


def mib(text):
    return size(text, MIB) // MIB


# ------------------------------------------------------------------------------------------- reading one log

TIME_KEYS = ["Timestamp", "Submission Time", "Completion Time", "Launch Time", "Getting Result Time", "Finish Time",
             "Registration Time", "time", "eventTime"]  # (def 4)

TASK_METRICS = {  # our name -> path below `Task Metrics`; every absent counter is 0
    "run_ms": ["Executor Run Time"],
    "cpu_ns": ["Executor CPU Time"],
    "gc_ms": ["JVM GC Time"],
    "result_bytes": ["Result Size"],
    "deserialize_ms": ["Executor Deserialize Time"],
    "peak_execution_bytes": ["Peak Execution Memory"],
    "memory_spill_bytes": ["Memory Bytes Spilled"],
    "disk_spill_bytes": ["Disk Bytes Spilled"],
    "input_bytes": ["Input Metrics", "Bytes Read"],
    "input_records": ["Input Metrics", "Records Read"],
    "output_bytes": ["Output Metrics", "Bytes Written"],
    "output_records": ["Output Metrics", "Records Written"],
    "shuffle_remote_bytes": ["Shuffle Read Metrics", "Remote Bytes Read"],
    "shuffle_local_bytes": ["Shuffle Read Metrics", "Local Bytes Read"],
    "shuffle_read_records": ["Shuffle Read Metrics", "Total Records Read"],
    "fetch_wait_ms": ["Shuffle Read Metrics", "Fetch Wait Time"],
    "shuffle_write_bytes": ["Shuffle Write Metrics", "Shuffle Bytes Written"],
    "shuffle_write_records": ["Shuffle Write Metrics", "Shuffle Records Written"],
    "shuffle_write_ns": ["Shuffle Write Metrics", "Shuffle Write Time"],
}


def dig(value, path):
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def events_of(log):
    """Parsed events; a bad line is skipped and reading goes on (def 20).
    Reading: bad = not UTF-8, not JSON, or not an object with a string `Event`; an empty line is none, and a last line
    without an end is still being written where the name says so, and lost with the rest where the stream is cut."""
    bad = False
    for line in log.lines():
        log.malformed += bad
        try:
            event = json.loads(line.decode("utf-8"))
            bad = not (isinstance(event, dict) and isinstance(event.get("Event"), str))
        except ValueError:
            bad = bool(line.strip())
            continue
        if not bad:
            log.events += 1
            yield event
    log.malformed += bad and not log.in_progress and not log.damaged


def read(log):
    """One log -> everything needed from it; without an ApplicationStart with an App ID its app_id is None."""
    app = SimpleNamespace(
        log=log, events=0, last_event=0, version=None, properties={}, jvm={}, system={}, profiles={},
        app_id=None, attempt=None, name=None, user=None, start=None, end=None, ended=False, exit_code=None,
        jobs={}, stages={}, tasks=[], lives=defaultdict(list), sql={}, resubmitted=0, cpu_seen=False,
        launched=set(), task_ends=set(), streaming=False, file_nodes={}, driver_counters=defaultdict(int), ran=[],
    )
    for event in events_of(log):
        app.events += 1
        kind = event["Event"].rsplit(".", 1)[-1]
        for part in (event, event.get("Task Info"), event.get("Stage Info"), event.get("Executor Info")):
            for key in TIME_KEYS:
                if isinstance(part, dict) and isinstance(part.get(key), int):
                    app.last_event = max(app.last_event, part[key])
        take = TAKERS.get(kind)
        if take:
            take(app, event)
    if app.app_id is None:
        return app
    if app.end is None:
        app.end = max(app.last_event, app.start)  # (def 4)
    for lives in app.lives.values():
        for life in lives:
            if life.end is None:
                life.end = app.end  # never removed: until the application's end
    return app


def take_log_start(app, event):
    app.version = event.get("Spark Version")


def take_app_start(app, event):
    if app.app_id is None and event.get("App ID"):
        app.app_id, app.attempt = event["App ID"], event.get("App Attempt ID")
        app.name, app.user, app.start = event.get("App Name"), event.get("User"), event["Timestamp"]


def take_app_end(app, event):
    app.ended, app.end, app.exit_code = True, event["Timestamp"], event.get("ExitCode")


def take_environment(app, event):
    app.properties = event.get("Spark Properties") or {}  # Reading: the last such event wins
    app.jvm, app.system = event.get("JVM Information") or {}, event.get("System Properties") or {}


def take_profile(app, event):
    app.profiles[event["Resource Profile Id"]] = SimpleNamespace(
        executor={key: value["Amount"] for key, value in event.get("Executor Resource Requests", {}).items()},
        task={key: value["Amount"] for key, value in event.get("Task Resource Requests", {}).items()},
    )


def is_driver(executor_id):
    return executor_id in ("driver", "<driver>")  # the latter before Spark 1.4


def take_executor_added(app, event):
    executor_id, info = event["Executor ID"], event["Executor Info"]
    if is_driver(executor_id):
        return  # (def 5)
    lives = app.lives[executor_id]
    if lives and lives[-1].end is None:
        return  # Reading: added twice without a removal is one life, the first event counts
    lives.append(SimpleNamespace(
        executor_id=executor_id, number=len(lives) + 1, start=info.get("Registration Time") or event["Timestamp"],
        requested=info.get("Request Time"), end=None, reason=None, host=info.get("Host"), cores=info["Total Cores"],
        profile=info.get("Resource Profile Id", 0), heap=0, unified=0, rss=0,
    ))


def take_executor_removed(app, event):
    lives = app.lives.get(event["Executor ID"])
    if not lives:
        return  # removed without added: ignored (def 13)
    life = lives[-1]
    if life.end is None:
        life.end, life.reason = event["Timestamp"], event.get("Removed Reason")
    else:
        life.end = max(life.end, event["Timestamp"])  # removed twice: first reason, last time (def 13)


def take_job_start(app, event):
    job = app.jobs.setdefault(event["Job ID"], SimpleNamespace(
        start=None, end=None, result=None, execution=None, stages=0, group=None, description=None, error=None))
    properties = event.get("Properties") or {}
    job.start, job.stages = event.get("Submission Time"), len(event.get("Stage IDs") or [])
    job.group, job.description = properties.get("spark.jobGroup.id"), properties.get("spark.job.description")
    execution = properties.get("spark.sql.execution.id")
    job.execution = None if execution is None else int(execution)


def take_job_end(app, event):
    job = app.jobs.get(event["Job ID"])
    if job:  # Reading: an end without a start (compacted log) is no job
        job.end, job.result = event.get("Completion Time"), event["Job Result"]["Result"]
        job.error = dig(event, ["Job Result", "Exception", "Message"])


def take_stage(app, event):
    info = event["Stage Info"]
    completed = event["Event"].endswith("StageCompleted")
    if completed and info.get("Submission Time") is None:
        if (info["Stage ID"], info.get("Stage Attempt ID", 0)) not in app.stages:
            return  # never submitted: a skipped stage is no stage
    stage = app.stages.setdefault(
        (info["Stage ID"], info.get("Stage Attempt ID", 0)),
        SimpleNamespace(name=None, num_tasks=0, submitted=None, completed=None, completion=False, failure=False,
                        profile=0, parents=[], error=None),
    )
    # The latest event's copy wins, as in Spark; a stage completed twice is still one stage (def 10).
    stage.name, stage.num_tasks = info.get("Stage Name"), info.get("Number of Tasks", 0)
    stage.profile, stage.parents = info.get("Resource Profile Id", 0), info.get("Parent IDs") or []
    stage.submitted = info.get("Submission Time", stage.submitted)
    if completed:
        stage.completion = True
        stage.completed = info.get("Completion Time", stage.completed)
        stage.failure = stage.failure or info.get("Failure Reason") is not None
        stage.error = info.get("Failure Reason") or stage.error
        app.ran.append(((info["Stage ID"], info.get("Stage Attempt ID", 0)),
                        {counter["ID"] for counter in info.get("Accumulables") or []}))


ERROR_TEXTS = ["Description", "Loss Reason", "Kill Reason", "Message"]


def take_task_start(app, event):
    info = event.get("Task Info")
    if isinstance(info, dict):
        app.launched.add((event["Stage ID"], event.get("Stage Attempt ID", 0), info.get("Task ID")))


def take_task_end(app, event):
    info, end = event.get("Task Info"), event.get("Task End Reason") or {}
    reason = end.get("Reason", "UnknownReason")
    if not isinstance(info, dict):
        return
    app.task_ends.add((event["Stage ID"], event.get("Stage Attempt ID", 0), info.get("Task ID")))
    if reason == "Resubmitted":
        app.resubmitted += 1
        return  # counts nowhere (def 8)
    metrics = event.get("Task Metrics") or {}  # absent for lost executors (def 21); never `Metrics` of the reason
    app.cpu_seen = app.cpu_seen or "Executor CPU Time" in metrics
    task = SimpleNamespace(
        stage=(event["Stage ID"], event.get("Stage Attempt ID", 0)), index=info["Index"], reason=reason,
        launch=info["Launch Time"],
        # Reading: a finish before the launch (0 = not set) is a wall of 0.
        finish=max(info["Finish Time"], info["Launch Time"]),
        executor=info["Executor ID"], speculative=info.get("Speculative", False),
        error_class=end.get("Class Name"),
        error=next((end[key] for key in ERROR_TEXTS if end.get(key) is not None), None),
        memory=event.get("Task Executor Metrics") or {},
    )
    for name, path in TASK_METRICS.items():
        setattr(task, name, dig(metrics, path) or 0)
    task.shuffle_read_bytes = task.shuffle_remote_bytes + task.shuffle_local_bytes
    task.dur_ms = task.finish - task.launch
    app.tasks.append(task)


def note_memory(life, memory):
    life.heap = max(life.heap, memory.get("JVMHeapMemory", 0))
    life.unified = max(life.unified, memory.get("OnHeapUnifiedMemory", 0))
    life.rss = max(life.rss, sum(memory.get(f"ProcessTree{part}RSSMemory", 0) for part in ("JVM", "Python", "Other")))


def take_stage_executor_metrics(app, event):
    # Reading: the event has no time; it belongs to the life that is the last one at this place of the log.
    lives = app.lives.get(event["Executor ID"])
    if lives:
        note_memory(lives[-1], event.get("Executor Metrics") or {})


def take_sql_start(app, event):
    execution = app.sql.setdefault(event["executionId"], SimpleNamespace(
        ended=False, error=None, root=None, submitted=None, completed=None, description=None))
    execution.root, execution.submitted = event.get("rootExecutionId"), event.get("time")
    execution.description = event.get("description")
    take_plan(app, event)


FILES_READ, SIZE_READ = ("number of files read", "number of files"), ("size of files read",)
FILES_WRITTEN, SIZE_WRITTEN = ("number of written files",), ("written output", "bytes of written output")


def take_plan(app, event):
    """Nodes of the plan that count files. The same node comes again, with the same counters, when the plan changes."""
    nodes = [event.get("sparkPlanInfo") or {}]
    while nodes:
        node = nodes.pop()
        nodes += node.get("children") or []
        counters = {metric["name"]: metric["accumulatorId"] for metric in node.get("metrics") or []}
        for is_read, files, size in ((True, FILES_READ, SIZE_READ), (False, FILES_WRITTEN, SIZE_WRITTEN)):
            files, size = (next((counters[name] for name in names if name in counters), None) for names in (files, size))
            if files is not None:
                app.file_nodes.setdefault(files, (is_read, size, set(counters.values()) - {files, size}))


def take_driver_counters(app, event):
    for counter, amount in event["accumUpdates"]:
        app.driver_counters[counter] += amount


def files_of_stages(app):
    """{stage: {column: amount}}. A node is of the stage attempt that completed first of those whose tasks added to
    another of the node's counters."""
    result = defaultdict(dict)
    for files, (is_read, size, others) in app.file_nodes.items():
        stage = next((stage for stage, counters in app.ran if counters & others), None)
        if stage is not None:
            name = "files_read" if is_read else "files_written"
            for column, counter in ((name, files), (name + "_bytes", size)):
                if counter is not None:
                    result[stage][column] = result[stage].get(column, 0) + app.driver_counters[counter]
    return result


def take_sql_end(app, event):
    execution = app.sql.get(event["executionId"])
    if execution:
        execution.ended, execution.error, execution.completed = True, event.get("errorMessage"), event.get("time")


def take_streaming(app, event):
    app.streaming = True


TAKERS = {
    "SparkListenerLogStart": take_log_start,
    "SparkListenerApplicationStart": take_app_start,
    "SparkListenerApplicationEnd": take_app_end,
    "SparkListenerEnvironmentUpdate": take_environment,
    "SparkListenerResourceProfileAdded": take_profile,
    "SparkListenerExecutorAdded": take_executor_added,
    "SparkListenerExecutorRemoved": take_executor_removed,
    "SparkListenerJobStart": take_job_start,
    "SparkListenerJobEnd": take_job_end,
    "SparkListenerStageSubmitted": take_stage,
    "SparkListenerStageCompleted": take_stage,
    "SparkListenerTaskStart": take_task_start,
    "SparkListenerTaskEnd": take_task_end,
    "SparkListenerStageExecutorMetrics": take_stage_executor_metrics,
    "SparkListenerSQLExecutionStart": take_sql_start,
    "SparkListenerSQLExecutionEnd": take_sql_end,
    "SparkListenerSQLAdaptiveExecutionUpdate": take_plan,
    "SparkListenerDriverAccumUpdates": take_driver_counters,
    "StreamingQueryListener$QueryStartedEvent": take_streaming,
}

# ------------------------------------------------------------------------------------------- single definitions


def status(app):
    """(def 1)"""
    if app.ended:
        # Reading: a last job without JobEnd did not succeed.
        last_job_failed = bool(app.jobs) and app.jobs[max(app.jobs)].result != "JobSucceeded"
        return "failed" if (app.exit_code or 0) != 0 or last_job_failed else "succeeded"
    return "running" if app.log.in_progress else "unknown"


def is_local(app):
    """(def 5)"""
    master = app.properties.get("spark.master")
    if master is None or "redacted" in master:
        # Judged by who ran the tasks. Reading: no task at all proves nothing, so not local.
        return bool(app.tasks) and all(is_driver(task.executor) or task.executor == "localhost" for task in app.tasks)
    return master == "local" or master.startswith("local[")


def default_amounts(app):
    """heap, overhead, off-heap, pyspark of the default profile in MiB: its ResourceProfileAdded, else the properties."""
    properties, requests = app.properties, app.profiles[0].executor if 0 in app.profiles else {}
    heap = requests.get("memory", mib(properties.get("spark.executor.memory", "1g")))
    overhead = requests.get("memoryOverhead")
    if overhead is None:
        # Reading: the name before Spark 2.3 is honoured too.
        text = properties.get("spark.executor.memoryOverhead", properties.get("spark.yarn.executor.memoryOverhead"))
        overhead = None if text is None else mib(text)
    if overhead is None:
        least = mib(properties.get("spark.executor.minMemoryOverhead", "384m"))
        overhead = max(int(overhead_factor(properties) * heap), least)  # truncated to whole MiB (def 12)
    off_heap = requests.get("offHeap", size(properties.get("spark.memory.offHeap.size", "0"), 1) // MIB)
    pyspark = requests.get("pyspark.memory", mib(properties.get("spark.executor.pyspark.memory", "0")))
    return heap, overhead, off_heap, pyspark


def overhead_factor(properties):
    """(def 12), first set."""
    for key in ("spark.executor.memoryOverheadFactor", "spark.kubernetes.memoryOverheadFactor"):
        if key in properties:
            return float(properties[key])
    if properties.get("spark.kubernetes.resource.type") in ("python", "r"):
        return 0.4
    # Reading: the vendor's setting comes last and counts in per cent.
    return float(properties.get("spark.memoryOverhead.multiplier.percent", "10")) / 100


def container_mib(app, profile_id):
    """(def 12): heap + overhead + off-heap (only if enabled) + pyspark memory."""
    heap, overhead, off_heap, pyspark = default_amounts(app)
    if profile_id != 0 and profile_id in app.profiles:
        requests = app.profiles[profile_id].executor
        heap = requests.get("memory", heap)
        overhead = requests.get("memoryOverhead", overhead)  # none: keeps the default profile's overhead
        off_heap = requests.get("offHeap", off_heap)
        pyspark = requests.get("pyspark.memory", pyspark)
    if app.properties.get("spark.memory.offHeap.enabled", "false").strip().lower() != "true":
        off_heap = 0
    return heap + overhead + off_heap + pyspark


def task_cpus(app, task):
    return stage_cpus(app, app.stages.get(task.stage))


def stage_cpus(app, stage):
    profile = app.profiles.get(stage.profile) if stage else None
    amount = profile.task.get("cpus") if profile else None
    if amount is None:
        amount = app.properties.get("spark.task.cpus", "1")
    return Fraction(amount)


def life_of(app, task):
    """The life of the task's executor that contains its launch, else the last one started before it, else the first."""
    lives = app.lives.get(task.executor)
    if not lives:
        return None
    for life in lives:
        if life.start <= task.launch < life.end:
            return life
    before = [life for life in lives if life.start <= task.launch]
    return before[-1] if before else lives[0]


def all_lives(app):
    return [life for lives in app.lives.values() for life in lives]


def cut(app, life):
    """A life cut to [start, end] of the application; never negative."""
    start = min(max(life.start, app.start), app.end)
    return start, max(start, min(life.end, app.end))


def peak_executors(app):
    """(def 17): at equal milliseconds removals go before additions. Lives cut to [start, end]."""
    steps = []
    for life in all_lives(app):
        start, end = cut(app, life)
        if end > start:
            steps += [(start, +1), (end, -1)]
    count = peak = 0
    for _, step in sorted(steps):
        count += step
        peak = max(peak, count)
    return peak


def event_loss_pct(app):
    """(def 7). Reading: stage attempts that completed without a Failure Reason; one never completed is not judged.
    Without any nothing is known: None."""
    judged = {key for key, stage in app.stages.items() if stage.completion and not stage.failure}
    wanted = sum(app.stages[key].num_tasks for key in judged)
    seen = {(task.stage, task.index) for task in app.tasks if task.stage in judged and task.reason == "Success"}
    return None if wanted == 0 else float(100 * (1 - Fraction(len(seen), wanted)))


WASTE = {"ExceptionFailure": "exception", "FetchFailed": "fetch_failed", "ExecutorLostFailure": "executor_lost",
         "TaskKilled": "killed", "TaskCommitDenied": "commit_denied"}
WASTE_CLASSES = [*WASTE.values(), "other", "recompute", "app_retry"]


def waste_class(app, task):
    """(def 16): one class a task, or None for useful work."""
    if task.reason != "Success":
        return WASTE.get(task.reason, "other")
    if task.stage[1] > 0:
        return "recompute"
    if status(app) != "succeeded" and app.followed:
        return "app_retry"
    return None


def failed(task):
    return task.reason not in ("Success", "TaskKilled")  # (def 9); Resubmitted rows were dropped on reading


def sql_failed(app, execution_id):
    """(def 18). Reading: an execution without an end has not failed; a null message is an absent one."""
    execution = app.sql[execution_id]
    if not execution.ended:
        return False
    if execution.error is not None:
        return execution.error != ""
    return any(job.execution == execution_id and job.result not in (None, "JobSucceeded") for job in app.jobs.values())


# ------------------------------------------------------------------------------------------- idle causes


CAUSES = ["driver_gap", "startup", "tail", "skew_tail", "under_parallel"]


def idle_causes(app):
    """Core-ms by cause (def 6); the five add up to alloc - busy exactly."""
    cause = dict.fromkeys(CAUSES, Fraction(0))
    for start, end, cores, _ in idle_sweep(app):
        for name, value in cores.items():
            cause[name] += (end - start) * value
    return cause


def idle_sweep(app):
    """Signed sweep over time (def 6): (from, to, idle cores by cause, running tasks by stage) of each stretch.

    Everything is an interval [from, to) with a weight; between two neighbouring edges all weights are constant.
    """
    intervals = []  # (from, to, what, weight)
    tasks_of_life, launches = defaultdict(list), defaultdict(dict)
    for task in app.tasks:
        intervals.append((task.launch, task.finish, "running", task_cpus(app, task)))
        intervals.append((task.launch, task.finish, task.stage, 1))
        life = life_of(app, task)
        if life:
            tasks_of_life[life.executor_id, life.number].append(task)
        first = launches[task.stage].get(task.index, task.launch)
        launches[task.stage][task.index] = min(first, task.launch)

    for life in all_lives(app):
        start, end = cut(app, life)
        mine = tasks_of_life[life.executor_id, life.number]
        first = min((task.launch for task in mine), default=end)  # never ran a task: startup to the end
        last = max((task.finish for task in mine), default=end)
        first = min(max(first, start), end)
        last = min(max(last, first), end)
        intervals += [(start, first, "startup", life.cores), (first, last, "mid", life.cores),
                      (last, end, "tail", life.cores)]

    for job in app.jobs.values():
        # Reading: no Submission Time (Spark 1.2): active from the application's start.
        start = app.start if job.start is None or job.start <= 0 else job.start
        intervals.append((start, app.end if job.end is None or job.end <= 0 else job.end, "jobs", 1))

    for key, stage in app.stages.items():
        # `pending` while active with tasks to launch: until the launch of the last of its Number of Tasks indexes.
        if stage.submitted is None:
            continue
        # Reading: never completed: active until the application's end.
        until = app.end if stage.completed is None else stage.completed
        order = sorted(launches[key].values())
        if len(order) >= stage.num_tasks:
            until = min(until, order[stage.num_tasks - 1] if stage.num_tasks else stage.submitted)
        intervals.append((stage.submitted, until, "pending", 1))

    edges = defaultdict(lambda: defaultdict(int))
    for start, end, what, weight in intervals:
        if end > start:
            edges[start][what] += weight
            edges[end][what] -= weight

    now, running, before = defaultdict(int), defaultdict(int), None
    for time in sorted(edges):
        if before is not None:
            if now["jobs"] == 0:
                cores = {"driver_gap": now["startup"] + now["mid"] + now["tail"] - now["running"]}
            else:
                skewed = now["pending"] == 0 and now["running"] > 0
                cores = {"startup": now["startup"], "tail": now["tail"],
                         "skew_tail" if skewed else "under_parallel": now["mid"] - now["running"]}
            yield before, time, cores, running
        for what, weight in edges[time].items():
            if isinstance(what, tuple):  # a stage
                running[what] += weight
                if not running[what]:
                    del running[what]
            else:
                now[what] += weight
        before = time


# ------------------------------------------------------------------------------------------- rows

SUMS = ["input_bytes", "input_records", "output_bytes", "output_records", "shuffle_read_bytes", "shuffle_write_bytes",
        "memory_spill_bytes", "disk_spill_bytes", "result_bytes"]


def key_of(app):
    return {"app_id": app.app_id, "attempt": app.attempt}


def app_row(app):
    local, lives, tasks = is_local(app), all_lives(app), app.tasks
    spans = [(life, *cut(app, life)) for life in lives]
    busy = sum(task.dur_ms * task_cpus(app, task) for task in tasks)  # not clamped (def 14)
    alloc = None if local else sum(life.cores * (end - start) for life, start, end in spans)
    alloc_mib = None if local else sum(container_mib(app, life.profile) * (end - start) for life, start, end in spans)
    waste = dict.fromkeys(WASTE_CLASSES, Fraction(0))
    for task in tasks:
        name = waste_class(app, task)
        if name:
            waste[name] += task.dur_ms * task_cpus(app, task)
    row = key_of(app) | {
        "log": app.log.path.rsplit("/", 1)[-1],
        "app_name": app.name,
        "user": app.user,
        "queue": app.properties.get("spark.yarn.queue", app.properties.get("spark.kubernetes.namespace")),
        "spark_version": app.version,
        "status": status(app),
        "local": local,
        "start": iso(app.start),
        "end": iso(app.end),
        "end_estimated": not app.ended,
        "dur_s": seconds(app.end - app.start),
        "executors": 0 if local else len(lives),
        "peak_executors": 0 if local else peak_executors(app),
        "jobs": len(app.jobs),
        "failed_jobs": sum(job.result not in (None, "JobSucceeded") for job in app.jobs.values()),
        "stages": len(app.stages),
        "failed_stages": sum(stage.failure for stage in app.stages.values()),
        "tasks": len(tasks),
        "failed_tasks": sum(failed(task) for task in tasks),
        "killed_tasks": sum(task.reason == "TaskKilled" for task in tasks),
        "speculative_tasks": sum(task.speculative for task in tasks),
        "sql_executions": len(app.sql),
        "failed_sql": sum(sql_failed(app, execution_id) for execution_id in app.sql),
        "alloc_core_h": hours(alloc),
        "busy_core_h": hours(busy),
        # NULL if the field is absent everywhere (def 15). Reading: also when no task ended at all.
        "cpu_core_h": float(Fraction(sum(task.cpu_ns for task in tasks), HOUR * 10**6)) if app.cpu_seen else None,
        "idle_core_h": None if local else hours(max(0, alloc - busy)),  # (def 6)
        "alloc_gib_h": None if local else float(Fraction(alloc_mib, 1024 * HOUR)),
        "wasted_core_h": hours(sum(waste.values())),
        **{f"wasted_{name}_core_h": hours(value) for name, value in waste.items()},
        "gc_s": seconds(sum(task.gc_ms for task in tasks)),
        "run_s": seconds(sum(task.run_ms for task in tasks)),
        # (def 17). Reading: NULL too when no executor ever came.
        "queue_wait_s": None if local or not lives else seconds(max(0, min(life.start for life in lives) - app.start)),
        **{name: sum(getattr(task, name) for task in tasks) for name in SUMS},
        "event_loss_pct": event_loss_pct(app),
    }
    causes = dict.fromkeys(CAUSES)
    if not local:
        causes = idle_causes(app)
        assert sum(causes.values()) == alloc - busy, (app.app_id, causes, alloc, busy)
    return row | {f"idle_{name}_core_h": hours(value) for name, value in causes.items()}


MEASURES = ["dur_ms", "run_ms", "gc_ms", "input_bytes", "shuffle_read_bytes", "shuffle_write_bytes",
            "memory_spill_bytes", "disk_spill_bytes", "peak_execution_bytes"]


def stage_rows(app):
    by_stage, files = defaultdict(list), files_of_stages(app)
    for task in app.tasks:
        by_stage[task.stage].append(task)
    for key, stage in sorted(app.stages.items()):
        tasks = by_stage[key]
        row = key_of(app) | {
            "stage_id": key[0], "stage_attempt": key[1], "name": stage.name,
            "status": "failed" if stage.failure else "complete" if stage.completion else "active",
            "num_tasks": stage.num_tasks, "submitted": iso(stage.submitted), "completed": iso(stage.completed),
            "tasks": len(tasks),
            "failed_tasks": sum(failed(task) for task in tasks),
            "killed_tasks": sum(task.reason == "TaskKilled" for task in tasks),
            "run_s": seconds(sum(task.run_ms for task in tasks)),
            # Reading: NULL for every stage of an application whose cpu_core_h is NULL.
            "cpu_s": float(Fraction(sum(task.cpu_ns for task in tasks), 10**9)) if app.cpu_seen else None,
            "gc_s": seconds(sum(task.gc_ms for task in tasks)),
            **{name: sum(getattr(task, name) for task in tasks) for name in SUMS
               if "records" not in name and name != "result_bytes"},
            **{column: files.get(key, {}).get(column) for column in
               ("files_read", "files_read_bytes", "files_written", "files_written_bytes")},
        }
        good = [task for task in tasks if task.reason == "Success"]
        for measure in MEASURES:
            values = sorted(getattr(task, measure) for task in good)
            for name, q in QUANTILES.items():
                # index(q) = min(floor(q * n), n - 1), in doubles as Spark; no interpolation
                row[f"{measure}_{name}"] = values[min(int(q * len(values)), len(values) - 1)] if values else None
        yield row


def executor_rows(app):
    if is_local(app):
        return  # the driver is never an executor (def 5)
    tasks_of_life = defaultdict(list)
    for task in app.tasks:
        life = life_of(app, task)
        if life:
            tasks_of_life[life.executor_id, life.number].append(task)
            note_memory(life, task.memory)
    for life in all_lives(app):
        tasks = tasks_of_life[life.executor_id, life.number]
        yield key_of(app) | {
            "executor_id": life.executor_id, "life": life.number, "host": life.host, "cores": life.cores,
            "start": iso(life.start), "end": iso(life.end), "removed": life.reason is not None,
            "tasks": len(tasks), "failed_tasks": sum(failed(task) for task in tasks),
            "memory_mib": container_mib(app, life.profile),
            # Reading: 0 is unknown for all three peaks, not only for the heap.
            "peak_heap_bytes": life.heap or None, "peak_unified_bytes": life.unified or None,
            "peak_rss_bytes": life.rss or None,
        }


def usage_rows(app):
    """Reading: an hour has a row when an executor lived in it, a task ran in it or a task finished in it."""
    local, rows = is_local(app), defaultdict(lambda: defaultdict(int))

    def spread(start, end, column, weight):
        for hour in range(start // HOUR, -(-end // HOUR)):
            rows[hour][column] += weight * overlap(start, end, hour * HOUR, (hour + 1) * HOUR)

    if not local:
        for life in all_lives(app):
            start, end = cut(app, life)
            spread(start, end, "alloc", life.cores)
            spread(start, end, "alloc_mib", container_mib(app, life.profile))
    for task in app.tasks:
        spread(task.launch, task.finish, "busy", task_cpus(app, task))
        row = rows[task.finish // HOUR]
        row["tasks"] += 1
        row["failed_tasks"] += failed(task)
        row["killed_tasks"] += task.reason == "TaskKilled"
        for name in ["cpu_ns", "run_ms", "gc_ms", *SUMS]:
            row[name] += getattr(task, name)
    for hour, row in sorted(rows.items()):
        yield key_of(app) | {
            "hour": iso(hour * HOUR),
            "alloc_core_h": None if local else hours(row["alloc"]),
            "alloc_gib_h": None if local else float(Fraction(row["alloc_mib"], 1024 * HOUR)),
            "busy_core_h": hours(row["busy"]),
            "cpu_core_h": float(Fraction(row["cpu_ns"], HOUR * 10**6)) if app.cpu_seen else None,
            "tasks": row["tasks"], "failed_tasks": row["failed_tasks"], "killed_tasks": row["killed_tasks"],
            "run_s": seconds(row["run_ms"]), "gc_s": seconds(row["gc_ms"]),
            **{name: row[name] for name in SUMS},
        }


# ------------------------------------------------------------------------------------------- all logs


def load(directories, every=None):
    """One application attempt per (app_id, attempt), chosen among its logs as def 19 says; sorted by key.
    `every`: a list for what each log found holds, chosen or not."""
    chosen = {}
    for directory in directories:
        for log in find_logs(directory):
            app = read(log)
            if every is not None:
                every.append(app)
            if app.app_id is None:
                print(f"{log.path}: no application in it", file=sys.stderr)
                continue
            key = (app.app_id, app.attempt)
            other = chosen.get(key)
            if other:
                print(f"{log.path} and {other.log.path}: the same attempt {key}", file=sys.stderr)
            if other is None or rank(app) < rank(other):
                chosen[key] = app
    apps = sorted(chosen.values(), key=lambda app: (app.app_id, app.attempt or ""))
    for app in apps:  # was this attempt followed by another one? (def 16, app_retry)
        app.followed = any(other.app_id == app.app_id and other.start > app.start for other in apps)
    return apps


def rank(app):
    """(def 19), smallest wins: with ApplicationEnd, then the later last event, then more events, then the first path.
    Reading: before the path decides, a log without damage wins."""
    return (not app.ended, -app.last_event, -app.events, bool(app.log.damaged or app.log.malformed), app.log.path)


def figures(directories):
    apps = load(directories)
    return {
        "apps": [app_row(app) for app in apps],
        "stages": [row for app in apps for row in stage_rows(app)],
        "executors": [row for app in apps for row in executor_rows(app)],
        "usage": [row for app in apps for row in usage_rows(app)],
    }


def write(tables, file):
    """JSON, one line per row."""
    parts = [f'"{name}":[\n' + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "\n]"
             for name, rows in tables.items()]
    file.write("{" + ",\n".join(parts) + "}\n")


if __name__ == "__main__":
    arguments = sys.argv[1:]
    everything = "--all" in arguments
    tables = figures([argument for argument in arguments if argument != "--all"])
    write(tables if everything else {name: tables[name] for name in ("apps", "stages")}, sys.stdout)
