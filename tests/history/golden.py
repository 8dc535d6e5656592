"""Spark's own HistoryServerSuite against `shh serve`: its table of requests, its golden files, its way to compare.

The golden files come with the logs in the artifact spark-core_2.13:4.1.1:jar:tests. Of what Spark 4.3 adds to 4.1,
`logSourceName` and `logSourceFullPath` are passed over.
"""

import argparse
import io
import json
import os
import re
import sys
import zipfile

from servers import Server

TABLE = """
application list json | applications
completed app list json | applications?status=completed
running app list json | applications?status=running
minDate app list json | applications?minDate=2015-02-10
maxDate app list json | applications?maxDate=2015-02-10
maxDate2 app list json | applications?maxDate=2015-02-03T16:42:40.000GMT
minEndDate app list json | applications?minEndDate=2015-05-06T13:03:00.950GMT
maxEndDate app list json | applications?maxEndDate=2015-05-06T13:03:00.950GMT
minEndDate and maxEndDate app list json | applications?minEndDate=2015-03-16&maxEndDate=2015-05-06T13:03:00.950GMT
minDate and maxEndDate app list json | applications?minDate=2015-03-16&maxEndDate=2015-05-06T13:03:00.950GMT
limit app list json | applications?limit=3
one app json | applications/local-1422981780767
one app multi-attempt json | applications/local-1426533911241
job list json | applications/local-1422981780767/jobs
job list from multi-attempt app json(1) | applications/local-1426533911241/1/jobs
job list from multi-attempt app json(2) | applications/local-1426533911241/2/jobs
one job json | applications/local-1422981780767/jobs/0
succeeded job list json | applications/local-1422981780767/jobs?status=succeeded
succeeded&failed job list json | applications/local-1422981780767/jobs?status=succeeded&status=failed
executor list json | applications/local-1422981780767/executors
executor list with executor metrics json | applications/application_1553914137147_0018/executors
stage list json | applications/local-1422981780767/stages
complete stage list json | applications/local-1422981780767/stages?status=complete
failed stage list json | applications/local-1422981780767/stages?status=failed
one stage json | applications/local-1422981780767/stages/1
one stage json with details | applications/local-1422981780767/stages/1?details=true&taskStatus=success
one stage attempt json | applications/local-1422981780767/stages/1/0
one stage attempt json details with failed task | applications/local-1422981780767/stages/1/0?details=true&taskStatus=failed
one stage json with partitionId | applications/local-1642039451826/stages/2
stage task summary w shuffle write | applications/local-1430917381534/stages/0/0/taskSummary
stage task summary w shuffle read | applications/local-1430917381534/stages/1/0/taskSummary
stage task summary w/ custom quantiles | applications/local-1430917381534/stages/0/0/taskSummary?quantiles=0.01,0.5,0.99
stage task list | applications/local-1430917381534/stages/0/0/taskList
stage task list w/ offset & length | applications/local-1430917381534/stages/0/0/taskList?offset=10&length=50
stage task list w/ sortBy | applications/local-1430917381534/stages/0/0/taskList?sortBy=DECREASING_RUNTIME
stage task list w/ sortBy short names: -runtime | applications/local-1430917381534/stages/0/0/taskList?sortBy=-runtime
stage task list w/ sortBy short names: runtime | applications/local-1430917381534/stages/0/0/taskList?sortBy=runtime
stage task list w/ status | applications/app-20161115172038-0000/stages/0/0/taskList?status=failed
stage task list w/ status & offset & length | applications/local-1430917381534/stages/0/0/taskList?status=success&offset=1&length=2
stage task list w/ status & sortBy short names: runtime | applications/local-1430917381534/stages/0/0/taskList?status=success&sortBy=runtime
stage task list with partitionId | applications/local-1642039451826/stages/0/0/taskList
stage list with accumulable json | applications/local-1426533911241/1/stages
stage with accumulable json | applications/local-1426533911241/1/stages/0/0
stage task list from multi-attempt app json(1) | applications/local-1426533911241/1/stages/0/0/taskList
stage task list from multi-attempt app json(2) | applications/local-1426533911241/2/stages/0/0/taskList
excludeOnFailure for stage | applications/app-20180109111548-0000/stages/0/0
excludeOnFailure node for stage | applications/application_1516285256255_0012/stages/0/0
rdd list storage json | applications/local-1422981780767/storage/rdd
one rdd storage json | applications/local-1422981780767/storage/rdd/0
executor node excludeOnFailure | applications/app-20161116163331-0000/executors
executor node excludeOnFailure unexcluding | applications/app-20161115172038-0000/executors
executor memory usage | applications/app-20161116163331-0000/executors
executor resource information | applications/application_1555004656427_0144/executors
multiple resource profiles | applications/application_1578436911597_0052/environment
stage list with peak metrics | applications/app-20200706201101-0003/stages
stage with peak metrics | applications/app-20200706201101-0003/stages/2/0
stage with summaries | applications/app-20200706201101-0003/stages/2/0?withSummaries=true
app environment | applications/app-20161116163331-0000/environment
miscellaneous process | applications/application_1555004656427_0144/allmiscellaneousprocess
stage with speculation summary | applications/application_1628109047826_1317105/stages/0/0/
"""

# Status and body of what the suite calls "response codes on bad paths".
CODES = [
    ("applications/foobar", 404, "unknown app: foobar"),
    ("applications/foobar/jobs", 404, "no such app: foobar"),
    ("applications/local-1422981780767/jobs/12345", 404, "unknown job: 12345"),
    ("applications/local-1422981780767/stages/12345", 404, "unknown stage: 12345"),
    (
        "applications/local-1422981780767/stages/1/1",
        404,
        "unknown attempt for stage 1.  Found attempts: [0]",
    ),
    ("applications/local-1422981780767/stages/foobar", 404, None),
]

# Path, and the logs whose bytes must be in the zip.
ZIPS = [
    ("applications/local-1430917381535/logs", ["local-1430917381535_1", "local-1430917381535_2"]),
    ("applications/local-1430917381535/1/logs", ["local-1430917381535_1"]),
    ("applications/local-1430917381535/2/logs", ["local-1430917381535_2"]),
]


def clean(value):
    """As the suite does: what depends on the files' times is blanked. And what 4.3 adds is left out."""
    if isinstance(value, dict):
        kept = {}
        for key, item in value.items():
            if key in ("logSourceName", "logSourceFullPath"):
                continue
            if key == "lastUpdated":
                item = ""
            elif key == "lastUpdatedEpoch":
                item = 0
            kept[key] = clean(item)
        return kept
    if isinstance(value, list):
        return [clean(item) for item in value]
    return value


def difference(ours, theirs, path="$"):
    if type(ours) is not type(theirs) and not (
        isinstance(ours, (int, float)) and isinstance(theirs, (int, float))
    ):
        return f"{path}: {ours!r}, expected {theirs!r}"
    if isinstance(ours, dict):
        for key in {**theirs, **ours}:
            if key not in ours:
                return f"{path}.{key} is missing, expected {theirs[key]!r}"
            if key not in theirs:
                return f"{path}.{key} is not expected: {ours[key]!r}"
            found = difference(ours[key], theirs[key], f"{path}.{key}")
            if found:
                return found
        return None
    if isinstance(ours, list):
        if len(ours) != len(theirs):
            return f"{path}: {len(ours)} elements, expected {len(theirs)}"
        for place, (one, other) in enumerate(zip(ours, theirs)):
            found = difference(one, other, f"{path}[{place}]")
            if found:
                return found
        return None
    return None if ours == theirs else f"{path}: {ours!r}, expected {theirs!r}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--fixtures", required=True, help="spark-events and HistoryServerExpectations")
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    server = Server("shh", arguments.port)
    passed, failed = 0, []
    for line in filter(None, TABLE.splitlines()):
        name, path = (part.strip() for part in line.split(" | "))
        file = re.sub(r"\W", "_", name) + "_expectation.json"
        with open(os.path.join(arguments.fixtures, "HistoryServerExpectations", file), encoding="utf-8") as golden:
            expected = clean(json.load(golden))
        status, kind, body, _ = server.get("/api/v1/" + path)
        if (status, kind) != (200, "application/json"):
            failed.append(f"{name}: {status} {kind} {body[:200]!r}")
            continue
        found = difference(clean(json.loads(body)), expected)
        if found:
            failed.append(f"{name} ({path}): {found}")
        else:
            passed += 1
    for path, expected, text in CODES:
        status, _, body, _ = server.get("/api/v1/" + path)
        if status == expected and text in (None, body.decode()):
            passed += 1
        else:
            failed.append(f"{path}: {status} {body[:200]!r}, expected {expected} {text!r}")
    for path, logs in ZIPS:
        status, _, body, _ = server.get("/api/v1/" + path)
        try:
            with zipfile.ZipFile(io.BytesIO(body)) as archive:
                names = [name for name in archive.namelist() if not name.endswith("/")]
                contents = {name: archive.read(name) for name in names}
            expected = {}
            for log in logs:
                with open(os.path.join(arguments.fixtures, "spark-events", log), "rb") as file:
                    expected[log] = file.read()
            if status == 200 and contents == expected:
                passed += 1
            else:
                failed.append(f"{path}: {status}, {sorted(contents)}")
        except zipfile.BadZipFile as error:
            failed.append(f"{path}: {status}, {error}, {body[:200]!r}")
    for failure in failed:
        print(f"differs: {failure}")
    print(f"{passed} of {passed + len(failed)}")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
