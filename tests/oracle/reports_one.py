"""The oracle's rows of the reports that are about named things: compare and app, each with its parts.

Written from the headers of queries/report/{app,compare}*.sql. "Reading:" marks where a header leaves room.
"""
from collections import Counter, defaultdict
from dataclasses import replace

import figures
from judging import LEVELS, MIB, at_most_100, column, gc_pct, gib, latest, level, spill_ratio
from model import median, most, ms, pct, ratio, selected, total_or_none
from reports_jobs import CLASS_STEPS, FAILED_STEPS, SEVERITY_OF_CHECK, failed_checks
from reports_stages import skew_of, spill_severity, tiny_severity

# ------------------------------------------------------------------------------------------- compare


def side_of(fleet, ask, subject):
    """(runs, Ask) of one side: of an application, of a job, or of a window SINCE..UNTIL."""
    at = subject.split("..")
    if len(at) == 2:
        ask = replace(ask, window="given", since=ms(at[0]), until=ms(at[1]))
        return selected(fleet, ask), ask
    ask = replace(ask, local=True, incomplete=True)  # what is named is compared
    return [app for app in selected(fleet, ask) if subject in (app["app_id"], app["job"])], ask


def measures(runs):
    """{metric: amount}. Reading: attempts of an application are runs of their own; shares are of sums; what is used is the
    mean of a run."""
    def sums(name, among=runs):
        return total_or_none(column(among, name))

    def per_run(name):
        return ratio(sums(name), len(runs))

    cluster = [run for run in runs if not run["local"]]
    alloc = sums("alloc_core_h")
    by_cpu = [run for run in cluster if run["cpu_core_h"] is not None]
    return {
        "runs": len(runs), "failed runs": pct(sum(run["status"] == "failed" for run in runs), len(runs)),
        "duration, median run": median(column(runs, "dur_s")),
        "queue wait, median run": median(column(runs, "queue_wait_s")),
        "allocated": alloc, "allocated per run": per_run("alloc_core_h"),
        "busy of allocated": pct(sums("busy_core_h", cluster), alloc),
        # As in the other reports: of applications in a cluster that say how much CPU time they took.
        "CPU of allocated": pct(sums("cpu_core_h", by_cpu), sums("alloc_core_h", by_cpu)),
        **{f"idle: {cause.replace('_', ' ')} per run": per_run(f"idle_{cause}_core_h") for cause in figures.CAUSES},
        "wasted per run": per_run("wasted_core_h"), "memory allocated per run": per_run("alloc_gib_h"),
        "largest heap peak of heap": most(pct(run["peak_heap_bytes"], (run["heap_mib"] or 0) * MIB) for run in runs),
        "GC of run time": pct(sums("gc_s"), sums("run_s")), "disk spill per run": per_run("disk_spill_bytes"),
        "input per run": per_run("input_bytes"), "shuffle read per run": per_run("shuffle_read_bytes"),
        "output per run": per_run("output_bytes"),
        "peak executors": most(column(runs, "peak_executors")), "tasks per run": per_run("tasks"),
        "failed tasks": pct(sums("failed_tasks"), sums("tasks")),
    }


# Reading: more of these is better (1) or worse (-1); of others nothing can be told.
DIRECTIONS = {
    "failed runs": -1, "duration, median run": -1, "queue wait, median run": -1, "allocated per run": -1,
    "busy of allocated": 1, "CPU of allocated": 1, "wasted per run": -1, "memory allocated per run": -1, "GC of run time": -1,
    "disk spill per run": -1, "failed tasks": -1,
    **{f"idle: {cause.replace('_', ' ')} per run": -1 for cause in figures.CAUSES},
}


def comparison(fleet, ask):
    (a_runs, a_ask), (b_runs, b_ask) = (side_of(fleet, ask, subject) for subject in ask.subject)
    a_measures, b_measures = ({} if not runs else measures(runs) for runs in (a_runs, b_runs))
    rows = []
    for metric in a_measures or b_measures:
        a, b = a_measures.get(metric), b_measures.get(metric)
        if a is None and b is None:
            continue
        change = None if a is None or b is None else b - a
        better = DIRECTIONS.get(metric, 0) * (change or 0)
        rows.append({"metric": metric, "a": a, "b": b, "change": change, "change_pct": pct(change, a),
                     "note": None if not better or abs(change) <= 0.05 * abs(a) else "better" if better > 0 else "worse"})
    newest = [latest(runs) if runs else None for runs in (a_runs, b_runs)]
    named = not any(".." in subject for subject in ask.subject)
    return {"compare": rows, "compare-configuration": configurations(fleet, *newest) if named else [],
            "compare-stages": stage_pairs(fleet, *newest) if named else []}


def configurations(fleet, a, b):
    sides = [{} if app is None else {row["key"]: row["value"] for row in fleet.of("conf", app)}
             | {"Spark version": app["spark_version"]} for app in (a, b)]
    rows = [{"key": name, "a": sides[0].get(name), "b": sides[1].get(name)} for name in {**sides[0], **sides[1]}]
    return [row for row in rows if row["a"] != row["b"]]


def stage_pairs(fleet, a, b):
    rows = defaultdict(dict)
    for side, app in (("a", a), ("b", b)):
        counts = Counter()
        stages = [] if app is None else fleet.of("stages", app)
        for stage in sorted(stages, key=lambda stage: (stage["stage_id"], stage["stage_attempt"])):
            counts[stage["name"]] += 1
            rows[stage["name"], counts[stage["name"]]] |= {
                f"{side}_dur_s": None if stage["completed"] is None else (stage["completed"] - stage["submitted"]) / 1000,
                f"{side}_core_h": stage["busy_core_h"], f"{side}_tasks": stage["tasks"],
                f"{side}_input_bytes": stage["input_bytes"], f"{side}_stage": stage["stage_id"]}
    empty = {f"{side}_{what}": None for side in "ab" for what in ("dur_s", "core_h", "tasks", "input_bytes", "stage")}
    result = []
    for (name, _), row in rows.items():
        row = empty | row
        both = row["a_dur_s"] is not None and row["b_dur_s"] is not None
        result.append(row | {"name": name, "change_s": row["b_dur_s"] - row["a_dur_s"] if both else None})
    return result

# ------------------------------------------------------------------------------------------- app

GC_STEPS = (8, 10, 15, 20)
IDLE_STEPS = (30, 50, 70, 85)
WASTED_STEPS = (1, 5, 15, 30)


def app(fleet, ask):
    ask = replace(ask, local=True, incomplete=True, app_id=ask.subject[0])
    apps = selected(fleet, ask)
    return {
        "app": [app_of(fleet, app) for app in apps],
        "app-findings": [row | {"attempt": app["attempt"]} for app in apps for row in findings(fleet, app)],
        "app-timeline": [row for app in apps for row in timeline(fleet, app)],
    }


APP_COLUMNS = ["app_name", "job", "app_id", "attempt", "status", "user", "queue", "kind", "engine", "spark_version",
               "start", "dur_s", "queue_wait_s", "peak_executors", "alloc_core_h", "idle_core_h", "wasted_core_h", "alloc_gib_h",
               "cost_est", "jobs", "failed_jobs", "stages", "failed_stages", "tasks", "failed_tasks", "input_bytes",
               "shuffle_read_bytes", "output_bytes", "disk_spill_bytes", "event_loss_pct"]


def idle_pct(app):
    """Unknown below 5 minutes or 1 core-hour."""
    if app["dur_s"] <= 300 or (app["alloc_core_h"] or 0) <= 1:
        return None
    return 100 * (1 - app["busy_core_h"] / app["alloc_core_h"])


def app_of(fleet, app):
    return {name: app[name] for name in APP_COLUMNS} | {
        "verdict": app_verdict(app), "executor_memory_gib": gib(app["executor_memory_mib"], 1024),
        "busy_pct": at_most_100(pct(app["busy_core_h"], app["alloc_core_h"])),
        "cpu_pct": pct(app["cpu_core_h"], app["alloc_core_h"]), "gc_pct": gc_pct([app]),
        "heap_peak_pct": pct(app["peak_heap_bytes"], (app["heap_mib"] or 0) * MIB),
    }


def app_verdict(app):
    """Reading: too little memory is severe GC or spill, idle is moderate, lost is severe. Local mode has no cores to idle
    and none to be too few; the words are the product's."""
    if app["status"] == "failed":
        return "failed"
    if app["oom_failures"]:
        return "ran out of memory"
    if not app["local"] and (app["dur_s"] <= 300 or (app["alloc_core_h"] or 0) <= 1):
        return "too small to judge"
    if (app["run_s"] > 300 and gc_pct([app]) > 15) or spill_severity([app], 1) in ("severe", "critical"):
        return "short of memory"
    if (idle_pct(app) or 0) >= 50:
        return "its cores mostly idle"
    if (pct(app["wasted_core_h"], app["busy_core_h"]) or 0) > 15:
        return "much of its work was lost"
    return "local mode" if app["local"] else "sound"


def findings(fleet, app):
    """By the thresholds of the reports that look for the same in the fleet."""
    stages = fleet.of("stages", app)
    skewed = [row for row in (skew_of(app, stage) for stage in stages) if row]
    enough = app["dur_s"] > 300 and (app["alloc_core_h"] or 0) > 1
    whole = (app["status"] == "succeeded" and not app["compacted"]
             and (app["event_loss_pct"] is None or app["event_loss_pct"] <= 5))
    gc, spilled = gc_pct([app]), spill_severity([app], 1)
    coverage = pct(app["measured_core_h"], app["alloc_core_h"])
    found = {}

    def add(finding, severity, core_h=None):
        if severity in LEVELS:
            found[finding] = {"finding": finding, "severity": severity, "core_h": core_h}

    add("memory ran out", app["oom_failures"] and "critical")
    if enough and app["kind"] in ("batch", "service"):  # Reading: a stream waits by design
        add("cores idle", level(idle_pct(app), IDLE_STEPS), app["idle_core_h"])
    fewest, today = app["likely_executors"], app["replay_executors"]
    # Reading: a fifth of the executors, replayed as well as `cost` wants it, is worth a word.
    if whole and enough and app["kind"] == "batch" and today and app["replay_error_pct"] <= 15 and fewest <= 0.8 * today:
        add("more executors than the work needs", "moderate", app["alloc_core_h"] * (1 - fewest / today))
    # As `memory` judges a job: measured, larger than 2 GiB, of the JVM alone, and nothing against a cut.
    if (whole and enough and app["engine"] == "jvm" and app["peak_heap_bytes"] and coverage >= 80
            and app["heap_mib"] > 2048 and not app["oom_failures"] and (gc or 0) <= 10 and (spill_ratio([app]) or 0) <= 0.1):
        add("heap larger than ever used", level(app["heap_mib"] / (app["peak_heap_bytes"] / MIB + 300), CLASS_STEPS))
    add("garbage collection takes long", level(gc, GC_STEPS) if app["run_s"] > 300 else None)
    add("memory spills", spilled)
    if skewed:
        add("a stage waits for few long tasks", max((row["severity"] for row in skewed), key=LEVELS.index),
            total_or_none(column(skewed, "skew_tail_core_h")))
    add("many tiny tasks", max(filter(None, map(tiny_severity, stages)), key=LEVELS.index, default=None))
    add("work was lost", level(pct(app["wasted_core_h"], app["busy_core_h"]), WASTED_STEPS), app["wasted_core_h"])
    add("tasks fail", level(pct(app["failed_tasks"], app["tasks"]), FAILED_STEPS) if app["tasks"] >= 100 else None)
    add("executors that never ran a task", "low" if app["never_used_executors"] else None)
    if "adaptive execution off" in failed_checks(fleet, app):
        add("adaptive query execution is off", SEVERITY_OF_CHECK["adaptive execution off"])
    return list(found.values())


def timeline(fleet, app):
    for stage in fleet.of("stages", app):
        if stage["submitted"] is not None:
            number, retry = stage["stage_id"], stage["stage_attempt"]
            yield {
                "attempt": app["attempt"], "stage": f"{number}.{retry}" if retry else f"{number}",
                "begin_s": (stage["submitted"] - app["start"]) / 1000,
                "dur_s": None if stage["completed"] is None else (stage["completed"] - stage["submitted"]) / 1000,
                **{name: stage[name] for name in
                   ("tasks", "busy_core_h", "name", "status", "failed_tasks", "skew_tail_core_h")},
            }
