"""The oracle's rows of the reports skew, tasks and spill.

Written from the headers of queries/report/*.sql. "Reading:" marks where a header leaves room.
"""
from collections import defaultdict

from judging import (
    GIB, MIB, above, at_most_100, by_job, column, completed_stages, gc_pct, gib, greatest, largest_data, latest,
    level, setting, spill_ratio, whose,
)
from model import key, most, pct, ratio, selected, total, total_or_none

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


def is_small(files, size):
    """Over 100 files of less than 3 MiB on average."""
    return files is not None and size is not None and files > 100 and size / files < 3 * MIB


def tasks_of(fleet, app, stage):
    tiny = tiny_severity(stage)
    biggest = greatest(stage["input_bytes_max"], stage["shuffle_read_bytes_max"])
    huge = biggest is not None and biggest > HUGE
    small = any(is_small(stage[f"files_{what}"], stage[f"files_{what}_bytes"]) for what in ("read", "written"))
    kinds = [name for name, holds in (("tiny", tiny), ("huge", huge), ("small files", small)) if holds]
    if not kinds:
        return None
    read = stage["input_bytes"] + stage["shuffle_read_bytes"]
    # Reading: a tenth is rounded up, too.
    suggested = -(-read // (128 * MIB)) if read else -(-stage["tasks"] // 10)
    overhead = max(0.0, stage["busy_core_h"] - stage["run_s"] / 3600 * task_cpus(fleet, stage))
    return whose(app, stage) | {
        "overhead_core_h": overhead, "task_kind": " and ".join(kinds),
        "severity": tiny or "moderate", "median_s": stage["dur_ms_p50"] / 1000,
        "overhead_pct": pct(overhead, stage["busy_core_h"]),
        "task_read_p50_bytes": greatest(stage["input_bytes_p50"], stage["shuffle_read_bytes_p50"]),
        "task_read_max_bytes": biggest,
        "suggested_tasks": None if bool(tiny) == huge else min(suggested, stage["tasks"]) if tiny
        else max(suggested, stage["tasks"]),
        "files_read": stage["files_read"], "file_read_bytes": ratio(stage["files_read_bytes"], stage["files_read"]),
        "files_written": stage["files_written"],
        "file_written_bytes": ratio(stage["files_written_bytes"], stage["files_written"]),
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
