"""How fast and how large both servers are, one after the other on the same logs. Prints figures; fails nothing.

--one    directory with one large log: the time of the first `stages`, and the most memory that was taken
--many   directory with thousands of logs: the time from start to the first complete `applications`
"""

import argparse
import asyncio
import contextlib
import os
import statistics
import time

import run as both
from servers import Server


def peak_mib(process):
    """The most memory that a process and its children took at once, in MiB."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    return 0.0


@contextlib.contextmanager
def server(kind, arguments, directories, database=None):
    """A server that listens, whether or not it lists anything yet."""
    port = both.free_port()
    if kind == "shh":
        command = [arguments.shh, "serve", "--port", str(port), "--database", database, "--quiet"]
        for directory in directories:
            command += ["--log-directory", directory]
        environment = {}
    else:
        home = both.spark_home(arguments.python)
        command = [os.path.join(home, "bin", "spark-class"), "org.apache.spark.deploy.history.HistoryServer"]
        environment = both.spark_environment(home, port, directories)
    with both.started(command, os.path.join(arguments.work, f"{kind}.log"), environment) as process:
        yield process, port


def seconds_until_listed(port, count):
    started = time.perf_counter()
    both.wait_until(f"{count} applications are not listed", lambda: len(both.listed(port)) >= count, 900)
    return time.perf_counter() - started


async def latencies(port, path, clients, requests):
    """Milliseconds of `requests` requests of each of `clients` clients at the same time."""
    times = []

    async def client():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(requests):
            started = time.perf_counter()
            writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")),
                None,
            )
            if length is None:
                while (size := int(await reader.readline(), 16)) > 0:
                    await reader.readexactly(size + 2)
                await reader.readline()
            else:
                await reader.readexactly(length)
            times.append((time.perf_counter() - started) * 1e3)
        writer.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    return times


def one_log(kind, arguments):
    database = os.path.join(arguments.work, "one.duckdb")
    with server(kind, arguments, [arguments.one], database) as (process, port):
        seconds_until_listed(port, 1)
        ask = Server(kind, port)
        base = f"/api/v1/applications/{ask.json('/api/v1/applications')[0]['id']}"
        started = time.perf_counter()
        stages = ask.json(base + "/stages")
        first = time.perf_counter() - started
        print(f"{kind}: first stages ({len(stages)}) {first:.2f} s, most memory {peak_mib(process):.0f} MiB", flush=True)
        if kind == "shh":
            for path in ("/api/v1/applications?limit=100", base + "/jobs", base + "/executors"):
                asyncio.run(latencies(port, path, 50, 4))
                times = sorted(asyncio.run(latencies(port, path, 50, 40)))
                print(
                    f"{kind}: {path.rsplit('/', 1)[-1]} at 50 clients: median {statistics.median(times):.1f} ms, "
                    f"p99 {times[len(times) * 99 // 100]:.1f} ms",
                    flush=True,
                )


def many_logs(kind, arguments):
    count = len(os.listdir(arguments.many))
    database = os.path.join(arguments.work, "many.duckdb")
    if kind == "shh":
        with server(kind, arguments, [arguments.many], database) as (_, port):
            print(f"{kind}: reads {count} logs for the first time in {seconds_until_listed(port, count):.2f} s", flush=True)
    with server(kind, arguments, [arguments.many], database) as (process, port):
        seconds = seconds_until_listed(port, count)
        print(f"{kind}: {count} applications listed {seconds:.2f} s after start, {peak_mib(process):.0f} MiB", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--shh", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--python", required=True, help="of the environment with pyspark")
    parser.add_argument("--one")
    parser.add_argument("--many")
    parser.add_argument("--only", choices=["shh", "spark"])
    arguments = parser.parse_args()
    os.makedirs(arguments.work, exist_ok=True)
    for kind in ("shh", "spark"):
        if arguments.only in (None, kind):
            if arguments.one:
                one_log(kind, arguments)
            if arguments.many:
                many_logs(kind, arguments)


if __name__ == "__main__":
    main()
