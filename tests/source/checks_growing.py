"""Logs that are being written: what can be seen is shown, what cannot is not zero, and once it is closed it is read."""
import getpass
import os
import subprocess

import duckdb
from stage import check


def asked(ingest, question):
    with duckdb.connect(ingest.database, read_only=True) as connection:
        return connection.sql(question).fetchall()


LOGS = "select outcome, app_id, events, message is not null from logs order by path"


def hdfs(stage):
    """Spark's way: an open file, flushed now and then. The listing's length stands still."""
    cluster = stage.hdfs()
    source = os.path.join(stage.corpus(), "real", "local-1795395144482")
    size = os.path.getsize(source)
    cluster.act("mkdir", "/growing", "777")
    path = "/growing/local-1795395144482.inprogress"
    with open(source, "rb") as log:
        content = log.read()
    half = content.index(b"\n", size * 7 // 8) + 1
    events = content[:half].count(b"\n")
    cluster.act("open", path, 134217728)
    cluster.act("append", path, source, 0, 57)
    cluster.act("append", path, source, 57, half)
    blind = {"HADOOP_CONF_DIR": stage.path("growing-conf")}
    os.makedirs(blind["HADOOP_CONF_DIR"], exist_ok=True)
    with open(os.path.join(blind["HADOOP_CONF_DIR"], "hdfs-site.xml"), "w") as out:
        out.write("<configuration><property><name>dfs.namenode.http-address</name><value>127.0.0.1:1</value></property></configuration>")
    unseen = stage.ingest(f"{cluster.url}/growing", environment=blind)
    check(unseen.status == 0 and asked(unseen, LOGS) == [("running", "local-1795395144482", None, True)],
          f"what cannot be seen is running and not counted: {asked(unseen, LOGS)} {unseen.err}")
    status, out, _, _ = stage.run("report", "quality", "--database", unseen.database, "--format", "csv")
    check(status == 0 and "local-1795395144482" in out and "running" in out, f"report quality names it: {out}")
    seeing = {"HADOOP_CONF_DIR": cluster.conf}
    half_seen = stage.ingest(f"{cluster.url}/growing", database=unseen.database, environment=seeing)
    check(asked(half_seen, LOGS) == [("running", "local-1795395144482", events, False)],
          f"through WebHDFS its {events} events are seen: {asked(half_seen, LOGS)} {half_seen.err}")
    check(asked(half_seen, "select status from apps") == [("running",)], "the application runs")
    cluster.act("append", path, source, half, size)
    cluster.act("close", path)
    cluster.act("rename", path, "/growing/local-1795395144482")
    closed = stage.ingest(f"{cluster.url}/growing", database=unseen.database, environment=blind)
    local = stage.ingest(source)
    question = "select app_id, status, jobs, stages, tasks, busy_core_h, \"end\" from apps"
    check(asked(closed, question) == asked(local, question), f"closed, it is read in full: {asked(closed, question)}")


def hdfs_rolling(stage):
    """Closed parts are read, the open one is not there yet."""
    cluster = stage.hdfs()
    name = "eventlog_v2_local-1795395192755"
    source = os.path.join(stage.corpus(), "real", name)
    parts = sorted(one for one in os.listdir(source) if one.startswith("events_"))
    blind = {"HADOOP_CONF_DIR": stage.path("growing-conf")}
    cluster.act("mkdir", f"/rolls/{name}", "777")
    open_path = f"/rolls/{name}/{parts[1]}"
    for part in parts[:1]:
        cluster.put(os.path.join(source, part), f"/rolls/{name}/{part}")
    cluster.act("open", f"/rolls/{name}/appstatus_local-1795395192755.inprogress", 134217728)
    cluster.act("close", f"/rolls/{name}/appstatus_local-1795395192755.inprogress")
    cluster.act("open", open_path, 134217728)
    cluster.act("append", open_path, os.path.join(source, parts[1]), 0, 100)
    ingest = stage.ingest(f"{cluster.url}/rolls", environment=blind)
    rows = asked(ingest, LOGS)
    check(len(rows) == 1 and rows[0][0] == "running" and rows[0][2], f"the closed part is read: {rows} {ingest.err}")
    cluster.act("close", open_path)
    cluster.act("delete", f"/rolls/{name}")
    cluster.put(source, f"/rolls/{name}")
    closed, local = stage.ingest(f"{cluster.url}/rolls", database=ingest.database), stage.ingest(source)
    question = "select app_id, status, jobs, stages, tasks, busy_core_h, \"end\" from apps"
    check(asked(closed, question) == asked(local, question), f"closed, it is read in full: {asked(closed, question)}")


def s3(stage):
    """Nothing grows in S3: parts appear whole, the open one never."""
    client = stage.s3().client()
    name = "eventlog_v2_local-1795395192755"
    source = os.path.join(stage.corpus(), "real", name)
    parts = sorted(one for one in os.listdir(source) if one.startswith("events_"))
    def put(key, body=b""):
        client.put_object(Bucket="logs", Key=f"growing/{name}/{key}", Body=body)
    put("")
    put("appstatus_local-1795395192755.inprogress")
    environment = stage.of_s3()
    ingest = stage.ingest("s3://logs/growing", environment=environment)
    check(ingest.status == 0 and asked(ingest, LOGS) == [("running", "local-1795395192755", None, True)],
          f"an application of which nothing is there yet: {asked(ingest, LOGS)} {ingest.err}")
    with open(os.path.join(source, parts[0]), "rb") as part:
        put(parts[0], part.read())
    ingest = stage.ingest("s3://logs/growing", database=ingest.database, environment=environment)
    (row,) = asked(ingest, LOGS)
    check(row[0] == "running" and row[2], f"its first part is there: {row}")
    for part in parts[1:]:
        with open(os.path.join(source, part), "rb") as body:
            put(part, body.read())
    put("appstatus_local-1795395192755")
    client.delete_object(Bucket="logs", Key=f"growing/{name}/appstatus_local-1795395192755.inprogress")
    ingest = stage.ingest("s3://logs/growing", database=ingest.database, environment=environment)
    local = stage.ingest(source)
    question = "select app_id, status, jobs, stages, tasks, busy_core_h, \"end\" from apps"
    check(asked(ingest, question) == asked(local, question), f"closed, it is read in full: {asked(ingest, question)}")


def with_spark(stage, directory, settings, while_it_runs):
    """Runs a Spark application that writes its log to `directory`; its id."""
    environment = dict(os.environ, SPARK_LOCAL_IP="127.0.0.1", HADOOP_USER_NAME=getpass.getuser())
    command = [stage.parsed.spark, os.path.join(os.path.dirname(__file__), "spark_job.py"), directory, *settings]
    with open(stage.path("spark.log"), "ab") as log:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
    try:
        application = started_line(process).split()[1]
        while_it_runs(application)
        process.communicate("\n", timeout=300)
        check(process.returncode == 0, f"Spark ended with {process.returncode}: see {stage.path('spark.log')}")
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    return application


def started_line(process):
    for line in process.stdout:
        if line.startswith("STARTED"):
            return line
    raise SystemExit(f"Spark did not start: status {process.wait()}")


def spark_in_hdfs(stage):
    """Spark 4.3 writes straight into HDFS, single and rolling, and is read while it runs."""
    cluster = stage.hdfs()
    seeing = {"HADOOP_CONF_DIR": cluster.conf}
    for rolling in ("false", "true"):
        place = f"{cluster.url}/spark-{rolling}"
        cluster.act("mkdir", f"/spark-{rolling}", "777")
        seen = []
        def while_it_runs(application, place=place, seen=seen):
            ingest = stage.ingest(place, environment=seeing)
            seen.append(ingest)
            rows = asked(ingest, "select outcome, app_id, events from logs")
            check(len(rows) == 1 and rows[0][:2] == ("running", application) and (rows[0][2] or 0) > 20, f"while Spark runs: {rows} {ingest.err}")
            check(asked(ingest, "select status, jobs from apps") == [("running", 6)], f"six jobs are seen: {asked(ingest, 'select status, jobs from apps')}")
        application = with_spark(stage, place, [f"spark.eventLog.rolling.enabled={rolling}"], while_it_runs)
        closed = stage.ingest(place, database=seen[0].database)
        rows = asked(closed, "select app_id, status, jobs from apps")
        check(rows == [(application, "succeeded", 8)], f"closed: {rows} {closed.err}")
        check([row[0] for row in asked(closed, "select outcome from logs")] == ["complete"], f"{asked(closed, LOGS)}")


def spark_in_s3(stage):
    """Spark 4.3 writes straight into S3: of a rolling log the directory is there, of a single one nothing."""
    client = stage.s3().client()
    keys = stage.s3().keys
    settings = {"spark.driver.extraClassPath": os.path.join(stage.parsed.s3a, "*"),
                "spark.hadoop.fs.s3a.endpoint": stage.s3().endpoint, "spark.hadoop.fs.s3a.endpoint.region": "us-east-1",
                "spark.hadoop.fs.s3a.path.style.access": "true", "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
                "spark.hadoop.fs.s3a.access.key": keys[0], "spark.hadoop.fs.s3a.secret.key": keys[1],
                "spark.hadoop.fs.s3a.aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider"}
    client.put_object(Bucket="logs", Key="spark/", Body=b"")
    seen = []
    def while_it_runs(application):
        ingest = stage.ingest("s3a://logs/spark", environment=stage.of_s3())
        seen.append(ingest)
        rows = asked(ingest, "select outcome, app_id, events from logs")
        check(rows == [("running", application, None)], f"while Spark runs: {rows} {ingest.err}")
    application = with_spark(stage, "s3a://logs/spark/", [f"{key}={value}" for key, value in settings.items()], while_it_runs)
    closed = stage.ingest("s3a://logs/spark", database=seen[0].database, environment=stage.of_s3())
    rows = asked(closed, "select app_id, status, jobs from apps")
    check(rows == [(application, "succeeded", 8)], f"closed: {rows} {closed.err}")


CHECKS = [hdfs, hdfs_rolling, s3, spark_in_hdfs, spark_in_s3]
