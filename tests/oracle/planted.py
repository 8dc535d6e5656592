"""Is every fact that fleet.py planted found by the reports that should find it, and nothing else?

    python planted.py --shh PROGRAM --database FILE --facts FILE

FILE of --database holds the ingested corpus; FILE of --facts is what `fleet.py OUT --facts FILE` wrote. Each line
printed is one thing that was checked; a miss says what the report said instead. Exit 1 on any miss.
"""
import argparse
import json
import os
import subprocess
import sys

LEVELS = ["none", "low", "moderate", "severe", "critical"]
SEVERE = ("severe", "critical")


class Reports:
    """Answers of shh, asked once each, at the corpus' last moment; local and unfinished applications included."""

    def __init__(self, program, database, now):
        self.command, self.known = [program, "--database", database], {}
        self.environment = os.environ | {"SHH_NOW": now}

    def rows(self, *arguments, part=None):
        if arguments not in self.known:
            command = [*self.command, "report", *arguments, "--format", "json", "--limit", "0"]
            done = subprocess.run(command, capture_output=True, text=True, env=self.environment)
            if done.returncode not in (0, 3):
                sys.exit(f"{' '.join(command)}: exit status {done.returncode}\n{done.stderr}")
            self.known[arguments] = json.loads(done.stdout)
        answer = self.known[arguments]
        if part:
            answer = next(each["report"] for each in answer["reports"] if each["name"] == part)
        return answer["rows"]

    def findings(self, app_id, attempt):
        rows = self.rows("app", app_id, part="app-findings")
        return {row["finding"]: row["severity"] for row in rows if row["attempt"] == attempt}


class Checks:
    def __init__(self):
        self.made = self.missed = 0

    def that(self, what, found, wanted=True):
        self.made += 1
        if found == wanted:
            print(f"ok    {what}")
        else:
            self.missed += 1
            print(f"MISS  {what}: wanted {short(wanted)}, found {short(found)}")

    def near(self, what, found, wanted, part):
        """Within a part (0.05: 5 %) of what is wanted."""
        if found is not None and abs(found - wanted) <= part * abs(wanted):
            self.that(f"{what} is near {wanted} ({found:.4g})", True)
        else:
            self.that(what, found, wanted)


def short(value):
    text = ", ".join(sorted(map(str, value))) or "nothing" if isinstance(value, (set, list)) else repr(value)
    return text if len(text) <= 600 else f"{text[:600]} ..."


def apps_of(fact):
    return {(app_id, attempt) for app_id, attempt in fact["apps"]}


def key(row):
    return row["app_id"], row["attempt"]


def only(rows, **columns):
    """The one row with these values, else an empty one."""
    found = [row for row in rows if all(row[name] == value for name, value in columns.items())]
    return found[0] if len(found) == 1 else dict.fromkeys(rows[0] if rows else {})


# ------------------------------------------------------------------------------------------- one function a fact


def regression(check, reports, fact):
    """In the default window, the last seven days."""
    job = fact["jobs"][0]
    row = only(reports.rows("regressions"), job=job, metric="duration")
    name = f"regressions: {job}"
    check.that(f"{name} is slower", row.get("severity"), fact["severe"]["duration regression"])
    check.that(f"{name} by its cause", row.get("verdict"), fact["cause"])
    check.that(f"{name}, runs", (row.get("baseline_runs"), row.get("runs")), (fact["runs_before"], fact["runs_after"]))
    check.near(f"{name}, duration before", row.get("dur_before_s"), fact["baseline_s"], 1e-9)
    # Of an even number of runs the report takes the lower one in the middle.
    part = 0.05 if fact["runs_after"] % 2 == 0 else 1e-9
    check.near(f"{name}, duration now", row.get("dur_now_s"), fact["now_s"], part)
    check.that(f"{name}, the latest run", row.get("latest_app_id"), fact["apps"][-1][0])
    if "changed" in fact:
        settings = [f"{setting} {old} -> {new}" for setting, (old, new) in fact["changed"].items()]
        check.that(f"{name}, what changed", row.get("changed"), ", ".join(settings))
    else:
        check.that(f"{name}, nothing changed", row.get("changed"), None)
    factor = fact.get("input_factor", 1)
    check.near(f"{name}, input", 1 + (row.get("input_change_pct") or 0) / 100, factor, 0.05)


def heap_too_large(check, reports, fact):
    job = fact["jobs"][0]
    for window in ("30d", "all"):
        row = only(reports.rows("memory", "--last", window), job=job)
        name = f"memory --last {window}: {job}"
        check.that(f"{name} is over-sized", (row.get("heap_class"), row.get("severity")),
                   ("over", fact["severe"]["heap over-sized"]))
        check.that(f"{name}, heap", row.get("heap_gib"), fact["heap_gib"])
        check.near(f"{name}, peak", row.get("peak_max_gib"), fact["peak_gib"], 0.05)
        careful = row.get("suggested_careful_gib") or 0
        check.that(f"{name}, suggested between the peak and half of today's",
                   fact["peak_gib"] < careful <= fact["heap_gib"] / 2)
        row = only(reports.rows("cost", "--last", window), job=job)
        name = f"cost --last {window}: {job}"
        check.that(f"{name}, a smaller heap", (row.get("action"), row.get("confidence")), ("memory", "high"))
        check.that(f"{name}, saves memory", (row.get("save_likely_gib_h") or 0) > 0)
        heap = row.get("likely_heap_gib") or 0
        check.that(f"{name}, proposed between the peak and half of today's",
                   fact["peak_gib"] < heap <= fact["heap_gib"] / 2)
    classes = {key(row): row["class"] for row in reports.rows("efficiency", "--last", "all")}
    check.that("efficiency: its runs hold more than they use", {classes.get(app) for app in apps_of(fact)}, {"over"})
    finding(check, reports, fact, "heap larger than ever used", fact["severe"]["heap over-sized"])


def finding(check, reports, fact, name, severity):
    """The finding of `report app` for the last of the fact's applications."""
    app_id, attempt = fact["apps"][-1]
    check.that(f"app {app_id}: {name}", reports.findings(app_id, attempt).get(name), severity)


def too_many_executors(check, reports, fact):
    job, severity = fact["jobs"][0], fact["severe"]["idle cores"]
    for report in ("idle", "efficiency"):
        rows = {key(row): row["severity"] for row in reports.rows(report, "--last", "all")}
        check.that(f"{report}: runs of {job}", {rows.get(app) for app in apps_of(fact)}, {severity})
    for window in ("30d", "all"):
        row = only(reports.rows("cost", "--last", window), job=job)
        name = f"cost --last {window}: {job}"
        check.that(f"{name}, fewer executors", row.get("action"), "executors")
        check.that(f"{name}, trusted", row.get("confidence") in ("medium", "high"))
        check.that(f"{name}, executors today", row.get("today_executors"), fact["executors"])
        check.that(f"{name}, executors that are enough", row.get("likely_executors"), fact["enough"])
        check.that(f"{name}, saves cores", (row.get("save_likely_core_h") or 0) > 0)
    row = only(reports.rows("config", "--last", "all"), check="dynamic allocation off, cores idle")
    check.that("config: dynamic allocation off, cores idle", (row.get("severity"), row.get("applications")),
               (severity, len(fact["apps"])))
    finding(check, reports, fact, "cores idle", severity)
    finding(check, reports, fact, "more executors than the work needs", "moderate")


def memory_too_small(check, reports, fact):
    job = fact["jobs"][0]
    for window in ("7d", "all"):
        row = only(reports.rows("memory", "--last", window), job=job)
        name = f"memory --last {window}: {job}"
        check.that(f"{name} is under-sized", (row.get("heap_class"), row.get("severity")),
                   ("under", fact["severe"]["heap under-sized"]))
        check.that(f"{name}, heap", row.get("heap_gib"), fact["heap_gib"])
        check.that(f"{name}, nothing is cut", row.get("suggested_likely_gib"), None)
        row = only(reports.rows("spill", "--last", window), job=job)
        name = f"spill --last {window}: {job}"
        check.that(f"{name} spills", row.get("severity"), fact["severe"]["spill ratio"])
        check.that(f"{name}, ratio above {fact['spill_ratio_above']}",
                   (row.get("spill_ratio") or 0) > fact["spill_ratio_above"])
        check.that(f"{name}, GC above {fact['gc_pct_above']} %", (row.get("gc_pct") or 0) > fact["gc_pct_above"])
    row = only(reports.rows("spill", "--last", "all"), job=job)
    check.that(f"spill: all runs of {job} spilled", (row.get("applications"), row.get("spilled_applications")),
               (len(fact["apps"]),) * 2)
    classes = {key(row): row["class"] for row in reports.rows("efficiency", "--last", "all")}
    check.that("efficiency: its runs are short of memory", {classes.get(app) for app in apps_of(fact)}, {"under"})
    finding(check, reports, fact, "memory spills", fact["severe"]["spill ratio"])
    finding(check, reports, fact, "garbage collection takes long", fact["severe"]["GC"])


def out_of_memory(check, reports, fact):
    job = fact["jobs"][0]
    row = only(reports.rows("memory", "--last", "all"), job=job)
    check.that(f"memory: {job} ran out of memory", (row.get("heap_class"), row.get("severity"), row.get("oom_runs")),
               ("under", fact["severe"]["heap under-sized"], len(fact["apps"])))
    row = only(reports.rows("executors", "--last", "all"), job=job)
    check.that(f"executors: {job} lost executors for memory", (row.get("removed_memory"), row.get("lost_executors")),
               (fact["lost_executors"],) * 2)
    check.that(f"executors: {job} lost work with them", (row.get("lost_core_h") or 0) > 0)
    rows = reports.rows("failures", "--last", "all")
    lost = [row for row in rows if row["what"] == "executor" and row["class"] == "memory"]
    check.that("failures: executors went for memory", sum(row["occurrences"] for row in lost), fact["lost_executors"])
    tasks = [row for row in rows if row["what"] == "task" and row["class"] == "ExecutorLostFailure"
             and row["example_app_id"] in {app_id for app_id, _ in fact["apps"]}]
    check.that("failures: tasks went with them",
               [(row["occurrences"], row["applications"], row["jobs"]) for row in tasks],
               [(fact["failed_tasks"], len(fact["apps"]), 1)])
    check.that(f"failures: the reason tells exit code {fact['exit_code']}",
               all("exit code" in row["reason"] for row in lost + tasks))
    row = only(reports.rows("config", "--last", "all"), check="out of memory, overhead not set")
    check.that("config: out of memory, overhead not set", (row.get("severity"), row.get("applications")),
               ("severe", len(fact["apps"])))
    classes = {key(row): row["class"] for row in reports.rows("efficiency", "--last", "all")}
    check.that("efficiency: its runs are short of memory", {classes.get(app) for app in apps_of(fact)}, {"under"})
    finding(check, reports, fact, "memory ran out", fact["severe"]["heap under-sized"])


def skew(check, reports, fact):
    rows = [row for row in reports.rows("skew", "--last", "all") if key(row) in apps_of(fact)]
    check.that(f"skew: one stage of each run of {fact['jobs'][0]}", (len(rows), {key(row) for row in rows}),
               (len(fact["apps"]), apps_of(fact)))
    check.that("skew: how severe, and that the data are skewed", {(row["severity"], row["skew_kind"]) for row in rows},
               {(fact["severe"]["skew"], "data")})
    check.that("skew: tasks of the stage", {row["tasks"] for row in rows}, {fact["stage_tasks"]})
    for name, wanted in (("skew_ratio", fact["times_median"]), ("bytes_ratio", fact["times_bytes"])):
        for value in (min(column(rows, name)), max(column(rows, name))):
            check.near(f"skew: {name}", value, wanted, 0.1)
    check.that("skew: core-hours are lost to it", all(value > 0.5 for value in column(rows, "skew_tail_core_h")))
    finding(check, reports, fact, "a stage waits for few long tasks", fact["severe"]["skew"])


def column(rows, name):
    return [row[name] for row in rows] or [0]


def tiny_tasks(check, reports, fact):
    rows = [row for row in reports.rows("tasks", "--last", "all") if key(row) in apps_of(fact)]
    check.that("tasks: the stage with tiny tasks", [(row["task_kind"], row["severity"], row["tasks"]) for row in rows],
               [("tiny", "moderate", fact["tasks"])])
    check.near("tasks: their median", column(rows, "median_s")[0], fact["median_ms"] / 1000, 0.2)
    check.that("tasks: fewer are suggested", 0 < column(rows, "suggested_tasks")[0] < fact["tasks"] / 10)
    kinds = [row["task_kind"] for row in reports.rows("tasks", "--last", "all")]
    check.that("tasks: no other stage with tiny tasks", [kind for kind in kinds if kind != "small files"], ["tiny"])
    finding(check, reports, fact, "many tiny tasks", "moderate")


def small_files(check, reports, fact):
    rows = [row for row in reports.rows("tasks", "--last", "all") if row["task_kind"] == "small files"]
    check.that("tasks: the stages that write small files", [(key(row), row["severity"], row["files_written"]) for row in rows],
               [(app, "moderate", fact["files"]) for app in apps_of(fact)] * fact["stages"])
    check.that("tasks: how small", all(size < 3 * 1024**2 for size in column(rows, "file_written_bytes")))
    check.that("tasks: fewer files are advised", all("fewer files" in text for text in column(rows, "advice")))


def spot_loss(check, reports, fact):
    for window in ("7d", "all"):
        rows = reports.rows("executors", "--last", window)
        mine = [row for row in rows if row["job"] in fact["jobs"]]
        name = f"executors --last {window}"
        check.that(f"{name}: lost with their node", sum(row["removed_node"] for row in mine), fact["lost_executors"])
        jobs = {row["job"] for row in rows if row["removed_node"]}
        check.that(f"{name}: nobody else lost any so", jobs, set(fact["jobs"]))
        check.that(f"{name}: work was done again", all(row["wasted_recompute_core_h"] > 0 for row in mine))
        row = only(reports.rows("executors", "--by", "host", "--last", window), host=fact["host"])
        check.that(f"{name} --by host: {fact['host']}", (row.get("removed_node"), row.get("lost_executors")),
                   (fact["lost_executors"],) * 2)
    rows = [row for row in reports.rows("failures") if row["what"] == "executor" and row["class"] == "node"]
    check.that("failures: executors went with their node", [(row["occurrences"], row["applications"]) for row in rows],
               [(fact["lost_executors"], len(fact["apps"]))])
    moments = {row[edge][:16] for row in rows for edge in ("first_seen", "last_seen")}
    check.that("failures: when", moments, {fact["at"][:16]})
    for app_id, attempt in fact["apps"]:
        found = reports.findings(app_id, attempt).get("work was lost")
        check.that(f"app {app_id}: work was lost", found, fact["severe"]["failed core share"])


def of_exception(reports, fact, window):
    rows = reports.rows("failures", "--last", window)
    return [row for row in rows if row["what"] == "task" and row["class"] == fact["exception"]]


def failing_job(check, reports, fact):
    for row in of_exception(reports, fact, "all") or [{}]:
        check.that(f"failures: {fact['exception']}",
                   [row.get(name) for name in ("occurrences", "applications", "failed_applications", "jobs")],
                   [fact["failed_tasks"], len(fact["apps"]), len(fact["apps"]), 1])
        check.that("failures: an example of it", row.get("example_app_id") in {app_id for app_id, _ in fact["apps"]})
    failed = {key(row) for row in reports.rows("apps", "--last", "all", "--status", "failed", "--job", fact["jobs"][0])}
    check.that(f"apps --status failed --job {fact['jobs'][0]}", failed, apps_of(fact))
    row = only(reports.rows("jobs", "--last", "all"), job=fact["jobs"][0])
    check.that("jobs: all of its runs", row.get("runs"), fact["runs"])
    succeeded = 100 * (1 - len(fact["apps"]) / fact["runs"])
    check.near("jobs: part of its runs that succeed", row.get("ok_pct"), succeeded, 1e-9)


def application_retried(check, reports, fact):
    app_id, attempt = fact["apps"][0]
    row = of_exception(reports, fact, "all")
    check.that(f"failures: {fact['exception']}", [(each["occurrences"], each["example_app_id"]) for each in row],
               [(fact["failed_tasks"], app_id)])
    rows = [row for row in reports.rows("apps", "--last", "all") if row["app_id"] == app_id]
    check.that("apps: a failed attempt, and one that succeeded", sorted((row["attempt"], row["status"]) for row in rows),
               [(attempt, "failed"), (str(int(attempt) + 1), "succeeded")])
    row = only(rows, attempt=attempt)
    check.that("apps: what the first did was done again", (row.get("wasted_app_retry_core_h") or 0) > 0)
    finding(check, reports, fact, "work was lost", fact["severe"]["failed core share"])


def bad_host(check, reports, fact):
    since = fact["since"]
    rows = reports.rows("executors", "--by", "host", "--since", since)
    worst = max(rows, key=lambda row: row["failed_core_h"])
    check.that("executors --by host: the host that costs most", worst["host"], fact["host"])
    row = only(rows, host=fact["host"])
    check.that(f"executors --by host: {fact['host']}", (row.get("severity"), row.get("failed_tasks")),
               ("critical", fact["failed_tasks"]))
    severe = {row["host"] for row in rows if row["severity"] in SEVERE}
    check.that("executors --by host: no other is severe", severe, {fact["host"]})
    for row in of_exception(reports, fact, "7d") or [{}]:
        check.that(f"failures: {fact['exception']}", [row.get(name) for name in ("occurrences", "applications", "jobs")],
                   [fact["failed_tasks"], len(fact["apps"]), len(fact["jobs"])])


FACTS = {
    "regression": regression, "heap too large": heap_too_large, "too many executors": too_many_executors,
    "memory too small": memory_too_small, "out of memory": out_of_memory, "skew": skew, "tiny tasks": tiny_tasks,
    "small files": small_files,
    "spot loss": spot_loss, "failing job": failing_job, "application retried": application_retried, "bad host": bad_host,
}

# ------------------------------------------------------------------------------------------- and nothing else

SHARE_STEPS = {"severe": 15, "critical": 30}  # wasted of busy core-hours


def nothing_else(check, reports, facts):
    """What is severe or critical, in the whole corpus and in the last seven days, was planted."""
    def planted(*findings):
        """{job: severity} and {application: severity} of facts with such a finding."""
        jobs, apps = {}, {}
        for fact in facts:
            for name in findings:
                if name in fact["severe"]:
                    jobs |= dict.fromkeys(fact["jobs"], fact["severe"][name])
                    apps |= dict.fromkeys(apps_of(fact), fact["severe"][name])
        return jobs, apps

    def flagged(report, window, name):
        """Local and unfinished applications included."""
        rows = reports.rows(report, "--last", window, "--include-local", "--include-incomplete")
        return {name(row): row["severity"] for row in rows if row.get("severity") in SEVERE}

    def job(row):
        return row["job"]

    def exactly(what, found, wanted):
        found, wanted = (sorted(map(str, named.items())) for named in (found, wanted))
        check.that(f"{what}: {len(wanted)} severe or critical, all planted", found, wanted)

    regressions = reports.rows("regressions")
    wanted = {name for fact in facts if fact["fact"] == "regression" for name in fact["jobs"]}
    check.that(f"regressions: exactly {len(wanted)} jobs", {row["job"] for row in regressions}, wanted)
    exactly("memory --last all", flagged("memory", "all", job), planted("heap over-sized", "heap under-sized")[0])
    exactly("spill --last all", flagged("spill", "all", job), planted("spill ratio")[0])
    exactly("skew --last all", flagged("skew", "all", key), planted("skew")[1])
    for report in ("idle", "efficiency"):
        exactly(f"{report} --last all", flagged(report, "all", key), planted("idle cores")[1])
    exactly("config --last all", flagged("config", "all", lambda row: row["check"]),
            {"dynamic allocation off, cores idle": "severe", "out of memory, overhead not set": "severe"})

    # The same in the default window: whose job or application was there then.
    jobs_then = {row["job"] for row in reports.rows("jobs", "--last", "7d")}
    apps_then = {key(row) for row in reports.rows("apps", "--last", "7d")}

    def then(wanted, there):
        return {name: severity for name, severity in wanted.items() if name in there}

    sized = then(planted("heap over-sized", "heap under-sized")[0], jobs_then)
    exactly("memory, last 7 days", flagged("memory", "7d", job), sized)
    exactly("spill, last 7 days", flagged("spill", "7d", job), then(planted("spill ratio")[0], jobs_then))
    exactly("skew, last 7 days", flagged("skew", "7d", key), then(planted("skew")[1], apps_then))
    for report in ("idle", "efficiency"):
        exactly(f"{report}, last 7 days", flagged(report, "7d", key), then(planted("idle cores")[1], apps_then))

    shares = {}
    for row in reports.rows("apps", "--last", "all", "--include-local", "--include-incomplete"):
        share = 100 * row["wasted_core_h"] / row["busy_core_h"] if row["busy_core_h"] else 0
        level = [name for name, step in SHARE_STEPS.items() if share >= step]
        if level:
            shares[key(row)] = level[-1]
    exactly("apps --last all, wasted of busy core-hours", shares, planted("failed core share")[1])
    classes = {key(row) for row in reports.rows("efficiency", "--last", "all", "--include-local", "--include-incomplete")
               if row["class"] == "over"}
    over = planted("idle cores", "heap over-sized")[1]
    check.that(f"efficiency --last all: {len(over)} applications hold more than they use, all planted", classes, set(over))
    rows = reports.rows("failures", "--last", "all", "--include-local", "--include-incomplete")
    named = {fact["exception"] for fact in facts if "exception" in fact}
    check.that("failures --last all: tasks fail for planted reasons only",
               {row["class"] for row in rows if row["what"] == "task"},
               named | {"TaskKilled", "ExecutorLostFailure", "FetchFailed"})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--shh", required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--facts", required=True)
    arguments = parser.parse_args()
    with open(arguments.facts) as file:
        facts = json.load(file)
    reports, check = Reports(arguments.shh, arguments.database, facts["now"]), Checks()
    for fact in facts["facts"]:
        fact["runs"] = facts["recurring"].get(fact["jobs"][0])
        print(f"--- {fact['fact']}: {', '.join(fact['jobs'])}")
        FACTS[fact["fact"]](check, reports, fact)
    print("--- nothing else")
    nothing_else(check, reports, facts["facts"])
    print(f"{check.made} checks of {len(facts['facts'])} planted facts, {check.missed} missed")
    sys.exit(1 if check.missed else 0)


if __name__ == "__main__":
    main()
