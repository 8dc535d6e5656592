"""A corpus of 200 applications of an invented fleet, with facts planted in it that reports must find.

    python fleet.py OUT_DIR [--facts FILE]

OUT_DIR must not exist. FILE (default: planted.json beside OUT_DIR) says what was planted, where and when. The corpus
covers the 60 days up to 2026-10-31 UTC. What is not planted is healthy: 65 to 90 % of the cores busy, 3 % GC, no spill,
heaps used to 75 %, durations steady to 5 %. The same program gives the same logs. `fleet_run.py` runs an application,
`fleet_log.py` writes its log; nothing here is shared with shh or with the oracle.
"""
import argparse
import json
import os
import re
import statistics
import sys
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone

from fleet_run import DISK_FULL, App, Chance, Loss, Run, Stage

END = "2026-11-01T00:00"  # the corpus' last moment: the now of its reports
CHANGE = "2026-10-25T00:00"  # begin of the last seven days: regressions begin here
NODES = tuple(f"ip-10-0-{rack}-{number}.ec2.internal" for rack in (1, 2, 3) for number in range(11, 19))
BAD_NODE, BAD_SINCE = "ip-10-0-3-17.ec2.internal", "2026-10-26T00:00"
SPOT_NODE, SPOT_AT = "ip-10-0-7-23.ec2.internal", "2026-10-27T03:12:07"
SPOT = ("Container from a bad node: {container} on host: {host}. Exit status: -100. "
        "Diagnostics: Container released on a *lost* node.")
OOM = ("\nThe executor with id {executor} exited with exit code 137(SIGKILL, possible container OOM).\n\n\n\n"
       "The API gave the following container statuses:\n\n\n\t container name: spark-kubernetes-executor\n"
       "\t container state: terminated\n\t exit code: 137\n\t termination reason: OOMKilled\n      ")
JDBC = ("java.sql.SQLTransientConnectionException",
        "partner-db - Connection is not available, request timed out after 30000ms.")
MISSING = ("java.io.FileNotFoundException", "File does not exist: hdfs://lake/settlements/part-00003.parquet")


def ms(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp()) * 1000


# ------------------------------------------------------------------------------------------- what the jobs do
# Works, one after the other, each a tuple of stages. Four executors of four cores run 16 tasks at a time.


def scan_and_group(scan, seconds, group, later, out=40):
    return (Stage(scan, seconds, read=128, shuffle=48), Stage(group, later, out=out))


def join(left, right, tasks, seconds, out=60):
    return (Stage(left, seconds, read=128, shuffle=60), Stage(right, seconds, read=128, shuffle=40, parents=()),
            Stage(tasks, seconds, shuffle=30, parents=(0, 1)), Stage(14, seconds * 0.6, out=out))


ORDERS = (join(36, 18, 36, 58), scan_and_group(36, 52, 36, 46))
REPORT = (scan_and_group(46, 62, 46, 66), scan_and_group(23, 60, 46, 56))
SCORING = ((Stage(46, 68, read=128, shuffle=40), Stage(30, 60, shuffle=20), Stage(30, 58, out=20)),)
FEATURES = (join(28, 14, 28, 60), scan_and_group(28, 62, 14, 52))
MATCHING = tuple((Stage(20, 48, read=160, shuffle=80), Stage(20, 46, out=60)) for _ in range(6))
LEDGER = ((Stage(46, 60, read=128, shuffle=90), Stage(30, 80, shuffle=60, spill=140), Stage(30, 60, out=40, spill=60)),)
EMBEDDINGS = ((Stage(56, 62, read=128, shuffle=50), Stage(36, 60, shuffle=30), Stage(18, 50, out=60)),)
CAMPAIGN = ((Stage(48, 56, read=128, shuffle=40), Stage(40, 15, shuffle=15, skew=20), Stage(64, 42, out=20)),
            scan_and_group(32, 52, 32, 50))
PARTNER = (scan_and_group(34, 50, 23, 46), scan_and_group(23, 50, 23, 46))
RATES = (scan_and_group(34, 42, 23, 37), scan_and_group(23, 40, 11, 36))
KPI = (join(28, 14, 28, 50), scan_and_group(28, 52, 14, 52))
CHURN = ((Stage(30, 70, read=128, shuffle=30), Stage(30, 66, shuffle=16), Stage(30, 60, shuffle=16),
          Stage(15, 60, out=40)),)
STOCK = (scan_and_group(30, 58, 15, 54), scan_and_group(30, 56, 15, 50))
SETTLEMENTS = (scan_and_group(46, 60, 30, 56), scan_and_group(30, 60, 30, 54))
TWO_SHUFFLES = ((Stage(46, 56, read=128, shuffle=60), Stage(46, 60, shuffle=40), Stage(30, 52, out=50)),)
STREAM = ((Stage(2, 82 * 60, read=900, out=700),),) * 240  # batches
TINY = ((Stage(5200, 0.105, read=0.2, shuffle=0.02), Stage(8, 4, out=8)),)
LOCAL = (scan_and_group(8, 30, 4, 25, out=10),)

# ------------------------------------------------------------------------------------------- the jobs


@dataclass
class Job:
    """A recurring job, or a single run. In names: {date} {day} {stamp} {epoch} {hex} {uuid} {n}."""
    name: str
    user: str
    queue: str
    team: str
    main: str
    first: str
    work: tuple
    hours: float = 24  # from run to run
    runs: int = 1
    options: dict = field(default_factory=dict)  # fields of Run; `growth`: more data; `error`: of the last stage
    changed: dict = field(default_factory=dict)  # options of the runs since CHANGE
    special: dict = field(default_factory=dict)  # number of the run (negative: from the last) -> options


SPARK_3 = {"version": "3.5.3"}
SPARK_4_1 = {"version": "4.1.1"}
K8S = {"manager": "k8s"}
CLIENT = {"cluster_mode": False}
NO_SQL = {"sql": False}
BARE = {"spark.eventLog.includeTaskMetricsAccumulators": "false"}  # smaller logs
ON_BAD_NODE = {"bad_host": BAD_NODE, "placed": {3: BAD_NODE}}
FAILS = {"error": JDBC}

RECURRING = [
    Job("etl_orders_{date}", "svc-etl", "etl", "payments", "com.acme.etl.OrdersEtl", "2026-10-12T01:30",
        ORDERS, 24, 20, SPARK_4_1 | {"executors": 5},
        changed={"slow": 1.84, "conf": {"spark.sql.autoBroadcastJoinThreshold": "-1"}}),
    Job("daily-report-{day}", "svc-reports", "analytics", "bi", "com.acme.report.DailyReport", "2026-10-14T05:00",
        REPORT, 24, 18, K8S | {"dynamic": (2, 5), "heap_gib": 8, "conf": BARE}, changed={"growth": 2.5}),
    Job("scoring-{hex}", "svc-ml", "ml", "growth", "com.acme.ml.Scoring", "2026-09-05T08:00",
        SCORING, 96, 15, SPARK_3 | NO_SQL, changed={"slow": 2.2}),
    Job("user_features_build_{n}", "svc-ml", "ml", "growth", "com.acme.ml.UserFeatures", "2026-10-10T03:00",
        FEATURES, 24, 22, {"heap_gib": 16, "peak": 3 / 16, "conf": {"spark.eventLog.logStageExecutorMetrics": "true"}},
        special={-2: ON_BAD_NODE, -4: ON_BAD_NODE}),
    Job("invoice_matching_{stamp}", "svc-etl", "etl", "finance", "com.acme.etl.InvoiceMatching", "2026-09-04T22:00",
        MATCHING, 120, 12, SPARK_4_1 | {"executors": 20, "conf": BARE}),
    Job("ledger_reconcile-{day}", "svc-etl", "etl", "finance", "com.acme.etl.LedgerReconcile", "2026-09-05T04:00",
        LEDGER, 168, 9, SPARK_4_1 | {"heap_gib": 4, "peak": 0.985, "gc": 0.18}),
    Job("graph_embeddings-{uuid}", "svc-ml", "science", "growth", "com.acme.ml.GraphEmbeddings", "2026-09-07T11:00",
        EMBEDDINGS, 144, 10, K8S | NO_SQL | {
            "executors": 5, "heap_gib": 8, "losses": (Loss(OOM, after_tasks=31), Loss(OOM, after_tasks=47))}),
    Job("campaign_join_{date}", "svc-etl", "etl", "marketing", "com.acme.etl.CampaignJoin", "2026-09-06T06:00",
        CAMPAIGN, 144, 10, {"conf": BARE}),
    Job("partner_feed_import-{n}", "svc-etl", "etl", "finance", "com.acme.etl.PartnerFeed", "2026-09-06T13:00",
        PARTNER, 120, 12, SPARK_3 | {"executors": 3, "heap_gib": 4},
        special={5: FAILS, -4: FAILS, -2: FAILS, -1: FAILS}),
    Job("rates_sync_{stamp}", "svc-reports", "analytics", "bi", "com.acme.sync.RatesSync", "2026-10-29T20:00",
        RATES, 2, 14, K8S | {"executors": 3, "heap_gib": 4, "conf": BARE}),
    Job("weekly_kpi_rollup_{date}", "svc-reports", "reports", "bi", "com.acme.report.WeeklyKpi", "2026-09-07T02:00",
        KPI, 168, 8, SPARK_3 | {"dynamic": (2, 4)}, special={-1: ON_BAD_NODE}),
    Job("churn_model_train-{n}", "svc-ml", "ml", "growth", "churn_model_train.py", "2026-09-03T15:00",
        CHURN, 120, 12, NO_SQL | SPARK_4_1 | {"python": True, "conf": {"spark.executor.memoryOverhead": "2048m"}}),
    Job("inventory_snapshot_{epoch}", "svc-reports", "analytics", "logistics", "com.acme.sync.InventorySnapshot",
        "2026-09-05T18:00", STOCK, 144, 10, K8S),
]
SINGLE = [
    Job("orders_stream_to_lake", "svc-etl", "streaming", "payments", "com.acme.stream.OrdersToLake", "2026-10-10T06:12",
        STREAM, options={"executors": 2, "cores": 1, "heap_gib": 4, "trigger": 7_200_000,
                         "conf": BARE | {"spark.eventLog.rolling.maxFileSize": "2m"}}),
    Job("settlements_backfill", "svc-etl", "etl", "finance", "com.acme.etl.Settlements", "2026-10-20T14:05",
        SETTLEMENTS, options=SPARK_4_1 | {"error": MISSING}),
    Job("returns by region, full year", "alice", "adhoc", "bi", "com.acme.shell.Query", "2026-10-31T23:05",
        KPI * 8, options=CLIENT | SPARK_3 | {"layout": "plain", "cut": ms("2026-10-31T23:19")}),
    Job("catalog reindex", "bob", "adhoc", "search", "com.acme.shell.Reindex", "2026-10-31T23:10",
        STOCK * 8, options={"cut": ms("2026-10-31T23:31")}),
    Job("split small partitions", "bob", "adhoc", "search", "com.acme.shell.Split", "2026-10-28T09:40",
        TINY, options=CLIENT | NO_SQL | {"executors": 2, "cores": 2,
                                         "conf": BARE | {"spark.eventLog.rolling.maxFileSize": "10m"}}),
    Job("sessions backfill september", "carol", "adhoc", "growth", "com.acme.shell.Sessions", "2026-10-27T03:05",
        TWO_SHUFFLES, options=CLIENT | NO_SQL | {
            "executors": 5, "placed": {2: SPOT_NODE, 4: SPOT_NODE},
            "losses": (Loss(SPOT, at=ms(SPOT_AT), host=SPOT_NODE),)}),
    Job("attribution what-if", "dana", "adhoc", "marketing", "com.acme.shell.Attribution", "2026-10-27T03:04",
        TWO_SHUFFLES, options=CLIENT | NO_SQL | SPARK_4_1 | {
            "placed": {3: SPOT_NODE}, "losses": (Loss(SPOT, at=ms(SPOT_AT) + 900, host=SPOT_NODE),)}),
    *(Job(name, user, None, None, "com.acme.shell.Try", first, LOCAL,
          options={"manager": "local", "heap_gib": 4, "peak": 0.5} | more)
      for name, user, first, more in [
          ("try window functions", "alice", "2026-09-10T12:20", {"layout": "plain"}),
          ("unit data for orders", "bob", "2026-09-24T09:15", SPARK_3 | {"layout": "plain"}),
          ("check parquet footers", "carol", "2026-10-06T16:40", {}),
          ("sample for legal", "dana", "2026-10-15T10:30", SPARK_3 | {"layout": "plain"}),
          ("try new codec", "erin", "2026-10-28T15:10", {"layout": "zstd"})]),
    *(Job(name, user, queue, team, "com.acme.shell.Query", first, work, options=CLIENT | more)
      for name, user, queue, team, first, work, more in [
          ("margin by store", "alice", "adhoc", "bi", "2026-09-02T10:12", KPI, {}),
          ("late shipments", "bob", "adhoc", "logistics", "2026-09-03T13:30", STOCK, SPARK_3 | {"layout": "zstd"}),
          ("basket pairs", "carol", "adhoc", "marketing", "2026-09-09T09:05", SCORING, NO_SQL),
          ("coupon abuse", "dana", "adhoc", "risk", "2026-09-15T17:20", ORDERS, {"executors": 5}),
          ("price elasticity", "erin", "science", "growth", "2026-09-17T11:45", CHURN,
           K8S | NO_SQL | {"main": "elasticity.py", "python": True, "heap_gib": 8}),
          ("returns funnel", "alice", "adhoc", "bi", "2026-09-22T14:50", STOCK, SPARK_4_1),
          ("duplicate customers", "bob", "adhoc", "crm", "2026-09-29T10:00", KPI, {"dynamic": (2, 4)}),
          ("fraud ring search", "dana", "adhoc", "risk", "2026-10-01T15:35", SETTLEMENTS, {}),
          ("holiday forecast", "erin", "science", "growth", "2026-10-07T08:25", STOCK, K8S),
          ("supplier delays", "carol", "adhoc", "logistics", "2026-10-13T12:40", STOCK, SPARK_3 | {"layout": "zstd"}),
          ("tax export", "alice", "adhoc", "finance", "2026-10-19T09:55", PARTNER, {"executors": 3, "files": 720}),
          ("clickbait filter", "carol", "adhoc", "search", "2026-10-22T16:15", SCORING, NO_SQL | SPARK_4_1),
          ("address cleanup", "bob", "adhoc", "crm", "2026-10-26T11:20", ORDERS, {"executors": 5} | ON_BAD_NODE),
          ("warranty claims", "alice", "adhoc", "bi", "2026-10-28T13:05", ORDERS, {"executors": 5} | ON_BAD_NODE),
          ("loyalty tiers", "dana", "adhoc", "marketing", "2026-10-29T10:45", KPI, ON_BAD_NODE),
          ("store clusters", "erin", "science", "growth", "2026-10-30T14:30", STOCK, K8S)]),
]

# ------------------------------------------------------------------------------------------- from jobs to runs


def grown(work, growth):
    """More data: more files to scan, and more for each later task."""
    return tuple(tuple(
        replace(stage, tasks=round(stage.tasks * growth)) if stage.read else
        replace(stage, seconds=stage.seconds * growth, out=stage.out * growth, shuffle=stage.shuffle * growth)
        for stage in stages) for stages in work)


def with_error(work, error):
    """The last stage never gets done."""
    return (*work[:-1], (*work[-1][:-1], replace(work[-1][-1], error=error)))


def runs_of(job):
    """The runs of a job, as yet without application ids."""
    for number in range(job.runs):
        chance = Chance("fleet", job.name, number)
        delay = chance.whole(0, 600_000 if job.runs > 1 else 90_000)
        start = ms(job.first) + int(number * job.hours * 3_600_000) + delay
        moment = datetime.fromtimestamp(start // 1000, timezone.utc)
        name = job.name.format(
            date=f"{moment:%Y-%m-%d}", day=f"{moment:%Y%m%d}", stamp=f"{moment:%Y%m%d%H%M}", epoch=start // 1000,
            hex="7" + chance.hex(11), uuid=chance.uuid(), n=f"{number + 41:04d}")
        options = job.options | (job.changed if start >= ms(CHANGE) else {})
        for place, special in job.special.items():
            options |= special if place % job.runs == number else {}
        work = grown(job.work, options.pop("growth", 1))
        if error := options.pop("error", None):
            work = with_error(work, error)
        fields = {
            "name": name, "user": job.user, "queue": job.queue, "team": job.team, "main": job.main, "start": start,
            "work": work, "app_id": "", "slow": 1,
            # Since it is bad, only those that are to suffer get executors on the bad node.
            "hosts": NODES if start < ms(BAD_SINCE) else tuple(node for node in NODES if node != BAD_NODE)} | options
        yield Run(**fields | {"slow": fields["slow"] * chance.near(1, 0.03)})


def all_runs():
    """[(job, run)] in order of time, with the ids that the cluster managers gave."""
    pairs = sorted(((job, run) for job in RECURRING + SINGLE for run in runs_of(job)), key=lambda pair: pair[1].start)
    for number, (_, run) in enumerate(pairs, 1):
        run.app_id = {"yarn": f"application_1788134400000_{number:04d}", "local": f"local-{run.start}",
                      "k8s": f"spark-{Chance('id', run.name).hex(32)}"}[run.manager]
        if run.manager == "yarn" and run.cluster_mode:
            run.attempt = "1"
    return pairs


def simulate():
    """[(job, application)]; the one that YARN starts again after a failure comes twice."""
    for job, run in all_runs():
        app = App(run).simulate()
        yield job, app
        if run.name == "settlements_backfill":
            yield job, App(replace(run, attempt="2", start=app.end + 14_000, work=job.work)).simulate()


# ------------------------------------------------------------------------------------------- the facts


def iso(time_ms):
    return f"{datetime.fromtimestamp(time_ms / 1000, timezone.utc):%Y-%m-%dT%H:%M:%SZ}"


def key(app):
    return [app.run.app_id, app.run.attempt]


def facts_of(results):
    """What was planted. `apps`: [application, attempt]; `job`: the name without dates, ids and counters, as `*`;
    `severe`: findings that follow from it and are severe or critical."""
    by_job = {}
    for job, app in results:
        by_job.setdefault(job.name, []).append(app)

    def fact(kind, apps, severe=None, **more):
        names = sorted({re.sub(r"\{\w+\}", "*", job.name) for job, app in results if app in apps})
        starts = [app.run.start for app in apps]
        return {"fact": kind, "jobs": names, "first": iso(min(starts)), "last": iso(max(starts)),
                "severe": severe or {}, **more, "apps": [key(app) for app in apps]}

    def regression(name, cause, severe, **more):
        before = [app for app in by_job[name] if app.run.start < ms(CHANGE)]
        after = [app for app in by_job[name] if app.run.start >= ms(CHANGE)]
        old, new = (statistics.median((app.end - app.run.start) / 1000 for app in apps) for apps in (before, after))
        return fact("regression", after, {"duration regression": severe}, cause=cause, since=iso(ms(CHANGE)),
                    runs_before=len(before), runs_after=len(after), baseline_s=old, now_s=new,
                    change_pct=round(100 * (new / old - 1), 1), **more)

    def total(apps, count):
        return sum(app.counts[count] for app in apps)

    failed = [app for app in by_job["partner_feed_import-{n}"] if app.counts["failed_tasks"]]
    spot = by_job["sessions backfill september"] + by_job["attribution what-if"]
    bad = [app for _, app in results if app.counts["bad_host_tasks"]]
    embeddings, retried = by_job["graph_embeddings-{uuid}"], by_job["settlements_backfill"][:1]
    return [
        regression("etl_orders_{date}", "configuration", "severe",
                   changed={"spark.sql.autoBroadcastJoinThreshold": ["67108864", "-1"]}),
        regression("daily-report-{day}", "data growth", "critical", input_factor=2.5),
        regression("scoring-{hex}", "slower", "critical", factor=2.2),
        fact("heap too large", by_job["user_features_build_{n}"], {"heap over-sized": "critical"},
             heap_gib=16, peak_gib=3),
        fact("too many executors", by_job["invoice_matching_{stamp}"], {"idle cores": "severe"},
             executors=20, enough=5),
        fact("memory too small", by_job["ledger_reconcile-{day}"],
             {"heap under-sized": "severe", "GC": "severe", "spill ratio": "critical"},
             heap_gib=4, gc_pct_above=15, spill_ratio_above=0.5),
        fact("out of memory", embeddings, {"heap under-sized": "critical"}, exit_code=137,
             lost_executors=total(embeddings, "lost_executors"), failed_tasks=total(embeddings, "failed_tasks")),
        fact("skew", by_job["campaign_join_{date}"], {"skew": "critical"}, stage_tasks=CAMPAIGN[0][1].tasks,
             times_median=20, times_bytes=20),
        fact("tiny tasks", by_job["split small partitions"], tasks=TINY[0][0].tasks, median_ms=105),  # moderate
        fact("small files", by_job["tax export"], files=720, stages=len(PARTNER)),  # moderate
        fact("spot loss", spot, {"failed core share": "severe"}, host=SPOT_NODE, at=iso(ms(SPOT_AT)),
             lost_executors=total(spot, "lost_executors"), recomputed_tasks=total(spot, "recomputed_tasks")),
        fact("failing job", failed, exception=JDBC[0], failed_tasks=total(failed, "failed_tasks")),
        fact("application retried", retried, {"failed core share": "critical"}, exception=MISSING[0],
             failed_tasks=total(retried, "failed_tasks")),
        fact("bad host", bad, host=BAD_NODE, since=iso(ms(BAD_SINCE)), exception=DISK_FULL[0],
             failed_tasks=total(bad, "bad_host_tasks")),
    ]


def summary(results):
    apps, runs = [app for _, app in results], [app.run for _, app in results]
    return {
        "now": iso(ms(END)), "applications": len({run.app_id for run in runs}), "logs": len(apps),
        "tasks": sum(app.counts["tasks"] for app in apps),
        "recurring": {re.sub(r"\{\w+\}", "*", job.name): job.runs for job in RECURRING},
        "unfinished": [key(app) for app in apps if app.end is None],
        "managers": Counter(run.manager for run in runs), "versions": Counter(run.version for run in runs),
        "layouts": Counter(run.layout for run in runs),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    parser.add_argument("--facts", help="default: planted.json beside OUT_DIR")
    arguments = parser.parse_args()
    if os.path.exists(arguments.out):
        sys.exit(f"{arguments.out} exists")
    os.makedirs(arguments.out)
    results = []
    for job, app in simulate():
        app.log.write(arguments.out, app.clock)
        app.log = None  # its lines are no longer needed
        results.append((job, app))
    facts = arguments.facts or os.path.join(os.path.dirname(os.path.abspath(arguments.out)), "planted.json")
    with open(facts, "w") as file:
        json.dump(summary(results) | {"facts": facts_of(results)}, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
