"""What reading from another machine costs: seconds, CPU seconds and memory, beside the same logs on a disk.

    python measure.py --shh PROGRAM --dir WORK --weed WEED --toxiproxy PROGRAM --classpath FILE --logs DIRECTORY

DIRECTORY holds the logs, best those of tests/bench. Servers and program share the machine's cores, so that CPU seconds of
the program alone say more than seconds, and both are measured once more with a core each. `--logs none` only measures memory.
"""
import argparse
import contextlib
import os
import subprocess
import threading
import time

import servers
from fake_s3 import FakeS3
from stage import Stage

GIB = 1 << 30
# Just too small to be read by several threads together.
ALONE = 30 << 20


def timed(stage, *arguments, environment=None, seconds=None, core=None):
    """Runs the program: seconds, CPU seconds, MiB at most, what it said. `core`: the only one that it may use."""
    database = stage.database()
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "HADOOP_", "KRB5", "SHH_"))}
    begun = time.monotonic()
    process = subprocess.Popen([stage.shh, "ingest", "-v", "--database", database, *arguments],
                               env=dict(keep, **(environment or {})), stderr=subprocess.PIPE, text=True)
    if core is not None:
        pin(process.pid, core)
    peak = Peak(process.pid)
    timer = threading.Timer(seconds, process.kill) if seconds else None
    if timer:
        timer.start()
    err = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if timer:
        timer.cancel()
    elif process.returncode != 0:
        raise SystemExit(f"exit status {process.returncode}: {err[-2000:]}")
    last = "\n    ".join(err.splitlines()[-3:])
    return time.monotonic() - begun, usage.ru_utime + usage.ru_stime, peak.mib, last


class Peak(threading.Thread):
    """The most memory that a process has had. What `wait4` says begins with the memory of who started it."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.path, self.mib = f"/proc/{pid}/status", 0
        self.start()

    def run(self):
        try:
            while True:
                with open(self.path) as file:
                    self.mib = next(int(line.split()[1]) // 1024 for line in file if line.startswith("VmHWM"))
                time.sleep(0.02)
        except (OSError, StopIteration):
            pass  # it has ended


def pin(pid, core):
    """Lets a process run on one core only, with all its threads."""
    for thread in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(ProcessLookupError):  # it has ended meanwhile
            os.sched_setaffinity(int(thread), {core})


def cpu_seconds(server):
    """What a server has taken so far."""
    with open(f"/proc/{server.process.pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def best(stage, runs, *arguments, server=None, **options):
    """The quickest of some runs, with the CPU seconds of the server meanwhile."""
    def one():
        before = cpu_seconds(server) if server else 0.0
        run = timed(stage, *arguments, **options)
        return *run, cpu_seconds(server) - before if server else 0.0
    return min((one() for _ in range(runs)), key=lambda run: run[0])


def tell(what, run, local=None):
    text = f"{what}: {run[0]:.2f} s, {run[1]:.2f} CPU s, {run[2]} MiB"
    if local:
        text += (f"; throughput {100 * local[0] / run[0]:.0f} % of local, CPU {run[1] / local[1]:.2f} of local; "
                 f"the server took {run[4]:.2f} CPU s")
    print(f"{text}\n    {run[3]}", flush=True)


def memory(stage):
    """Objects of 1 GB, many threads: stopped after a minute, when as much is under way as ever will be. They are read one
    after the other by all threads together; the largest that each thread reads on its own come second."""
    fake = FakeS3(os.devnull)
    try:
        directory = stage.big()
        (name,) = os.listdir(directory)
        with open(os.path.join(directory, name), "rb") as log:
            content = log.read()
        lines = content.splitlines(keepends=True)
        middle = b"".join(lines[20:-20])
        whole = b"".join(lines[:20]) + middle * (GIB // len(middle)) + b"".join(lines[-20:])
        fake.store.objects = {f"huge/application_1700000000000_{number:05d}": whole for number in range(32)}
        for threads in (os.cpu_count(), 32):
            run = timed(stage, "-l", "s3://plain/huge", "--threads", str(threads), environment=stage.of_s3(fake.endpoint), seconds=60)
            tell(f"32 objects of 1 GB, {threads} threads, the first minute", run)
        least = b"".join(lines[:20]) + middle * (ALONE // len(middle)) + b"".join(lines[-20:])
        fake.store.objects = {f"huge/application_1700000000000_{number:05d}": least for number in range(128)}
        run = timed(stage, "-l", "s3://plain/huge", "--threads", "32", environment=stage.of_s3(fake.endpoint))
        tell(f"128 objects of {len(least) >> 20} MiB, 32 threads", run)
    finally:
        fake.stop()


def main():
    parser = argparse.ArgumentParser()
    for name in ("shh", "dir", "weed", "toxiproxy", "classpath", "logs"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--runs", type=int, default=2)
    parsed = parser.parse_args()
    stage = Stage(parsed)
    try:
        if parsed.logs == "none":
            return memory(stage)
        local = best(stage, parsed.runs, "-l", parsed.logs)
        tell("local", local)
        # Much memory, so that the garbage collector of the server is not what is measured.
        stage.once("s3", lambda: servers.Seaweed(parsed.weed, stage.path("s3"), memory="4GiB"))
        stage.s3().upload(parsed.logs, "logs", "measured/")
        environment = stage.of_s3()
        tell("S3", best(stage, parsed.runs, "-l", "s3://logs/measured", server=stage.s3(), environment=environment), local)
        apart = best(stage, parsed.runs, "-l", parsed.logs, "--threads", "1", core=0)
        tell("local, on one core", apart)
        pin(stage.s3().process.pid, 1)
        tell("S3, on one core, the server on the other", best(stage, parsed.runs, "-l", "s3://logs/measured", "--threads", "1",
             server=stage.s3(), environment=environment, core=0), apart)
        stage.running.pop("s3").stop()
        cluster = stage.hdfs()
        cluster.put(parsed.logs, "/measured")
        place = f"{cluster.url}/measured"
        tell("HDFS", best(stage, parsed.runs, "-l", place, server=cluster), local)
        pin(cluster.process.pid, 1)
        tell("HDFS, on one core, the server on the other",
             best(stage, parsed.runs, "-l", place, "--threads", "1", server=cluster, core=0), apart)
    finally:
        stage.stop()


if __name__ == "__main__":
    main()
