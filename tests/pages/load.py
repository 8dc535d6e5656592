"""What fifty browsers wait for, at a database of many applications.

    python load.py --shh PROGRAM --database FILE [--seconds 15]

needs wrk. First each page and answer is asked for once, by one client, just after the server started; then by fifty
clients without a pause, and by fifty who look at each for a second and who open applications that nobody opened before.
Exits 1 where a bar is missed: p99 of pages under 50 ms and of the API under 20 ms, a page under 150 KB packed.
"""

import argparse
import contextlib
import http.client
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from urllib.parse import quote

HERE = os.path.dirname(os.path.abspath(__file__))
CLIENTS = 50
BARS_MS = {"pages": 50, "API": 20}
MOST_PACKED_BYTES = 150_000


@contextlib.contextmanager
def serving(shh, database):
    """`shh serve` on a free port, once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([shh, "serve", "--no-ingest", "--quiet", "--port", str(port), "--database", database])
    try:
        ends = time.monotonic() + 30
        while True:
            with contextlib.suppress(OSError):
                if get(port, "/health")[2] == 200:
                    break
            if process.poll() is not None or time.monotonic() > ends:
                sys.exit("error: shh serve does not answer")
            time.sleep(0.02)
        yield process, port
    finally:
        process.terminate()
        process.wait(30)


def get(port, path, packed=True):
    """(seconds to the first byte, seconds to the last, status, body)"""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    begun = time.perf_counter()
    connection.request("GET", path, headers={"Accept-Encoding": "gzip"} if packed else {})
    answer = connection.getresponse()
    first = time.perf_counter() - begun
    body = answer.read()
    connection.close()
    return first, time.perf_counter() - begun, answer.status, body


def rows(port, path):
    return json.loads(get(port, path, packed=False)[3])["rows"]


def load(port, paths, seconds, pause_ms=0):
    """What wrk measures of fifty clients."""
    with tempfile.NamedTemporaryFile("w", suffix=".paths") as file:
        file.write("".join(f"{path}\n" for path in paths))
        file.flush()
        out = subprocess.run(
            ["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds}s", "--timeout", "30s", "-s", os.path.join(HERE, "browsers.lua"),
             f"http://127.0.0.1:{port}/"],
            env=dict(os.environ, PATHS=file.name, PAUSE_MS=str(pause_ms)), check=True, capture_output=True, text=True).stdout
    return json.loads(next(line for line in out.splitlines() if line.startswith("RESULT")).split(" ", 1)[1])


def memory_mib(process):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmRSS"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shh", required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--seconds", type=int, default=15)
    arguments = parser.parse_args()
    missed = []
    with serving(arguments.shh, arguments.database) as (process, port):
        applications = [row["app_id"] for row in rows(port, "/api/v1/reports/apps?limit=3000")]
        jobs = [row["job"] for row in rows(port, "/api/v1/reports/jobs?limit=20")]
        random.Random(17).shuffle(applications)
        pages = ["/", "/optimize", "/trends", "/applications", "/applications?page=2", "/jobs", "/failures", "/quality"]
        pages += [f"/applications/{quote(name, safe='')}" for name in applications[:12]]
        pages += [f"/jobs/{quote(name, safe='')}" for name in jobs[:6]]
        listed = json.loads(get(port, "/api/v1/openapi.json", packed=False)[3])["paths"]
        api = [path for path in listed
               if path.startswith(("/api/v1/reports/", "/api/v1/trends/", "/api/v1/optimization/", "/api/v1/capacity/"))
               and "{" not in path and get(port, path)[2] == 200]
        print(f"{len(pages)} pages, {len(api)} answers of the API, {len(applications)} other applications; "
              f"{memory_mib(process)} MiB at the start")
        firsts = []
        for path in pages:
            first, _, status, body = get(port, path)
            if status != 200:
                sys.exit(f"{path}: {status}")
            firsts.append(first * 1e3)
            if len(body) > MOST_PACKED_BYTES:
                missed.append(f"{path} takes {len(body)} bytes packed")
        print(f"pages the first time, one client: median {statistics.median(firsts):.1f} ms, most {max(firsts):.1f} ms to the first byte")
        firsts = [get(port, path)[0] * 1e3 for path in pages]
        print(f"pages again, one client: median {statistics.median(firsts):.1f} ms, most {max(firsts):.1f} ms")
        for what, paths in (("pages", pages), ("API", api)):
            load(port, paths, 2)
            result = load(port, paths, arguments.seconds)
            print(f"{what}, {CLIENTS} clients without a pause: {result['requests'] / result['seconds']:.0f} a second, p50 "
                  f"{result['p50']:.1f}, p99 {result['p99']:.1f}, max {result['max']:.1f} ms, {result['errors']} errors")
            if result["p99"] >= BARS_MS[what] or result["errors"]:
                missed.append(f"{what}: p99 {result['p99']:.1f} ms, {result['errors']} errors")
        others = [f"/applications/{quote(name, safe='')}" for name in applications[12:]]
        mixed = [path for place, other in enumerate(others) for path in (*random.Random(place).sample(pages, 9), other)]
        result = load(port, mixed, 2 * arguments.seconds, pause_ms=1000)
        print(f"{CLIENTS} who look for a second, one page in ten new: {result['requests'] / result['seconds']:.0f} a second, p50 "
              f"{result['p50']:.1f}, p99 {result['p99']:.1f}, max {result['max']:.1f} ms, {result['errors']} errors; "
              f"{memory_mib(process)} MiB")
    for text in missed:
        print(f"MISSED: {text}")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
