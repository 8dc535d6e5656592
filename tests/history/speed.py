"""How fast and how large both servers are, one after the other on the same logs. Prints a table and whether the bars
hold; the exit status is 0 only if all do.

--one    directory with one large log: the first `stages`, then `jobs`, `stages` and `executors` for 50 clients at once
--many   directory with thousands of logs: the first complete `applications` after start, then the same for its first 100

Both servers begin with nothing of their own (Spark's keeps its list in memory), `shh serve` also with the database of an
ingest before, as in production. The clients are wrk's, which ask again as soon as they have their answer: they take their
share of the processors from the server that they measure.
"""

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import time

import run as both
from servers import Server

HERE = os.path.dirname(os.path.abspath(__file__))
CLIENTS = 50
BARS = {"first stages": 15, "first applications": 20, "memory": 4}
WARM_MS = 10


def peak_mib(process):
    """The most memory that a process took at once, in MiB."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    return 0.0


@contextlib.contextmanager
def server(kind, arguments, directory, database=None, options=()):
    """A server that was just started, its port and the time of its start."""
    port = both.free_port()
    if kind == "shh":
        command = [arguments.shh, "serve", "--port", str(port), "--database", database, "--quiet", "--log-directory", directory, *options]
        environment = {}
    else:
        home = both.spark_home(arguments.python)
        command = [os.path.join(home, "bin", "spark-class"), "org.apache.spark.deploy.history.HistoryServer"]
        environment = both.spark_environment(home, port, [directory])
    began = time.perf_counter()
    with both.started(command, os.path.join(arguments.work, f"{kind}.log"), environment) as process:
        yield process, port, began


def wait_listed(port, count):
    """Waits until so many applications are listed; looks more often than the time that is measured is long."""
    def listed():
        try:
            return len(both.listed(port))
        except ValueError:  # Spark's server listens before it has anything but a page to answer with
            return 0

    ends = time.time() + 900
    while listed() < count:
        if time.time() > ends:
            sys.exit(f"error: {count} applications are not listed after 900 s")
        time.sleep(0.005)


def database(arguments, name, directory=None):
    """Where there is no database yet, or that of an ingest."""
    path = os.path.join(arguments.work, f"{name}.duckdb")
    for old in (path, path + ".lock"):
        if os.path.exists(old):
            os.unlink(old)
    if directory:
        subprocess.run([arguments.shh, "ingest", "--quiet", "--database", path, "--log-directory", directory], check=True)
    return path


def warm(port, path, packed, seconds):
    """What 50 clients get that ask for the same again and again."""
    command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds}s", "--timeout", "30s", "-s", os.path.join(HERE, "wrk.lua")]
    if packed:
        command += ["-H", "Accept-Encoding: gzip"]
    out = subprocess.run([*command, f"http://127.0.0.1:{port}{path}"], check=True, capture_output=True, text=True).stdout
    return json.loads(next(line for line in out.splitlines() if line.startswith("RESULT")).split(" ", 1)[1])


class Figures:
    """What was measured, by what it is and by server."""

    def __init__(self):
        self.seconds, self.memory, self.warm = {}, {}, {}

    def took(self, what, kind, seconds):
        self.seconds.setdefault(what, {}).setdefault(kind, []).append(seconds)
        print(f"  {kind}: {what}: {seconds:.3f} s", flush=True)

    def held(self, what, kind, mib):
        self.memory.setdefault(what, {}).setdefault(kind, []).append(mib)
        print(f"  {kind}: most memory {what}: {mib:.0f} MiB", flush=True)

    def load(self, kind, arguments, port, path, note=""):
        for packed in (True, False):
            warm(port, path, packed, 2)
            result = warm(port, path, packed, arguments.seconds)
            what = path.rsplit("/", 1)[-1] + note + (", gzip" if packed else ", plain")
            self.warm.setdefault(what, {})[kind] = result
            size = result["bytes"] / max(result["requests"], 1) / 1024
            print(f"  {kind}: {what}: {result['requests'] / result['seconds']:.0f} answers/s of {size:.1f} KiB, p50 "
                  f"{result['p50']:.1f}, p99 {result['p99']:.1f}, max {result['max']:.1f} ms, {result['errors']} errors", flush=True)


def one_log(kind, arguments, figures, round_):
    with contextlib.ExitStack() as stack:
        ready = database(arguments, "one", arguments.one) if kind == "shh" else None
        process, port, began = stack.enter_context(server(kind, arguments, arguments.one, ready))
        wait_listed(port, 1)
        ask = Server(kind, port)
        base = f"/api/v1/applications/{ask.json('/api/v1/applications')[0]['id']}"
        asked = time.perf_counter()
        status = ask.get(base + "/stages")[0]
        now = time.perf_counter()
        assert status == 200, status
        figures.took("first stages", kind, now - asked)
        figures.took("first stages, counted from the start", kind, now - began)
        figures.held("after the first stages", kind, peak_mib(process))
        if round_ == 0:
            for path in ("/jobs", "/stages", "/executors"):
                figures.load(kind, arguments, port, base + path)
            figures.held("after 50 clients on one application", kind, peak_mib(process))
    if kind == "shh":
        if round_ == 0:
            # Spark's server shows the last 1,000 jobs and stages; ours has shown all until here.
            with server(kind, arguments, arguments.one, ready, ["--spark-retention"]) as (process, port, _):
                wait_listed(port, 1)
                for path in ("/jobs", "/stages"):
                    figures.load(kind, arguments, port, base + path, " as Spark shows")
        name = base.rsplit("/", 1)[-1]
        with server(kind, arguments, arguments.one, database(arguments, "none")) as (process, port, began):
            both.wait_until("shh serve does not listen", lambda: ready_to_listen(port), 60)
            # The log is replayed on demand while the first ingest reads it.
            assert Server(kind, port).get(f"/api/v1/applications/{name}/stages")[0] == 200
            figures.took("first stages, counted from the start, without a database", kind, time.perf_counter() - began)
            wait_listed(port, 1)
            figures.held("after the first stages, without a database", kind, peak_mib(process))


def ready_to_listen(port):
    try:
        return Server("shh", port).get("/health")[0] == 200
    except OSError:
        return False


def many_logs(kind, arguments, figures, round_):
    count = len(os.listdir(arguments.many))
    with server(kind, arguments, arguments.many, database(arguments, "none")) as (process, port, began):
        wait_listed(port, count)
        figures.took("first applications" + (", without a database" if kind == "shh" else ""), kind, time.perf_counter() - began)
        figures.held("after the first applications" + (", without a database" if kind == "shh" else ""), kind, peak_mib(process))
        if kind == "spark" and round_ == 0:
            figures.load(kind, arguments, port, "/api/v1/applications?limit=100")
            figures.held("after 50 clients on applications", kind, peak_mib(process))
    if kind == "shh":
        with server(kind, arguments, arguments.many, database(arguments, "many", arguments.many)) as (process, port, began):
            wait_listed(port, count)
            figures.took("first applications", kind, time.perf_counter() - began)
            figures.held("after the first applications", kind, peak_mib(process))
            if round_ == 0:
                figures.load(kind, arguments, port, "/api/v1/applications?limit=100")
                figures.held("after 50 clients on applications", kind, peak_mib(process))


def verdict(figures):
    """Prints what was measured, medians beside each other, and tells whether the bars hold."""
    holds = True

    def line(what, unit, shh, spark, bar=None):
        nonlocal holds
        said = ""
        if bar:
            good = spark / shh >= bar
            holds &= good
            said = f"  bar {bar}: {'holds' if good else 'MISSED'}"
        print(f"{what:70} shh {shh:9.3f} {unit}  spark {spark:9.3f} {unit}  ratio {spark / shh:6.1f}{said}")

    print()
    for what, by in figures.seconds.items():
        name = what.removesuffix(", without a database")
        other = figures.seconds.get(name, {}).get("spark")
        if "shh" in by and other:
            line(what, "s", statistics.median(by["shh"]), statistics.median(other), BARS.get(what))
    for what, by in figures.memory.items():
        other = figures.memory.get(what.removesuffix(", without a database"), {}).get("spark")
        if "shh" in by and other:
            line("most memory " + what, "MiB", max(by["shh"]), max(other), BARS["memory"])
    for what, by in figures.warm.items():
        result = by.get("shh")
        if not result:
            continue
        good = result["p99"] < WARM_MS and not result["errors"]
        holds &= good
        beside = figures.warm.get(what.replace(" as Spark shows", ""), {}).get("spark", {}).get("p99", float("nan"))
        line(f"p99 of {what}, {CLIENTS} clients", "ms", result["p99"], beside)
        print(f"{'':70} bar {WARM_MS} ms: {'holds' if good else 'MISSED'}")
    return holds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shh", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--python", required=True, help="of the environment with pyspark")
    parser.add_argument("--one")
    parser.add_argument("--many")
    parser.add_argument("--only", choices=["shh", "spark"])
    parser.add_argument("--rounds", type=int, default=3, help="of which the medians are taken")
    parser.add_argument("--seconds", type=int, default=5, help="of load for each path")
    arguments = parser.parse_args()
    if not shutil.which("wrk"):
        sys.exit("error: wrk is missing (apt-get install wrk)")
    os.makedirs(arguments.work, exist_ok=True)
    figures = Figures()
    for directory, measure in ((arguments.one, one_log), (arguments.many, many_logs)):
        if not directory:
            continue
        # Into the page cache, for both alike.
        subprocess.run(["sh", "-c", 'find "$1" -type f -exec cat {} + >/dev/null', "sh", directory], check=True)
        for kind in ("shh", "spark"):
            if arguments.only in (None, kind):
                for round_ in range(arguments.rounds):
                    measure(kind, arguments, figures, round_)
    holds = verdict(figures)
    sys.exit(0 if holds else 1)


if __name__ == "__main__":
    main()
