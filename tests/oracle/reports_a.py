"""The oracle's rows of the reports summary, resource-hogs, efficiency, apps, idle, jobs, owners and quality."""
import re
from collections import defaultdict

from figures import CAUSES, MIB, WASTE_CLASSES
from model import (DAY, Ask, Prices, Question, Rate, median, pct, percentile, ratio, selected, total, total_or_none)

PRICES = Prices(rates=(Rate(0.35, queue="ml|science"), Rate(0.5, user="svc-reports", since="2026-10-20")))
BILLED = Prices(memory_basis="heap", yarn_step_mib=1024, min_billing_s=600)
DEARER = Prices(combine="max", include_driver=False, yarn_step_mib=512)
FILTERED = [Ask("all", spark_version="3.5"), Ask("7d", min_duration="60s", min_core_hours=0.03)]
WINDOWS = [Ask("all"), Ask("7d"), Ask("since"), Ask("until"), Ask("edges")]
COMMON = [*WINDOWS, *FILTERED, Ask("default 7d"), Ask("all", local=True, incomplete=True), Ask("7d", local=True, incomplete=True)]
JOBS = [ask for ask in COMMON if not ask.window.startswith("default")]
PRICED = [Ask("all", prices=PRICES), Ask("7d", prices=PRICES), Ask("edges", prices=BILLED), Ask("7d", prices=DEARER)]

IDLE = [f"idle_{cause}_core_h" for cause in CAUSES]


def on_fleet(apps):
    """Without local mode: what holds cores."""
    return [app for app in apps if not app["local"]]


def sums(apps, *columns):
    return {column: total(app[column] for app in apps) for column in columns}


def sum_or_none(apps, *columns):
    return {column: total_or_none(app[column] for app in apps) for column in columns}


def busy_pct(apps):
    """At most 100, without applications in local mode; sums first."""
    apps = on_fleet(apps)
    share = pct(total(app["busy_core_h"] for app in apps), total(app["alloc_core_h"] for app in apps))
    return None if share is None else min(100.0, share)


def idle_of(apps):
    """Allocated less busy, signed; None where nothing can be allocated."""
    apps = on_fleet(apps)
    return total(part for app in apps for part in (app["alloc_core_h"], -app["busy_core_h"])) if apps else None


def allocated(apps):
    return total_or_none(app["alloc_core_h"] for app in apps)


def change_pct(now, before):
    return None if now is None or not before else 100 * (now - before) / before


def grouped(apps, name):
    groups = defaultdict(list)
    for app in apps:
        groups[name(app)].append(app)
    return groups


# ------------------------------------------------------------------------------------------- summary


def summary(fleet, ask):
    apps = selected(fleet, ask)
    if not apps:
        return []  # Reading: nothing to sum up
    before = ask.before()
    alloc = total(app["alloc_core_h"] for app in apps)
    alloc_before = allocated(selected(fleet, before)) if before else None
    with_cpu = [app for app in on_fleet(apps) if app["cpu_core_h"] is not None]
    busy = total(app["busy_core_h"] for app in apps)
    row = {
        "applications": len(apps),
        **{status: sum(app["status"] == status for app in apps) for status in ("succeeded", "failed")},
        "users": len({app["user"] for app in apps}),
        "alloc_core_h": alloc,
        "alloc_core_h_before": alloc_before,
        "alloc_change_pct": change_pct(alloc, alloc_before),
        "busy_pct": busy_pct(apps),
        "cpu_core_h": total_or_none(app["cpu_core_h"] for app in apps),
        "cpu_pct": pct(total(app["cpu_core_h"] for app in with_cpu), total(app["alloc_core_h"] for app in with_cpu)),
        "idle_core_h": idle_of(apps),
        **sums(apps, "busy_core_h", *IDLE, "wasted_core_h", "alloc_gib_h", "never_used_executors", "tasks",
               "failed_tasks", "input_bytes", "output_bytes", "shuffle_read_bytes", "disk_spill_bytes"),
        "gc_pct": pct(total(app["gc_s"] for app in apps), total(app["run_s"] for app in apps)),
    }
    row["failed_pct"] = pct(row["failed"], len(apps))
    row["wasted_pct"] = pct(row["wasted_core_h"], busy)
    row["failed_tasks_pct"] = pct(row["failed_tasks"], row["tasks"])
    for column, of in (("top_user", "user"), ("top_app_name", "app_name")):
        shares = {name: allocated(rows) or 0 for name, rows in grouped(apps, lambda app: app[of]).items()}
        top = min(shares, key=lambda name: (-shares[name], name), default=None)
        row[column], row[f"{column}_pct"] = (top, pct(shares[top], alloc)) if shares else (None, None)
    return [row]


# ------------------------------------------------------------------------------------------- resource hogs

RANKED = {"": "alloc_core_h", "cores": "alloc_core_h", "memory": "alloc_gib_h", "cost": "cost_est",
          "spill": "disk_spill_bytes", "input": "input_bytes", "duration": "dur_s", "tasks": "tasks"}


def ranked(rows, by, tie):
    """Sorted by what is ranked, the most first, unknown last; with share_pct and cum_pct.
    Reading: shuffle is what is read and written; of equal rows the busier one comes first, then names decide."""
    def of(row):
        return row["shuffle_read_bytes"] + row["shuffle_write_bytes"] if by == "shuffle" else row[RANKED[by]]

    def place(row):
        value = of(row)
        return value is None, -(value or 0), -row["busy_core_h"], [(row[name] is None, row[name] or "") for name in tie]

    rows.sort(key=place)
    whole, above = total(of(row) for row in rows), []
    for row in rows:
        above.append(of(row))
        row["share_pct"], row["cum_pct"] = pct(of(row), whole), pct(total_or_none(above), whole)
    return rows


def resource_hogs(fleet, ask):
    if ask.group_by:
        return resource_hogs_grouped(fleet, ask)
    rows = []
    for app in selected(fleet, ask):
        rows.append({column: app[column] for column in (
            "app_name", "user", "alloc_core_h", "alloc_gib_h", "cost_est", "peak_executors", "dur_s", "shuffle_read_bytes",
            "disk_spill_bytes", "input_bytes", "queue", "start", "status", "app_id", "attempt", "job", "busy_core_h",
            "cpu_core_h", "idle_core_h", "wasted_core_h", "shuffle_write_bytes", "memory_spill_bytes", "output_bytes",
            "tasks")} | {"busy_pct": busy_pct([app])})
    return ranked(rows, ask.by, ("app_id", "attempt"))


def resource_hogs_grouped(fleet, ask):
    rows = []
    for name, apps in grouped(selected(fleet, ask), lambda app: app["group_name"]).items():
        rows.append({
            "group_name": name, "busy_pct": busy_pct(apps), "applications": len(apps),
            "users": len({app["user"] for app in apps}),
            **sum_or_none(apps, "alloc_core_h", "alloc_gib_h", "cost_est", "cpu_core_h"), "idle_core_h": idle_of(apps),
            **sums(apps, "wasted_core_h", "shuffle_read_bytes", "disk_spill_bytes", "input_bytes", "dur_s", "busy_core_h",
                   "shuffle_write_bytes", "memory_spill_bytes", "output_bytes", "tasks"),
        })
    return ranked(rows, ask.by, ("group_name",))


# ------------------------------------------------------------------------------------------- efficiency and idle

SEVERITIES = [(85, "critical"), (70, "severe"), (50, "moderate"), (30, "low")]


def is_large(app):
    """More than 5 minutes and 1 core-hour: enough to judge."""
    return app["dur_s"] > 300 and app["alloc_core_h"] is not None and app["alloc_core_h"] > 1


def idle_severity(app):
    if not is_large(app):
        return "unknown"
    share = pct(app["idle_core_h"], app["alloc_core_h"])
    return next((name for least, name in SEVERITIES if share >= least), "none")


CAUSE_WORDS = {"driver_gap": "driver gap", "startup": "startup", "tail": "tail", "skew_tail": "skew tail",
               "under_parallel": "under parallel"}


def main_cause(app):
    """The largest part of the idle core-hours; unknown where nothing was idle."""
    if not app["idle_core_h"]:
        return None
    return CAUSE_WORDS[max(CAUSES, key=lambda cause: app[f"idle_{cause}_core_h"])]


def heap_peak_pct(app):
    return pct(app["peak_heap_bytes"], app["heap_mib"] and app["heap_mib"] * 1024 * 1024)


def efficiency_class(app):
    """Reading: `short of memory` and `more than it uses` as the column says.

    Short of memory: tasks or executors ran out of it; heap peak above 90 % with GC above 5 % of run time and spill to disk; GC above 15 % of more than 5
    minutes of run time; or spill in memory above 0.25 of the largest of input, output, shuffle read and shuffle write, and
    above 1 GiB. More than it uses: half of the cores idle; or a heap of more than 2 GiB that is 1.5 x its peak + 300 MiB
    or more, measured for 80 % of core-hours, where the JVM alone does the work.
    """
    if not is_large(app):
        return "unknown"
    gc, heap = pct(app["gc_s"], app["run_s"]) or 0, heap_peak_pct(app) or 0
    moved = max(app[f"{what}_bytes"] for what in ("input", "output", "shuffle_read", "shuffle_write"))
    spilled = app["memory_spill_bytes"]
    if app["oom_failures"] or (heap > 90 and gc > 5 and app["disk_spill_bytes"]) or (app["run_s"] > 300 and gc > 15) or (
            moved and spilled / moved > 0.25 and spilled > 1024**3):
        return "under"
    peak, covered = app["peak_heap_bytes"], pct(app["measured_core_h"], app["alloc_core_h"])
    is_heap_large = (app["engine"] == "jvm" and peak is not None and covered is not None and covered >= 80
                     and app["heap_mib"] > 2048 and app["heap_mib"] * MIB / (peak + 300 * MIB) >= 1.5)
    return "over" if is_heap_large or pct(app["idle_core_h"], app["alloc_core_h"]) >= 50 else "fit"


def efficiency(fleet, ask):
    rows = []
    for app in selected(fleet, ask):
        rows.append({column: app[column] for column in (
            "app_name", "idle_core_h", "disk_spill_bytes", "alloc_core_h", "user", "queue", "start", "dur_s", "status",
            "app_id", "attempt", "busy_core_h", "cpu_core_h", *IDLE)} | {
            "class": efficiency_class(app), "severity": idle_severity(app), "busy_pct": busy_pct([app]),
            "main_cause": main_cause(app), "heap_peak_pct": heap_peak_pct(app), "gc_pct": pct(app["gc_s"], app["run_s"]),
            "peak_cov_pct": pct(app["measured_core_h"], app["alloc_core_h"]),
            "cpu_pct": pct(app["cpu_core_h"], app["alloc_core_h"])})
    return rows


def duration_s(text):
    """A time as Spark writes it: 60s, 2min, 1h, 500ms; a bare number counts seconds."""
    at = re.fullmatch(r"(-?\d+)(us|ms|s|m|min|h|d)?", text.strip().lower())
    if not at:
        return None
    return int(at[1]) * {"us": 1e-6, "ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, None: 1}[at[2]]


def idle(fleet, ask):
    rows = []
    for app in selected(fleet, ask):
        conf = {row["key"]: row["value"] for row in fleet.of("conf", app)}
        timeout = duration_s(conf.get("spark.dynamicAllocation.executorIdleTimeout", "60s"))
        rows.append({column: app[column] for column in (
            "app_name", "idle_core_h", "never_used_executors", *IDLE, "alloc_core_h", "busy_core_h", "dynamic_allocation",
            "user", "queue", "job", "kind", "start", "dur_s", "status", "executors", "peak_executors", "app_id",
            "attempt")} | {
            "idle_pct": pct(app["idle_core_h"], app["alloc_core_h"]), "severity": idle_severity(app),
            "main_cause": main_cause(app), "idle_timeout_s": timeout if app["dynamic_allocation"] else None})
    return rows


# ------------------------------------------------------------------------------------------- apps

APPS = ["app_id", "app_name", "user", "status", "start", "dur_s", "alloc_core_h", "busy_core_h", "tasks", "failed_tasks",
        "executors", "queue", "attempt", "spark_version", "local", "end", "end_estimated", "peak_executors", "jobs",
        "failed_jobs", "stages", "failed_stages", "killed_tasks", "speculative_tasks", "sql_executions", "failed_sql",
        "cpu_core_h", "idle_core_h", "alloc_gib_h", "wasted_core_h", *IDLE,
        *(f"wasted_{name}_core_h" for name in WASTE_CLASSES), "gc_s", "run_s", "queue_wait_s", "input_bytes",
        "input_records", "output_bytes", "output_records", "shuffle_read_bytes", "shuffle_write_bytes",
        "memory_spill_bytes", "disk_spill_bytes", "result_bytes", "event_loss_pct", "unfinished_tasks"]


def apps(fleet, ask):
    return [{column: app[column] for column in APPS} for app in selected(fleet, ask)]


# ------------------------------------------------------------------------------------------- jobs and owners


def month_factor(fleet, ask):
    """30 days of the window's part between the database's first and last application; None below a day."""
    first, last = fleet.extent()
    begin = first if ask.since is None else max(first, ask.since)
    end = last if ask.until is None else min(last, ask.until)
    return None if end - begin < DAY else 30 * DAY / (end - begin)


def jobs(fleet, ask):
    rows, scale = [], month_factor(fleet, ask)
    for (name, of_user), apps in grouped(selected(fleet, ask), lambda app: (app["job"], app["job_user"])).items():
        runs = list(grouped(apps, lambda app: app["app_id"]).values())
        starts = sorted(min(attempt["start"] for attempt in run) for run in runs)
        gaps = [later - earlier for earlier, later in zip(starts, starts[1:])]
        good = [app["dur_s"] for app in apps if app["status"] == "succeeded"]
        alloc, cost = allocated(apps), total_or_none(app["cost_est"] for app in apps)
        cores = {user: allocated(mine) or 0 for user, mine in grouped(apps, lambda app: app["user"]).items()}
        latest = max(apps, key=lambda app: (app["start"], app["app_id"], app["attempt"] or ""))
        rows.append({
            "job": name, "job_user": of_user, "runs": len(runs),
            "month_core_h": None if None in (alloc, scale) else alloc * scale,
            "ok_pct": pct(sum(any(app["status"] == "succeeded" for app in run) for run in runs), len(runs)),
            "cadence_s": median(gaps) / 1000 if len(runs) >= 3 else None,
            "dur_p50_s": median(good), "dur_p95_s": percentile(good, 0.95), "run_core_h": ratio(alloc, len(runs)),
            "month_cost_est": None if None in (cost, scale) else cost * scale, "cost_est": cost,
            "last_run": max(starts), "first_run": min(starts), "owner": min(cores, key=lambda user: (-cores[user], user)),
            "recurring": len(runs) >= 3, "kind": latest["kind"], "alloc_core_h": alloc,
            "alloc_gib_h": total_or_none(app["alloc_gib_h"] for app in apps), "busy_pct": busy_pct(apps),
            "wasted_core_h": total(app["wasted_core_h"] for app in apps), "owners": len(cores),
        })
    return rows


def owner_of(ask):
    if ask.by == "tag":
        return lambda app: app["group_name"]
    return lambda app: app[ask.by or "user"]


def owners(fleet, ask):
    apps, before = selected(fleet, ask), ask.before()
    alloc, cost = allocated(apps), total_or_none(app["cost_est"] for app in apps)
    past = None
    if before and ask.by != "tag":
        past = {name: allocated(mine) for name, mine in grouped(selected(fleet, before), owner_of(ask)).items()}
    rows = []
    for name, mine in grouped(apps, owner_of(ask)).items():
        was = past.get(name) if past else None
        row = {
            "owner": name, **sum_or_none(mine, "alloc_core_h", "alloc_gib_h", "cost_est"), "idle_core_h": idle_of(mine),
            "busy_pct": busy_pct(mine), "applications": len(mine),
            "jobs": len({(app["job"], app["job_user"]) for app in mine}), **sums(mine, "wasted_core_h", "busy_core_h"),
            "failed": sum(app["status"] == "failed" for app in mine), "alloc_core_h_before": was or None,
        }
        row["share_pct"], row["cost_share_pct"] = pct(row["alloc_core_h"], alloc), pct(row["cost_est"], cost)
        row["alloc_change_pct"] = change_pct(row["alloc_core_h"], was)
        rows.append(row)
    return rows


# ------------------------------------------------------------------------------------------- quality

QUALITY = ["outcome", "log", "logs", "events", "malformed_lines", "event_loss_pct", "compacted", "codec", "app_id",
           "attempt", "oversized_lines", "size_bytes", "decoded_bytes", "last_event"]


def quality(fleet, ask):
    """A row a log with a problem, and a row an outcome for the others together."""
    rows = []
    for log in fleet.logs:
        if log["problem"]:
            rows.append({column: log.get(column) for column in QUALITY})
    fine = grouped([log for log in fleet.logs if not log["problem"]], lambda log: log["outcome"])
    for outcome, logs in fine.items():
        rows.append({
            "outcome": outcome, "log": None, "logs": len(logs), "event_loss_pct": None, "compacted": False, "codec": None,
            "app_id": None, "attempt": None, "last_event": max(log["last_event"] for log in logs),
            **{column: total(log[column] for log in logs) for column in
               ("events", "malformed_lines", "oversized_lines", "size_bytes", "decoded_bytes")}})
    return rows


APP = ["app_id", "attempt"]
WORDS = ["cores", "memory", "cost", "shuffle", "spill", "input", "duration", "tasks"]
GROUPS = [Ask("7d", group_by=what, prices=PRICES, local=True)
          for what in ("app", "job", "user", "queue", "version", "kind", "day", "tag:team", "tag:env")]
QUESTIONS = {
    "summary": Question([], summary, [*COMMON, Ask("7d", user="svc-etl"), Ask("all", status="failed"),
                                      Ask("all", app_name="nothing of this name")]),
    "resource-hogs": Question(APP, resource_hogs, [
        *COMMON, *PRICED, *[Ask("7d", by=by, prices=PRICES) for by in WORDS],
        *[Ask("edges", by=by, local=True) for by in WORDS if by != "cost"]], ordered=True),
    "resource-hogs-grouped": Question(["group_name"], resource_hogs, [
        *GROUPS, Ask("all", group_by="job"), Ask("edges", group_by="user", incomplete=True),
        *[Ask("7d", by=by, group_by="queue", prices=PRICES) for by in WORDS]], ordered=True),
    "efficiency": Question(APP, efficiency, COMMON),
    "idle": Question(APP, idle, COMMON),
    "apps": Question(APP, apps, [*COMMON, Ask("all", status="running"), Ask("all", tag="team=bi")]),
    "jobs": Question(["job", "job_user"], jobs, [
        *JOBS, *PRICED, Ask("30d"), Ask("default 30d"), Ask("7d", job="etl_orders_*"), Ask("all", job_by_user=False)]),
    "owners": Question(["owner"], owners, [
        *COMMON, *PRICED, *[Ask(window, by=by, prices=PRICES) for by in ("user", "queue", "job")
                            for window in ("all", "7d", "edges")],
        *[Ask("7d", by="tag", group_by="tag:team", prices=PRICES, local=local) for local in (False, True)]]),
    "quality": Question(["outcome", "log"], quality, [Ask("all"), Ask("7d")]),
}
