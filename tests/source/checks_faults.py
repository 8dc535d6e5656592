"""What goes wrong in stores and networks: never a wrong row, never a hang, always a message."""
import shutil
import socket
import threading
import time

import duckdb
import servers
from checks_rows import expected
from stage import check, same_rows
from fake_s3 import FakeS3

# The longest that anything may take that has gone, by the defaults.
GONE_SECONDS = 30
ROOT = "s3://{}/"


def quickly(stage):
    """Settings under which a fault costs little, for the tests that only ask what comes of it."""
    path = stage.path("quick.toml")
    with open(path, "w") as out:
        out.write("[history.s3]\nread_timeout_ms = 1500\n[history.hdfs]\nread_timeout_ms = 2000\n")
    return ["--config", path]


def http_faults(stage):
    """Storms that pass, bodies that are cut, reset and stall: the rows are those of a healthy store."""
    fake, local = stage.fake(), expected(stage)
    for bucket in ("busy", "cut", "reset", "stall"):
        ingest = stage.ingest(f"s3://{bucket}", environment=stage.of_s3(fake.endpoint),
                              more=quickly(stage) if bucket == "stall" else ())
        same_rows(ingest, ROOT.format(bucket), local, f"a store with the fault '{bucket}'")
        stage.note(f"{bucket}: {ingest.requests('retries')} of {ingest.requests('reads')} requests again, {ingest.seconds:.1f} s")


def http_dead_ends(stage):
    """A storm without end, HTML for a listing and for a log, bodies that never end: messages, and an end."""
    fake, local = stage.fake(), expected(stage)
    environment = stage.of_s3(fake.endpoint)
    for bucket, text in [("storm", "SlowDown"), ("silent", "did not answer"), ("htmllist", "does not speak the S3 protocol")]:
        ingest = stage.ingest(f"s3://{bucket}", environment=environment)
        check(ingest.status == 1 and text in ingest.err, f"{bucket}: {ingest.status} {ingest.err[-400:]}")
        check(ingest.seconds < GONE_SECONDS, f"{bucket} costs {ingest.seconds:.1f} s")
        stage.note(f"{bucket}: {ingest.seconds:.1f} s, {ingest.err.splitlines()[1].strip()}")
    for bucket, text in [("html", "does not speak the S3 protocol"), ("stuck", "stopped in the middle")]:
        # With a healthy place beside it, whose logs must land.
        ingest = stage.ingest(f"s3://{bucket}/real", local.root + "fleet", environment=environment, more=quickly(stage))
        told = any(text in one["reason"] for one in ingest.summary["damaged"])
        check(ingest.status == 3 and told, f"{bucket}: {ingest.status} {ingest.err[-400:]}")
        check(ingest.seconds < 60, f"{bucket} costs {ingest.seconds:.1f} s")
        check(applications(ingest) == healthy(stage), f"{bucket}: {applications(ingest)} applications, not those of the healthy place")
        again = stage.ingest("s3://plain/real", database=ingest.database, environment=environment)
        check(again.status == 3 and applications(again) > 230, f"{bucket}: what could not be read is read when it can be: {applications(again)}")


def applications(ingest):
    with duckdb.connect(ingest.database, read_only=True) as connection:
        return connection.sql("select count(*) from apps").fetchone()[0]


def healthy(stage):
    """Applications of the place that never fails."""
    return stage.once("healthy", lambda: applications(stage.ingest(expected(stage).root + "fleet")))


def replaced(stage):
    """An object that is replaced between two ranges is read again, as it is now."""
    directory = stage.path("replaced")
    shutil.rmtree(directory, ignore_errors=True)
    shutil.copytree(stage.big(), directory)
    fake = FakeS3(directory)
    try:
        (key,) = fake.store.objects
        old = fake.store.objects[key]
        lines = old.splitlines(keepends=True)
        fake.store.objects[key] = b"".join(lines[:-40] + lines[-20:])
        fake.store.versions[(key, 2)] = old
        ingest = stage.ingest("s3://replaced", environment=stage.of_s3(fake.endpoint))
        local = stage.ingest(stage.big())
        local.root = stage.big() + "/"
        with duckdb.connect(ingest.database, read_only=True) as one, duckdb.connect(local.database, read_only=True) as two:
            question = "select app_id, tasks, jobs, stages, busy_core_h, \"end\" from apps"
            check(one.sql(question).fetchall() == two.sql(question).fetchall(), "a replaced object yields its new version, whole")
        check(fake.store.seen[("replaced", key)] > 3, "it was read again")
    finally:
        fake.stop()


def network(stage):
    """Between us and a real store: latency, connections that are reset, and none at all."""
    s3, toxiproxy, local = stage.s3(), stage.toxiproxy(), expected(stage)
    port = toxiproxy.proxy("s3", f"127.0.0.1:{s3.port}")
    environment = stage.of_s3(f"http://127.0.0.1:{port}")
    for kind, options in [("latency", {"latency": 30, "jitter": 20}), ("slicer", {"average_size": 4096, "size_variation": 512, "delay": 10}),
                          ("reset_peer", {"timeout": 0, "toxicity": 0.05}), ("limit_data", {"bytes": 200_000})]:
        toxiproxy.spoil("s3", kind, **options)
        ingest = stage.ingest("s3://logs/corpus", environment=environment)
        toxiproxy.heal("s3", kind)
        same_rows(ingest, "s3://logs/corpus/", local, f"S3 through a network with '{kind}'")
        stage.note(f"{kind}: {ingest.requests('retries')} requests again, {ingest.seconds:.1f} s")
    toxiproxy.spoil("s3", "timeout", timeout=0)
    ingest = stage.ingest("s3://logs/corpus", environment=environment)
    check(ingest.status == 1 and ingest.seconds < GONE_SECONDS, f"a black hole costs {ingest.seconds:.1f} s: {ingest.err[-300:]}")
    toxiproxy.heal("s3", "timeout")
    toxiproxy.enable("s3", False)
    ingest = stage.ingest("s3://logs/corpus", local.root + "fleet", environment=environment)
    check(ingest.status == 3 and applications(ingest) == healthy(stage) and ingest.seconds < GONE_SECONDS,
          f"with one place gone the other is published: {ingest.status}, {ingest.seconds:.1f} s")
    check("cannot be listed" in ingest.err, f"what is missing is told: {ingest.err[-300:]}")


def dies_midway(stage):
    """The store's connections die while logs are being read."""
    s3, toxiproxy, local = stage.s3(), stage.toxiproxy(), expected(stage)
    port = toxiproxy.proxy("dying", f"127.0.0.1:{s3.port}")
    # So slow that nobody is through when it dies.
    toxiproxy.spoil("dying", "latency", latency=150)
    threading.Timer(1.5, lambda: toxiproxy.enable("dying", False)).start()
    ingest = stage.ingest("s3://logs/corpus", environment=stage.of_s3(f"http://127.0.0.1:{port}"))
    check(ingest.status == 3 and ingest.seconds < GONE_SECONDS + 5, f"a store that dies costs {ingest.seconds:.1f} s: {ingest.status} {ingest.err[-300:]}")
    unreadable = len([one for one in ingest.summary["damaged"] if "s3://" in one["path"]])
    check(unreadable > 20, f"{unreadable} logs are named")
    toxiproxy.enable("dying", True)
    toxiproxy.heal("dying", "latency")
    whole = stage.ingest("s3://logs/corpus", database=ingest.database, environment=stage.of_s3(f"http://127.0.0.1:{port}"))
    same_rows(whole, "s3://logs/corpus/", local, "what was left unread is read by the next ingest, and nothing else changed")


def name_node_gone(stage):
    """Dead and silent: at most half a minute, and the other place is published."""
    local = expected(stage)
    (port,) = servers.free_ports(1)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(64)
        for what, number in [("dead", port), ("silent", silent.getsockname()[1])]:
            ingest = stage.ingest(f"hdfs://127.0.0.1:{number}/logs", local.root + "fleet")
            check(ingest.status == 3 and applications(ingest) == healthy(stage), f"a {what} name node: {ingest.status} {ingest.err[-300:]}")
            check(ingest.seconds < GONE_SECONDS, f"a {what} name node costs {ingest.seconds:.1f} s")
            stage.note(f"a {what} name node costs {ingest.seconds:.1f} s")
        # Listed side by side: what has gone costs its deadline once, however many have.
        gone = [f"hdfs://127.0.0.1:{port}/logs", f"hdfs://127.0.0.1:{silent.getsockname()[1]}/logs"]
        ingest = stage.ingest(*gone, local.root + "fleet")
        check(ingest.status == 3 and applications(ingest) == healthy(stage), f"two name nodes are gone: {ingest.status} {ingest.err[-300:]}")
        check(ingest.seconds < GONE_SECONDS, f"two name nodes that have gone cost {ingest.seconds:.1f} s")
        stage.note(f"two name nodes that have gone cost {ingest.seconds:.1f} s")


def data_nodes(stage):
    """A data node is killed; then the last one."""
    cluster, local = stage.hdfs(), expected(stage)
    cluster.put(stage.corpus(), "/corpus", 2)
    cluster.act("stop-datanode", 0)
    ingest = stage.ingest(f"{cluster.url}/corpus")
    same_rows(ingest, f"{cluster.url}/corpus/", local, "one of two data nodes is gone")
    cluster.act("stop-datanode", 1)
    ingest = stage.ingest(f"{cluster.url}/corpus", more=quickly(stage))
    check(ingest.status == 3 and applications(ingest) == 0, f"no data node at all: {ingest.status} {ingest.err[-300:]}")
    check("no data node gives a block" in ingest.err, f"that is told: {ingest.err[-300:]}")
    check(ingest.seconds < 60, f"no data node at all costs {ingest.seconds:.1f} s")
    for number in (0, 1):
        cluster.act("start-datanode", number)
    whole = stage.ingest(f"{cluster.url}/corpus", database=ingest.database)
    same_rows(whole, f"{cluster.url}/corpus/", local, "the data nodes are back")


def data_node_frozen(stage):
    """A data node that took part a moment ago keeps its connections and answers nothing; its blocks have other replicas."""
    cluster, local = stage.hdfs(), expected(stage)
    node = servers.DataNode(cluster, stage.classpath(), stage.path("datanode"))
    try:
        cluster.put(stage.corpus(), "/thrice", 3)
        # The name node thinks that it lives for twelve seconds more, and names it first for a third of the logs.
        node.freeze()
        ingest = stage.ingest(f"{cluster.url}/thrice", more=quickly(stage))
        same_rows(ingest, f"{cluster.url}/thrice/", local, "one of three data nodes is frozen")
        check(ingest.seconds < 60, f"a frozen data node costs {ingest.seconds:.1f} s")
        stage.note(f"a frozen data node costs {ingest.seconds:.1f} s")
    finally:
        node.stop()
    servers.wait_for("the name node, to miss the data node", lambda: cluster.act("live") == "2")


def safe_mode(stage):
    """A name node that was restarted knows no blocks before its data nodes have reported them."""
    cluster, local = stage.hdfs(), expected(stage)
    cluster.put(stage.corpus(), "/restarted", 2)
    for number in (0, 1):
        cluster.act("stop-datanode", number)
    cluster.act("stop-namenode", 0)
    cluster.act("start-namenode", 0)
    check(cluster.act("safemode", "get") == "true", "the name node is in safe mode after its restart")
    back = threading.Timer(2, lambda: [cluster.act("start-datanode", number) for number in (0, 1)])
    back.start()
    ingest = stage.ingest(f"{cluster.url}/restarted")
    back.join()
    check(ingest.seconds > 2, f"it was waited for: {ingest.seconds:.1f} s")
    same_rows(ingest, f"{cluster.url}/restarted/", local, "the name node is in safe mode for some seconds")
    stage.note(f"safe mode: {ingest.requests('retries')} requests again, {ingest.seconds:.1f} s")


def failover_midway(stage):
    """The active name node changes, and dies, while logs are being read."""
    cluster, local = stage.ha(), expected(stage)
    cluster.put(stage.corpus(), "/corpus")
    threading.Timer(0.3, lambda: cluster.act("failover")).start()
    ingest = stage.ingest(f"{cluster.url}/corpus", environment={"HADOOP_CONF_DIR": cluster.conf})
    same_rows(ingest, f"{cluster.url}/corpus/", local, "a failover while logs are read")
    time.sleep(1)
    cluster.act("standby", 0)
    cluster.act("standby", 1)
    threading.Timer(3, lambda: cluster.act("activate", 0)).start()
    ingest = stage.ingest(f"{cluster.url}/corpus", environment={"HADOOP_CONF_DIR": cluster.conf})
    same_rows(ingest, f"{cluster.url}/corpus/", local, "both name nodes are in standby for three seconds")


def refusals(stage):
    cluster = stage.hdfs()
    cluster.act("mkdir", "/closed", "700")
    refused = stage.ingest(f"{cluster.url}/closed", environment={"HADOOP_USER_NAME": "mallory"})
    check(refused.status == 1 and "Permission denied: user=mallory" in refused.err and "\tat " not in refused.err,
          f"a directory that may not be read: {refused.err[-400:]}")
    missing = stage.ingest(f"{cluster.url}/nowhere")
    check(missing.status == 1 and "there is no /nowhere" in missing.err, f"a directory that is not there: {missing.err[-300:]}")


CHECKS = [http_faults, http_dead_ends, replaced, network, dies_midway, name_node_gone, data_nodes,
          data_node_frozen, safe_mode, failover_midway, refusals]
