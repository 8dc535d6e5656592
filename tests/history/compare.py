"""The real history server of Spark beside `shh serve` on the same logs: every answer must be the same.

Passed over is what differs between two of Spark's own servers (the times of what has not ended, entry times in zips)
and that we answer 400 where Spark fails with 500 at a client's mistake. Nothing else.
"""

import argparse
import io
import json
import sys
import time
import zipfile

from servers import Server

# Requests that Spark answers with 500 although the mistake is the client's.
MISTAKES = (
    "taskList?length=0", "taskList?length=-1", "taskList?status=", "taskStatus=&", "/threads", "text/plain",
)


class Number(str):
    """A number as it is written: 1 and 1.0 are not the same."""


def parsed(body):
    return json.loads(body, parse_int=Number, parse_float=Number)


def settled(value, is_running_app=False):
    """A document without what is volatile."""
    if isinstance(value, list):
        return [settled(item, is_running_app) for item in value]
    if not isinstance(value, dict):
        return value
    value = dict(value)
    if "lastUpdated" in value and value.get("completed") is False:
        value["lastUpdated"] = value["lastUpdatedEpoch"] = "volatile"
    if "taskId" in value and value.get("status") in ("RUNNING", "GET RESULT") and "duration" in value:
        value["duration"] = "volatile"
    if "planDescription" in value and value.get("status") == "RUNNING":
        value["duration"] = "volatile"
    if value.get("id") == "driver" and "totalDuration" in value and is_running_app:
        value["totalDuration"] = "volatile"
    for key, item in value.items():
        value[key] = settled(item, is_running_app)
    return value


def first_difference(ours, theirs, path="$"):
    if type(ours) is not type(theirs):
        return f"{path}: {ours!r:.200}, Spark {theirs!r:.200}"
    if isinstance(ours, dict):
        for key in theirs:
            if key not in ours:
                return f"{path}.{key} is missing, Spark {theirs[key]!r:.200}"
        for key in ours:
            if key not in theirs:
                return f"{path}.{key}: {ours[key]!r:.200}, Spark has none"
            found = first_difference(ours[key], theirs[key], f"{path}.{key}")
            if found:
                return found
        return None if list(ours) == list(theirs) else f"{path}: keys {list(ours)}, Spark {list(theirs)}"
    if isinstance(ours, list):
        for place, (one, other) in enumerate(zip(ours, theirs)):
            found = first_difference(one, other, f"{path}[{place}]")
            if found:
                return found
        if len(ours) != len(theirs):
            return f"{path}: {len(ours)} elements, Spark {len(theirs)}"
        return None
    return None if ours == theirs else f"{path}: {ours!r:.300}, Spark {theirs!r:.300}"


class Comparison:
    def __init__(self, ours, theirs):
        self.ours, self.theirs = ours, theirs
        self.compared = self.identical = 0
        self.by_spark_500 = 0
        self.failures = []

    def fail(self, path, what):
        self.failures.append(f"{path}: {what}")

    def check(self, path, is_running_app=False, headers=None):
        """Asks both, and compares status, type and body."""
        self.compared += 1
        our_status, our_type, our_body, _ = self.ours.get(path, headers)
        status, kind, body, _ = self.theirs.get(path, headers)
        if status == 500 and our_status == 400 and any(mistake in path + "&" for mistake in MISTAKES):
            self.by_spark_500 += 1
            return
        if our_status != status:
            self.fail(path, f"status {our_status}, Spark {status}; {our_body[:150]!r}, Spark {body[:150]!r}")
            return
        if (our_type or "") != (kind or "") and not (status in (405, 406) and not body):
            self.fail(path, f"type {our_type}, Spark {kind}")
            return
        if our_body == body:
            self.identical += 1
            return
        if (kind or "").startswith("text/html"):
            return
        if status != 200 or kind != "application/json":
            self.fail(path, f"{our_body[:200]!r}, Spark {body[:200]!r}")
            return
        found = first_difference(
            settled(parsed(our_body), is_running_app), settled(parsed(body), is_running_app)
        )
        if found:
            self.fail(path, found)

    def check_zip(self, path):
        self.compared += 1
        our_status, our_type, our_body, our_answer = self.ours.get(path)
        status, kind, body, answer = self.theirs.get(path)
        if (our_status, our_type) != (status, kind):
            self.fail(path, f"{our_status} {our_type}, Spark {status} {kind}")
            return
        if our_answer.getheader("Content-Disposition") != answer.getheader("Content-Disposition"):
            self.fail(path, f"named {our_answer.getheader('Content-Disposition')}")
        contents = []
        for data in (our_body, body):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                contents.append({name: archive.read(name) for name in archive.namelist()})
        if contents[0] != contents[1]:
            self.fail(path, f"{sorted(contents[0])}, Spark {sorted(contents[1])}")

    # ------------------------------------------------------------------------------------- what is asked

    def lists(self):
        base = "/api/v1/applications"
        for query in (
            "", "/", "?status=completed", "?status=running", "?status=RUNNING&status=completed", "?status=",
            "?status=bogus", "?limit=3", "?limit=0", "?limit=-1", "?limit=", "?limit=x", "?limit=99999999999",
            "?minDate=2026-11-23", "?maxDate=2026-11-23", "?minDate=2026-11-23T01:00:00.000GMT",
            "?maxDate=2026-11-23T01:00:00.000GMT", "?minEndDate=2026-11-23T00:50:00.000GMT&limit=2",
            "?maxEndDate=2026-11-23T00:50:00.000GMT", "?maxEndDate=2016-01-01&status=running", "?minDate=foo",
            "?minDate=", "?maxDate=2026", "?minDate=2026-11-22T20:00:00.000PST", "?minDate=2026-11-23T01:00:00.000%2B0100",
            "?minDate=2026-11-23T01:00:00.000+0100", "?minDate=2026-11-23T00:57:00GMT", "?minDate=2026-11-23Z",
            "?minDate=26-01-02", "?minDate=2026-13-45", "?minDate=20261122", "?minDate=2026/11/22", "?minDate=1795392000000",
            "?minDate=-1-01-01", "?minDate=%202026-11-23", "?minDate=2026-11-23T01:00:00.000gmt",
            "?minDate=2026-11-23T01:00:00.000XYZ", "?minDate=%EF%BC%92%EF%BC%90%EF%BC%92%EF%BC%96-11-23", "?x=y",
            "?minDate=2026-11-23&minDate=foo",
        ):
            self.check(base + query)
        for path in (
            "/api/v1/version", "/api/v1/version/", "/api/v1/version;x=1", "/api/v1/nope", "/api/v1/", "/api/v1",
            "/api/v1/version/x", "/api/v1//version", "/api/v1/version%00", "/api/v1/%2e%2e/v1/version",
            "/api/v1/%76ersion", "/api/v1/applications//jobs", base + "/nope", base + "/nope/", base + "/nope/jobs",
            base + "/nope/1", base + "/nope/1/jobs", base + "/nope/1/nope", base + "/nope/logs", base + "/nope/2/logs",
            base + "/nope/stages?quantiles=foo", base + "/nope/jobs?status=bogus", base + "/nope/sql?length=x",
            base + "/nope/stages/0/0/taskSummary?quantiles=foo", base + "/nope/threads", base + "/nope/streaming",
            base + "/nope/executors/x/threads", base + "/nope/streaming/statistics", base + "/a%20b", base + "/%20",
            base + "/..%2fx", base + "/%zz", base + "/%FF", base + "/a%2Fb", base + "/%C3%A9", base + "/nope/sql/abc",
            base + "/nope/storage/rdd/1", base + "/nope/environment", base + "/nope/jobs/99999999999",
        ):
            self.check(path)
        for accept in (
            "*/*", "application/*", "application/json", "application/json;q=0.5, text/html", "text/html",
            "application/xml", "application/octet-stream", "text/html, application/json", "",
        ):
            self.check("/api/v1/version", headers={"Accept": accept} if accept else {})
        self.check(base + "?limit=2", headers={"Accept-Encoding": "gzip"})

    def application(self, app, attempt):
        """Everything of one attempt."""
        base = f"/api/v1/applications/{app['id']}"
        self.check(base)
        if "attemptId" in attempt:
            self.check(base + "/jobs")
            base += f"/{attempt['attemptId']}"
            self.check(base)
        else:
            self.check(base + "/1/jobs")
        is_running = not attempt["completed"]

        def check(path, **options):
            self.check(base + path, is_running, **options)

        for path in (
            "/jobs", "/jobs/", "/jobs?status=succeeded", "/jobs?status=failed", "/jobs?status=running&status=SUCCEEDED",
            "/jobs?status=unknown", "/jobs?status=", "/jobs?status=bogus", "/jobs/abc", "/jobs/9999", "/jobs/00",
            "/jobs/+0", "/jobs/99999999999", "/executors", "/allexecutors", "/allmiscellaneousprocess", "/storage/rdd",
            "/storage/rdd/", "/storage", "/storage/rdd/9999", "/storage/rdd/x", "/environment", "/environment/x",
            "/executors/1/threads", "/executors/driver/threads", "/executors/x/threads", "/executors/-1/threads",
            "/executors/1", "/threads", "/threads?taskId=0", "/threads?taskId=0&executorId=1",
            "/threads?taskId=x&executorId=1", "/streaming/statistics", "/streaming/receivers", "/streaming/receivers/0",
            "/streaming/batches", "/streaming/batches?status=bogus", "/streaming/batches/1/operations/x", "/streaming",
            "/streaming/nope", "/xyz", "/2/3", "/stages", "/stages/", "/stages?status=complete", "/stages?status=failed",
            "/stages?status=skipped&status=active", "/stages?status=pending", "/stages?status=", "/stages?status=bogus",
            "/stages?details=true", "/stages?details=bogus", "/stages?withSummaries=true",
            "/stages?withSummaries=true&quantiles=0.1,0.9", "/stages?quantiles=foo", "/stages?quantiles=",
            "/stages?details=true&taskStatus=failed", "/stages?details=true&taskStatus=success&taskStatus=killed",
            "/stages?details=true&taskStatus=running", "/stages?details=true&taskStatus=unknown",
            "/stages?details=true&taskStatus=&", "/stages?taskStatus=failed", "/stages?taskStatus=bogus",
            "/stages?status=complete&details=true&withSummaries=true", "/stages/9999", "/stages/abc", "/stages/0/77",
            "/stages/0/77/taskList", "/stages/0/77/taskSummary", "/stages/99999999999", "/stages/0/0/nope", "/sql",
            "/sql/", "/sql?details=false", "/sql?planDescription=false", "/sql?details=false&planDescription=false",
            "/sql?offset=1&length=1", "/sql?offset=1&length=0", "/sql?offset=1", "/sql?length=2", "/sql?length=",
            "/sql?length=x", "/sql?offset=-1&length=1", "/sql/9999", "/sql/abc", "/sql/+0", "/sql/99999999999",
            "/sql/99999999999999999999",
        ):
            check(path)
        jobs = self.theirs.json(base + "/jobs")
        for job in jobs:
            check(f"/jobs/{job['jobId']}")
        rdds = {0}
        for stage in self.theirs.json(base + "/stages"):
            rdds.update(stage["rddIds"])
            self.stage(check, stage)
        for rdd in sorted(rdds):
            check(f"/storage/rdd/{rdd}")
        for execution in self.theirs.json(base + "/sql?details=false&planDescription=false"):
            path = f"/sql/{execution['id']}"
            for query in ("", "?details=false", "?planDescription=false", "?details=bogus"):
                check(path + query)
        self.check_zip(base + "/logs")

    @staticmethod
    def stage(check, stage):
        path = f"/stages/{stage['stageId']}"
        for query in ("", "?details=false", "?withSummaries=true&details=false&quantiles=0.5"):
            check(path + query)
        path += f"/{stage['attemptId']}"
        for query in (
            "", "/", "?details=false", "?details=true&taskStatus=success", "?taskStatus=failed&taskStatus=killed",
            "?taskStatus=&", "?withSummaries=true", "?withSummaries=true&quantiles=0.3,0.01,0.99&details=false",
            "?quantiles=foo",
        ):
            check(path + query)
        for query in (
            "", "?quantiles=0.01,0.5,0.99", "?quantiles=1.0,0.0", "?quantiles=foo", "?quantiles=", "?quantiles=,",
            "?quantiles=0.5,", "?quantiles=1,,2", "?quantiles=1.5", "?quantiles=Infinity", "?quantiles=0.5d",
            "?quantiles=0x1p-1", "?quantiles=%200.9", "?quantiles=0.5&quantiles=foo",
        ):
            check(path + "/taskSummary" + query)
        for query in (
            "", "?offset=1", "?length=3", "?offset=2&length=2", "?offset=-1", "?length=0", "?length=-1", "?length=x",
            "?offset=x", "?sortBy=ID", "?sortBy=runtime", "?sortBy=-runtime", "?sortBy=INCREASING_RUNTIME&length=1000",
            "?sortBy=decreasing_runtime&length=1000", "?sortBy=bogus", "?sortBy=", "?status=success", "?status=failed",
            "?status=killed&status=FAILED", "?status=running", "?status=unknown", "?status=", "?status=bogus",
            "?status=success&offset=1&length=2", "?status=failed&sortBy=-runtime", "?status=success&length=0",
            "?offset=100000", "?length=100000",
        ):
            check(path + "/taskList" + query)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ours", type=int, required=True, help="port of shh serve")
    parser.add_argument("--spark", type=int, required=True, help="port of Spark's history server")
    parser.add_argument("--only", help="an application id")
    parser.add_argument("--show", type=int, default=60, help="differences to show")
    arguments = parser.parse_args()
    comparison = Comparison(Server("shh", arguments.ours), Server("Spark", arguments.spark))
    started = time.time()
    if not arguments.only:
        comparison.lists()
    for app in comparison.theirs.json("/api/v1/applications"):
        if arguments.only in (None, app["id"]):
            for attempt in app["attempts"]:
                try:
                    comparison.application(app, attempt)
                except AssertionError as error:
                    comparison.fail(app["id"], f"cannot go on: {error}")
    for failure in comparison.failures[: arguments.show]:
        print(f"differs: {failure}")
    print(
        f"{comparison.compared} answers, {comparison.identical} of them byte for byte, "
        f"{comparison.by_spark_500} with our 400 for Spark's 500, {len(comparison.failures)} different "
        f"({time.time() - started:.0f} s)"
    )
    sys.exit(bool(comparison.failures) or comparison.compared == 0)


if __name__ == "__main__":
    main()
