"""The oracle's rows of the reports executors (by job and by host), memory, failures, regressions and config.

Written from the headers of queries/report/*.sql. "Reading:" marks where a header leaves room.
"""
import os
from collections import Counter, defaultdict
from math import fsum, log

from figures import HOUR
from judging import (
    MIB, above, by_job, column, gc_pct, gib, greatest, is_good, latest, least, level, order_in_time, setting,
    spill_ratio, timeout_s, touches, variation, version_of, within,
)
from model import (
    DAY, in_window, key, known, median, most, pct, percentile, rates_of, ratio, selected, total, total_or_none,
)

# ------------------------------------------------------------------------------------------- executors

LOST = ("node", "memory", "heartbeat", "crash")
REMOVALS = (*LOST, "stopped", "released", "unknown")


def lives(fleet, ask):
    """(application, executor life) of lives that touch the window."""
    for app in selected(fleet, ask):
        for life in fleet.of("executors", app):
            if touches(ask, life):
                yield app, life


def removals(ask, held):
    """Counts of removals within the window by class."""
    counts = Counter(life["removed_class"] for life in held if life["removed"] and in_window(ask, life["end"]))
    assert not set(counts) - set(REMOVALS), counts
    return {f"removed_{name}": counts[name] for name in REMOVALS} | {
        "lost_executors": sum(counts[name] for name in LOST)}


def core_h_within(ask, held):
    return fsum(life["cores"] * within(ask, life) / HOUR for life in held)


def executors(fleet, ask):
    apps, held_by = by_job(selected(fleet, ask)), defaultdict(list)
    for app, life in lives(fleet, ask):
        held_by[app["job"], app["job_user"]].append(life)
    for (job, user), held in held_by.items():
        ended = [life for life in held if in_window(ask, life["end"])]
        hours = fsum(within(ask, life) / HOUR for life in held)
        yield removals(ask, held) | {
            "job": job, "job_user": user, "executors": len(held),
            "lost_core_h": fsum(life["wasted_core_h"] for life in ended if life["removed_class"] in LOST),
            "short_lived_pct": pct(sum(life["end"] - life["start"] < 120_000 for life in ended), len(ended)),
            "life_p50_s": gib(median(life["end"] - life["start"] for life in ended), 1000),
            "adds_per_executor_h": ratio(sum(in_window(ask, life["start"]) for life in held), hours),
            "never_used_executors": sum(life["tasks"] == 0 for life in ended),
            "wasted_recompute_core_h": total(column(apps[job, user], "wasted_recompute_core_h")),
            "alloc_core_h": core_h_within(ask, held),
            "never_used_core_h": core_h_within(ask, [life for life in held if life["tasks"] == 0]),
        }


FAILED_STEPS = (5, 10, 15, 20)


def executors_by_host(fleet, ask):
    held_by = defaultdict(list)
    for _, life in lives(fleet, ask):
        held_by[life["host"]].append(life)

    def expected_core_h(life):
        """What its tasks would have taken at the mean of its (whole) application; None where this one ran all of them."""
        app = fleet.app(life)
        return life["tasks"] * app["busy_core_h"] / app["tasks"] if 0 < life["tasks"] < app["tasks"] else None

    for host, held in held_by.items():
        ended = [life for life in held if in_window(ask, life["end"])]
        count, failed, busy = (total(column(ended, name)) for name in ("tasks", "failed_tasks", "busy_core_h"))
        compared = [life for life in ended if expected_core_h(life) is not None]
        yield removals(ask, held) | {
            "host": host, "executors": len(held), "tasks": count, "failed_tasks": failed,
            "failed_core_h": total(column(ended, "wasted_core_h")), "failed_tasks_pct": pct(failed, count),
            "severity": level(pct(failed, count), FAILED_STEPS, "none") if count >= 100 else "unknown",
            "slow_ratio": ratio(fsum(column(compared, "busy_core_h")),
                                fsum(map(expected_core_h, compared))),
            "mean_task_s": ratio(busy, count, 3600), "alloc_core_h": core_h_within(ask, held), "busy_core_h": busy,
        }

# ------------------------------------------------------------------------------------------- memory

RESERVED = 300 / 1024  # GiB that the JVM keeps from its unified memory
CLASS_STEPS = (1.25, 1.5, 2, 3)


def memory(fleet, ask):
    begin = None if ask.since is None else ask.since - 90 * DAY
    runs_of = by_job(app for app in known(fleet, ask)
                     if (begin is None or app["end"] >= begin) and (ask.until is None or app["start"] < ask.until))
    held_by = defaultdict(list)
    for app, life in lives(fleet, ask):
        held_by[app["job"], app["job_user"]].append(life)
    for (job, user), held in held_by.items():
        # Reading: the latest run is one of those that the evidence is looked for among, be it before the window.
        runs = runs_of[job, user]
        yield {"job": job, "job_user": user} | memory_of(fleet, ask, latest(runs), held, runs)


def memory_of(fleet, ask, last, held, runs):
    def last_runs(wanted):
        return sorted((run for run in runs if good(run) == wanted), key=order_in_time)[-30:]

    def good(run):
        return run["engine"] == "jvm" and is_good(run, ("batch", "streaming", "service", "local"))

    evidence = last_runs(True)
    both = evidence + last_runs(False)
    heap = gib(last["heap_mib"], 1024)
    peaks = [gib(run["peak_heap_bytes"]) for run in evidence if run["peak_heap_bytes"] is not None]
    p95, highest = percentile(peaks, 0.95), most(peaks)
    coverage = pct(total(column(evidence, "measured_core_h")), total(column(evidence, "alloc_core_h")))
    unified = gib(most(column(evidence, "peak_unified_bytes")))
    task = gib(most(stage["peak_execution_bytes_max"] for run in evidence for stage in fleet.of("stages", run)))
    task_peak = None if task is None else task * max(column(held, "cores"))
    varies = variation(column(evidence, "input_bytes"))
    span = (evidence[-1]["start"] - evidence[0]["start"]) / 1000 if evidence else None
    oom = sum(run["oom_failures"] > 0 for run in both)
    gc_runs = sum(run["run_s"] > 300 and gc_pct([run]) > 10 for run in both)
    spill_runs = sum((spill_ratio([run]) or 0) > 0.1 for run in both)
    used, gc = pct(highest, heap), gc_pct(both)

    if not peaks or last["engine"] != "jvm" or last["kind"] in ("local", "streaming") or oom or gc_runs or spill_runs:
        confidence = "none"
    else:  # Reading: a variation that is not known is none that is small enough
        confidence = next((name for name, count, days, share, spread in
                           (("high", 10, 14, 90, 0.3), ("medium", 3, 0, 80, 1))
                           if len(evidence) >= count and span >= days * 86_400 and coverage is not None
                           and coverage >= share and varies is not None and varies <= spread), "low")
    bound = greatest(None if unified is None else unified + RESERVED, None if task_peak is None else 1.3 * task_peak, 1)
    measured = [life for life in held if life["peak_heap_bytes"] is not None and fleet.app(life)["engine"] == "jvm"]

    def unused(factor, peak):
        """GiB-hours of heap beyond factor x peak (GiB, of an executor); None where nothing was measured."""
        return total_or_none(
            max(0.0, life["heap_mib"] / 1024 - factor * peak(life)) * within(ask, life) / HOUR
            for life in measured if peak(life) is not None)

    over = level(ratio(heap, None if highest is None else highest + RESERVED), CLASS_STEPS)
    starved = used is not None and used > 90 and (gc or 0) > 5
    if oom or starved:
        kind = "under"
        tight = starved and used > 95 and gc > 8
        severity = ("critical" if oom else "severe" if tight and any(column(both, "disk_spill_bytes"))
                    else "moderate" if tight else "low")
    elif last["engine"] != "jvm" or not peaks or coverage is None or coverage < 80 or heap <= 2:
        kind = severity = "unknown"
    else:
        kind, severity = ("over", over) if over else ("fit", "none")
    return {
        "wasted_gib_h": unused(1.1, lambda life: gib(life["peak_heap_bytes"])), "heap_gib": heap,
        "suggested_likely_gib": None if confidence == "none" else min(heap, max(1.2 * p95, bound)),
        "suggested_careful_gib": None if confidence == "none" else min(heap, max(1.3 * highest, bound)),
        "confidence": confidence, "heap_class": kind, "severity": severity, "peak_p95_gib": p95,
        "peak_max_gib": highest, "peak_p50_gib": median(peaks), "heap_peak_pct": used, "gc_pct": gc,
        "spill_ratio": spill_ratio(both), "oom_runs": oom, "peak_cov_pct": coverage,
        "overhead_gib": gib(last["overhead_mib"], 1024), "unified_peak_gib": unified,
        "wasted_low_gib_h": unused(1.3, lambda life: p95), "good_runs": len(evidence), "span_s": span,
        "input_variation": varies, "task_peak_gib": task_peak, "gc_runs": gc_runs, "spill_runs": spill_runs,
        "engine": last["engine"], "kind": last["kind"],
    }

# ------------------------------------------------------------------------------------------- failures


def removal_text(reason):
    """The first paragraph of a removal's reason; runs of digits, with dots, dashes and colons after each, are `*`."""
    if reason is None:
        return None
    result = ""
    for char in reason.strip(" ").split("  ")[0]:
        if char.isascii() and char.isdigit():
            char = "*"
        if result.endswith("*") and char in "*.-:":
            continue
        result += char
    return result


def failures(fleet, ask):
    groups = defaultdict(list)
    for app in selected(fleet, ask):
        rows = list(fleet.of("failures", app))
        gone = defaultdict(list)
        for life in fleet.of("executors", app):
            # Reading: of executors those that went within the window.
            if life["removed_class"] not in (None, "released") and in_window(ask, life["end"]):
                gone[life["removed_class"], removal_text(life["removed_reason"])].append(life["end"])
        rows += [{"what": "executor", "class": name, "reason": reason, "count": len(times), "wasted_core_h": 0.0,
                  "first_seen": min(times), "last_seen": max(times)} for (name, reason), times in gone.items()]
        price = rates_of(fleet, ask, app)
        beside = ratio(app["alloc_gib_h"], app["alloc_core_h"])
        for row in rows:
            first, last = row["first_seen"], row["last_seen"]
            if first is not None and ((ask.since is not None and last < ask.since)
                                      or (ask.until is not None and first >= ask.until)):
                continue  # Reading: any between the first and the last may lie within the window
            cost = None if price is None or beside is None else row["wasted_core_h"] * (price.core + price.gib * beside)
            groups[row["what"], row["class"], row["reason"]].append(row | {"app": app, "cost": cost})
    for (what, name, reason), rows in groups.items():
        # Reading: of equal ones that with the larger id.
        example = max(rows, key=lambda row: (row["wasted_core_h"], row["count"], row["app"]["app_id"]))["app"]
        yield {
            "what": what, "class": name, "reason": reason, "wasted_core_h": fsum(column(rows, "wasted_core_h")),
            "occurrences": sum(column(rows, "count")), "applications": len(rows),
            "jobs": len({(row["app"]["job"], row["app"]["job_user"]) for row in rows}),
            "wasted_cost_est": total_or_none(column(rows, "cost")),
            "last_seen": most(column(rows, "last_seen")), "first_seen": least(*column(rows, "first_seen")),
            "example_app_id": example["app_id"], "example_app_name": example["app_name"],
            "failed_applications": sum(row["app"]["status"] == "failed" for row in rows),
        }

# ------------------------------------------------------------------------------------------- regressions


def regressions(fleet, ask):
    """Nothing comes before a window without a begin."""
    if ask.since is None:
        return []
    good = [app for app in known(fleet, ask) if is_good(app, ("batch", "local"))]
    before = by_job(app for app in good if ask.since - 90 * DAY <= app["start"] < ask.since)
    now = by_job(app for app in good if in_window(ask, app["start"]))
    return [row for job, runs in now.items() if job in before
            for row in regressions_of(fleet, *job, sorted(before[job], key=order_in_time)[-30:],
                                      sorted(runs, key=order_in_time))]


def low_median(values):
    values = sorted(value for value in values if value is not None)
    return values[(len(values) - 1) // 2] if values else None


def change_pct(before, now):
    return None if before is None or now is None or not before else 100 * (now - before) / before


def regressions_of(fleet, job, user, old, new):
    def medians(name):
        return median(column(old, name)), low_median(column(new, name))

    core_before, core_now = medians("alloc_core_h")
    change_core = None if core_before is None or core_now is None else core_now - core_before
    input_before, input_now = medians("input_bytes")
    executors_before, executors_now = medians("peak_executors")
    changed, is_cause = changes(fleet, old[-1], new[-1], executors_before, executors_now)
    for metric, name in (("duration", "dur_s"), ("core-hours", "alloc_core_h")):
        before, now = medians(name)
        change = change_pct(before, now)
        severity = above(change, (None, 25, 50, 100))
        values = [value for value in column(old, name) if value is not None]
        score = robust_z(values, before, now) if len(old) >= 8 else None
        if not severity or not unusual(len(old), values, now, score, len(new)):
            continue
        if not (now - before > 300 if metric == "duration" else (now - before) * len(new) > 1):
            continue
        normalised = change_pct(before / input_before, now / input_now) if input_before and input_now else None
        yield {
            "job": job, "job_user": user, "metric": metric, "severity": severity, "change_pct": change,
            "impact_core_h": None if change_core is None else len(new) * change_core,
            "verdict": verdict(input_before, input_now, normalised, is_cause), "changed": changed, "runs": len(new),
            "input_change_pct": change_pct(input_before, input_now), "normalised_change_pct": normalised,
            "dur_before_s": medians("dur_s")[0], "dur_now_s": medians("dur_s")[1],
            "run_core_h_before": core_before, "run_core_h_now": core_now, "robust_z": score,
            "baseline_runs": len(old), "change_s": medians("dur_s")[1] - medians("dur_s")[0],
            # Reading: of an even number of runs a median of bytes is rounded.
            "change_core_h": change_core, "input_bytes_before": int(input_before + 0.5), "input_bytes_now": input_now,
            "executors_before": executors_before, "executors_now": executors_now,
            "last_good_app_id": old[-1]["app_id"], "latest_app_id": new[-1]["app_id"],
        }


def robust_z(values, before, now):
    """None where at least half of the values are equal to their median."""
    if not before or not now:
        return None
    spread = 1.4826 * median(abs(log(value / before)) for value in values if value > 0)
    return log(now / before) / spread if spread else None


def unusual(count, values, now, score, runs):
    """Whether the window's median is more than chance, against so many runs before."""
    if count < 3 or (runs == 1 and score is None) or (score is not None and score <= 3.5):
        return False
    return now > (max(values) if count < 8 else percentile(values, 0.9))


def verdict(input_before, input_now, normalised, is_cause):
    """Reading: input that grew is `data growth` for `configuration` and `unclear`, whatever each byte takes."""
    if not input_before:
        return "configuration" if is_cause else "unclear"
    if input_now > 1.25 * input_before and input_now - input_before > 100_000_000:
        return "unclear" if is_cause else "data growth" if normalised <= 25 else "slower"
    return "configuration" if is_cause else "slower"


NAMES_OF_RUNS = {"spark.airflow.dag_id", "spark.airflow.task_id", "spark.app.tags", "spark.master", "spark.shh.job",
                 "spark.databricks.clusterUsageTags.clusterName", "spark.yarn.primary.py.file", "spark.yarn.tags",
                 "sun.java.command"}


def changes(fleet, old, new, executors_before, executors_now):
    """(text, whether it may be the cause: more executors are none).

    Reading: without what only names a run or is about its log; four settings by name, the others by number."""
    parts = []
    if old["spark_version"] != new["spark_version"]:
        parts.append(f"Spark {old['spark_version'] or '(unknown)'} -> {new['spark_version'] or '(unknown)'}")
    if abs(executors_now - executors_before) > 0.25 * executors_before:
        parts.append(f"executors {int(executors_before + 0.5)} -> {executors_now}")
    before, now = ({row["key"]: row["value"][:40] for row in fleet.of("conf", app)} for app in (old, new))
    different = [f"{name} {before.get(name, '(not set)')} -> {now.get(name, '(not set)')}"
                 for name in sorted({**before, **now})
                 if before.get(name) != now.get(name) and name not in NAMES_OF_RUNS and not name.startswith(("spark.kubernetes.driver.label.", "spark.eventLog."))]
    parts += different[:4] + ([f"and {len(different) - 4} more settings"] if len(different) > 4 else [])
    is_new = bool(different) or old["spark_version"] != new["spark_version"]
    return ", ".join(parts) or None, is_new or executors_now < 0.75 * executors_before

# ------------------------------------------------------------------------------------------- config


def failed_checks(fleet, app):
    """The names of the checks that an application fails. The header says what a check is about only by its name and
    by `why`; Reading: only versions from 3.0 on are held to what is new in 3.0."""
    version = version_of(app)
    logs = [log for log in fleet.of("logs", app) if log["outcome"] != "duplicate"]
    alloc = app["alloc_core_h"]
    if not app["dynamic_allocation"] and app["dur_s"] > 300 and (alloc or 0) > 1 and app["idle_core_h"] >= 0.5 * alloc:
        yield "dynamic allocation off, cores idle"
    if app["oom_failures"] and app["overhead_derived"]:
        yield "out of memory, overhead not set"
    timeout = timeout_s(setting(fleet, app, "spark.dynamicAllocation.executorIdleTimeout"))
    if app["dynamic_allocation"]:
        if timeout is not None and timeout > 300 and alloc is not None and app["idle_tail_core_h"] > 0.05 * alloc:
            yield "idle timeout above 5 minutes"
        # Reading: the largest number that there is, Spark's default, is no limit.
        if alloc and setting(fleet, app, "spark.dynamicAllocation.maxExecutors") in (None, str(2**31 - 1)):
            yield "dynamic allocation without a limit"
    if app["adaptive"] is False and app["sql_executions"] and version and version >= (3, 0):
        yield "adaptive execution off"
    if version and version < (3, 5):
        yield "Spark version without support"
    if app["peak_cores"] > 8 * app["peak_executors"]:
        yield "more than 8 cores an executor"
    if app["peak_executors"] > 1 and app["peak_cores"] == app["peak_executors"]:
        yield "one core an executor"
    if (app["heap_mib"] or 0) >= 32 * 1024:
        yield "heap of 32 GiB or more"
    if (app["serializer"] == "JavaSerializer" and app["engine"] == "jvm" and not app["sql_executions"]
            and app["shuffle_write_bytes"]):
        yield "Java serializer"
    if alloc and app["measured_core_h"] < 0.5 * alloc and version and version >= (3, 0):
        yield "executor memory hardly measured"
    if any(log["codec"] == "plain" for log in logs):
        yield "event log not compressed"
    if version and version >= (3, 0) and any(
            log["size_bytes"] > 128 * MIB and not os.path.basename(log["log"]).startswith("eventlog_v2_") for log in logs):
        yield "event log not rolled"


SEVERITY_OF_CHECK = {
    "out of memory, overhead not set": "severe", "idle timeout above 5 minutes": "moderate",
    "adaptive execution off": "moderate", "Spark version without support": "moderate",
    "dynamic allocation without a limit": "moderate", "more than 8 cores an executor": "low",
    "one core an executor": "low", "heap of 32 GiB or more": "low", "Java serializer": "low",
    "executor memory hardly measured": "low", "event log not compressed": "low", "event log not rolled": "low",
}


def config(fleet, ask):
    apps = selected(fleet, ask)
    everything = total(column(apps, "alloc_core_h"))
    failing = defaultdict(list)
    for app in apps:
        for check in failed_checks(fleet, app):
            failing[check].append(app)
    for check, mine in failing.items():
        alloc, idle = (total_or_none(column(mine, name)) for name in ("alloc_core_h", "idle_core_h"))
        example = max(mine, key=lambda app: (app["alloc_core_h"] or 0, app["app_id"]))
        yield {
            "check": check, "affected_core_h": alloc, "share_pct": pct(alloc, everything), "applications": len(mine),
            "severity": SEVERITY_OF_CHECK.get(check) or level(pct(idle, alloc), (None, 50, 70, 85)),
            "example_app_id": example["app_id"], "example_app_name": example["app_name"],
            "affected_idle_core_h": idle, "affected_cost_est": total_or_none(column(mine, "cost_est")),
        }
