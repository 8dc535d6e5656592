"""What is asked of the reports whose rows reports_stages.py, reports_jobs.py, reports_cost.py and reports_one.py make."""
from collections import Counter
from dataclasses import dataclass, replace

import figures
from figures import HOUR
from judging import latest, order_in_time
from model import Ask, Prices, Question, Rate
from reports_cost import cost
from reports_jobs import config, executors, executors_by_host, failures, memory, regressions
from reports_one import app, comparison
from reports_stages import skew, skew_of, spill, tasks

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


def most_skewed():
    def choose(fleet):
        skewed = [skew_of(fleet.app(stage), stage) for stage in fleet.stages]
        found = [(row["skew_ratio"], row["app_id"]) for row in skewed if row]
        return [max(found)[1] if found else fleet.apps[0]["app_id"]]
    return About(choose=choose)


def latest_of(nth_job):
    """The latest run of a recurring job."""
    def choose(fleet):
        jobs = recurring(fleet, False)
        return [latest(app for app in fleet.apps if app["job"] == jobs[nth_job % len(jobs)])["app_id"]]
    return About(choose=choose)


def nth(part, parts):
    """One application of so many evenly spread over all."""
    def choose(fleet):
        ids = sorted({app["app_id"] for app in fleet.apps})
        return [ids[len(ids) * part // parts - 1]]
    return About(choose=choose)


def recurring(fleet, local):
    """Jobs, those of the most runs first; any where there are none in local mode or none in a cluster."""
    counts = Counter(app["job"] for app in fleet.apps if app["local"] == local) or Counter(app["job"] for app in fleet.apps)
    return sorted(counts, key=lambda job: (-counts[job], job))


def jobs_pair(first, second, local=(False, False)):
    def choose(fleet):
        jobs = recurring(fleet, local[0]), recurring(fleet, local[1])
        return [jobs[0][first % len(jobs[0])], jobs[1][second % len(jobs[1])]]
    return About(choose=choose)


def runs_pair(first, second, nth_job=0):
    def choose(fleet):
        jobs = recurring(fleet, False)
        runs = sorted((app for app in fleet.apps if app["job"] == jobs[nth_job % len(jobs)]), key=order_in_time)
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
    "event_loss_pct")], tried_again(), most_skewed(), *[latest_of(job) for job in range(13)],
    *[nth(part, 10) for part in range(1, 11)]]


def listed(rows):
    return lambda fleet, ask: list(rows(fleet, ask))


JOB, STAGE = ["job", "job_user"], ["app_id", "attempt", "stage_id", "stage_attempt"]
QUESTIONS = {
    "skew": Question(STAGE, skew, COMMON),
    "tasks": Question(STAGE, tasks, COMMON),
    "spill": Question(JOB, listed(spill), [*COMMON, OF_ETL, ANYBODYS]),
    "executors": Question(JOB, listed(executors), [*COMMON, OF_ETL, ANYBODYS]),
    "executors-grouped": Question(["host"], listed(executors_by_host), [
        replace(ask, by="host") for ask in [*COMMON, OF_ETL]]),
    "memory": Question(JOB, listed(memory), [*COMMON, MONTH, OF_ETL, ANYBODYS]),
    "cost": Question(JOB, listed(cost), [*COMMON, MONTH, OF_ETL, replace(MONTH, job_by_user=False), *[
        replace(ask, prices=prices) for ask, prices in ((MONTH, PRICED), (EDGES[0], PRICED), (ALL, BILLED), (ALL, DEARER))]]),
    "failures": Question(["what", "class", "reason"], listed(failures), [
        *COMMON, OF_ETL, ANYBODYS, replace(ALL, prices=PRICED), replace(WEEK, prices=DEARER)]),
    "config": Question(["check"], listed(config), [*COMMON, OF_ETL, ANYBODYS, replace(ALL, prices=PRICED)]),
    "regressions": Question(["job", "job_user", "metric"], regressions, [
        *COMMON, MONTH, OF_ETL, ANYBODYS, *[Ask(window=window, local=True) for window in ("2d", "7d", "14d")]]),
    "compare": Question({
        "compare": ["metric"], "compare-configuration": ["key"], "compare-stages": ["name", "a_stage", "b_stage"],
    }, comparison, [
        jobs_pair(0, 1), jobs_pair(2, 3), jobs_pair(0, 0, (False, True)), jobs_pair(0, 0, (True, False)), runs_pair(0, -1),
        runs_pair(-1, -2, 1), runs_pair(0, 0), windows_pair(), windows_pair(local=True, incomplete=True)]),
    "app": Question({
        "app": ["attempt"], "app-findings": ["attempt", "finding"], "app-timeline": ["attempt", "stage"],
    }, app, APPLICATIONS),
}
