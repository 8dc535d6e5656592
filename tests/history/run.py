"""Starts Spark's history server and `shh serve` on the same logs and runs the comparisons of this directory."""

import argparse
import contextlib
import glob
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listed(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/applications", timeout=60) as answer:
            return {(app["id"], attempt.get("attemptId")) for app in json.load(answer) for attempt in app["attempts"]}
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return set()


def wait_until(what, check, seconds):
    ends = time.time() + seconds
    while time.time() < ends:
        if check():
            return
        time.sleep(0.5)
    sys.exit(f"error: {what} after {seconds} s")


@contextlib.contextmanager
def started(command, log, environment=None):
    with open(log, "wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, env={**os.environ, **(environment or {})}, start_new_session=True
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def shh_server(arguments, directories, options=()):
    port = free_port()
    database = os.path.join(arguments.work, f"shh-{port}.duckdb")
    command = [arguments.shh, "serve", "--port", str(port), "--database", database, "--update-interval", "5s", *options]
    for directory in directories:
        command += ["--log-directory", directory]
    with started(command, os.path.join(arguments.work, "shh.log")) as process:
        wait_until("shh serve lists nothing", lambda: process.poll() is not None or listed(port), 120)
        if process.poll() is not None:
            sys.exit("error: shh serve has ended: see " + os.path.join(arguments.work, "shh.log"))
        yield port


def spark_home(python):
    return subprocess.run(
        [python, "-c", "import os, pyspark; print(os.path.dirname(pyspark.__file__))"],
        check=True, capture_output=True, text=True,
    ).stdout.strip()


def spark_environment(home, port, directories):
    return {
        "SPARK_HOME": home,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "1g",
        "SPARK_HISTORY_OPTS": " ".join([
            "-Dspark.history.fs.logDirectory=" + ",".join(directories),
            f"-Dspark.history.ui.port={port}",
            "-Dspark.history.fs.update.interval=5s",
        ]),
    }


@contextlib.contextmanager
def spark_server(arguments, directories):
    port = free_port()
    home = spark_home(arguments.python)
    environment = spark_environment(home, port, directories)
    command = [os.path.join(home, "bin", "spark-class"), "org.apache.spark.deploy.history.HistoryServer"]
    with started(command, os.path.join(arguments.work, "spark.log"), environment):
        wait_until("Spark's history server lists nothing", lambda: listed(port), 180)
        yield port


def flat_copy(testdata, target):
    """Testdata in one directory, as Spark's server looks into no other. What it passes over by design stays out:
    a gzip file (Spark has no such codec) and the directory of damaged copies, whose ids are those of good logs."""
    shutil.rmtree(target, ignore_errors=True)
    os.makedirs(target)
    for root, directories, files in os.walk(testdata):
        for name in sorted(directories + files):
            path = os.path.join(root, name)
            if name == "damaged":
                directories.remove(name)
            elif name.startswith("eventlog_v2_") and name in directories:
                shutil.copytree(path, os.path.join(target, name))
                written_in_order(os.path.join(target, name))
                directories.remove(name)
            elif os.path.isfile(path) and not name.endswith(".gz"):
                shutil.copy2(path, target)


def written_in_order(directory):
    """No file of a rolling log is older than the one before it, as Spark writes them. A checkout that brings one of
    them anew breaks that, and then `lastUpdated` differs: Spark takes the last file's time, shh the newest."""
    latest = 0
    files = glob.glob(os.path.join(directory, "events_*"))
    for path in sorted(files, key=lambda path: int(os.path.basename(path).split("_")[1])):
        latest = max(latest, os.stat(path).st_mtime_ns)
        os.utime(path, ns=(latest, latest))


def run(script, *options):
    return subprocess.run([sys.executable, os.path.join(HERE, script), *map(str, options)], check=False).returncode


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["golden", "compare", "cli"])
    parser.add_argument("--shh", required=True)
    parser.add_argument("--work", required=True, help="directory for databases, logs and copies")
    parser.add_argument("--fixtures", help="spark-events and HistoryServerExpectations")
    parser.add_argument("--testdata", help="testdata/spark-events")
    parser.add_argument("--logs", action="append", default=[], help="more event logs for both servers")
    parser.add_argument("--python", default=sys.executable, help="of the environment with pyspark")
    parser.add_argument("--cli-python", default=sys.executable, help="of the environment with spark-history-cli")
    arguments = parser.parse_args()
    os.makedirs(arguments.work, exist_ok=True)
    if arguments.what == "golden":
        with shh_server(arguments, [os.path.join(arguments.fixtures, "spark-events")]) as port:
            sys.exit(run("golden.py", "--fixtures", arguments.fixtures, "--port", port))
    flat = os.path.join(arguments.work, "testdata")
    flat_copy(arguments.testdata, flat)
    directories = [flat, *arguments.logs]
    if arguments.fixtures:
        directories.append(os.path.join(arguments.fixtures, "spark-events"))
    with contextlib.ExitStack() as servers:
        spark = servers.enter_context(spark_server(arguments, directories))
        ours = servers.enter_context(shh_server(arguments, directories, ["--spark-retention"]))
        wait_until("the two servers list different applications", lambda: listed(ours) == listed(spark), 120)
        if arguments.what == "compare":
            sys.exit(run("compare.py", "--ours", ours, "--spark", spark))
        command = [arguments.cli_python, os.path.join(HERE, "cli.py"), "--ours", str(ours), "--spark", str(spark)]
        sys.exit(subprocess.run(command, check=False).returncode)


if __name__ == "__main__":
    main()
