"""What the oracle's reports judge by: severities, which runs are good, what lies within a window."""
import re
from collections import defaultdict
from math import fsum

from model import in_window, most, pct, ratio, selected, total

MIB, GIB = 1024**2, 1024**3
LEVELS = ("low", "moderate", "severe", "critical")


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


def version_of(app):
    """3.5 as (3, 5); None where it is not known."""
    at = re.match(r"(\d+)\.(\d+)(?:\D|$)", app["spark_version"] or "")
    return (int(at[1]), int(at[2])) if at else None


UNITS = {"us": 1e-6, "ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "": 1}


def timeout_s(text):
    """A Spark duration; a number alone counts seconds."""
    at = re.fullmatch(r"(\d+)([a-z]*)", (text or "").strip().lower())
    return int(at[1]) * UNITS[at[2]] if at and at[2] in UNITS else None
