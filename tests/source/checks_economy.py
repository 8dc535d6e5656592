"""How many requests a scan costs, counted at the name node and in the program."""
import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.request

import servers
from fake_s3 import FakeS3
from stage import check

MANY = 10_000


# Lines that a log of no work at all has. Ten thousand logs are about requests, not about bytes.
KEPT = (b'{"Event":"SparkListenerLogStart"', b'{"Event":"SparkListenerApplicationStart"', b'{"Event":"SparkListenerApplicationEnd"')


def sample(stage):
    """A log of a few lines, of which there are to be many."""
    def start():
        path = stage.path("sample")
        with open(os.path.join(stage.corpus(), "real", "local-1795395153225"), "rb") as log, open(path, "wb") as out:
            out.writelines(line for line in log if line.startswith(KEPT))
        return path
    return stage.once("sample", start)


def hdfs_single(stage):
    cluster = stage.hdfs()
    begun = time.monotonic()
    cluster.act("many", "/many", MANY, sample(stage))
    stage.note(f"{MANY} logs written in {time.monotonic() - begun:.1f} s")
    first = stage.ingest(f"{cluster.url}/many")
    stage.note(f"and read for the first time in {first.seconds:.1f} s: {first.requests('stats')} questions for blocks, "
               f"{first.requests('reads')} ranges")
    check(first.summary["found"] == MANY, f"{first.summary['found']} logs found")
    before = cluster.operations()
    second = stage.ingest(f"{cluster.url}/many", database=first.database)
    calls = {name: count - before.get(name, 0) for name, count in cluster.operations().items() if count > before.get(name, 0)}
    stage.note(f"{MANY} unchanged single logs in HDFS: {calls}")
    check(second.summary["unchanged"] == MANY, f"{second.summary['unchanged']} unchanged")
    check(10 <= sum(calls.values()) <= 15, f"an unchanged scan costs {calls}")


def hdfs_rolling(stage):
    cluster = stage.hdfs()
    cluster.act("manyrolling", "/rolling", MANY, sample(stage))
    first = stage.ingest(f"{cluster.url}/rolling")
    check(first.summary["found"] == MANY, f"{first.summary['found']} logs found: {first.err[-300:]}")
    before = cluster.operations()
    second = stage.ingest(f"{cluster.url}/rolling", database=first.database)
    calls = {name: count - before.get(name, 0) for name, count in cluster.operations().items() if count > before.get(name, 0)}
    stage.note(f"{MANY} unchanged rolling logs in HDFS: {calls}")
    check(second.summary["unchanged"] == MANY, f"{second.summary['unchanged']} unchanged")
    check(10 <= sum(calls.values()) <= MANY // 100, f"an unchanged scan costs {calls}")


def s3(stage):
    """Against the store of our own, whose pages are as large as those of AWS: SeaweedFS takes minutes for the puts."""
    with open(sample(stage), "rb") as log:
        content = log.read()
    fake = FakeS3(os.devnull)
    try:
        fake.store.objects = {f"many/application_1700000000000_{number:05d}": content for number in range(MANY)}
        environment = stage.of_s3(fake.endpoint)
        first = stage.ingest("s3://plain/many", environment=environment)
        check(first.summary["found"] == MANY, f"{first.summary['found']} logs found")
        check(fake.store.reads == MANY, f"{fake.store.reads} reads of {MANY} small logs")
        fake.store.lists = fake.store.reads = 0
        second = stage.ingest("s3://plain/many", database=first.database, environment=environment)
        stage.note(f"{MANY} unchanged single logs in S3: {fake.store.lists} lists, {fake.store.reads} reads")
        check(second.summary["unchanged"] == MANY, f"{second.summary['unchanged']} unchanged")
        check(fake.store.lists <= 11 and fake.store.reads == 0, f"{fake.store.lists} lists, {fake.store.reads} reads")
        check(second.requests("lists") == fake.store.lists, f"the program counts {second.requests('lists')} lists")
        fake.store.objects = {
            f"rolling/eventlog_v2_application_1700000000000_{number:05d}/{name}": content
            for number in range(MANY) for name in (f"events_1_{number}", f"appstatus_{number}")}
        first = stage.ingest("s3://plain/rolling", environment=environment)
        fake.store.lists = fake.store.reads = 0
        second = stage.ingest("s3://plain/rolling", database=first.database, environment=environment)
        stage.note(f"{MANY} unchanged rolling logs in S3 ({2 * MANY} objects): {fake.store.lists} lists, {fake.store.reads} reads")
        check(second.summary["unchanged"] == MANY, f"{second.summary['unchanged']} unchanged")
        check(fake.store.lists <= 2 * MANY // 1000 + 1 and fake.store.reads == 0, f"{fake.store.lists} lists")
        sharded(stage, fake, content, environment)
    finally:
        fake.stop()


def sharded(stage, fake, content, environment):
    fake.store.objects = {f"tree/{number % 20:02d}/application_1700000000000_{number:05d}": content for number in range(MANY)}
    ingest = stage.ingest("s3://plain/tree", environment=environment, more=["--dry-run"])
    check(ingest.summary["found"] == MANY, f"of a tree of shards {ingest.summary['found']} logs are found")


def metrics(stage):
    """What a server asks of a store, for ingests and for replays, is told to its monitor."""
    fake = FakeS3(os.path.join(stage.corpus(), "packed"))
    (port,) = servers.free_ports(1)
    server = servers.Server([stage.shh, "serve", "--database", stage.database(), "--log-directory", "s3://plain", "--port", str(port)],
                            stage.path("serve.log"), stage.environment(stage.of_s3(fake.endpoint)), stdout=subprocess.DEVNULL)

    def told(kind):
        found = re.search(rf'shh_store_requests_total{{store="s3://plain",kind="{kind}"}} (\d+)', ask(port, "/metrics"))
        return int(found.group(1)) if found else 0
    try:
        servers.wait_for("the server", lambda: servers.listens(port), process=server.process)
        servers.wait_for("an ingest", lambda: len(json.loads(ask(port, "/api/v1/applications"))) == len(fake.store.objects))
        check((told("list"), told("read")) == (fake.store.lists, fake.store.reads), f"after an ingest: {told('list')} lists, {told('read')} reads")
        before = fake.store.reads
        app = json.loads(ask(port, "/api/v1/applications"))[0]["id"]
        ask(port, f"/api/v1/applications/{app}/jobs")
        check(fake.store.reads > before and told("read") == fake.store.reads, f"after a replay: {told('read')} reads, not {fake.store.reads}")
    finally:
        server.stop()
        fake.stop()


def unread(stage):
    """An application that is asked for by id before its log was read is found in a store too; ids that are made up cost nothing."""
    fake = FakeS3(os.path.join(stage.corpus(), "packed"))
    (port,) = servers.free_ports(1)
    server = servers.Server([stage.shh, "serve", "--no-ingest", "--database", stage.database(), "--log-directory", "s3://plain", "--port", str(port)],
                            stage.path("serve.log"), stage.environment(stage.of_s3(fake.endpoint)), stdout=subprocess.DEVNULL)

    def status(path):
        try:
            ask(port, path)
            return 200
        except urllib.error.HTTPError as error:
            return error.code
    try:
        servers.wait_for("the server", lambda: servers.listens(port), process=server.process)
        check(ask(port, "/api/v1/applications") == "[ ]", "an application is listed that was not read")
        for made_up in ("x", "application_1", "app-1-1.zstd", "secrets"):
            check(status(f"/api/v1/applications/{made_up}") == 404, f"{made_up} is found")
        check(fake.store.lists + fake.store.reads == 0, f"{fake.store.lists} lists and {fake.store.reads} reads for what no scheduler names")
        key = next(key for key in sorted(fake.store.objects) if re.fullmatch(r"(application_\d+_\d+|app-\d+-\d+|local-\d+)(\.\w+)?", key))
        app = key.split(".")[0]
        check(json.loads(ask(port, f"/api/v1/applications/{app}"))["id"] == app, f"{app} is not found")
        before = fake.store.lists
        check(status(f"/api/v1/applications/{app}/jobs") == 200 and fake.store.lists <= before + 1, f"{app} is looked for again")
        time.sleep(1.1)
        before = fake.store.lists
        for _ in range(20):
            check(status("/api/v1/applications/application_1700000000000_0001") == 404, "an application is found that nobody ran")
        check(0 < fake.store.lists - before <= 22, f"{fake.store.lists - before} lists for an application that is not there")
    finally:
        server.stop()
        fake.stop()


def ask(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        return answer.read().decode()


CHECKS = [hdfs_single, hdfs_rolling, s3, metrics, unread]
