#!/usr/bin/env python3
"""Makes the event logs of `testdata/spark-events` with real Spark.

    python3 testdata/generate.py --python-43 VENV/bin/python --python-35 VENV/bin/python

Without the two options it makes the virtual environments itself with pip. Needs Java 17.
The applications are in `workloads.py`; here is what starts them, edits and damages
copies by hand, checks the result and writes the table in `README.md`.
"""

import argparse
import collections
import concurrent.futures
import gzip
import json
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import sys
import time

from workloads import APPS

HERE = pathlib.Path(__file__).resolve().parent
VERSIONS = {"4.3": "4.3.0", "3.5": "3.5.3"}
LIMIT = 8 * 1024 * 1024
KERNEL = "6.12.41-1-amd64"  # written as `os.version`, in the place of the name of the machine's own
FORBIDDEN = [b"/work" + b"/", b"/root" + b"/", b"/.lib" + b"rary", os.uname().release.encode()]


# --- running Spark -----------------------------------------------------------


class Runtime:
    """One Spark version, seen through neutral paths, because event logs contain paths."""

    def __init__(self, version, python, stage):
        self.stage = stage
        site = subprocess.check_output(
            [python, "-c", "import pyspark; print(pyspark.__path__[0])"], text=True
        ).strip()
        self.home = stage / ("spark-" + VERSIONS[version])
        venv = stage / ("python-" + VERSIONS[version])
        self.home.mkdir(parents=True, exist_ok=True)
        for child in pathlib.Path(site).iterdir():
            link = self.home / child.name
            if child.name != "work" and not link.exists():
                link.symlink_to(child)
        if venv.is_symlink():
            venv.unlink()
        venv.symlink_to(pathlib.Path(python).absolute().parent.parent)
        self.python = str(venv / "bin" / "python")

    def environment(self, user):
        keep = {key: os.environ[key] for key in ("JAVA_HOME", "LANG") if key in os.environ}
        return {
            **keep,
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": "/home/spark",
            "USER": user,
            "SPARK_USER": user,
            "SPARK_HOME": str(self.home),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_HOSTNAME": "127.0.0.1",
            "SPARK_SUBMIT_OPTS": "-Duser.home=/home/spark -Dos.version=%s -Duser.name=%s" % (KERNEL, user),
            # cheap to start rather than fast: the applications are tiny
            "JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
            "PYSPARK_PYTHON": self.python,
            "PYSPARK_DRIVER_PYTHON": self.python,
            "PYTHONDONTWRITEBYTECODE": "1",
            "TZ": "UTC",
        }

    def start(self, arguments, output, **variables):
        """Starts a Spark server class in a process of its own."""
        environment = dict(self.environment("spark"), **variables)
        return subprocess.Popen(
            [str(self.home / "bin" / "spark-class"), *arguments],
            env=environment,
            cwd=self.stage / "cwd",
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def make_environment(cache, version):
    python = cache / ("pyspark-" + VERSIONS[version]) / "bin" / "python"
    if not python.exists():
        subprocess.check_call([sys.executable, "-m", "venv", str(python.parent.parent)])
        subprocess.check_call([str(python), "-m", "pip", "install", "-q", "pyspark==" + VERSIONS[version]])
    return str(python)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def stop(process):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class StandaloneCluster:
    """A master and two workers on two loopback addresses: speculation wants two hosts."""

    def __init__(self, runtime):
        self.port = free_port()
        self.master = "spark://127.0.0.1:%d" % self.port
        log = open(runtime.stage / "standalone.out", "wb")
        package = "org.apache.spark.deploy."
        self.processes = [
            runtime.start(
                [package + "master.Master", "--host", "127.0.0.1", "--port", str(self.port), "--webui-port", "0"], log
            )
        ]
        time.sleep(5)
        for host in ("127.0.0.1", "127.0.0.2"):
            self.processes.append(
                runtime.start(
                    [package + "worker.Worker", "--host", host, "--cores", "1", "--memory", "1g",
                     "--webui-port", "0", self.master],
                    log, SPARK_LOCAL_IP=host, SPARK_LOCAL_HOSTNAME=host,
                )
            )

    def close(self):
        for process in reversed(self.processes):
            stop(process)


def groups(keys):
    """Applications that share a driver: same Spark, kind of master and user."""
    found = collections.defaultdict(list)
    for key in keys:
        spec = APPS[key]
        alone = key if spec.dies else ""
        found[spec.spark, spec.master.split("[")[0], spec.user, alone].append(key)
    return sorted(found.values(), key=len, reverse=True)


def run_group(runtimes, stage, keys):
    spec = APPS[keys[0]]
    runtime = runtimes[spec.spark]
    cluster = StandaloneCluster(runtime) if spec.master == "standalone" else None
    try:
        with open(stage / "out" / (keys[0] + ".out"), "wb") as output:
            code = subprocess.call(
                [runtime.python, str(stage / "jobs" / "workloads.py"), str(stage / "logs"),
                 cluster.master if cluster else "-", *keys],
                env=runtime.environment(spec.user), cwd=stage / "cwd",
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, timeout=3600,
            )
    finally:
        if cluster:
            cluster.close()
    print("group", spec.spark, spec.master, spec.user, keys, "exit", code, flush=True)
    return code


def log_of(stage, key):
    """The one log that an application wrote."""
    directory = stage / "logs" / key
    found = [path for path in directory.glob("*") if not path.name.startswith(".")]
    if len(found) != 1:
        raise SystemExit("%s: expected one log, found %s" % (key, found))
    names = [found[0].name, *(path.name for path in found[0].glob("appstatus_*"))]
    if any(name.endswith(".inprogress") for name in names) != APPS[key].dies:
        raise SystemExit("%s: not finished" % key)
    return found[0]


def compact(runtime, stage, key):
    """Lets the real history server compact a rolling log."""
    directory = stage / "logs" / key
    port = free_port()
    options = {
        "spark.history.fs.logDirectory": "file://%s" % directory,
        "spark.history.ui.port": port,
        "spark.history.fs.update.interval": "5s",
        "spark.history.fs.eventLog.rolling.maxFilesToRetain": 1,
        "spark.history.fs.eventLog.rolling.compaction.score.threshold": 0.1,
    }
    with open(stage / "out" / "history.out", "wb") as output:
        server = runtime.start(
            ["org.apache.spark.deploy.history.HistoryServer"], output,
            SPARK_DAEMON_MEMORY="512m",
            SPARK_HISTORY_OPTS=" ".join("-D%s=%s" % item for item in options.items()),
        )
        try:
            for _ in range(90):
                time.sleep(1)
                names = [path.name for path in log_of(stage, key).iterdir()]
                if any(name.endswith(".compact") for name in names) and not any(
                    name.endswith(".compact.inprogress") for name in names
                ):
                    time.sleep(6)  # the merged files are deleted afterwards
                    return
            raise SystemExit("the history server did not compact: %s" % names)
        finally:
            stop(server)


# --- reading logs ------------------------------------------------------------


def unzstd(data):
    return subprocess.run(["zstd", "-dc"], input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def unlz4_block(data, size):
    out, at = bytearray(), 0
    while at < len(data):
        token, at = data[at], at + 1
        length = token >> 4
        if length == 15:
            while True:
                more, at = data[at], at + 1
                length += more
                if more != 255:
                    break
        out += data[at : at + length]
        at += length
        if at >= len(data):
            break
        offset, at = data[at] | data[at + 1] << 8, at + 2
        length = token & 15
        if length == 15:
            while True:
                more, at = data[at], at + 1
                length += more
                if more != 255:
                    break
        for _ in range(length + 4):
            out.append(out[-offset])
    assert len(out) == size, "lz4 block length"
    return bytes(out)


def lz4_blocks(data):
    """(position of the payload, packed length, plain length, method) of every block."""
    at = 0
    while at < len(data):
        assert data[at : at + 8] == b"LZ4Block", "lz4 magic"
        packed, plain = struct.unpack_from("<II", data, at + 9)
        yield at + 21, packed, plain, data[at + 8] & 0xF0
        at += 21 + packed


def unlz4(data):
    return b"".join(
        data[at : at + packed] if method == 0x10 else unlz4_block(data[at : at + packed], plain)
        for at, packed, plain, method in lz4_blocks(data)
    )


def unsnappy_block(data):
    at = shift = size = 0
    while True:
        byte, at = data[at], at + 1
        size |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            break
    out = bytearray()
    while at < len(data):
        tag, at = data[at], at + 1
        if tag & 3 == 0:
            length = tag >> 2
            if length >= 60:
                extra = length - 59
                length, at = int.from_bytes(data[at : at + extra], "little"), at + extra
            out += data[at : at + length + 1]
            at += length + 1
            continue
        if tag & 3 == 1:
            length, offset, at = (tag >> 2 & 7) + 4, (tag >> 5) << 8 | data[at], at + 1
        else:
            width = 2 if tag & 3 == 2 else 4
            length, offset, at = (tag >> 2) + 1, int.from_bytes(data[at : at + width], "little"), at + width
        for _ in range(length):
            out.append(out[-offset])
    assert len(out) == size, "snappy block length"
    return bytes(out)


def unsnappy(data):
    out, at = [], 0
    while at + 4 <= len(data):
        if data[at : at + 4] == b"\x82SNA":
            at += 16
            continue
        (length,) = struct.unpack_from(">i", data, at)
        out.append(unsnappy_block(data[at + 4 : at + 4 + length]))
        at += 4 + length
    return b"".join(out)


def unlzf(data):
    result, at = [], 0
    while at < len(data):
        kind, length = data[at + 2], struct.unpack_from(">H", data, at + 3)[0]
        if kind == 0:
            result.append(data[at + 5 : at + 5 + length])
            at += 5 + length
            continue
        chunk, out, here = data[at + 7 : at + 7 + length], bytearray(), 0
        while here < len(chunk):
            control, here = chunk[here], here + 1
            if control < 32:
                out += chunk[here : here + control + 1]
                here += control + 1
                continue
            size = control >> 5
            if size == 7:
                size, here = size + chunk[here], here + 1
            offset, here = (control & 31) << 8 | chunk[here], here + 1
            for _ in range(size + 2):
                out.append(out[-offset - 1])
        result.append(bytes(out))
        at += 7 + length
    return b"".join(result)


def decode(data):
    """Plain text of a log file, by its magic bytes."""
    for magic, decoder in (
        (b"\x28\xb5\x2f\xfd", unzstd),
        (b"LZ4Block", unlz4),
        (b"\x82SNAPPY\0", unsnappy),
        (b"ZV", unlzf),
        (b"\x1f\x8b", gzip.decompress),
    ):
        if data.startswith(magic):
            return decoder(data)
    return data


def event_files(log):
    """Files of one log in order; of a compacted one only those that count."""
    if log.is_file():
        return [log]
    files = sorted(
        (path for path in log.iterdir() if path.name.startswith("events_")),
        key=lambda path: (int(path.name.split("_")[1]), path.name.endswith(".compact")),
    )
    compacts = [at for at, path in enumerate(files) if path.name.endswith(".compact")]
    return files[compacts[-1] :] if compacts else files


def events(log):
    for path in event_files(log):
        for line in decode(path.read_bytes()).split(b"\n"):
            if line:
                try:
                    yield json.loads(line)
                except ValueError:
                    yield {"Event": "not JSON"}


# --- edits by hand -----------------------------------------------------------


def redacted_to_clear(text, conf):
    """What an old Spark wrote, which did not redact."""
    for key, value in conf.items():
        text = re.sub(r'("%s":)"\*+\(redacted\)"' % re.escape(key), lambda m: m[1] + json.dumps(value), text)
    return text


def set_attempt(text, old_id, new_id, attempt):
    start = '"User":"svc-etl"'
    return text.replace(old_id, new_id).replace(start, '%s,"App Attempt ID":"%d"' % (start, attempt), 1)


def without_tail(data, count):
    return data[:-count]


def collect(stage, out):
    """Puts every log in its place, edits included. Returns key -> path."""
    place = {}
    for key, spec in APPS.items():
        try:
            source = log_of(stage, key)
        except SystemExit as error:
            print("LEFT OUT", error)
            continue
        target = out / spec.dest / source.name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns(".*"))
        else:
            shutil.copyfile(source, target)
        place[key] = target

    def rewrite(key, name, data):
        place[key].unlink()
        place[key] = place[key].with_name(name)
        place[key].write_bytes(data)

    if path := place.get("fx_rates_gzip"):
        rewrite("fx_rates_gzip", path.name + ".gz", gzip.compress(path.read_bytes(), mtime=0))

    if path := place.get("crm_export_legacy"):
        rewrite("crm_export_legacy", path.name,
                redacted_to_clear(path.read_text(), APPS["crm_export_legacy"].conf).encode())

    attempts = [place[key] for key in ("invoice_batch_1", "invoice_batch_2") if key in place]
    for number, path in enumerate(attempts, 1):
        app_id = attempts[0].name
        rewrite("invoice_batch_%d" % number, "%s_%d" % (app_id, number),
                set_attempt(path.read_text(), path.name, app_id, number).encode())

    if path := place.get("geo_backfill"):
        rewrite("geo_backfill", path.name, without_tail(path.read_bytes(), 41))
    if path := place.get("stream_ingest"):
        last = event_files(path)[-1]
        last.write_bytes(without_tail(last.read_bytes(), 19))
    return place


def damage(place, out):
    """Damaged and foreign files, made from good logs."""
    wanted = ("daily_sales_14", "daily_sales_15", "fx_rates_plain", "fx_rates_lz4", "clickstream_sessions")
    if any(key not in place for key in wanted):
        return []
    bad = out / "damaged"
    bad.mkdir()
    rows = []

    def put(name, data, shows):
        path = bad / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        rows.append((name.split("/")[0] + ("/" if "/" in name else ""), shows))

    data = place["daily_sales_14"].read_bytes()
    put("cut-" + place["daily_sales_14"].name, data[: len(data) // 2],
        "copy of a finished zstd log, cut in the middle of the file")

    lines = place["fx_rates_plain"].read_bytes().split(b"\n")
    middle = len(lines) // 2
    garbage = bytes((index * 73 + 129) % 256 for index in range(300)).replace(b"\n", b"\0")
    put("garbage-line-" + place["fx_rates_plain"].name, b"\n".join(lines[:middle] + [garbage] + lines[middle:]),
        "copy of a finished plain log with a line of binary garbage put in the middle (no event lost)")
    half = lines[middle][: len(lines[middle]) // 2]
    put("half-line-" + place["fx_rates_plain"].name, b"\n".join(lines[:middle] + [half] + lines[middle + 1 :]),
        "copy of a finished plain log whose middle line is cut in half (one event lost)")

    data = bytearray(place["fx_rates_lz4"].read_bytes())
    blocks = [block for block in lz4_blocks(bytes(data)) if block[1] > 0]
    at, packed, _, _ = blocks[len(blocks) // 2]
    data[at + packed - 1] ^= 0x55  # a literal, as the last bytes of every block are: it decodes, to something else
    put("flipped-" + place["fx_rates_lz4"].name, bytes(data),
        "copy of a finished lz4 log, one byte flipped inside block %d of %d (its checksum fails)"
        % (len(blocks) // 2 + 1, len(blocks)))

    source = place["clickstream_sessions"]
    files = event_files(source)
    missing = files[1].name
    for path in source.iterdir():
        if path.name != missing:
            put("gap/%s/%s" % (source.name, path.name), path.read_bytes(), "")
    rows = [row for row in rows if row[1]]
    rows.append(("gap/%s/" % source.name, "copy of a rolling log without its file of index 2"))

    put("local-1700000000000", b"", "an empty file")
    put(".local-1700000000001", place["daily_sales_15"].read_bytes(), "a good log with a leading dot: no log")
    put(".local-1700000000002.crc", b"crc\0\0\0\2\0", "a checksum file as Hadoop's local file system leaves it")
    put("_temporary/0/part-00000", b"42,17\n43,11\n", "a foreign directory")
    put("README.txt", b"Event logs of the old cluster. Do not delete before 2027.\nAsk the platform team.\n",
        "a foreign text file")
    put("local-1700000000003", b'"key","value"\n' + b"".join(b"%d,%d\n" % (n, n * n) for n in range(200)),
        "named like a log, but not JSON at all")
    return rows


# --- checks ------------------------------------------------------------------


def reasons(found):
    return collections.Counter(
        event["Task End Reason"]["Reason"] for event in found if event["Event"] == "SparkListenerTaskEnd"
    )


def metric(found, *path):
    total = 0
    for event in found:
        value = event
        for name in path:
            value = (value or {}).get(name)
        total += value or 0
    return total


def of(found, name):
    return [event for event in found if event["Event"].split(".")[-1] == name]


def job_results(found):
    return [event["Job Result"]["Result"] for event in of(found, "SparkListenerJobEnd")]


def properties(found):
    return of(found, "SparkListenerEnvironmentUpdate")[0]["Spark Properties"]


def started(found):
    return of(found, "SparkListenerApplicationStart")[0]


def ended(found):
    return bool(of(found, "SparkListenerApplicationEnd"))


def text(found):
    return json.dumps(found)


def peaks(found):
    return sum(sum(event["Executor Metrics"].values()) for event in of(found, "SparkListenerStageExecutorMetrics"))


def removed(found):
    return [event["Removed Reason"] for event in of(found, "SparkListenerExecutorRemoved")]


CHECKS = {
    "etl_orders": {
        "AQE updates": lambda e: of(e, "SparkListenerSQLAdaptiveExecutionUpdate"),
        "skewed partition": lambda e: "skew=true" in text(e),
        "job group": lambda e: "nightly-load" in text(e),
        "tags": lambda e: "tier-1" in text(e),
        "queue": lambda e: properties(e)["spark.yarn.queue"] == "etl",
    },
    "feature_store_build": {
        "block updates": lambda e: of(e, "SparkListenerBlockUpdated"),
        "unpersist": lambda e: of(e, "SparkListenerUnpersistRDD"),
        "Python UDF": lambda e: "BatchEvalPython" in text(e),
    },
    "orders_sort_export": {
        "memory spilled": lambda e: metric(e, "Task Metrics", "Memory Bytes Spilled"),
        "disk spilled": lambda e: metric(e, "Task Metrics", "Disk Bytes Spilled"),
        "stage peaks": peaks,
    },
    "inventory_reconcile": {
        "a failed job, not the last": lambda e: "JobFailed" in job_results(e) and job_results(e)[-1] == "JobSucceeded"
    },
    "ledger_close": {"last job failed": lambda e: job_results(e)[-1] == "JobFailed"},
    "fraud_rules_sql": {
        "errorMessage": lambda e: any(x.get("errorMessage") for x in of(e, "SparkListenerSQLExecutionEnd"))
    },
    "crm_export": {"redacted": lambda e: "(redacted)" in text(e) and "hunter2" not in text(e)},
    "crm_export_legacy": {"clear text": lambda e: text(e).count("hunter2") >= 5},
    "embedding_train": {"barrier": lambda e: "Barrier" in text(e) or "barrier" in text(e)},
    "geo_backfill": {"not ended": lambda e: not ended(e), "tail cut": lambda e: e[-1]["Event"] == "not JSON"},
    "stream_ingest": {"not ended": lambda e: not ended(e)},
    "clickstream_compacted": {"jobs dropped": lambda e: len(of(e, "SparkListenerJobStart")) < 12},
    "ad_hoc_notebook": {
        "executors added": lambda e: len(of(e, "SparkListenerExecutorAdded")) > 2,
        "removed while idle": lambda e: len(removed(e)) > 2,
    },
    "churn_features": {
        "stage peaks": peaks,
        "skew": lambda e: max(x["Task Metrics"]["Executor Run Time"] for x in of(e, "SparkListenerTaskEnd")) > 4000,
    },
    "payments_import": {"4 failed tasks": lambda e: reasons(e)["ExceptionFailure"] == 4 and job_results(e) == ["JobSucceeded"]},
    "session_rollup": {
        "lost executor": lambda e: reasons(e)["ExecutorLostFailure"] and removed(e),
        "replaced": lambda e: len(of(e, "SparkListenerExecutorAdded")) > 2,
    },
    "model_scoring": {"second profile": lambda e: len(of(e, "SparkListenerResourceProfileAdded")) > 1},
    "gang_training": {"stage attempt 1": lambda e: any(x["Stage Info"]["Stage Attempt ID"] for x in of(e, "SparkListenerStageCompleted"))},
    "gang_training_failed": {"job failed": lambda e: job_results(e) == ["JobFailed"]},
    "invoice_batch_1": {"attempt": lambda e: started(e)["App Attempt ID"] == "1", "failed": lambda e: job_results(e)[-1] == "JobFailed"},
    "invoice_batch_2": {"attempt": lambda e: started(e)["App Attempt ID"] == "2", "good": lambda e: job_results(e)[-1] == "JobSucceeded"},
    "search_index_build": {
        "speculative": lambda e: any(x["Task Info"]["Speculative"] for x in of(e, "SparkListenerTaskStart")),
        "killed losers": lambda e: reasons(e)["TaskKilled"],
    },
    "weekly_kpi_sql": {"Python UDF": lambda e: "BatchEvalPython" in text(e)},
    "clinic_dedupe": {"redacted": lambda e: "(redacted)" in text(e) and "hunter2" not in text(e)},
    "shipment_tracking": {"failed": lambda e: reasons(e)["ExceptionFailure"] > 4 and job_results(e)[-1] == "JobFailed"},
    "price_scrape": {"removed": removed, "stage peaks": peaks},
    "route_planner": {"lost executor": lambda e: reasons(e)["ExecutorLostFailure"] and removed(e)},
}


def check(place, out):
    """Decodes everything, counts, looks for every feature; returns the number of faults."""
    faults = 0
    for key, path in place.items():
        found = list(events(path))
        marks = []
        for name, test in CHECKS.get(key, {}).items():
            try:
                good = bool(test(found))
            except (KeyError, IndexError, TypeError) as error:
                good, name = False, "%s (%r)" % (name, error)
            marks.append(("ok " if good else "MISSING ") + name)
            faults += not good
        if not APPS[key].dies and not ended(found):
            marks.append("MISSING end")
            faults += 1
        print("%-24s %5d events, %d files, %7d bytes, tasks %s; %s" % (
            key, len(found), len(event_files(path)), size_of(path), dict(reasons(found)), ", ".join(marks)))
    for path in sorted(out.rglob("*")):
        if path.is_file():
            raw = path.read_bytes()
            try:
                plain = decode(raw)
            except Exception:
                plain = b""
            for word in FORBIDDEN:
                if word in plain or word in raw:
                    at = plain.find(word)
                    print("MACHINE", path, word, plain[max(0, at - 80) : at + 60])
                    faults += 1
    total = size_of(out)
    print("total", total, "bytes in", sum(1 for path in out.rglob("*") if path.is_file()), "files; faults:", faults)
    return faults + (total > LIMIT)


def size_of(path):
    return path.stat().st_size if path.is_file() else sum(p.stat().st_size for p in path.rglob("*") if p.is_file())


# --- README ------------------------------------------------------------------

EDITS = {
    "fx_rates_gzip": "compressed with gzip (Spark never does)",
    "crm_export_legacy": "the redacted values put back in clear text, as a Spark that did not redact",
    "invoice_batch_1": "`App Attempt ID` 1 added, file renamed `<id>_1`",
    "invoice_batch_2": "id replaced by that of attempt 1 everywhere, `App Attempt ID` 2 added, file renamed `<id>_2`",
    "geo_backfill": "last 41 bytes cut off",
    "stream_ingest": "last 19 bytes of the zstd file cut off, inside the last frame (what decodes ends on a whole line)",
}


def write_readme(place, rows, out):
    lines = ["| log | application | Spark, master | bytes | shows | edited by hand |", "|---|---|---|---:|---|---|"]
    for key, path in place.items():
        spec = APPS[key]
        name = str(path.relative_to(out)) + ("/" if path.is_dir() else "")
        lines.append("| `%s` | %s | %s, `%s` | %d | %s | %s |" % (
            name, spec.name, VERSIONS[spec.spark], spec.master, size_of(path), spec.shows, EDITS.get(key, "no")))
    lines += ["", "Under `damaged/`, all made by the script:", "", "| file | what it is |", "|---|---|"]
    lines += ["| `%s` | %s |" % row for row in rows]
    readme = HERE / "README.md"
    begin, end = "<!-- logs: begin -->\n", "<!-- logs: end -->"
    old = readme.read_text()
    head, rest = old.split(begin)
    readme.write_text(head + begin + "\n" + "\n".join(lines) + "\n\n" + end + rest.split(end)[1])


# --- main --------------------------------------------------------------------


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--python-43", help="python of a virtual environment with pyspark " + VERSIONS["4.3"])
    parser.add_argument("--python-35", help="python of a virtual environment with pyspark " + VERSIONS["3.5"])
    parser.add_argument("--cache", type=pathlib.Path, default=pathlib.Path.home() / ".cache" / "shh-testdata",
                        help="where missing virtual environments are made")
    parser.add_argument("--stage", type=pathlib.Path, default=pathlib.Path("/tmp/shh-testdata"),
                        help="neutral working directory; its name appears in the logs")
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "spark-events")
    parser.add_argument("--only", nargs="*", default=None, help="run these applications again, keep the other logs")
    parser.add_argument("--jobs", type=int, default=2, help="drivers at a time")
    return parser.parse_args()


def run(options, stage, keys):
    """Runs applications; returns the exit codes of their drivers."""
    shutil.copyfile(HERE / "workloads.py", stage / "jobs" / "workloads.py")
    runtimes = {
        "4.3": Runtime("4.3", options.python_43 or make_environment(options.cache, "4.3"), stage),
        "3.5": Runtime("3.5", options.python_35 or make_environment(options.cache, "3.5"), stage),
    }
    for key in keys:
        shutil.rmtree(stage / "logs" / key, ignore_errors=True)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        codes = list(pool.map(lambda group: run_group(runtimes, stage, group), groups(keys)))
    if "clickstream_compacted" in keys:
        compact(runtimes["4.3"], stage, "clickstream_compacted")
    return codes


def main():
    options = arguments()
    stage = options.stage
    for name in ("logs", "out", "jobs", "cwd"):
        (stage / name).mkdir(parents=True, exist_ok=True)
    keys = list(APPS) if options.only is None else options.only
    codes = run(options, stage, keys) if keys else []

    shutil.rmtree(options.out, ignore_errors=True)
    options.out.mkdir(parents=True)
    place = collect(stage, options.out)
    rows = damage(place, options.out)
    write_readme(place, rows, options.out)
    faults = check(place, options.out)
    sys.exit(1 if faults or any(codes) else 0)


if __name__ == "__main__":
    main()
