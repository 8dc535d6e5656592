"""The oracle's answers to `shh trends NAME`, from the headers of queries/trends/*.sql.

Every trend is about the application attempts that pass the filters. What is summed are their hours (the table `usage`):
an hour belongs to the bucket of the local time at which it begins. Buckets go from the hour in which the first
application of all starts to the one in which the last ends, within the window; one in which nothing was used is shown
too, with 0 for what is counted or summed and None for ratios. Without an application in the window there are no rows.
"""
import math
from collections import defaultdict
from dataclasses import replace
from fractions import Fraction
from math import fsum

import model
from figures import CAUSES, HOUR, WASTE_CLASSES, overlap
from model import Ask, Prices, Question, Rate, pct, ratio, total

MINUTE = 60_000
TIB = 1024**4

# ------------------------------------------------------------------------------------------- buckets


def hours_shown(fleet, ask):
    start, end = fleet.extent()
    start, end = start // HOUR * HOUR, end // HOUR * HOUR + HOUR
    start = start if ask.since is None else max(start, ask.since)
    return range(start, end if ask.until is None else min(end, ask.until), HOUR)


def buckets(fleet, ask):
    """{bucket: its hours}, in order of time."""
    result = {}
    for hour in hours_shown(fleet, ask):
        result.setdefault(bucket_at(ask, hour), []).append(hour)
    return result


def bucket_at(ask, time):
    return model.bucket_of(ask, ask.bucket or "day", time)


def is_empty(fleet, ask):
    return not model.selected(fleet, ask)


class Used:
    """What a bucket's applications used in its hours."""

    def __init__(self, pairs):
        self.pairs = pairs  # (application row, usage row)
        self.on_fleet = [(app, row) for app, row in pairs if not app["local"]]

    def sum(self, column):
        """0 where nothing was used; None where something was and it is of none known."""
        values = [row[column] for _, row in self.pairs]
        return model.total_or_none(values) if values else 0

    def fleet_sum(self, *columns):
        """Without applications in local mode."""
        return total(row[column] for _, row in self.on_fleet for column in columns)

    def fleet_sum_or_unknown(self, column):
        values = [row[column] for _, row in self.on_fleet]
        return model.total_or_none(values) if values else 0

    def applications(self, pairs=None):
        return len({model.key(app) for app, _ in (self.pairs if pairs is None else pairs)})

    def idle(self):
        """Signed; None where all that was used was used in local mode."""
        if self.sum("alloc_core_h") is None:
            return None
        return fsum(part for _, row in self.on_fleet for part in (row["alloc_core_h"], -row["busy_core_h"]))


def used(fleet, ask):
    """{bucket: Used} of all buckets."""
    pairs = defaultdict(list)
    for app in model.known(fleet, ask):
        for row in fleet.of("usage", app):
            pairs[row["hour"]].append((app, row))
    return {bucket: Used([pair for hour in hours for pair in pairs[hour]])
            for bucket, hours in buckets(fleet, ask).items()}


def trend(row_of):
    """The rows of a trend that has one row a bucket: `row_of(Used)` makes it."""
    def rows(fleet, ask):
        if is_empty(fleet, ask):
            return []
        return [{"bucket": bucket} | row_of(what) for bucket, what in used(fleet, ask).items()]
    return rows


def at_most_100(value):
    return None if value is None else min(value, 100.0)


# ------------------------------------------------------------------------------------------- usage, efficiency, waste


def usage_row(what):
    return {
        "alloc_core_h": what.sum("alloc_core_h"),
        "busy_core_h": what.sum("busy_core_h"),
        "busy_pct": at_most_100(pct(what.fleet_sum("busy_core_h"), what.sum("alloc_core_h"))),
        "cpu_core_h": what.sum("cpu_core_h"),
        "alloc_gib_h": what.sum("alloc_gib_h"),
        "applications": what.applications(),
        "tasks": what.sum("tasks"),
        "idle_core_h": what.idle(),
        "wasted_core_h": what.sum("wasted_core_h"),
    }


def efficiency_row(what):
    alloc = what.fleet_sum("alloc_core_h")
    cpu_known = [(app, row) for app, row in what.on_fleet if row["cpu_core_h"] is not None]
    measured = [(app, row["alloc_core_h"]) for app, row in what.on_fleet if app["peak_heap_bytes"] is not None]
    return {
        "busy_pct": at_most_100(pct(what.fleet_sum("busy_core_h"), alloc)),
        "cpu_pct": pct(fsum(row["cpu_core_h"] for _, row in cpu_known), fsum(row["alloc_core_h"] for _, row in cpu_known)),
        "heap_used_pct": pct(
            fsum(app["peak_heap_bytes"] / (app["heap_mib"] * 1024**2) * core_h for app, core_h in measured),
            fsum(core_h for _, core_h in measured)),
        "heap_known_pct": pct(fsum(core_h for _, core_h in measured), alloc),
        "alloc_core_h": alloc,
        "busy_core_h": what.fleet_sum("busy_core_h"),
        "cpu_core_h": what.fleet_sum_or_unknown("cpu_core_h"),
        "applications": what.applications(what.on_fleet),
    }


def waste_row(what):
    idle = [f"idle_{cause}_core_h" for cause in CAUSES]
    wasted = [f"wasted_{name}_core_h" for name in WASTE_CLASSES]
    return {
        "unproductive_core_h": fsum((what.fleet_sum(*idle), *(what.sum(column) for column in wasted))),
        "unproductive_pct": pct(what.fleet_sum(*idle, *wasted), what.fleet_sum("alloc_core_h")),
        "idle_core_h": what.idle(),
        "wasted_core_h": what.sum("wasted_core_h"),
        **{column: what.sum(column) for column in idle + wasted},
        "alloc_core_h": what.sum("alloc_core_h"),
    }


# ------------------------------------------------------------------------------------------- concurrency


def concurrency_rows(fleet, ask):
    """Everything held is [from, to): what ends goes before what begins at the same instant. Unfinished applications
    hold what they hold; those in local mode hold nothing."""
    ask = replace(ask, local=False)
    if is_empty(fleet, ask):
        return []
    spans = {"cores": [], "memory_gib": [], "executors": [], "applications": []}  # (from, to, weight)
    for app in model.known(fleet, ask):
        spans["applications"].append((app["start"], app["end"], 1))
        for life in fleet.of("executors", app):
            for what, weight in (("cores", life["cores"]), ("memory_gib", Fraction(life["memory_mib"], 1024)),
                                 ("executors", 1)):
                spans[what].append((life["start"], life["end"], weight))
    held = {what: levels(spans[what]) for what in spans}
    rows = []
    for bucket, hours in buckets(fleet, ask).items():
        low, high = hours[0], hours[-1] + HOUR
        row = {"bucket": bucket}
        for what in spans:
            parts = [(max(start, low), min(end, high), level) for start, end, level in held[what]
                     if start < high and end > low]
            row[f"avg_{what}"] = float(Fraction(sum((end - start) * level for start, end, level in parts), high - low))
            row[f"max_{what}"] = float(max((level for *_, level in parts), default=0))
            row[f"p95_{what}"] = float(percentile_of_minutes(parts, low, high))
        rows.append({
            **{name: row[name] for name in (
                "bucket", "avg_cores", "p95_cores", "max_cores", "avg_memory_gib", "p95_memory_gib", "max_memory_gib",
                "avg_executors", "avg_applications")},
            "max_executors": int(row["max_executors"]), "max_applications": int(row["max_applications"]),
            "max_cores_pct": pct(row["max_cores"], ask.capacity_cores),
            "max_memory_pct": pct(row["max_memory_gib"], ask.capacity_memory_gib),
        })
    return rows


def levels(spans):
    """Stretches (from, to, sum of weights) in which the sum does not change; those of 0 left out."""
    steps = defaultdict(int)
    for start, end, weight in spans:
        if end > start:
            steps[start] += weight
            steps[end] -= weight
    result, level, before = [], 0, None
    for time in sorted(steps):
        if level:
            result.append((before, time, level))
        level, before = level + steps[time], time
    return result


def percentile_of_minutes(parts, low, high):
    """Of the means of all minutes, sorted, that at the place floor(0.95 n), counted from 0, as Spark's are."""
    means = defaultdict(int)
    for start, end, level in parts:
        for minute in range(start // MINUTE, (end - 1) // MINUTE + 1):
            means[minute] += level * overlap(start, end, minute * MINUTE, (minute + 1) * MINUTE)
    count = (high - low) // MINUTE
    place = count * 95 // 100 - (count - len(means))  # minutes without anything come first
    return Fraction(sorted(means.values())[place], MINUTE) if place >= 0 else 0


# ------------------------------------------------------------------------------------------- cost, data


def cost_rows(fleet, ask):
    """A group has a row where it held or cost something in the bucket or in the bucket before."""
    if is_empty(fleet, ask):
        return []
    spent = spending(fleet, ask)
    rows, before, hours_before = [], None, None
    for bucket, hours in buckets(fleet, ask).items():
        now = group_sums(spent, hours)
        all_cost = None if ask.prices is None else fsum(group["cost"] for group in now.values())
        # A bucket in which no group has a row has one that names none.
        for name in set(now) | set(before or {}) or {None}:
            group = now.get(name, NOTHING)
            row = {
                "bucket": bucket, "group_name": name, "alloc_core_h": group["core_h"], "alloc_gib_h": group["gib_h"],
                "core_h_change_pct": None, "cost_est": None, "cost_share_pct": None, "cost_change_pct": None,
                "cost_change_est": None,
            }
            last = None if before is None else before.get(name, NOTHING)
            if last is not None:
                row["core_h_change_pct"] = change_pct(group["core_h"], len(hours), last["core_h"], hours_before)
            if ask.prices is not None:
                row |= {"cost_est": group["cost"], "cost_share_pct": pct(group["cost"], all_cost)}
                if last is not None:
                    row["cost_change_pct"] = change_pct(group["cost"], len(hours), last["cost"], hours_before)
                    row["cost_change_est"] = fsum((group["cost"], -last["cost"] / hours_before * len(hours)))
            rows.append(row)
        before, hours_before = now, len(hours)
    return rows


NOTHING = {"core_h": 0, "gib_h": 0, "cost": 0}


def change_pct(now, hours, before, hours_before):
    return pct(fsum((now / hours, -before / hours_before)), before / hours_before)


def spending(fleet, ask):
    """{hour: [(group, core-hours, GiB-hours, cost)]}"""
    result = defaultdict(list)
    for app in model.known(fleet, ask):
        group, rates = model.group_name(ask, app), model.rates_of(fleet, ask, app)
        for row in fleet.of("usage", app):
            core_h, gib_h = row["alloc_core_h"] or 0, row["alloc_gib_h"] or 0
            cost = fsum((core_h * rates.core, gib_h * rates.gib)) if rates else 0
            result[row["hour"]].append((group, core_h, gib_h, cost))
        for hour in range(app["start"] // HOUR * HOUR, max(app["end"], app["start"] + 1), HOUR):
            driver_h = overlap(app["start"], app["end"], hour, hour + HOUR) / HOUR
            result[hour].append((group, 0, 0, driver_h * rates.driver if rates else 0))
    return result


def group_sums(spent, hours):
    groups = defaultdict(list)
    for hour in hours:
        for group, *values in spent[hour]:
            groups[group].append(values)
    sums = {group: dict(zip(NOTHING, map(fsum, zip(*values)))) for group, values in groups.items()}
    return {group: values for group, values in sums.items() if any(values.values())}


def data_row(what):
    return {column: what.sum(column) for column in (
        "input_bytes", "output_bytes", "shuffle_read_bytes", "shuffle_write_bytes", "memory_spill_bytes",
        "disk_spill_bytes", "alloc_core_h")}


def data_rows(fleet, ask):
    if is_empty(fleet, ask):
        return []
    rates = {model.key(app): model.rates_of(fleet, ask, app) for app in model.known(fleet, ask)}
    rows = []
    for bucket, what in used(fleet, ask).items():
        moved = what.fleet_sum("input_bytes", "output_bytes")
        cost = None if ask.prices is None else fsum(
            part for app, row in what.on_fleet for rate in [rates[model.key(app)]]
            for part in (row["alloc_core_h"] * rate.core, row["alloc_gib_h"] * rate.gib))
        rows.append({"bucket": bucket} | data_row(what) | {
            "per_tib_core_h": ratio(what.fleet_sum("alloc_core_h"), moved, TIB),
            "per_tib_cost_est": ratio(cost, moved, TIB),
        })
    return rows


# ------------------------------------------------------------------------------------------- failures, wait


def by_bucket(fleet, ask, rows, time):
    """{bucket: the rows whose time lies in its hours} of all buckets."""
    of_hour = defaultdict(list)
    for row in rows:
        if row[time] is not None:
            of_hour[row[time] // HOUR * HOUR].append(row)
    return {bucket: [row for hour in hours for row in of_hour[hour]] for bucket, hours in buckets(fleet, ask).items()}


def failures_rows(fleet, ask):
    if is_empty(fleet, ask):
        return []
    apps = model.known(fleet, ask)
    lives = [life for app in apps for life in fleet.of("executors", app)]
    removed, rows = by_bucket(fleet, ask, lives, "end"), []
    ended_in = by_bucket(fleet, ask, apps, "end")
    for bucket, now in used(fleet, ask).items():
        ended = ended_in[bucket]
        failed = [app for app in ended if app["status"] == "failed"]
        reasons = defaultdict(list)
        for app in ended:
            for failure in fleet.of("failures", app):
                if failure["what"] == "task" and failure["class"] != "TaskKilled":
                    reasons[failure["class"]].append(failure["wasted_core_h"])
        top = min(((-fsum(values), name) for name, values in reasons.items()), default=None)
        rows.append({
            "bucket": bucket,
            "ended": len(ended),
            "failed": len(failed),
            "failed_pct": pct(len(failed), len(ended)),
            "failed_tasks": now.sum("failed_tasks"),
            "failed_tasks_pct": pct(now.sum("failed_tasks"), now.sum("tasks")),
            "wasted_core_h": now.sum("wasted_core_h"),
            "oom_failures": now.sum("oom_failures"),
            # Not of the usage rows: of the executors themselves.
            "node_losses": sum(life["removed_class"] == "node" for life in removed[bucket]),
            "top_reason": top and top[1],
            "top_reason_core_h": top and -top[0],
            "tasks": now.sum("tasks"),
        })
    return rows


def wait_rows(fleet, ask):
    if is_empty(fleet, ask):
        return []
    apps = model.known(fleet, ask)
    lives = [life for app in apps for life in fleet.of("executors", app)]
    started_in, asked_in = by_bucket(fleet, ask, apps, "start"), by_bucket(fleet, ask, lives, "requested")
    rows = []
    for bucket, started in started_in.items():
        asked = asked_in[bucket]
        queued = [app["queue_wait_s"] for app in started if app["queue_wait_s"] is not None]
        waited = [max(0, life["start"] - life["requested"]) / 1000 for life in asked]
        rows.append({
            "bucket": bucket,
            "queue_wait_p50_s": model.percentile(queued, 0.5),
            "queue_wait_p95_s": model.percentile(queued, 0.95),
            "executor_wait_p50_s": model.percentile(waited, 0.5),
            "executor_wait_p95_s": model.percentile(waited, 0.95),
            "started": len(started),
            "with_executors": len(queued),
            "executors_asked": len(asked),
            "queue_wait_max_s": max(queued, default=None),
            "executor_wait_max_s": max(waited, default=None),
        })
    return rows


# ------------------------------------------------------------------------------------------- durations, versions


def durations_rows(fleet, ask):
    """An attempt belongs to the bucket that it ended in, with its whole life."""
    apps, before, rows = model.known(fleet, ask), None, []
    if ask.job and ask.since is not None:
        earliest = ask.since - 90 * model.DAY
        before = last_run(app for app in apps if earliest <= app["end"] < ask.since)
    for bucket, ended in by_bucket(fleet, ask, apps, "end").items():
        runs = {app["app_id"] for app in ended}
        good = [app for app in ended if app["status"] == "succeeded"]
        alloc = model.total_or_none(app["alloc_core_h"] for app in ended) if ended else 0
        read = total(app["input_bytes"] for app in ended)
        last = last_run(ended) if ask.job else None
        rows.append({
            "bucket": bucket, "runs": len(runs),
            "dur_p50_s": model.percentile([app["dur_s"] for app in good], 0.5),
            "dur_p95_s": model.percentile([app["dur_s"] for app in good], 0.95),
            "run_core_h": ratio(alloc, len(runs)), "run_input_bytes": ratio(read, len(runs)),
            "ok_pct": pct(len({app["app_id"] for app in good}), len(runs)),
            "changed": changes(fleet, before, last) if before and last else None,
            "input_bytes": read, "alloc_core_h": alloc,
        })
        before = last or before
    return rows if any(row["runs"] for row in rows) else []


def last_run(apps):
    return max(apps, key=lambda app: app["end"], default=None)


NOT_SETTINGS = {  # what names a run, or is about its log
    "spark.airflow.dag_id", "spark.airflow.task_id", "spark.app.tags", "spark.databricks.clusterUsageTags.clusterName",
    "spark.master", "spark.shh.job", "spark.yarn.primary.py.file", "spark.yarn.tags", "sun.java.command"}


def changes(fleet, before, now):
    """Spark's version first, then up to four settings in order of name; None if nothing differs."""
    texts = []
    versions = [app["spark_version"] or "(unknown)" for app in (before, now)]
    if versions[0] != versions[1]:
        texts.append(f"Spark {versions[0]} -> {versions[1]}")
    old, new = ({row["key"]: row["value"][:40] for row in fleet.of("conf", app)} for app in (before, now))
    names = [name for name in sorted({*old, *new} - NOT_SETTINGS) if old.get(name) != new.get(name)
             and not name.startswith(("spark.kubernetes.driver.label.", "spark.eventLog."))]
    texts += [f"{name} {old.get(name, '(not set)')} -> {new.get(name, '(not set)')}" for name in names[:4]]
    if names[4:]:
        texts.append(f"and {len(names) - 4} more settings")
    return ", ".join(texts) or None


VALUES = {"": "spark_version", "spark": "spark_version", "java": "java_version", "engine": "engine",
          "serializer": "serializer"}
NATIVE = ("gluten", "photon", "comet", "rapids")


def versions_rows(fleet, ask):
    rows = []
    for bucket, what in used(fleet, ask).items():
        parts = defaultdict(list)
        for app, row in what.on_fleet:
            parts[app[VALUES[ask.by]]].append((app, row["alloc_core_h"]))
        for value, pairs in parts.items():
            def core_h(holds):
                return fsum(core_h for app, core_h in pairs if holds(app))

            alloc = core_h(lambda app: True)
            rows.append({
                "bucket": bucket, "value": value, "alloc_core_h": alloc,
                "share_pct": pct(alloc, what.fleet_sum("alloc_core_h")),
                "adaptive_pct": pct(core_h(lambda app: app["adaptive"]), core_h(lambda app: app["adaptive"] is not None)),
                "dynamic_allocation_pct": pct(core_h(lambda app: app["dynamic_allocation"]), alloc),
                "kryo_pct": pct(core_h(lambda app: app["serializer"] == "KryoSerializer"), alloc),
                "python_pct": pct(core_h(lambda app: app["engine"] == "python"), alloc),
                "native_pct": pct(core_h(lambda app: app["engine"] in NATIVE), alloc),
            })
    return rows


# ------------------------------------------------------------------------------------------- forecast

DAY = model.DAY


def forecast_rows(fleet, ask):
    """Least squares of the daily means over 8 unknowns: the level of each day of the week, and a slope a day."""
    apps = model.known(fleet, ask)
    held = defaultdict(list)
    for app in apps:
        for row in fleet.of("usage", app):
            held[row["hour"]].append(row["alloc_core_h"] or 0)
    end = fleet.extent()[1] // HOUR * HOUR + HOUR
    end = (end if ask.until is None else min(end, ask.until)) // DAY * DAY
    first = min((app["start"] for app in apps if app["alloc_core_h"]), default=end)
    weeks = min(26, (end - -(-first // DAY) * DAY) // (7 * DAY))
    if weeks < 8:
        return []
    start = end - weeks * 7 * DAY
    cores = [Fraction(fsum(part for hour in range(day, day + DAY, HOUR) for part in held[hour])) / 24
             for day in range(start, end, DAY)]
    known = [unknowns(day) for day in range(len(cores))]
    inverse = inverted([[sum(row[i] * row[j] for row in known) for j in range(8)] for i in range(8)])
    best = times(inverse, [sum(row[i] * value for row, value in zip(known, cores)) for i in range(8)])
    residuals = [value - dot(row, best) for row, value in zip(known, cores)]
    error = math.sqrt(sum(residual**2 for residual in residuals) / (len(cores) - 8))
    level, spread = list(map(float, best)), [list(map(float, row)) for row in inverse]

    def ahead(day):
        """(expected, half of the band) of a day behind the last one of history; the first of them is 0."""
        row = list(map(float, unknowns(len(cores) + day)))
        return dot(row, level), 2 * error * math.sqrt(1 + dot(row, times(spread, row)))

    def first_day(edge):
        if not ask.capacity_cores:
            return None
        days = (day for day in range(365) if sum(ahead(day)[:edge]) >= ask.capacity_cores)
        return next((end + day * DAY for day in days), None)

    rows, reached, reached_early = [], first_day(1), first_day(2)
    for week in range(WEEKS_AHEAD):
        days = [ahead(day) for day in range(7 * week, 7 * week + 7)]
        expected = fsum(max(0.0, middle) for middle, _ in days) / 7
        high = fsum(max(0.0, middle + half) for middle, half in days) / 7
        rows.append({
            "bucket": end + 7 * week * DAY, "expected_cores": expected,
            "low_cores": fsum(max(0.0, middle - half) for middle, half in days) / 7, "high_cores": high,
            "peak_day_cores": max(0.0, *(middle for middle, _ in days)),
            "expected_cores_pct": pct(expected, ask.capacity_cores), "high_cores_pct": pct(high, ask.capacity_cores),
            "capacity_reached": reached, "capacity_reached_early": reached_early, "days_ahead": 7 * week + 7,
            "residual_cores": error, "history_weeks": weeks,
        })
    return rows


WEEKS_AHEAD = 13


def unknowns(day):
    return [Fraction(day % 7 == weekday) for weekday in range(7)] + [Fraction(day)]


def dot(left, right):
    return sum(a * b for a, b in zip(left, right))


def times(matrix, vector):
    return [dot(row, vector) for row in matrix]


def inverted(matrix):
    """Gauss and Jordan's elimination."""
    size = len(matrix)
    rows = [[*row, *(Fraction(i == j) for j in range(size))] for i, row in enumerate(matrix)]
    for i in range(size):
        at = next(k for k in range(i, size) if rows[k][i])
        rows[i], rows[at] = rows[at], rows[i]
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for k in range(size):
            if k != i:
                rows[k] = [value - rows[k][i] * other for value, other in zip(rows[k], rows[i])]
    return [row[size:] for row in rows]


# ------------------------------------------------------------------------------------------- heatmap

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def heatmap_rows(fleet, ask):
    if is_empty(fleet, ask):
        return []
    held, count = defaultdict(list), defaultdict(int)
    apps = model.known(fleet, ask)
    at = defaultdict(list)
    for app in apps:
        for row in fleet.of("usage", app):
            at[row["hour"]].append(row["alloc_core_h"] or 0)
    for hour in hours_shown(fleet, ask):
        local = model.local_hour(ask.tz, hour)
        count[local.hour, local.weekday()] += 1
        held[local.hour, local.weekday()] += at[hour]
    rows = []
    for hour in sorted({hour for hour, _ in count}):
        rows.append({
            "hour_of_day": f"{hour:02d}:00",
            **{f"{name}_cores": ratio(fsum(held[hour, day]), count[hour, day]) for day, name in enumerate(DAYS)},
            "avg_cores": fsum(value for day in range(7) for value in held[hour, day])
            / sum(count[hour, day] for day in range(7)),
        })
    return rows


# ------------------------------------------------------------------------------------------- questions

PRICES = Prices()
OTHER_PRICES = Prices(
    core_hour=0.05, gib_hour=0.011, combine="max", yarn_step_mib=1024, min_billing_s=600,
    rates=(Rate(0.35, queue="^(adhoc|etl)$"), Rate(1.5, user="svc", since="2026-10-15", until="2026-10-25")))
HEAP_PRICES = Prices(include_driver=False, memory_basis="heap", yarn_step_mib=512, min_billing_s=900)
NEW_YORK, KOLKATA = "America/New_York", "Asia/Kolkata"

SHAPES = [
    Ask(bucket="day"), Ask(bucket="week"), Ask(bucket="month"), Ask(bucket="hour"), Ask(window="30d"),
    Ask(bucket="day", tz=NEW_YORK), Ask(bucket="hour", tz=KOLKATA, window="30d"), Ask(bucket="month", tz=NEW_YORK),
    Ask(bucket="week", tz=KOLKATA), Ask(window="since", tz=KOLKATA), Ask(window="until", bucket="month"),
    Ask(window="edges", bucket="hour"), Ask(bucket="day", local=True, incomplete=True),
    Ask(bucket="hour", local=True, window="since"), Ask(bucket="week", user="^svc-e|^a"),
    Ask(bucket="day", spark_version="4.3", min_duration="600s"), Ask(bucket="week", min_core_hours=0.04),
    Ask(bucket="day", queue="^(ml|etl)$"), Ask(bucket="day", status="failed"), Ask(bucket="day", user="^nobody$"),
]
CAPACITY = [replace(ask, capacity_cores=120, capacity_memory_gib=512) for ask in SHAPES[:2] + SHAPES[-4:-3]]
GROUPED = [
    Ask(bucket=bucket, group_by=group_by, tz=tz, prices=prices, window=window, local=local)
    for bucket, group_by, tz, prices, window, local in (
        ("day", "user", "UTC", PRICES, "all", False), ("week", "job", NEW_YORK, OTHER_PRICES, "all", False),
        ("month", "queue", KOLKATA, PRICES, "all", False), ("hour", "app", "UTC", OTHER_PRICES, "edges", False),
        ("day", "version", KOLKATA, HEAP_PRICES, "since", False), ("week", "kind", "UTC", PRICES, "until", True),
        ("day", "tag:team", "UTC", OTHER_PRICES, "30d", False), ("day", "day", "UTC", PRICES, "30d", False),
        ("hour", "user", NEW_YORK, None, "30d", False))]
PRICED = [replace(ask, prices=prices)
          for ask, prices in zip(SHAPES, [PRICES, OTHER_PRICES, HEAP_PRICES] * len(SHAPES))]
JOBS = [Ask(job=job, bucket=bucket, tz=tz, window=window) for job, bucket, tz, window in (
    ("user_features_build_*", "day", "UTC", "7d"), ("user_features_build_*", "week", NEW_YORK, "since"),
    ("etl_orders_*", "day", KOLKATA, "all"), ("invoice_matching_*", "month", "UTC", "until"),
    ("daily-report-*", "hour", "UTC", "7d"), ("invoice_batch", "hour", "UTC", "all"), ("no such job", "day", "UTC", "all"))]
FORECASTS = [
    Ask(), Ask(tz=KOLKATA, bucket="week"), Ask(window="30d", capacity_cores=3), Ask(capacity_cores=12, bucket="month"),
    Ask(window="until", capacity_cores=2), Ask(user="^svc-e|^a", capacity_cores=5), Ask(queue="^(ml|etl)$"),
    Ask(local=True, incomplete=True), Ask(status="failed"), Ask(user="^nobody$")]


class AskOfAll(Ask):
    """Of trends that count unfinished applications without being asked to."""

    def arguments(self):
        return [argument for argument in super().arguments() if argument != "--include-incomplete"]


def of_all(asks):
    return [AskOfAll(**vars(ask) | {"incomplete": True}) for ask in asks]


QUESTIONS = {
    "usage": Question(["bucket"], trend(usage_row), SHAPES, ordered=True),
    "concurrency": Question(["bucket"], concurrency_rows, of_all(SHAPES + CAPACITY), ordered=True),
    "cost": Question(["bucket", "group_name"], cost_rows, SHAPES[:2] + PRICED + GROUPED),
    "efficiency": Question(["bucket"], trend(efficiency_row), SHAPES, ordered=True),
    "waste": Question(["bucket"], trend(waste_row), SHAPES, ordered=True),
    "failures": Question(["bucket"], failures_rows, SHAPES, ordered=True),
    "data": Question(["bucket"], data_rows, SHAPES[:2] + PRICED, ordered=True),
    "wait": Question(["bucket"], wait_rows, SHAPES, ordered=True),
    "durations": Question(["bucket"], durations_rows, SHAPES + JOBS, ordered=True),
    "versions": Question(["bucket", "value"], versions_rows, SHAPES + [
        Ask(by=by, bucket=bucket, tz=tz) for by, bucket, tz in (
            ("java", "day", "UTC"), ("engine", "week", NEW_YORK), ("serializer", "hour", KOLKATA),
            ("spark", "month", "UTC"))]),
    "forecast": Question(["bucket"], forecast_rows, of_all(FORECASTS), ordered=True),
    "heatmap": Question(["hour_of_day"], heatmap_rows, of_all(SHAPES), ordered=True),
}


# ------------------------------------------------------------------------------------------- windows tile

# What adds up over time. Not: counts of attempts that are in several buckets, ratios.
ADDS_UP = {
    "usage": ["alloc_core_h", "busy_core_h", "cpu_core_h", "alloc_gib_h", "tasks", "idle_core_h", "wasted_core_h"],
    "efficiency": ["alloc_core_h", "busy_core_h", "cpu_core_h"],
    "waste": ["unproductive_core_h", "idle_core_h", "wasted_core_h", "alloc_core_h",
              *(f"idle_{cause}_core_h" for cause in CAUSES), *(f"wasted_{name}_core_h" for name in WASTE_CLASSES)],
    "failures": ["ended", "failed", "failed_tasks", "wasted_core_h", "oom_failures", "node_losses", "tasks"],
    "data": ["input_bytes", "output_bytes", "shuffle_read_bytes", "shuffle_write_bytes", "memory_spill_bytes",
             "disk_spill_bytes", "alloc_core_h"],
    "wait": ["started", "with_executors", "executors_asked"],
    "versions": ["alloc_core_h"],
    "cost": ["cost_est", "alloc_core_h", "alloc_gib_h"],
}


# The same of reports, summed over their rows.
REPORTS_ADD_UP = {
    "apps": [*(column for column in model.ADDITIVE if column not in ("first_try_core_h", "deserialize_s", "fetch_wait_s")),
             "idle_core_h"],
    "summary": ["alloc_core_h", "busy_core_h", "cpu_core_h", "idle_core_h", *(f"idle_{cause}_core_h" for cause in CAUSES),
                "wasted_core_h", "alloc_gib_h", "tasks", "failed_tasks", "input_bytes", "output_bytes",
                "shuffle_read_bytes", "disk_spill_bytes"],
    "owners": ["alloc_core_h", "alloc_gib_h", "busy_core_h", "idle_core_h", "wasted_core_h", "cost_est"],
}


def tiles(program, fleet):
    """(figures compared, those that differ): shh's whole window as one bucket against the sums of its days, hours and
    weeks, against windows of a day each, and against the sum over `report apps` of the same window; reports of the whole
    window against those of windows of a day each."""
    start, end = fleet.extent()
    since, until = start // HOUR * HOUR, end // HOUR * HOUR + HOUR
    if until - since > 3 * DAY:  # days and applications are cut at both ends
        since, until = model.crossed_hours(fleet, 2)
        until = until if until - since > DAY else end // DAY * DAY + 2 * HOUR
    compared, differ = 0, []

    def answered(name, ask):
        return program.answer(name, ask)[0][0][1]["rows"]

    def sums(name, asks, columns):
        rows = [row for ask in asks for row in answered(name, ask)]
        return {column: total(row[column] for row in rows) for column in columns}

    edges = [since, *range(-(-(since + 1) // DAY) * DAY, until, DAY), until]
    for name, columns in REPORTS_ADD_UP.items():
        ask = Ask(window="given", since=since, until=until, prices=OTHER_PRICES if "cost_est" in columns else None)
        days = [replace(ask, since=low, until=high) for low, high in zip(edges, edges[1:])]
        whole, parts = sums(name, [ask], columns), sums(name, days, columns)
        for column in columns:
            compared += 1
            if not same(parts[column], whole[column]):
                differ.append((name, "report", "windows of a day", column, parts[column], whole[column]))
    for tz in ("UTC", NEW_YORK, KOLKATA):
        for name, columns in ADDS_UP.items():
            ask = Ask(window="given", since=since, until=until, tz=tz, bucket="month",
                      prices=OTHER_PRICES if name == "cost" else None, group_by="user" if name == "cost" else "")
            whole = sums("trends-" + name, [ask], columns)
            parts = {bucket: sums("trends-" + name, [replace(ask, bucket=bucket)], columns)
                     for bucket in ("hour", "day", "week")}
            if tz == "UTC":
                days = [replace(ask, since=low, until=high, bucket="day") for low, high in zip(edges, edges[1:])]
                parts["windows of a day"] = sums("trends-" + name, days, columns)
                apps = answered("apps", replace(ask, bucket="", group_by=""))
                shared = [column for column in columns if apps and column in apps[0]]
                parts["report apps"] = {column: total(row[column] for row in apps) for column in shared}
            for part, values in parts.items():
                for column, value in values.items():
                    compared += 1
                    if not same(value, whole[column]):
                        differ.append((name, tz, part, column, value, whole[column]))
    return compared, differ


def same(one, other):
    return abs(one - other) <= 1e-9 * max(1, abs(one), abs(other))


def main():
    """python trends.py --shh PROGRAM --database FILE [--cache FILE] DIR...: whether windows tile; the database holds DIR..."""
    import argparse
    import sys
    import tempfile

    from answers import Program

    parser = argparse.ArgumentParser()
    parser.add_argument("--shh", required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--cache", help="as of answers.py")
    parser.add_argument("directories", nargs="+")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        program = Program(arguments.shh, arguments.database, directory)
        compared, differ = tiles(program, model.load(arguments.directories, arguments.cache))
    for difference in differ:
        print(*difference, sep="\t")
    print(f"{compared} sums compared, {len(differ)} differ")
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
