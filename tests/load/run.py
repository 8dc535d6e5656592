"""Ten minutes of everything at once against `shh serve`, and whether those who behave notice.

    run.py --shh PROGRAM --work FOLDER [--minutes 10] LOGS

Healthy clients, valid requests over new connections, refused ones, noise, slow readers, half-open and reset connections, 500
idle ones, headers of 100 MB, while a log comes every 5 s and is ingested and published. Afterwards:

- no answer that the server does not promise: valid requests have the status that they have on a quiet server, others 4xx
- no stall of more than 100 ms for the healthy clients, less what their own process was kept waiting
- no growth of memory or descriptors
- nobody panicked, and it ends in order
"""

import argparse
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
import json

import healthy
import hostile
import watch

# What a run may add to what was taken after its first quarter: database and lists grow with what is ingested.
MEMORY_SHARE, MEMORY_MIB = 0.10, 24


def say(text):
    print(text, flush=True)


class Run:
    def __init__(self, arguments):
        self.arguments = arguments
        self.checks = []

    def check(self, good, what):
        self.checks.append(bool(good))
        say(f"{'ok  ' if good else 'FAIL'} {what}")

    def start(self):
        work = self.arguments.work
        shutil.rmtree(work, ignore_errors=True)
        self.logs = os.path.join(work, "logs")
        # As it is, without what is damaged: its ids are those of good logs.
        shutil.copytree(self.arguments.logs, self.logs, ignore=shutil.ignore_patterns("damaged"))
        self.said = open(os.path.join(work, "shh.log"), "w+b")
        self.process = subprocess.Popen(
            [self.arguments.shh, "serve", "--port", "0", "--database", os.path.join(work, "fleet.duckdb"), "--log-directory", self.logs,
             "--update-interval", "5s", "--config", os.devnull],
            stdout=subprocess.DEVNULL, stderr=self.said, cwd=work, env={"PATH": os.environ["PATH"], "HOME": work})
        ends = time.time() + 30
        while not (found := re.search(r"listening on http://127\.0\.0\.1:(\d+)", self.text())):
            if self.process.poll() is not None or time.time() > ends:
                sys.exit("error: it does not listen:\n" + self.text())
            time.sleep(0.05)
        self.port = int(found[1])

    def text(self):
        with open(self.said.name, encoding="utf-8", errors="replace") as file:
            return file.read()

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def json(self, path):
        return json.loads(self.get(path)[1])

    def wait_ingested(self):
        ends = time.time() + 60
        while not self.json("/api/v1/applications"):
            if time.time() > ends:
                sys.exit("error: nothing is ingested:\n" + self.text())
            time.sleep(0.2)

    def paths(self):
        """What can be asked for, with the status that it has on a quiet server."""
        root = "/api/v1/applications"
        paths = ["/health", "/metrics", "/api/v1/version", root, root + "?limit=100", root + "?status=running", root + "?minDate=2026-11-23",
                 "/api/v1/openapi.json", "/api/v1/reports", "/api/v1/reports/apps?last=all", "/api/v1/reports/summary", "/api/v1/trends/usage", "/",
                 "/applications", "/jobs", "/quality"]
        for app in self.json(root)[:25]:
            attempt = app["attempts"][0].get("attemptId")
            base = f"{root}/{app['id']}" + (f"/{attempt}" if attempt else "")
            paths += [f"{root}/{app['id']}"] + [f"{base}/{what}" for what in (
                "jobs", "stages", "stages?details=true", "stages?withSummaries=true", "executors", "allexecutors", "environment", "storage/rdd",
                "sql", "sql?details=false", "logs", "streaming/statistics", "allmiscellaneousprocess")]
            for stage in self.json(base + "/stages")[:3]:
                one = f"{base}/stages/{stage['stageId']}"
                paths += [one, f"{one}/{stage['attemptId']}/taskSummary", f"{one}/{stage['attemptId']}/taskList?length=10000"]
        return [(path, self.get(path)[0]) for path in paths]

    def more_logs(self, ends):
        """Another application every 5 s."""
        plain = [name for name in sorted(os.listdir(self.arguments.logs)) if re.fullmatch(r"local-\d+", name)]
        number = 0
        while time.time() < ends - 5:
            name = plain[number % len(plain)]
            number += 1
            with open(os.path.join(self.arguments.logs, name), "rb") as file:
                text = file.read().replace(name.encode(), b"local-9%012d" % number)
            new = os.path.join(self.logs, f"local-9{number:012d}")
            with open(new + ".tmp", "wb") as file:
                file.write(text)
            # As old as a finished log is.
            os.utime(new + ".tmp", (time.time() - 120, time.time() - 120))
            os.rename(new + ".tmp", new)
            time.sleep(5)

    def load(self):
        paths = self.paths()
        good = [(path, status) for path, status in paths if path.split("?")[0].rsplit("/", 1)[-1] != "logs"]
        asked_by_healthy = [(path, status) for path, status in good if status == 200 and "details" not in path]
        say(f"{len(paths)} paths, {len(asked_by_healthy)} of them for the healthy clients; {self.arguments.minutes:g} minutes")
        quiet = watch.sample(self.process.pid)
        ends = time.time() + self.arguments.minutes * 60
        queues = [multiprocessing.Queue(), multiprocessing.Queue()]
        workers = [
            multiprocessing.Process(target=healthy.run, args=(self.port, asked_by_healthy, ends, self.arguments.stall_ms / 1e3, queues[0])),
            multiprocessing.Process(target=hostile.run, args=(self.port, paths, ends, queues[1])),
        ]
        for worker in workers:
            worker.start()
        watching = watch.Watch(self.process.pid, ends)
        watching.start()
        logs = threading.Thread(target=self.more_logs, args=(ends,), daemon=True)
        logs.start()
        results = [queue.get(timeout=self.arguments.minutes * 60 + 180) for queue in queues]
        for worker in workers:
            worker.join()
        self.judge(*results, watching, quiet)

    def judge(self, behaved, others, watching, quiet):
        say(f"healthy: {behaved['requests']} requests, p50 {behaved['p50'] * 1e3:.1f}, p99 {behaved['p99'] * 1e3:.1f}, max {behaved['max'] * 1e3:.1f} ms; "
            f"the clients' own longest wait {behaved['own'] * 1e3:.1f} ms")
        say("others: " + ", ".join(f"{count} {what}" for what, count in sorted(others["done"].items())))
        published = self.text().count("outcome=published")
        for error in (behaved["errors"] + others["errors"])[:20]:
            say(f"     {error}")
        for path, took, own in sorted(behaved["stalls"], key=lambda stall: -stall[1])[:20]:
            say(f"     {took * 1e3:.0f} ms (of which the client's own {own * 1e3:.0f}) {path}")
        self.check(not behaved["errors"], f"{len(behaved['errors'])} wrong answers to healthy clients")
        self.check(not others["errors"], f"{len(others['errors'])} wrong answers to the others")
        self.check(not behaved["stalls"], f"{len(behaved['stalls'])} stalls of more than {self.arguments.stall_ms:.0f} ms"
                   + (f" ({behaved['discounted']} more were the client's own)" if behaved["discounted"] else ""))
        self.check(published > self.arguments.minutes * 60 / 5 * 0.7, f"{published} ingests were published")
        first, last = watching.quarter(1, 0), watching.quarter(3, 0)
        bound = first * (1 + MEMORY_SHARE) + MEMORY_MIB
        self.check(last <= bound, f"memory: {quiet[0]:.0f} MiB before, {first:.0f} in the second quarter, {last:.0f} in the last (at most {bound:.0f}), "
                   f"{watching.most(0):.0f} at most; {watching.most(2)} threads")
        ends = time.time() + 60
        while (now := watch.sample(self.process.pid))[1] > quiet[1] + 2 and time.time() < ends:
            time.sleep(1)
        self.check(now[1] <= quiet[1] + 2, f"descriptors: {quiet[1]} before, {watching.most(1)} at most, {now[1]} afterwards")

    def stop(self):
        health = self.get("/health")
        self.check(health[0] == 200 and json.loads(health[1])["status"] == "ok", "it is in good health")
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(15)
        except subprocess.TimeoutExpired:
            code = "still running"
        self.check(code == 0, f"it ends when told to: {code}")
        bad = [line for line in self.text().splitlines() if "panic" in line or "cannot_open" in line or "outcome=failed" in line]
        for line in bad[:10]:
            say(f"     {line}")
        self.check(not bad, f"{len(bad)} lines of trouble in its log")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shh", required=True)
    parser.add_argument("--work", required=True, help="a folder, which is emptied")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--stall-ms", type=float, default=100, help="what a healthy client may wait at most")
    parser.add_argument("logs", help="testdata/spark-events")
    arguments = parser.parse_args()
    arguments.shh, arguments.work, arguments.logs = map(os.path.abspath, (arguments.shh, arguments.work, arguments.logs))
    run = Run(arguments)
    run.start()
    try:
        run.wait_ingested()
        run.load()
        run.stop()
    finally:
        if run.process.poll() is None:
            run.process.kill()
            run.process.wait()
    bad = run.checks.count(False)
    say(f"{len(run.checks) - bad} checks passed, {bad} failed")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
