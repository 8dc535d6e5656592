"""The oracle's rows of the report cost: what each job would cost with fewer or smaller executors.

Written from the header of queries/report/cost.sql. "Reading:" marks where it leaves room.
"""
from fractions import Fraction
from math import ceil, fsum

from figures import HOUR
from judging import (
    GIB, MIB, by_job, column, gc_pct, greatest, is_good, order_in_time, setting, spill_ratio, timeout_s, variation,
    version_of,
)
from model import DAY, in_window, key, median, most, pct, percentile, rates_of, selected, total, total_or_none

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
        if good:
            row |= savings(fleet, ask, sorted(good, key=order_in_time)[-30:], blocked, len(good), months)
        yield row


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
    """The container with another heap, of today's. Reading: an overhead that was derived as a usual share of the heap
    shrinks with it, to 384 MiB."""
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
