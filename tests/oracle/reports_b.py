"""The oracle's rows of the reports skew, tasks, spill, executors, memory, cost, failures, regressions, config, compare, app.

Written from the headers of queries/report/*.sql. "Reading:" marks where a header leaves room.
"""
import os
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, fsum, log

import figures
import words
from figures import HOUR
from model import (
    DAY, Ask, Prices, Question, Rate, in_window, key, known, median, most, pct, percentile, ms, rates_of, ratio, selected,
    total, total_or_none,
)

MIB, GIB = 1024**2, 1024**3
RESERVED = 300 / 1024  # GiB that the JVM keeps from its unified memory
LEVELS = ("low", "moderate", "severe", "critical")


# ------------------------------------------------------------------------------------------- small helpers


def level(value, steps, none=None):
    """The severity of a value: the last of the steps (None: no such step) that it reaches, else `none`."""
    reached = [name for name, step in zip(LEVELS, steps) if step is not None and value is not None and value >= step]
    return reached[-1] if reached else none


def above(value, steps, none=None):
    """The same for steps that must be passed."""
    reached = [name for name, step in zip(LEVELS, steps) if step is not None and value is not None and value > step]
    return reached[-1] if reached else none


def least(*values):
    return min((value for value in values if value is not None), default=None)


def at_most_100(value):
    return None if value is None else min(100.0, value)


def greatest(*values):
    return most(values)


def gib(count, unit=GIB):
    return None if count is None else count / unit


def by_job(rows):
    """{(job, job_user): rows}."""
    jobs = defaultdict(list)
    for row in rows:
        jobs[row["job"], row["job_user"]].append(row)
    return jobs


def order_in_time(app):
    """Reading: of runs that began at the same moment the one with the larger id, then attempt, is later."""
    return app["start"], app["app_id"], app["attempt"] or ""


def latest(apps):
    return max(apps, key=order_in_time)


def setting(fleet, app, name, default=None):
    return next((row["value"] for row in fleet.of("conf", app) if row["key"] == name), default)


def column(rows, name):
    return [row[name] for row in rows]


def largest_data(rows):
    """The largest of input, output, shuffle read and shuffle write bytes, each summed; 0 without rows."""
    return max((total(column(rows, f"{what}_bytes")) for what in ("input", "output", "shuffle_read", "shuffle_write")),
               default=0)


def spill_ratio(rows):
    return ratio(total(column(rows, "memory_spill_bytes")), largest_data(rows))


def gc_pct(rows):
    return pct(total(column(rows, "gc_s")), total(column(rows, "run_s")))


def within(ask, row):
    """ms of an executor's life within the window."""
    begin = row["start"] if ask.since is None else max(row["start"], ask.since)
    end = row["end"] if ask.until is None else min(row["end"], ask.until)
    return max(0, end - begin)


def touches(ask, row):
    return (ask.until is None or row["start"] < ask.until) and (ask.since is None or row["end"] >= ask.since)


def completed_stages(fleet, ask):
    """(application, stage) of each stage attempt that completed within the window, of an application in it."""
    for app in selected(fleet, ask):
        for stage in fleet.of("stages", app):
            if stage["completed"] is not None and in_window(ask, stage["completed"]):
                yield app, stage


def whose(app, stage):
    """The columns that say whose stage it is."""
    return {
        "app_name": app["app_name"], "user": app["user"], "queue": app["queue"], "job": app["job"],
        "app_id": app["app_id"], "attempt": app["attempt"], "stage_id": stage["stage_id"],
        "stage_attempt": stage["stage_attempt"], "stage_name": stage["name"], "tasks": stage["tasks"],
        "completed": stage["completed"], "input_bytes": stage["input_bytes"],
        "shuffle_read_bytes": stage["shuffle_read_bytes"], "busy_core_h": stage["busy_core_h"],
    }


# ------------------------------------------------------------------------------------------- skew


def skew(fleet, ask):
    return [row for app, stage in completed_stages(fleet, ask) for row in [skew_of(app, stage)] if row]


SKEW_STEPS = (2, 4, 8, 16)


def skew_of(app, stage):
    """The row of a stage attempt; None where it is not skewed."""
    good = stage["tasks"] - stage["failed_tasks"] - stage["killed_tasks"]
    wall = stage["completed"] - stage["submitted"] if stage["completed"] is not None else None
    longest = stage["run_ms_max"]
    # Reading: what is held against the stage's wall time is the wall time of the longest task, as in stage_share_pct.
    if wall is None or good < 20 or longest <= 150_000 or 2 * stage["dur_ms_max"] < wall:
        return None
    times = longest / max(stage["run_ms_p50"], 1)
    if times < 2:
        return None
    what = "input_bytes" if stage["input_bytes"] >= stage["shuffle_read_bytes"] else "shuffle_read_bytes"
    middle, biggest = stage[f"{what}_p50"], stage[f"{what}_max"]
    return whose(app, stage) | {
        "skew_tail_core_h": stage["skew_tail_core_h"], "skew_ratio": times, "severity": level(times, SKEW_STEPS),
        # Reading: where the median is 0, any byte is at least twice of it.
        "skew_kind": "data" if biggest > 0 and biggest >= 2 * middle else "slow task",
        "run_max_s": longest / 1000, "run_p50_s": stage["run_ms_p50"] / 1000, "run_p99_s": stage["run_ms_p99"] / 1000,
        "stage_share_pct": at_most_100(pct(stage["dur_ms_max"], wall)), "bytes_ratio": ratio(biggest, middle),
        "task_read_p50_bytes": middle, "task_read_max_bytes": biggest, "submitted": stage["submitted"],
    }


# ------------------------------------------------------------------------------------------- tasks

HUGE = 5 * GIB
TINY_STEPS = (None, 5_000, 20_000, 100_000)


def tasks(fleet, ask):
    return [row for app, stage in completed_stages(fleet, ask) for row in [tasks_of(fleet, app, stage)] if row]


def task_cpus(fleet, stage):
    profile = next((row for row in fleet.of("profiles", stage) if row["resource_profile"] == stage["resource_profile"]),
                   None)
    return profile["task_cpus"] if profile else float(setting(fleet, stage, "spark.task.cpus", "1"))


def tiny_severity(stage):
    middle = stage["dur_ms_p50"]
    return above(stage["tasks"], TINY_STEPS) if middle is not None and middle < 500 else None


def tasks_of(fleet, app, stage):
    tiny = tiny_severity(stage)
    biggest = greatest(stage["input_bytes_max"], stage["shuffle_read_bytes_max"])
    huge = biggest is not None and biggest > HUGE
    if not tiny and not huge:
        return None
    read = stage["input_bytes"] + stage["shuffle_read_bytes"]
    # Reading: a tenth is rounded up, too.
    suggested = -(-read // (128 * MIB)) if read else -(-stage["tasks"] // 10)
    overhead = max(0.0, stage["busy_core_h"] - stage["run_s"] / 3600 * task_cpus(fleet, stage))
    return whose(app, stage) | {
        "overhead_core_h": overhead, "task_kind": "tiny and huge" if tiny and huge else "tiny" if tiny else "huge",
        "severity": tiny or "moderate", "median_s": stage["dur_ms_p50"] / 1000,
        "overhead_pct": pct(overhead, stage["busy_core_h"]),
        "task_read_p50_bytes": greatest(stage["input_bytes_p50"], stage["shuffle_read_bytes_p50"]),
        "task_read_max_bytes": biggest,
        "suggested_tasks": None if tiny and huge else min(suggested, stage["tasks"]) if tiny
        else max(suggested, stage["tasks"]),
        "deserialize_s": stage["deserialize_s"], "kind": app["kind"],
    }


# ------------------------------------------------------------------------------------------- spill

SPILL_STEPS = (0.01, 0.1, 0.25, 0.5)


def spill_severity(rows, runs):
    """By spill_ratio; unknown unless the largest figure is over 1 GiB and below 3 TiB a run."""
    data = largest_data(rows)
    if not GIB * runs < data < 3 * 1024 * GIB * runs:  # Reading: both are of a run
        return "unknown"
    return level(spill_ratio(rows), SPILL_STEPS, "none")


def spill(fleet, ask):
    stages = defaultdict(list)
    for app, stage in completed_stages(fleet, ask):
        stages[key(app)].append(stage["shuffle_read_bytes"])
    for (job, user), runs in by_job(selected(fleet, ask)).items():
        sums = {name: total(column(runs, name)) for name in
                ("disk_spill_bytes", "memory_spill_bytes", "shuffle_read_bytes", "shuffle_write_bytes", "input_bytes",
                 "output_bytes", "run_s")}
        spilled = [run for run in runs if run["memory_spill_bytes"] or run["disk_spill_bytes"]]
        if not spilled and not sums["shuffle_read_bytes"] and not sums["shuffle_write_bytes"]:
            continue
        last = latest(runs)
        partitions = setting(fleet, last, "spark.sql.shuffle.partitions", "200").strip()
        partitions = int(partitions) if partitions.isdigit() else None
        largest = most(size for run in runs for size in stages[key(run)])
        suggested = max(1, -(-largest // (128 * MIB))) if largest else None
        if suggested and spilled:
            suggested = greatest(suggested, partitions)
        yield sums | {
            "job": job, "job_user": user, "spill_ratio": spill_ratio(runs), "severity": spill_severity(runs, len(runs)),
            "gc_pct": gc_pct(runs), "heap_gib": gib(last["heap_mib"], 1024), "partitions": partitions,
            "suggested_partitions": suggested,
            "fetch_wait_pct": pct(total(column(runs, "fetch_wait_s")), sums["run_s"]), "applications": len(runs),
            # Reading: a job whose stages read no shuffle data within the window has no largest one.
            "spilled_applications": len(spilled), "stage_shuffle_read_bytes": largest or None,
            "alloc_core_h": total_or_none(column(runs, "alloc_core_h")),
        }


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
    held_by, tasks_of = defaultdict(list), defaultdict(list)
    for app, life in lives(fleet, ask):
        held_by[life["host"]].append(life)
    for life in fleet.executors:
        if life["tasks"]:
            tasks_of[key(life)].append(life["tasks"])
    whole = {key(app): app for app in fleet.apps}

    def expected_core_h(life):
        """What its tasks would have taken at the mean of its (whole) application; None where one executor ran all."""
        app = whole[key(life)]
        return life["tasks"] * app["busy_core_h"] / app["tasks"] if len(tasks_of[key(life)]) > 1 and life["tasks"] else None

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

CLASS_STEPS = (1.25, 1.5, 2, 3)


def variation(values):
    """Standard deviation of a sample by the mean; None for one value and where the mean is 0."""
    if len(values) < 2:
        return None
    mean = fsum(values) / len(values)
    return ratio((fsum((value - mean) ** 2 for value in values) / (len(values) - 1)) ** 0.5, mean)


def is_good(app, kinds=("batch",)):
    """A run that others can be measured by."""
    return (app["status"] == "succeeded" and app["kind"] in kinds and not app["compacted"]
            and (app["event_loss_pct"] is None or app["event_loss_pct"] < 1))


def memory(fleet, ask):
    begin = None if ask.since is None else ask.since - 90 * DAY
    runs_of = by_job(app for app in known(fleet, ask)
                     if (begin is None or app["end"] >= begin) and (ask.until is None or app["start"] < ask.until))
    held_by = defaultdict(list)
    for app, life in lives(fleet, ask):
        held_by[app["job"], app["job_user"]].append(life)
    for (job, user), apps in by_job(selected(fleet, ask)).items():
        if held_by[job, user]:
            yield {"job": job, "job_user": user} | memory_of(
                fleet, ask, latest(apps), held_by[job, user], runs_of[job, user])


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
            None if peak(life) is None else max(0.0, life["heap_mib"] / 1024 - factor * peak(life)) * within(ask, life) / HOUR
            for life in measured)

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


# ------------------------------------------------------------------------------------------- cost

NO_SAVING = [
    "save_likely_est", "save_careful_est", "save_likely_core_h", "save_likely_gib_h", "save_careful_core_h",
    "save_careful_gib_h", "at_stake_est", "at_stake_core_h", "at_stake_gib_h", "best_case_est", "best_case_core_h",
    "best_case_gib_h"]
NOT_JUDGED = [
    "judged_runs", "span_s", "peak_cov_pct", "variation_ratio", "replay_error_pct", "heap_gib", "likely_heap_gib",
    "careful_heap_gib", "today_executors", "likely_executors"]


def months_of(fleet, ask):
    """30 days by the part of the window between the first and the last application; None below a day."""
    begin, end = fleet.extent()
    begin = begin if ask.since is None else max(begin, ask.since)
    end = end if ask.until is None else min(end, ask.until)
    return 30 * DAY / (end - begin) if end - begin >= DAY else None


def times(value, factor):
    return None if value is None or factor is None else value * factor


def cost(fleet, ask):
    months = months_of(fleet, ask)
    whole = {key(app): app for app in fleet.apps}
    for (job, user), runs in by_job(selected(fleet, ask)).items():
        good = [whole[key(run)] for run in runs if is_good(run) and (run["alloc_core_h"] or 0) > 0
                and in_window(ask, run["start"]) and in_window(ask, run["end"])]
        blocked = any(
            run["oom_failures"] or (run["run_s"] > 300 and gc_pct([run]) > 10)
            or (run["memory_spill_bytes"] > GIB and (spill_ratio([run]) or 0) > 0.1) for run in runs)
        row = {"job": job, "job_user": user, "good_runs": len(good), "runs_per_month": times(len(good), months),
               "month_cost_est": times(total_or_none(column(runs, "cost_est")), months),
               "month_core_h": times(total_or_none(column(runs, "alloc_core_h")), months),
               "month_wasted_core_h": times(total_or_none(column(runs, "wasted_core_h")), months),
               "month_skew_tail_core_h": times(total_or_none(column(runs, "idle_skew_tail_core_h")), months),
               "action": "none", "confidence": "none", **dict.fromkeys([*NO_SAVING, *NOT_JUDGED])}
        yield row | (savings(fleet, ask, sorted(good, key=order_in_time)[-30:], blocked, len(good), months) if good else {})


def cores_of(run):
    return run["peak_cores"] / run["peak_executors"]


def savings(fleet, ask, good, blocked, good_runs, months):
    last = good[-1]
    alike = ("heap_mib", "executor_memory_mib", "dynamic_allocation")
    runs = [run for run in good if all(run[name] == last[name] for name in alike) and cores_of(run) == cores_of(last)
            and (last["dynamic_allocation"] or run["peak_executors"] <= 1.1 * last["peak_executors"])]
    alloc, alloc_gib = (total(column(runs, name)) for name in ("alloc_core_h", "alloc_gib_h"))
    prices = [rates_of(fleet, ask, run) for run in runs]
    priced = prices[0] is not None
    core_cost, gib_cost, driver_cost = (
        fsum(amount(run) * getattr(price, name) for run, price in zip(runs, prices)) if priced else None
        for name, amount in (("core", lambda run: run["alloc_core_h"]), ("gib", lambda run: run["alloc_gib_h"]),
                             ("driver", lambda run: (run["end"] - run["start"]) / HOUR)))

    # Memory: heaps in steps of 256 MiB, never below what was seen to be needed.
    peaks = [run["peak_heap_bytes"] / MIB for run in runs if run["peak_heap_bytes"] is not None]
    task = most(stage["peak_execution_bytes_max"] for run in runs for stage in fleet.of("stages", run))
    unified = most(column(runs, "peak_unified_bytes"))
    bound = greatest(1024, None if unified is None else unified / MIB + 300,
                     None if task is None else 1.3 * task / MIB * max(map(cores_of, runs)))
    coverage = pct(total(column(runs, "measured_core_h")), alloc)
    profiles = {life["resource_profile"] for run in runs for life in fleet.of("executors", run)}
    p95 = percentile(peaks, 0.95)
    heaps, sizes = {}, {}
    if peaks:
        for name, need in (("likely", 1.2 * p95), ("careful", 1.3 * max(peaks)), ("best", 1.1 * median(peaks))):
            heaps[name] = 256 * ceil(max(need, bound) / 256)
            sizes[name] = container_share(last, heaps[name])
    too_large = bool(peaks) and coverage > 0 and last["heap_mib"] > 2048 and last["heap_mib"] >= 1.25 * (p95 + 300)
    sized = not blocked and last["engine"] == "jvm" and profiles == {0} and too_large and sizes["likely"] <= 0.95

    # Executors: fewer, by replays that came within 15 % of what happened, or released sooner.
    replayed = [run for run in runs if run["replay_error_pct"] is not None and run["replay_error_pct"] <= 15]
    likely = weighted_median([(run["likely_executors"], run["alloc_core_h"]) for run in replayed])
    fewer = fsum(run["alloc_core_h"] * share_with(run, likely, run in replayed) for run in runs) / alloc
    kept = 1 - min(1, fsum(released_core_h(fleet, run) for run in runs) / alloc)
    can_release = not blocked and has_release(fleet, last) and kept <= 0.95
    takes_fewer = not blocked and fewer <= 0.95 and (fewer <= kept or not has_release(fleet, last))
    if priced:  # the driver is there for the 5 % longer that a run may take
        takes_fewer = takes_fewer and (1 - fewer) * (core_cost + gib_cost) > 0.05 * driver_cost
    # Reading: a heap that was hardly measured is not proposed together with executors.
    sized = sized and (coverage >= 80 or not (takes_fewer or can_release))
    careful_sized = sized and sizes["careful"] <= 0.95

    hours = {"likely": fewer if takes_fewer else kept if can_release else 1, "careful": kept if can_release else 1}
    hours["best"] = min(1, total(column(runs, "busy_core_h")) / 0.8 / alloc)
    size = {"likely": sizes["likely"] if sized else 1, "careful": sizes["careful"] if careful_sized else 1,
            "best": min(sizes["best"], sizes["likely"]) if sized else 1}

    def saved(name):
        """(money, core-hours, GiB-hours) of the judged runs."""
        core_h, gib_h = alloc * (1 - hours[name]), alloc_gib * (1 - hours[name] * size[name])
        money = core_cost * (1 - hours[name]) + gib_cost * (1 - hours[name] * size[name]) if priced else None
        if priced and name == "likely" and takes_fewer:
            money -= 0.05 * driver_cost
        return money, core_h, gib_h

    likely_saved = saved("likely")
    best_money = None if not priced else max(saved("best")[0], likely_saved[0])
    hours["best"] = min(hours["best"], hours["likely"])
    best_saved = best_money, *saved("best")[1:]

    inputs = column(runs, "input_bytes")
    sizes_of_runs = inputs if max(inputs) > 0 else column(runs, "busy_core_h")
    span = (runs[-1]["start"] - runs[0]["start"]) / 1000
    varies = variation(sizes_of_runs)
    error = most(column(replayed, "replay_error_pct"))
    if not (sized or takes_fewer or can_release):
        confidence = "none"
    elif varies is None or len(runs) < 3 or varies > 1 or (sized and coverage < 80):
        confidence = "low"
    elif (len(runs) >= 10 and span >= 14 * 86_400 and varies <= 0.3 and (not sized or coverage >= 90)
          and (not takes_fewer or error <= 10)):
        confidence = "high"
    else:
        confidence = "medium"
    scale = times(good_runs / len(runs), months)
    row = {
        "confidence": confidence, "judged_runs": len(runs), "span_s": span, "peak_cov_pct": coverage,
        "action": "both" if sized and (takes_fewer or can_release) else "memory" if sized
        else "executors" if takes_fewer or can_release else "none",
        "variation_ratio": varies, "replay_error_pct": error, "heap_gib": last["heap_mib"] / 1024,
        "likely_heap_gib": heaps["likely"] / 1024 if sized else None,
        "careful_heap_gib": heaps["careful"] / 1024 if careful_sized else None,
        "today_executors": median(column(replayed, "replay_executors")), "likely_executors": likely,
    }
    for prefix, amounts, levels in (
            ("save_likely", likely_saved, ("high", "medium")), ("save_careful", saved("careful"), ("high", "medium")),
            ("at_stake", likely_saved, ("low",)), ("best_case", best_saved, ("high", "medium", "low"))):
        for unit, amount in zip(("est", "core_h", "gib_h"), amounts):
            row[f"{prefix}_{unit}"] = times(amount, scale) if confidence in levels else None
    return row


def container_share(run, heap_mib):
    """The container with another heap, of today's. An overhead of a usual share of the heap shrinks with it, to 384 MiB."""
    overhead = run["overhead_mib"]
    share = next((share for share in (Fraction(1, 10), Fraction(4, 10))
                  if run["overhead_derived"] and overhead == int(share * run["heap_mib"])), None)
    less = min(overhead, max(384, int(share * heap_mib))) if share else overhead
    return (run["executor_memory_mib"] - run["heap_mib"] - overhead + heap_mib + less) / run["executor_memory_mib"]


def weighted_median(pairs):
    """The smallest value that, with the smaller ones, has at least half of the weight."""
    half = fsum(weight for _, weight in pairs) / 2
    for value in sorted({value for value, _ in pairs}):
        if fsum(weight for other, weight in pairs if other <= value) >= half:
            return value
    return None


def share_with(run, executors, is_replayed):
    """The share of a run's core-hours with so many executors: 5 % longer, and not below its own needs."""
    if not is_replayed or executors is None:
        return 1
    return min(1, 1.05 * max(executors, run["likely_executors"]) / run["replay_executors"])


def released_core_h(fleet, run):
    """Lives that ran no task, and what the others waited above 60 s before their first and after their last task."""
    def idle(life):
        if not life["tasks"]:
            return life["end"] - life["start"]
        return (max(0, life["first_task"] - life["start"] - 60_000) + max(0, life["end"] - life["last_task"] - 60_000))

    return fsum(life["cores"] * idle(life) / HOUR for life in fleet.of("executors", run))


def has_release(fleet, run):
    """Whether a setting would release executors sooner. Reading: dynamic allocation, from Spark 3.0 on without a shuffle
    service; a shorter idle timeout; a smaller least number."""
    if not run["dynamic_allocation"]:
        version = version_of(run)
        return version is not None and version >= (3, 0)
    least_number = setting(fleet, run, "spark.dynamicAllocation.minExecutors", "")
    return ((timeout_s(setting(fleet, run, "spark.dynamicAllocation.executorIdleTimeout")) or 0) > 60
            or (least_number.isdigit() and int(least_number) > 0))


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
                 for name in sorted({**before, **now}) if before.get(name) != now.get(name) and name not in NAMES_OF_RUNS
                 and not name.startswith(("spark.kubernetes.driver.label.", "spark.eventLog."))]
    parts += different[:4] + ([f"and {len(different) - 4} more settings"] if len(different) > 4 else [])
    is_cause = bool(different) or old["spark_version"] != new["spark_version"] or executors_now < 0.75 * executors_before
    return ", ".join(parts) or None, is_cause


# ------------------------------------------------------------------------------------------- config


def version_of(app):
    """3.5 as (3, 5); None where it is not known."""
    at = re.match(r"(\d+)\.(\d+)(?:\D|$)", app["spark_version"] or "")
    return (int(at[1]), int(at[2])) if at else None


UNITS = {"us": 1e-6, "ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "": 1}


def timeout_s(text):
    """A Spark duration; a number alone counts seconds."""
    at = re.fullmatch(r"(\d+)([a-z]*)", (text or "").strip().lower())
    return int(at[1]) * UNITS[at[2]] if at and at[2] in UNITS else None


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
    """{metric: amount}. Reading: attempts of an application are runs of their own; shares are of sums."""
    def sums(name, among=runs):
        return total_or_none(column(among, name))

    cluster = [run for run in runs if not run["local"]]
    alloc = sums("alloc_core_h")
    by_cpu = [run for run in cluster if run["cpu_core_h"] is not None]
    return {
        "runs": len(runs), "failed runs": pct(sum(run["status"] == "failed" for run in runs), len(runs)),
        "duration, median run": median(column(runs, "dur_s")),
        "queue wait, median run": median(column(runs, "queue_wait_s")),
        "allocated": alloc, "allocated per run": ratio(alloc, len(runs)),
        "busy of allocated": pct(sums("busy_core_h", cluster), alloc),
        # As in the other reports: of applications in a cluster that say how much CPU time they took.
        "CPU of allocated": pct(sums("cpu_core_h", by_cpu), sums("alloc_core_h", by_cpu)),
        **{f"idle: {cause.replace('_', ' ')}": sums(f"idle_{cause}_core_h") for cause in figures.CAUSES},
        "wasted": sums("wasted_core_h"), "memory allocated": sums("alloc_gib_h"),
        "largest heap peak of heap": most(pct(run["peak_heap_bytes"], (run["heap_mib"] or 0) * MIB) for run in runs),
        "GC of run time": pct(sums("gc_s"), sums("run_s")), "disk spill": sums("disk_spill_bytes"),
        "input": sums("input_bytes"), "shuffle read": sums("shuffle_read_bytes"), "output": sums("output_bytes"),
        "peak executors": most(column(runs, "peak_executors")), "tasks": sums("tasks"),
        "failed tasks": pct(sums("failed_tasks"), sums("tasks")),
    }


# Reading: more of these is better (1) or worse (-1); of others nothing can be told.
DIRECTIONS = {
    "failed runs": -1, "duration, median run": -1, "queue wait, median run": -1, "allocated per run": -1,
    "busy of allocated": 1, "CPU of allocated": 1, "wasted": -1, "memory allocated": -1, "GC of run time": -1,
    "disk spill": -1, "failed tasks": -1, **{f"idle: {cause.replace('_', ' ')}": -1 for cause in figures.CAUSES},
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


APP_COLUMNS = ["app_name", "job", "app_id", "attempt", "status", "user", "queue", "kind", "engine", "spark_version", "start",
               "dur_s", "queue_wait_s", "peak_executors", "alloc_core_h", "idle_core_h", "wasted_core_h", "alloc_gib_h",
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
    if (whole and enough and app["engine"] == "jvm" and app["peak_heap_bytes"] and coverage >= 80 and app["heap_mib"] > 2048
            and not app["oom_failures"] and (gc or 0) <= 10 and (spill_ratio([app]) or 0) <= 0.1):
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
                **{name: stage[name] for name in ("tasks", "busy_core_h", "name", "status", "failed_tasks", "skew_tail_core_h")},
            }


# ------------------------------------------------------------------------------------------- what to ask about


@dataclass(frozen=True)
class About(Ask):
    """An ask whose subject is chosen when the fleet is known."""
    choose: object = None

    def on(self, fleet):
        return replace(super().on(fleet), subject=tuple(self.choose(fleet)))


def most_of(name):
    """The application with the most of a column."""
    return About(choose=lambda fleet: [max(
        fleet.apps, key=lambda app: (app[name] or 0, app["app_id"]))["app_id"]])


def tried_again():
    """The application with the most attempts."""
    return About(choose=lambda fleet: Counter(app["app_id"] for app in fleet.apps).most_common(1)[0][:1])


def nth(part, parts):
    """One application of so many evenly spread over all."""
    def choose(fleet):
        ids = sorted({app["app_id"] for app in fleet.apps})
        return [ids[len(ids) * part // parts - 1]]
    return About(choose=choose)


def recurring(fleet, local):
    """Jobs, those of the most runs first."""
    counts = Counter(app["job"] for app in fleet.apps if app["local"] == local)
    return sorted(counts, key=lambda job: (-counts[job], job))


def jobs_pair(first, second, local=(False, False)):
    return About(choose=lambda fleet: [recurring(fleet, local[0])[first], recurring(fleet, local[1])[second]])


def runs_pair(first, second, nth_job=0):
    def choose(fleet):
        job = recurring(fleet, False)[nth_job]
        runs = sorted((app for app in fleet.apps if app["job"] == job and not app["local"]), key=order_in_time)
        return [runs[first % len(runs)]["app_id"], runs[second % len(runs)]["app_id"]]
    return About(choose=choose)


def windows_pair(**options):
    def choose(fleet):
        begin, end = fleet.extent()
        middle = Ask(window="until").on(fleet).until
        begin, end = begin // HOUR * HOUR, -(-(end + 1) // HOUR) * HOUR
        return [f"{figures.iso(since)}..{figures.iso(until)}" for since, until in ((begin, middle), (middle, end))]
    return About(choose=choose, **options)


# ------------------------------------------------------------------------------------------- questions

ALL, WEEK, MONTH = Ask(), Ask(window="7d"), Ask(window="30d")
EVERYTHING = Ask(local=True, incomplete=True)
EDGES = [Ask(window=name) for name in ("since", "until", "edges")]
COMMON = [ALL, WEEK, *EDGES, EVERYTHING]
OF_ETL, ANYBODYS = Ask(window="30d", user="etl"), Ask(job_by_user=False)
PRICED = Prices(rates=(Rate(0.35, queue="ml|science"), Rate(0.5, user="svc-reports", since="2026-10-20")))
BILLED = Prices(memory_basis="heap", yarn_step_mib=1024, min_billing_s=600)
DEARER = Prices(combine="max", include_driver=False, yarn_step_mib=512)

APPLICATIONS = [*[most_of(name) for name in (
    "alloc_core_h", "wasted_core_h", "failed_tasks", "oom_failures", "never_used_executors", "tasks", "gc_s",
    "memory_spill_bytes", "idle_driver_gap_core_h", "idle_skew_tail_core_h", "replay_error_pct", "local", "end_estimated",
    "event_loss_pct")], tried_again(), *[nth(part, 20) for part in range(1, 21)]]


def listed(rows):
    return lambda fleet, ask: list(rows(fleet, ask))


JOB, STAGE = ["job", "job_user"], ["app_id", "attempt", "stage_id", "stage_attempt"]
QUESTIONS = {
    "skew": Question(STAGE, skew, COMMON),
    "tasks": Question(STAGE, tasks, COMMON),
    "spill": Question(JOB, listed(spill), [*COMMON, OF_ETL, ANYBODYS]),
    "executors": Question(JOB, listed(executors), [*COMMON, OF_ETL, ANYBODYS]),
    "executors-grouped": Question(["host"], listed(executors_by_host), [replace(ask, by="host") for ask in [*COMMON, OF_ETL]]),
    "memory": Question(JOB, listed(memory), [*COMMON, MONTH, OF_ETL, ANYBODYS]),
    "cost": Question(JOB, listed(cost), [*COMMON, MONTH, OF_ETL, replace(MONTH, job_by_user=False), *[
        replace(ask, prices=prices) for ask, prices in ((MONTH, PRICED), (EDGES[0], PRICED), (ALL, BILLED), (ALL, DEARER))]]),
    "failures": Question(["what", "class", "reason"], listed(failures), [
        *COMMON, OF_ETL, ANYBODYS, replace(ALL, prices=PRICED), replace(WEEK, prices=DEARER)]),
    "config": Question(["check"], listed(config), [*COMMON, OF_ETL, ANYBODYS, replace(ALL, prices=PRICED)]),
    "regressions": Question(["job", "job_user", "metric"], regressions, [
        *COMMON, MONTH, OF_ETL, ANYBODYS, *[Ask(window=window, local=True) for window in ("2d", "7d", "14d")]]),
    "compare": Question(
        {"compare": ["metric"], "compare-configuration": ["key"], "compare-stages": ["name", "a_stage", "b_stage"]}, comparison,
        [jobs_pair(0, 1), jobs_pair(2, 3), jobs_pair(0, 0, (False, True)), jobs_pair(0, 0, (True, False)), runs_pair(0, -1),
         runs_pair(-1, -2, 1), runs_pair(0, 0), windows_pair(), windows_pair(local=True, incomplete=True)]),
    "app": Question(
        {"app": ["attempt"], "app-findings": ["attempt", "finding"], "app-timeline": ["attempt", "stage"]}, app, APPLICATIONS),
}
