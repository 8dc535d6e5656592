"""The fleet as the oracle sees it, and what a question about it asks for.

    fleet = load(directories)       lists of dicts: one row an application attempt, executor life, stage attempt ...
    ask = Ask(window="7d").on(fleet)
    for app in selected(fleet, ask): ...

Tables and columns are those of queries/schema/0001_tables.sql with two differences: instead of `app_key` each row carries
`app_id` and `attempt`, and times are ms since 1970 (int). `app["tags"]` is a dict. NULL is None. Figures of a single
application are those of figures.py; a row is made from exact integers and Fractions, then written as float.
"""
import os
import pickle
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from functools import lru_cache
from math import ceil, fsum
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import figures
import words
from decode import decoder_of, find_logs
from figures import CAUSES, HOUR, SUMS, WASTE_CLASSES, hours, seconds
from replay import replay

DAY = 24 * HOUR
NOW = "2026-11-23T12:00:00.000Z"  # what shh is told to take as the present; only default windows depend on it

# ------------------------------------------------------------------------------------------- the fleet


@dataclass
class Fleet:
    """Every list holds dicts with `app_id` and `attempt`."""
    apps: list = field(default_factory=list)
    executors: list = field(default_factory=list)
    stages: list = field(default_factory=list)
    usage: list = field(default_factory=list)  # one row an application attempt and hour
    jobs: list = field(default_factory=list)
    sql: list = field(default_factory=list)
    failures: list = field(default_factory=list)
    conf: list = field(default_factory=list)  # key, value
    profiles: list = field(default_factory=list)
    logs: list = field(default_factory=list)

    def of(self, table, app):
        """The rows of a table (its name) that belong to an application row."""
        return self._index(table).get(key(app), [])

    def app(self, row):
        """The application row that a row of another table belongs to."""
        return self._index("apps")[key(row)][0]

    def _index(self, table):
        cache = self.__dict__.setdefault("_indexes", {})
        if table not in cache:
            index = cache[table] = defaultdict(list)
            for row in getattr(self, table):
                index[key(row)].append(row)
        return cache[table]

    def extent(self):
        """(start of the oldest, end of the newest application) of all there are."""
        return min(app["start"] for app in self.apps), max(app["end"] for app in self.apps)


def key(row):
    return row["app_id"], row["attempt"]


def load(directories, cache=None):
    """Reads all logs. `cache` (a file) is used when it is newer than this code and the logs."""
    sources = [os.path.join(os.path.dirname(__file__), name)
               for name in ("model.py", "figures.py", "words.py", "replay.py", "decode.py")]
    paths = [path for directory in directories for log in find_logs(directory) for path in log.files]
    stamp = [(path, os.path.getmtime(path)) for path in sources + paths]
    if cache and os.path.exists(cache):
        with open(cache, "rb") as file:
            known, fleet = pickle.load(file)
        if known == stamp:
            return fleet
    fleet, every = Fleet(), []
    chosen = figures.load(directories, every)
    fleet.logs = list(log_rows(directories, every, {id(app) for app in chosen}))
    for app in chosen:
        row = app_row(app)
        fleet.apps.append(row)
        fleet.executors += executor_rows(app)
        fleet.stages += stage_rows(app)
        fleet.usage += usage_rows(app)
        fleet.jobs += job_rows(app)
        fleet.sql += sql_rows(app)
        fleet.failures += failure_rows(app)
        fleet.conf += [named(app, key=name, value=value) for name, value in words.kept(app).items()]
        fleet.profiles += profile_rows(app)
    if cache:
        with open(cache, "wb") as file:
            pickle.dump((stamp, fleet), file)
    return fleet


def named(app, **columns):
    return figures.key_of(app) | columns


def ms(text):
    """figures.iso() backwards."""
    if text is None:
        return None
    since = datetime.fromisoformat(text.replace("Z", "+00:00")) - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return since // timedelta(milliseconds=1)


def with_times(row):
    return row | {column: ms(row[column]) for column in TIME_COLUMNS if column in row}


TIME_COLUMNS = ("start", "end", "submitted", "completed", "hour")

# ------------------------------------------------------------------------------------------- rows


def app_row(app):
    row = with_times(figures.app_row(app))
    del row["log"]
    local, lives = row["local"], list(executor_rows(app))
    heap, overhead, _, _ = figures.default_amounts(app)
    on_fleet = not local and bool(lives)
    conf = words.kept(app)
    waste = by_class(app, app.tasks)
    default = app.profiles.get(0)
    derived = not any(name in app.properties for name in
                      ("spark.executor.memoryOverhead", "spark.yarn.executor.memoryOverhead"))
    row |= {
        "app_name": words.shown(app.name, 200), "user": words.shown(app.user, 100),
        "queue": words.shown(row["queue"], 100),
        "job": words.job_name(app.name, conf), "kind": words.kind(app, local), "engine": words.engine(app),
        "tags": words.tags(conf), "exit_code": app.exit_code,
        "peak_cores": 0 if local else peak(
            (start, end, life.cores) for life in figures.all_lives(app) for start, end in [figures.cut(app, life)]),
        "never_used_executors": sum(life["tasks"] == 0 for life in lives),
        "unfinished_tasks": len(app.launched - app.task_ends),
        "first_try_core_h": hours(waste["first_try"]),
        "deserialize_s": seconds(sum(task.deserialize_ms for task in app.tasks)),
        "fetch_wait_s": seconds(sum(task.fetch_wait_ms for task in app.tasks)),
        "executor_memory_mib": figures.container_mib(app, 0) if on_fleet else None,
        "heap_mib": heap if on_fleet else None,
        "overhead_mib": overhead if on_fleet else None,
        "overhead_derived": derived if on_fleet else None,
        "peak_heap_bytes": most(life["peak_heap_bytes"] for life in lives),
        "peak_unified_bytes": most(life["peak_unified_bytes"] for life in lives),
        "measured_core_h": None if local else hours(sum(
            life["cores"] * (life["end"] - life["start"]) for life in lives if life["peak_heap_bytes"] is not None)),
        "compacted": any(".compact" in os.path.basename(path) for path in app.log.files),
        "driver_cores": float(app.properties.get("spark.driver.cores", 1)),
        "driver_memory_mib": driver_mib(app),
        "dynamic_allocation": app.properties.get("spark.dynamicAllocation.enabled") == "true",
        "adaptive": adaptive(app),
        "serializer": app.properties.get("spark.serializer", "JavaSerializer").rsplit(".", 1)[-1],
        "java_version": (app.jvm.get("Java Version") or "").split(" ")[0] or None,
        "oom_failures": sum(life["removed_class"] == "memory" for life in lives)
        + sum(map(is_out_of_memory, app.tasks)),
    }
    assert default is None or "memoryOverhead" in default.executor or derived
    return row | replay(app, row)


def is_out_of_memory(task):
    return task.reason != "Success" and "OutOfMemory" in (task.error_class or "")


def most(values):
    return max((value for value in values if value is not None), default=None)


def peak(spans):
    """Highest sum of weights of (start, end, weight); at equal moments ends go before starts."""
    steps = []
    for start, end, weight in spans:
        if end > start:
            steps += [(start, 1, weight), (end, 0, -weight)]
    now = highest = 0
    for _, _, weight in sorted(steps):
        now += weight
        highest = max(highest, now)
    return highest


def driver_mib(app):
    """Heap and overhead of the driver's container, by Spark's rules."""
    properties = app.properties
    heap = figures.mib(properties.get("spark.driver.memory", "1g"))
    if "spark.driver.memoryOverhead" in properties:
        return heap + figures.mib(properties["spark.driver.memoryOverhead"])
    names = ("spark.driver.memoryOverheadFactor", "spark.kubernetes.memoryOverheadFactor")
    factors = [properties[name] for name in names if name in properties]
    if not factors and properties.get("spark.kubernetes.resource.type") in ("python", "r"):
        factors = ["0.4"]
    factor = float(factors[0]) if factors else 0.1
    return heap + max(int(factor * heap), figures.mib(properties.get("spark.driver.minMemoryOverhead", "384m")))


def adaptive(app):
    if "spark.sql.adaptive.enabled" in app.properties:
        return app.properties["spark.sql.adaptive.enabled"] == "true"
    version = re.match(r"(\d+)\.(\d+)", app.version or "")
    return (int(version[1]), int(version[2])) >= (3, 2) if version else None


def by_class(app, tasks):
    """Core-ms by class of waste, and `first_try`."""
    result = dict.fromkeys([*WASTE_CLASSES, "first_try"], Fraction(0))
    for task in tasks:
        core_ms = task.dur_ms * figures.task_cpus(app, task)
        name = figures.waste_class(app, task)
        if name:
            result[name] += core_ms
        if task.reason == "Success" and task.stage[1] == 0:
            result["first_try"] += core_ms
    return result


def executor_rows(app):
    """Lives cut to the application's."""
    if figures.is_local(app):
        return
    tasks = defaultdict(list)
    for task in app.tasks:
        life = figures.life_of(app, task)
        if life:
            tasks[life.executor_id, life.number].append(task)
    lives = {(life.executor_id, life.number): life for life in figures.all_lives(app)}
    for row in map(with_times, figures.executor_rows(app)):
        life = lives[row["executor_id"], row["life"]]
        mine = tasks[row["executor_id"], row["life"]]
        start, end = figures.cut(app, life)
        profile = app.profiles.get(life.profile)
        heap = figures.default_amounts(app)[0]
        cost = [(task.dur_ms * figures.task_cpus(app, task), task.reason == "Success") for task in mine]
        yield row | {
            "start": start, "end": end, "requested": life.requested, "resource_profile": life.profile,
            "heap_mib": profile.executor.get("memory", heap) if profile else heap,
            "removed_class": None if life.reason is None else words.removal_class(life.reason),
            "removed_reason": words.shown(life.reason, 200),
            "first_task": min((task.launch for task in mine), default=None),
            "last_task": max((task.finish for task in mine), default=None),
            "busy_core_h": hours(sum(core_ms for core_ms, _ in cost)),
            "wasted_core_h": hours(sum(core_ms for core_ms, good in cost if not good)),
        }


def stage_rows(app):
    local, tails, tasks = figures.is_local(app), defaultdict(Fraction), defaultdict(list)
    for task in app.tasks:
        tasks[task.stage].append(task)
    for start, end, cores, running in figures.idle_sweep(app):
        if cores.get("skew_tail"):
            of_one = Fraction(cores["skew_tail"]) * (end - start) / sum(running.values())
            for stage, count in running.items():
                tails[stage] += count * of_one
    for row in map(with_times, figures.stage_rows(app)):
        name = row["stage_id"], row["stage_attempt"]
        stage, mine = app.stages[name], tasks[name]
        yield row | {
            "name": words.shown(stage.name, 200) if stage.name else row["name"],
            "resource_profile": stage.profile, "failure": words.shown(stage.error, 300),
            "speculative_tasks": sum(task.speculative for task in mine),
            "busy_core_h": hours(sum(task.dur_ms * figures.task_cpus(app, task) for task in mine)),
            "skew_tail_core_h": None if local else hours(tails[name]),
            "deserialize_s": seconds(sum(task.deserialize_ms for task in mine)),
            "fetch_wait_s": seconds(sum(task.fetch_wait_ms for task in mine)),
            "shuffle_write_s": float(Fraction(sum(task.shuffle_write_ns for task in mine), 10**9)),
            **{column: sum(getattr(task, column) for task in mine) for column in
               ("input_records", "output_records", "shuffle_read_records", "shuffle_write_records", "result_bytes")},
        }


def usage_rows(app):
    """One row an hour that something was held, used or ended in."""
    local, rows = figures.is_local(app), {}
    tasks, idle = defaultdict(list), defaultdict(lambda: dict.fromkeys(CAUSES, Fraction(0)))
    for task in app.tasks:
        tasks[task.finish // HOUR * HOUR].append(task)
    lost = Counter((life["end"] // HOUR * HOUR, life["removed_class"]) for life in executor_rows(app))
    if not local:
        for start, end, cores, _ in figures.idle_sweep(app):
            for hour in range(start // HOUR * HOUR, end, HOUR):
                length = figures.overlap(start, end, hour, hour + HOUR)
                for cause, value in cores.items():
                    idle[hour][cause] += length * value
    for row in map(with_times, figures.usage_rows(app)):
        mine = tasks[row["hour"]]
        waste = by_class(app, mine)
        rows[row["hour"]] = row | {
            **{f"idle_{cause}_core_h": None if local else hours(idle[row["hour"]][cause]) for cause in CAUSES},
            "wasted_core_h": hours(sum(waste[name] for name in WASTE_CLASSES)),
            **{f"wasted_{name}_core_h": hours(waste[name]) for name in WASTE_CLASSES},
            "first_try_core_h": hours(waste["first_try"]),
            "speculative_tasks": sum(task.speculative for task in mine),
            "oom_failures": sum(is_out_of_memory(task) for task in mine) + lost[row["hour"], "memory"],
            "node_losses": lost[row["hour"], "node"],
            "deserialize_s": seconds(sum(task.deserialize_ms for task in mine)),
            "fetch_wait_s": seconds(sum(task.fetch_wait_ms for task in mine)),
        }
    assert not {hour for hour in idle if any(idle[hour].values())} - set(rows), "idle in an hour without usage"
    # An hour of zeros is no row.
    names = ("app_id", "attempt", "hour")
    return [row for row in rows.values() if any(row[column] for column in row if column not in names)]


def job_rows(app):
    for number, job in sorted(app.jobs.items()):
        status = "running" if job.result is None else "succeeded" if job.result == "JobSucceeded" else "failed"
        yield named(app, job_id=number, status=status, submitted=job.start, completed=job.end, stages=job.stages,
                    sql_execution_id=job.execution, job_group=words.shown(job.group, 100),
                    description=words.shown(job.description, 200),
                    failure=words.shown(job.error, 300) if status == "failed" else None)


def sql_rows(app):
    for number, execution in sorted(app.sql.items()):
        failed = figures.sql_failed(app, number)
        yield named(app, execution_id=number, root_execution_id=execution.root,
                    status="failed" if failed else "succeeded" if execution.ended else "running",
                    submitted=execution.submitted, completed=execution.completed,
                    description=words.shown(execution.description, 200),
                    failure=words.shown(execution.error, 300) or None)


def failure_rows(app):
    """Failed and killed tasks by class and text; failed stage attempts, jobs and executions, each counted once."""
    groups = defaultdict(lambda: SimpleNamespace(count=0, core_ms=Fraction(0), times=[]))

    def add(what, name, text, time, core_ms=0):
        group = groups[what, words.shown(name, 120), words.normalised(text)]
        group.count += 1
        group.core_ms += core_ms
        group.times += [time] if time is not None else []

    for task in app.tasks:
        if task.reason != "Success":
            name = task.error_class if task.reason == "ExceptionFailure" and task.error_class else task.reason
            add("task", name, task.error, task.finish, task.dur_ms * figures.task_cpus(app, task))
    for stage in app.stages.values():
        if stage.failure:
            add("stage", "stage failed", stage.error, stage.completed)
    for job in app.jobs.values():
        if job.result not in (None, "JobSucceeded"):
            add("job", "job failed", job.error, job.end)
    for execution in app.sql.values():
        if execution.error:
            add("sql", "execution failed", execution.error, execution.completed)
    for (what, name, reason), group in sorted(groups.items(), key=str):
        yield named(app, what=what, **{"class": name}, reason=reason, count=group.count,
                    wasted_core_h=hours(group.core_ms), first_seen=min(group.times, default=None),
                    last_seen=max(group.times, default=None))


def profile_rows(app):
    for number, profile in sorted(app.profiles.items()):
        requests = profile.executor
        yield named(app, resource_profile=number, executor_cores=requests.get("cores"), heap_mib=requests.get("memory"),
                    overhead_mib=requests.get("memoryOverhead"), off_heap_mib=requests.get("offHeap"),
                    pyspark_mib=requests.get("pyspark.memory"), memory_mib=figures.container_mib(app, number),
                    task_cpus=float(profile.task.get("cpus", app.properties.get("spark.task.cpus", 1))))


def log_rows(directories, every, chosen):
    """One row a log; `problem`: it is listed by name, not only counted. `message` is not the oracle's."""
    rejected = []
    for directory in directories:
        find_logs(directory, rejected)
    nothing = {"app_id": None, "attempt": None, "codec": None, "compacted": False, "logs": 1, "oversized_lines": 0,
               "event_loss_pct": None}
    for log in rejected:
        yield nothing | {"log": log.path, "outcome": "rejected", "events": 0, "malformed_lines": 0, "size_bytes": 0,
                         "decoded_bytes": 0, "last_event": None, "problem": True}
    for app in every:
        log = app.log
        used = id(app) in chosen
        outcome = ("no_application" if app.app_id is None else "duplicate" if not used else
                   "damaged" if (log.damaged or log.malformed) and not log.in_progress else
                   "complete" if app.ended else "running" if log.in_progress else "unfinished")
        with open(log.files[0], "rb") as file:
            codec = decoder_of(file.read(16)).__name__
        loss = figures.event_loss_pct(app) if used else None
        compacted = any(".compact" in os.path.basename(path) for path in log.files)
        yield nothing | {
            "log": log.path, "outcome": outcome, "app_id": app.app_id, "attempt": app.attempt, "events": log.events,
            "malformed_lines": log.malformed, "size_bytes": sum(os.path.getsize(path) for path in log.files),
            "decoded_bytes": log.decoded_bytes, "codec": codec.removesuffix("_block"), "compacted": compacted,
            "last_event": app.last_event or None, "event_loss_pct": loss,
            "problem": outcome != "complete" or compacted or bool(loss) or bool(log.malformed),
        }


# ------------------------------------------------------------------------------------------- what is asked


@dataclass(frozen=True)
class Rate:
    """A factor for applications that match all of the patterns given and started in [since, until) (ms)."""
    factor: float
    user: str = ""
    queue: str = ""
    app_name: str = ""
    since: str = ""  # a date such as 2026-10-01
    until: str = ""


@dataclass(frozen=True)
class Prices:
    core_hour: float = 0.04
    gib_hour: float = 0.0045
    include_driver: bool = True
    memory_basis: str = "container"  # or heap
    combine: str = "sum"  # or max
    yarn_step_mib: int = 0
    min_billing_s: int = 0
    rates: tuple = ()


@dataclass(frozen=True)
class Ask:
    """What a report or trend is asked with. A module's asks name a `window`; `on(fleet)` makes edges of it:

    "all"    everything: since and until are None
    "7d"     so many days back from the newest application
    "default 7d"  what shh takes without any flag: so many days back from NOW or, when nothing is that recent, from
             the newest application
    "since"  from the full hour that most applications cross, until the end
    "until"  from the begin to the full hour that most applications cross
    "edges"  between two full hours that many applications cross
    "given"  since and until as they are (ms, whole hours)
    """
    window: str = "all"
    since: int | None = None
    until: int | None = None
    by: str = ""
    group_by: str = ""  # app job user queue version kind day tag:KEY
    job: str = ""
    subject: tuple = ()  # of `app ID`, `compare A B`
    prices: Prices | None = None
    job_by_user: bool = True
    bucket: str = ""  # hour day week month; "": the trend's own choice
    tz: str = "UTC"
    capacity_cores: float = 0
    capacity_memory_gib: float = 0
    local: bool = False
    incomplete: bool = False
    user: str = ""
    queue: str = ""
    app_name: str = ""
    app_id: str = ""
    tag: str = ""  # KEY=VALUE
    status: str = ""
    spark_version: str = ""
    min_duration: str = ""  # such as 90s
    min_core_hours: float = 0

    def on(self, fleet):
        """The same with edges (ms)."""
        if self.window in ("all", "given"):
            return self
        days = re.fullmatch(r"(default )?(\d+)d", self.window)
        if days:
            length, now = int(days[2]) * DAY, ms(NOW)
            until = 1 + max((app["end"] for app in fleet.apps if (self.local or not app["local"])
                             and (shows_unfinished(self) or not app["end_estimated"])), default=now)
            if days[1] and now - length < until <= now + DAY:
                until = now
            return replace(self, since=(until - length) // HOUR * HOUR, until=-(-until // HOUR) * HOUR)
        first, second = crossed_hours(fleet)
        busiest = crossed_hours(fleet, 1)[0]
        return replace(self, since=busiest if self.window == "since" else first if self.window == "edges" else None,
                       until=busiest if self.window == "until" else second if self.window == "edges" else None)

    def before(self):
        """The equally long window before, or None."""
        if self.since is None or self.until is None:
            return None
        return replace(self, window="given", since=2 * self.since - self.until, until=self.since)

    def arguments(self):
        """The same for shh's command line (of an Ask with edges)."""
        result = ["--last", "all"] if self.since is None and self.until is None else []
        for flag, value in (("--since", self.since), ("--until", self.until)):
            if value is not None and not self.window.startswith("default"):
                result += [flag, figures.iso(value)]
        for flag in ("by", "group_by", "job", "bucket", "user", "queue", "app_name", "app_id", "tag", "status", "spark_version",
                     "min_duration", "min_core_hours"):
            if getattr(self, flag):
                result += ["--" + flag.replace("_", "-"), str(getattr(self, flag))]
        if self.tz != "UTC":
            result += ["--tz", self.tz]
        if self.capacity_cores:
            result += ["--capacity-cores", str(self.capacity_cores)]
        if self.capacity_memory_gib:
            result += ["--capacity-memory", f"{self.capacity_memory_gib}GiB"]
        result += ["--include-local"] * self.local + ["--include-incomplete"] * self.incomplete
        return [*self.subject, *result]


def crossed_hours(fleet, count=2):
    """`count` full hours, in order, that most applications run across (one that is none's is taken last)."""
    crossed = defaultdict(int)
    for app in fleet.apps:
        if not app["local"] and not app["end_estimated"]:
            for hour in range(-(-app["start"] // HOUR) * HOUR, app["end"] + 1, HOUR):
                crossed[hour] += app["start"] < hour
    if len(crossed) < count:
        start, end = fleet.extent()
        crossed[start // HOUR * HOUR] += 0
        crossed[-(-(end + 1) // HOUR) * HOUR] += 0
    return sorted(sorted(crossed, key=lambda hour: (-crossed[hour], hour))[:count])


def shows_unfinished(ask):
    """Asked for, or of a status that only they have."""
    return ask.incomplete or ask.status in ("running", "unknown")


def shows(ask, app):
    """Whether the filters let an application pass; the window is not looked at. Patterns are searched for."""
    return ((ask.local or not app["local"]) and (shows_unfinished(ask) or not app["end_estimated"])
            and re.search(ask.user, app["user"]) is not None and re.search(ask.queue, app["queue"] or "") is not None
            and re.search(ask.app_name, app["app_name"]) is not None
            and ask.app_id in ("", app["app_id"]) and ask.job in ("", app["job"]) and ask.status in ("", app["status"])
            and f"{app['spark_version'] or ''}.".startswith(f"{ask.spark_version}." if ask.spark_version else "")
            and 1000 * app["dur_s"] >= 1000 * int(ask.min_duration.rstrip("s") or 0)
            and (not ask.min_core_hours or (app["alloc_core_h"] or 0) >= ask.min_core_hours)
            and (not ask.tag or app["tags"].get(ask.tag.split("=", 1)[0]) == ask.tag.split("=", 1)[1]))


ADDITIVE = [
    "tasks", "failed_tasks", "killed_tasks", "speculative_tasks", "alloc_core_h", "busy_core_h", "cpu_core_h",
    "alloc_gib_h", *(f"idle_{cause}_core_h" for cause in CAUSES), "wasted_core_h",
    *(f"wasted_{name}_core_h" for name in WASTE_CLASSES), "first_try_core_h", "gc_s", "run_s", "deserialize_s",
    "fetch_wait_s", *SUMS,
]


def known(fleet, ask):
    """Application rows that pass the filters, whenever they ran, uncut; with job_user."""
    return [app | {"job_user": app["user"] if ask.job_by_user else None} for app in fleet.apps if shows(ask, app)]


def selected(fleet, ask):
    """Application rows of the window, additive measures cut to its hours; with job_user, driver_h, group_name, cost_est.

    In the window: begun before its end and not ended before its begin. One that lies inside is taken as it is.
    """
    rows = []
    for app in known(fleet, ask):
        if (ask.until is not None and app["start"] >= ask.until) or (ask.since is not None and app["end"] < ask.since):
            continue
        whole = app
        crosses = ((ask.since is not None and app["start"] < ask.since)
                   or (ask.until is not None and app["end"] >= ask.until))
        if crosses:
            inside = [row for row in fleet.of("usage", app) if in_window(ask, row["hour"])]
            app = app | {column: None if whole[column] is None else total(row[column] for row in inside)
                         for column in ADDITIVE}
            app["measured_core_h"] = measured_core_h(whole, app["alloc_core_h"])
            # Signed, so that parts add up; of a whole application it is at least 0.
            app["idle_core_h"] = None if whole["local"] else app["alloc_core_h"] - app["busy_core_h"]
        begin = whole["start"] if ask.since is None else max(whole["start"], ask.since)
        end = whole["end"] if ask.until is None else min(whole["end"], ask.until)
        app["driver_h"] = max(0, end - begin) / HOUR
        app["group_name"] = group_name(ask, whole)
        price = rates_of(fleet, ask, whole)
        app["cost_est"] = None if price is None else fsum((
            (app["alloc_core_h"] or 0) * price.core, (app["alloc_gib_h"] or 0) * price.gib,
            app["driver_h"] * price.driver))
        rows.append(app)
    return rows


def measured_core_h(whole, alloc):
    """Reading: the whole application's share of executors whose heap was measured, of what the window holds."""
    if whole["local"] or not whole["alloc_core_h"]:
        return None
    return alloc * whole["measured_core_h"] / whole["alloc_core_h"]


def in_window(ask, time):
    return (ask.since is None or time >= ask.since) and (ask.until is None or time < ask.until)


def group_name(ask, app):
    what = ask.group_by
    if what.startswith("tag:"):
        return app["tags"].get(what.removeprefix("tag:"))
    if what == "day":
        return figures.iso(app["start"])[:10]
    return app[{"app": "app_name", "version": "spark_version"}.get(what, what)] if what else None


def rates_of(fleet, ask, app):
    """What an application attempt pays for an allocated core-hour and GiB-hour and for an hour of its driver.

    What is paid beyond what is allocated (containers rounded up, short lives, ...) is spread over the attempt's allocated
    hours. With `combine = "max"` all is paid by the core-hour.
    """
    prices = ask.prices
    if prices is None:
        return None
    factor = next((rate.factor for rate in prices.rates if rate_matches(rate, app)), 1)
    core = gib = allocated = allocated_gib = dearer = 0
    step = prices.yarn_step_mib or 1
    for life in fleet.of("executors", app):
        held = (life["end"] - life["start"]) / HOUR
        billed = max(held, prices.min_billing_s / 3600)
        mib = life["heap_mib"] if prices.memory_basis == "heap" else life["memory_mib"]
        paid_gib = ceil(mib / step) * step / 1024
        core, gib = core + billed * life["cores"], gib + billed * paid_gib
        allocated, allocated_gib = allocated + held * life["cores"], allocated_gib + held * life["memory_mib"] / 1024
        dearer += billed * max(life["cores"] * prices.core_hour, paid_gib * prices.gib_hour)
    driver_core, driver_gib = app["driver_cores"] * prices.core_hour, app["driver_memory_mib"] / 1024 * prices.gib_hour
    if prices.combine == "max":
        core_rate, gib_rate = (dearer / allocated if allocated else 0), 0
        driver = max(driver_core, driver_gib)
    else:
        core_rate = prices.core_hour * (core / allocated if allocated else 1)
        gib_rate = prices.gib_hour * (gib / allocated_gib if allocated_gib else 1)
        driver = driver_core + driver_gib
    return SimpleNamespace(core=factor * core_rate, gib=factor * gib_rate,
                           driver=factor * driver if prices.include_driver else 0)


def rate_matches(rate, app):
    return (re.search(rate.user, app["user"]) is not None and re.search(rate.queue, app["queue"] or "") is not None
            and re.search(rate.app_name, app["app_name"]) is not None
            and (not rate.since or app["start"] >= ms(rate.since + "T00:00:00.000Z"))
            and (not rate.until or app["start"] < ms(rate.until + "T00:00:00.000Z")))


# ------------------------------------------------------------------------------------------- arithmetic


def total(values):
    """The sum of what is known; integers stay exact. Nothing known: 0."""
    values = [value for value in values if value is not None]
    return sum(values) if all(isinstance(value, int) for value in values) else fsum(values)


def total_or_none(values):
    """The sum of what is known; None if nothing is."""
    values = [value for value in values if value is not None]
    return total(values) if values else None


def ratio(part, whole, factor=1):
    return None if part is None or not whole else factor * part / whole


def pct(part, whole):
    """100 x part / whole; None if either is not known or the whole is 0."""
    return ratio(part, whole, 100)


def percentile(values, q):
    """Interpolated between the neighbours at q x (n - 1); None without values."""
    values = sorted(value for value in values if value is not None)
    if not values:
        return None
    at = Fraction(str(q)) * (len(values) - 1)
    low, rest = int(at), at - int(at)
    if not rest:
        return values[low]
    return float(Fraction(values[low]) + rest * (Fraction(values[low + 1]) - Fraction(values[low])))


def median(values):
    return percentile(values, 0.5)


# ------------------------------------------------------------------------------------------- time


@lru_cache(maxsize=None)
def zone(name):
    return ZoneInfo(name)


@lru_cache(maxsize=None)
def local_hour(tz, hour):
    """A full hour (ms) as that zone's clocks show it (a datetime without zone)."""
    return datetime.fromtimestamp(hour // 1000, zone(tz)).replace(tzinfo=None)


def bucket_of(ask, bucket, time):
    """The begin of the bucket that holds a time, as text of the zone's clocks with what they are ahead of UTC by:
    2026-10-05T00:00:00.000+02:00; Z where no zone was asked for.

    Usage is kept by the full hour UTC: the bucket is the one that the hour's begin falls into.
    """
    at = local_hour(ask.tz, time // HOUR * HOUR)
    if bucket != "hour":
        at = at.replace(hour=0)
    at = at.replace(minute=0)
    if bucket == "week":
        at -= timedelta(days=at.weekday())
    if bucket == "month":
        at = at.replace(day=1)
    clock = at.strftime("%Y-%m-%dT%H:%M:%S.000")
    if ask.tz == "UTC":
        return clock + "Z"
    ahead = at.replace(tzinfo=zone(ask.tz)).strftime("%z")
    return f"{clock}{ahead[:3]}:{ahead[3:5]}"


# ------------------------------------------------------------------------------------------- questions


@dataclass
class Question:
    """One report or trend: how its rows are told apart, the oracle's rows, and what to ask."""
    key: list  # columns
    rows: object  # (fleet, ask) -> list of dicts
    asks: list
    skip: tuple = ()  # columns of the oracle's rows that are not compared
    ordered: bool = False  # the order of rows is compared too
    table: str = ""  # part of a report with several tables: its title
    times: tuple = ()  # further columns that are times (ms); those with the unit `time` are known
