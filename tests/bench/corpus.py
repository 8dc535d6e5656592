"""Deterministic corpora for the benchmarks, multiplied from real Spark event logs.

    python corpus.py CORPUS --sources DIRECTORY --out DIRECTORY [--logs N] [--bytes N] [--part P] [--seed S]

CORPUS is one-plain, fleet-zstd or small-logs. Every line comes from a real log. A log is cut into units: stretches that
begin and end with no job and no SQL execution running. Within a unit job, stage, task, RDD, accumulator and SQL
execution ids are counted on from the unit before it, times are moved, durations and sizes are scaled by a factor of
the repetition (so that a database does not see the same value twice in a row), and tasks are spread over the
application's executors. A unit is turned once into byte templates and then only filled in.

The same sources, seed and numbers give the same bytes. A corpus is complete when its .json manifest exists.
"""

import argparse
import hashlib
import json
import multiprocessing
import os
import random
import re
import shutil
import sys
import time
from operator import itemgetter

import zstandard

EPOCH = 1_788_220_800_000  # 2026-09-01T00:00:00Z
SPAN = 60 * 86_400_000
PART = 1_000_000  # application numbers from one part to the next
SMALL, ONE_PLAIN, FLEET = 0, 1, 2  # a cluster each
WIDER = 6  # times the tasks of the real log, in the wide units
EVENTS = 20  # in each log of small-logs

# EventLoggingListener does not flush after these; after every other event Spark's zstd writer closes its frame.
UNFLUSHED = {"SparkListenerEnvironmentUpdate", "SparkListenerStageSubmitted", "SparkListenerTaskStart",
             "SparkListenerTaskGettingResult", "SparkListenerTaskEnd"}
PREFIX = {"SparkListenerLogStart", "SparkListenerResourceProfileAdded", "SparkListenerEnvironmentUpdate",
          "SparkListenerApplicationStart"}
EXECUTOR = {"SparkListenerExecutorAdded", "SparkListenerBlockManagerAdded"}
DROPPED = {"SparkListenerApplicationEnd", "SparkListenerExecutorRemoved", "SparkListenerBlockManagerRemoved"}

DOMAINS = ["sales", "billing", "clicks", "risk", "ads", "inventory", "crm", "logistics", "search", "mail", "iot", "hr",
           "fraud", "pricing", "support", "finance", "catalog", "video", "maps", "audit"]
STEPS = ["ingest", "clean", "join", "report", "export", "features", "train", "backfill", "compact", "snapshot"]
QUEUES = ["default", "etl", "adhoc", "science"]
SHAPES = [(2, 2, 4), (4, 4, 8), (8, 4, 16), (16, 4, 16), (40, 5, 20)]  # executors, cores, GiB


# ---- reading the real logs -------------------------------------------------------------------------------------------

def event_name(line):
    return line[10:line.index(b'"', 10)].decode().rsplit(".", 1)[-1]


def read_sources(directory):
    """[(name, lines)] of every complete Spark 4.3 log below a directory, plain or zstd, in order of name."""
    found = []
    for base, _, files in sorted(os.walk(directory)):
        for name in sorted(files):
            path = os.path.join(base, name)
            if name.startswith((".", "appstatus_")) or name.endswith((".inprogress", ".compact")):
                continue
            if os.path.basename(base).startswith("eventlog_v2_") and not name.startswith("events_1_"):
                continue
            with open(path, "rb") as file:
                head = file.read(40)
                file.seek(0)
                if head.startswith(b"\x28\xb5\x2f\xfd"):
                    reader = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
                    data = reader.read()
                elif head.startswith(b'{"Event":"SparkListenerLogStart"'):
                    data = file.read()
                else:
                    continue
            lines = data.splitlines()
            if lines and b'"4.3' in lines[0] and event_name(lines[-1]) == "SparkListenerApplicationEnd":
                found.append((name, lines))
    return found


def cut_units(lines):
    """The stretches of a log that begin and end with nothing running."""
    units, unit, running = [], [], set()
    for line in lines:
        name = event_name(line)
        if name in PREFIX or name in EXECUTOR or name in DROPPED:
            continue
        unit.append(line)
        if name in ("SparkListenerJobStart", "SparkListenerJobEnd"):
            key = ("job", re.search(rb'"Job ID":(\d+)', line)[1])
        elif name in ("SparkListenerSQLExecutionStart", "SparkListenerSQLExecutionEnd"):
            key = ("sql", re.search(rb'"executionId":(\d+)', line)[1])
        else:
            continue
        if name.endswith("Start"):
            running.add(key)
        else:
            running.discard(key)
            if not running:
                units.append(unit)
                unit = []
    return units


def widened(unit, times, rng):
    """The unit as a cluster with more data would have logged it: `times` as many tasks in every stage, each a real task's
    events with its durations and sizes up to a third smaller."""
    first = min((int(t) for line in unit for t in re.findall(rb'"Task ID":(\d+)', line)), default=0)
    lines, factors = [], {}
    for line in unit:
        name = event_name(line)
        if name not in ("SparkListenerTaskStart", "SparkListenerTaskEnd"):
            lines.append(re.sub(rb'("Number of (?:Tasks|Partitions)":)(\d+)', lambda m: m[1] + b"%d" % (int(m[2]) * times), line))
            continue
        task = int(re.search(rb'"Task ID":(\d+)', line)[1])
        launch = int(re.search(rb'"Launch Time":(\d+)', line)[1])
        for copy in range(times):
            number = first + (task - first) * times + copy
            slow, big = factors.setdefault(number, (rng.uniform(0.67, 1), rng.uniform(0.67, 1)) if copy else (1, 1))

            def scaled(match):
                group = match.groupdict()
                whole = match[0]
                if group["idkey"] == b"Task ID":
                    return b'"Task ID":%d' % number
                if group["time"] and group["timekey"] == b"Finish Time":
                    return b'"Finish Time":%d' % (launch + int((int(group["time"]) - launch) * slow))
                factor = slow if group["dur"] else big if group["size"] else None
                if group["acc"]:
                    factor = slow if TIMED.search(group["accname"]) else big
                    return re.sub(rb'("(?:Update|Value)":"?)(\d+)', lambda m: m[1] + b"%d" % int(int(m[2]) * factor), whole)
                return re.sub(rb"\d+$", lambda m: b"%d" % int(int(m[0]) * factor), whole) if factor else whole

            copied = SLOT.sub(scaled, line)
            lines.append(re.sub(rb'"(Index|Partition ID)":(\d+)', lambda m: b'"%b":%d' % (m[1], int(m[2]) * times + copy), copied))
    return lines


# ---- templates -------------------------------------------------------------------------------------------------------

TIMES = b"Timestamp|Submission Time|Completion Time|Launch Time|Finish Time|Getting Result Time|time"
DURATIONS = (b"Executor Deserialize Time|Executor Deserialize CPU Time|Executor Run Time|Executor CPU Time|JVM GC Time|"
             b"Result Serialization Time|Fetch Wait Time|Remote Requests Duration|Shuffle Write Time")
SIZES = (b"Peak Execution Memory|Peak On Heap Execution Memory|Peak Off Heap Execution Memory|Result Size|Memory Bytes Spilled|"
         b"Disk Bytes Spilled|Remote Bytes Read|Remote Bytes Read To Disk|Local Bytes Read|Total Records Read|"
         b"Shuffle Bytes Written|Shuffle Records Written|Bytes Read|Records Read|Bytes Written|Records Written|"
         b"JVMHeapMemory|JVMOffHeapMemory|OnHeapExecutionMemory|OnHeapStorageMemory|OnHeapUnifiedMemory|DirectPoolMemory")
IDS = {b"Job ID": "job", b"Stage ID": "stage", b"Task ID": "task", b"RDD ID": "rdd", b"accumulatorId": "acc",
       b"executionId": "sql", b"rootExecutionId": "sql"}

SLOT = re.compile(
    rb'"ID":(?P<acc>\d+),"Name":"(?P<accname>(?:[^"\\]|\\.)*)"(?P<update>,"Update":"?\d+"?)?(?P<value>,"Value":"?\d+"?)?'
    rb'|"(?P<idkey>' + b"|".join(IDS) + rb')":(?P<id>\d+)'
    rb'|"(?P<timekey>' + TIMES + rb')":(?P<time>[1-9]\d{11,})'
    rb'|"(?P<durkey>' + DURATIONS + rb')":(?P<dur>[1-9]\d*)'
    rb'|"(?P<sizekey>' + SIZES + rb')":(?P<size>[1-9]\d*)'
    rb'|"Stage IDs":\[(?P<stages>[\d,]+)\]'
    rb'|"Parent IDs":\[(?P<parents>[\d,]+)\](?P<parentkind>,"(?:Details|Storage Level)")'
    rb'|(?P<sqlkey>"spark\.sql\.execution\.(?:root\.)?id":"|execution-root-id-)(?P<sql>\d+)'
    rb'|"accumUpdates":\[(?P<updates>[\[\]\d,]+)\]'
    rb'|"(?P<uuidkey>queryId|spark\.sql\.execution\.query\.id)":"(?P<uuid>[0-9a-f]{8})'
    rb'|"Executor ID":"\d+","Host":"[^"]*"(?P<executor>)'
    rb'|(?P<text>@(?:APP|NAME|USER|QUEUE|MEMORY)@)')
TIMED = re.compile(rb"[Tt]ime|[Dd]uration")
COUNTED = ("job", "stage", "task", "rdd", "acc", "sql")


class Template:
    """Lines cut into frames of static bytes with numbered holes; `slots` says what goes into each distinct hole."""

    def __init__(self, lines, one_frame=False, fixed_ids=False):
        self.events = len(lines)
        slots, frames, groups = {}, [], []
        group = []
        for line in lines:
            group.append(line)
            if not one_frame and event_name(line) not in UNFLUSHED:
                groups.append(group)
                group = []
        if group:
            groups.append(group)
        self.plain = sum(len(line) + 1 for line in lines)
        for group in groups:
            text, holes = [], []
            for line in group:
                self._cut(line, slots, text, holes)
                text.append(b"\n")
            frames.append((b"".join(text), holes))
        kinds = {}
        for (kind, value) in slots:
            kinds.setdefault(kind, []).append(value)
        self.low = {k: min(kinds[k]) for k in COUNTED if k in kinds}
        self.span = {k: max(kinds[k]) - self.low[k] + 1 for k in self.low}
        starts = [v for line in lines for v in self._start(line)]
        self.t0 = min(starts or kinds.get("time", [0]))
        self.length = max(kinds.get("time", [0])) - self.t0
        order, self.kinds = {}, []
        for kind in sorted(kinds):
            values = kinds[kind]
            for value in values:
                order[(kind, value)] = len(order)
            base = self.low.get(kind.removesuffix("-parent"), 0) if kind != "time" else self.t0
            if kind == "executor":
                base = self.low["task"]
            numeric = kind not in ("text", "uuid")
            self.kinds.append((kind, [v - base for v in values] if numeric else values))
        index = {number: order[slot] for slot, number in slots.items()}
        self.frames = []
        for text, holes in frames:
            where = [index[h] for h in holes]
            if len(where) > 1:
                get = itemgetter(*where)
            else:
                get = (lambda w: lambda values: tuple(values[i] for i in w))(where)
            self.frames.append((text, get))

    @staticmethod
    def _start(line):
        if event_name(line) in ("SparkListenerJobStart", "SparkListenerSQLExecutionStart"):
            found = re.search(rb'"Submission Time":(\d{12,})', line) if b'"SparkListenerJobStart"' in line[:40] else \
                re.findall(rb'"time":(\d{12,})', line)
            yield int(found[1] if isinstance(found, re.Match) else found[-1])

    def _cut(self, line, slots, text, holes):
        name = event_name(line)
        task = re.search(rb'"Task ID":(\d+)', line)
        last = 0

        def static(piece):
            text.append(piece.replace(b"%", b"%%"))

        def hole(kind, value):
            text.append(b"%b")
            holes.append(slots.setdefault((kind, value), len(slots)))

        def numbers(kind, listed):
            for n, value in enumerate(listed.split(b",")):
                if n:
                    static(b",")
                hole(kind, int(value))

        for match in SLOT.finditer(line):
            group = match.groupdict()
            begin, end = match.span()
            static(line[last:begin])
            last = end
            whole = match[0]
            if group["acc"]:
                static(b'"ID":')
                hole("acc", int(group["acc"]))
                static(b',"Name":"' + group["accname"] + b'"')
                kind = "dur" if TIMED.search(group["accname"]) else "size"
                for piece in (group["update"], group["value"]):
                    if piece:
                        digits = re.search(rb"\d+", piece)
                        static(piece[:digits.start()])
                        hole(kind, int(digits[0]))
                        static(piece[digits.end():])
            elif group["id"]:
                static(b'"' + group["idkey"] + b'":')
                hole(IDS[group["idkey"]], int(group["id"]))
            elif group["time"]:
                static(b'"' + group["timekey"] + b'":')
                hole("time", int(group["time"]))
            elif group["dur"]:
                static(b'"' + group["durkey"] + b'":')
                hole("dur", int(group["dur"]))
            elif group["size"]:
                static(b'"' + group["sizekey"] + b'":')
                hole("size", int(group["size"]))
            elif group["stages"]:
                static(b'"Stage IDs":[')
                numbers("stage-parent", group["stages"])
                static(b"]")
            elif group["parents"]:
                static(b'"Parent IDs":[')
                numbers("stage-parent" if b"Details" in group["parentkind"] else "rdd-parent", group["parents"])
                static(b"]" + group["parentkind"])
            elif group["sql"]:
                static(group["sqlkey"])
                hole("sql", int(group["sql"]))
            elif group["updates"]:
                static(b'"accumUpdates":[')
                for n, pair in enumerate(re.findall(rb"\[(\d+),(\d+)\]", group["updates"])):
                    static(b",[" if n else b"[")
                    hole("acc", int(pair[0]))
                    static(b",")
                    hole("size", int(pair[1]))
                    static(b"]")
                static(b"]")
            elif group["uuid"]:
                static(b'"' + group["uuidkey"] + b'":"')
                hole("uuid", int(group["uuid"], 16))
            elif group["executor"] is not None:
                if task and name.startswith("SparkListenerTask"):
                    hole("executor", int(task[1]))
                else:
                    static(whole)
            else:
                hole("text", group["text"])
        static(line[last:])

    def fill(self, app, clock, slow, big):
        """The frames of one repetition. `app` counts the ids; `clock` is when the unit starts."""
        values = []
        counters = app.counters
        for kind, rel in self.kinds:
            if kind in counters:
                o = counters[kind]
                values += [b"%d" % (o + v) for v in rel]
            elif kind == "time":
                values += [b"%d" % (clock + int(v * slow)) for v in rel]
            elif kind == "dur":
                values += [b"%d" % int(v * slow) for v in rel]
            elif kind == "size":
                values += [b"%d" % int(v * big) for v in rel]
            elif kind == "executor":
                o = counters["task"]
                values += [app.hosts[(o + v) % app.executors] for v in rel]
            elif kind == "text":
                values += [app.text[v] for v in rel]
            elif kind == "uuid":
                values += [b"%08x" % ((v + counters["sql"] * 2654435761 + app.number) & 0xFFFFFFFF) for v in rel]
            else:
                o = counters[kind.removesuffix("-parent")]
                values += [b"%d" % max(0, o + v) for v in rel]
        for kind, span in self.span.items():
            counters[kind] += span
        return [text % get(values) for text, get in self.frames]


class App:
    def __init__(self, cluster, number, name, user, queue, start, shape):
        self.number, self.start, self.clock = number, start, start
        self.id = "application_%d_%06d" % (EPOCH + cluster, number)
        self.executors, self.cores, self.memory = shape
        self.counters = dict.fromkeys(COUNTED, 0)
        self.addresses = [b"10.0.%d.%d" % (number % 200, e + 10) for e in range(self.executors)]
        self.hosts = [b'"Executor ID":"%d","Host":"%b"' % (e + 1, self.addresses[e]) for e in range(self.executors)]
        self.text = {b"@APP@": self.id.encode(), b"@NAME@": name.encode(), b"@USER@": user.encode(),
                     b"@QUEUE@": queue.encode(), b"@MEMORY@": b"%dg" % self.memory}


class Source:
    """The units of the real logs, and what stands before and after them in a log."""

    def __init__(self, directory):
        logs = read_sources(directory)
        if not logs:
            sys.exit(f"no complete Spark 4.3 event log in {directory}")
        self.digest = hashlib.sha256(b"".join(b"\n".join(lines) for _, lines in logs)).hexdigest()
        self.small, self.medium, self.wide = [], [], []
        self.prefix = None
        for _, lines in logs:
            lines = [self._neutral(line, lines) for line in lines]
            if self.prefix is None:
                self._keep_prefix(lines)
            for unit in cut_units(lines):
                names = [event_name(line) for line in unit]
                if not any(n == "SparkListenerTaskEnd" for n in names):
                    continue
                template = Template(unit)
                template.names = names
                tasks = names.count("SparkListenerTaskEnd")
                (self.small if tasks <= 4 else self.medium).append(template)
                if tasks >= 10:
                    self.wide.append(Template(widened(unit, WIDER, random.Random(tasks))))
        self.all = self.small + self.medium + self.wide
        exact = ["DriverAccumUpdates", "JobEnd", "JobStart", "SQLExecutionEnd", "SQLExecutionStart", "StageCompleted",
                 "StageSubmitted", "TaskEnd", "TaskEnd", "TaskStart", "TaskStart"]
        wanted = sorted("SparkListener" + n for n in exact)
        self.exact = [t for t in self.small if sorted(t.names) == wanted]

    @staticmethod
    def _neutral(line, lines):
        """Marks for what differs between applications."""
        start = next(json.loads(x) for x in lines if event_name(x) == "SparkListenerApplicationStart")
        line = line.replace(start["App ID"].encode(), b"@APP@").replace(
            b'"' + start["App Name"].encode() + b'"', b'"@NAME@"')
        line = line.replace(b'"User":"%b"' % start["User"].encode(), b'"User":"@USER@"')
        line = re.sub(rb'"spark\.master":"[^"]*"', b'"spark.master":"yarn"', line)
        line = re.sub(rb'"spark\.executor\.memory":"[^"]*"', b'"spark.executor.memory":"@MEMORY@"', line)
        return line

    def _keep_prefix(self, lines):
        by_name = {}
        for line in lines:
            by_name.setdefault(event_name(line), line)
        executor = [x for x in lines if event_name(x) in EXECUTOR and b'"Executor ID":"driver"' not in x]
        self.prefix = by_name
        self.driver = next(x for x in lines if event_name(x) == "SparkListenerBlockManagerAdded" and b'"driver"' in x)
        self.executor = [next(x for x in executor if event_name(x) == n) for n in sorted(EXECUTOR, reverse=True)]
        head, tail = by_name["SparkListenerEnvironmentUpdate"].split(b',"Hadoop Properties"', 1)
        self.env_head = head.replace(
            b'"Spark Properties":{', b'"Spark Properties":{"spark.yarn.queue":"@QUEUE@","spark.executor.cores":"@CORES@",'
            b'"spark.executor.instances":"@INSTANCES@",', 1)
        self.env_tail = b',"Hadoop Properties"' + tail + b"\n"

        # The lines of an opening, with holes for what the application decides.
        def holes(line, *edits):
            line = re.sub(rb'"(Timestamp|Registration Time|Request Time)":\d+', b'"\\1":@WHEN@', line)
            for pattern, replacement in edits:
                line = re.sub(pattern, replacement, line)
            line = line.replace(b"%", b"%%")
            return re.sub(rb"@([A-Z]+)@", rb"%(\1)b", line) + b"\n"

        number = (rb'"Executor ID":"\d+"', b'"Executor ID":"@EXECUTOR@"')
        host = (rb'"Host":"[^"]*"', b'"Host":"@HOST@"')
        self.opening_before = holes(by_name["SparkListenerLogStart"]), holes(
            by_name["SparkListenerResourceProfileAdded"],
            (rb'("Resource Name":"memory","Amount":)\d+', rb"\1@MEGABYTES@"),
            (rb'("Resource Name":"cores","Amount":)\d+', rb"\1@CORES@")), holes(self.driver)
        self.opening_env = holes(self.env_head)[:-1]
        self.opening_start = holes(by_name["SparkListenerApplicationStart"])
        self.opening_executor = b"".join(holes(
            line, number, host, (rb'"Total Cores":\d+', b'"Total Cores":@CORES@'), (rb"executorId=\d+", b"executorId=@EXECUTOR@"),
            (rb'"Maximum (Onheap )?Memory":[1-9]\d*', rb'"Maximum \1Memory":@STORAGE@')) for line in self.executor)

    def rest_of_environment(self):
        rest = self.env_tail
        for mark, value in ((b"@APP@", b"application"), (b"@NAME@", b"job"), (b"@USER@", b"spark"), (b"@MEMORY@", b"4g")):
            rest = rest.replace(mark, value)
        return rest

    def opening(self, app):
        """The frames up to the start of the application, then those of its executors. The environment is given apart."""
        values = {key.strip(b"@"): value for key, value in app.text.items()}
        values.update({b"WHEN": b"%d" % app.start, b"CORES": b"%d" % app.cores, b"INSTANCES": b"%d" % app.executors,
                       b"MEGABYTES": b"%d" % (app.memory * 1024), b"STORAGE": b"%d" % ((app.memory * 1024 - 300) * 629_145)})
        before = [line % values for line in self.opening_before]
        env, start = self.opening_env % values, self.opening_start % values
        after = []
        for number in range(app.executors):
            values.update({b"WHEN": b"%d" % (app.start + 6000 + 350 * number), b"EXECUTOR": b"%d" % (number + 1),
                           b"HOST": app.addresses[number]})
            after += (self.opening_executor % values).splitlines(keepends=True)
        return before, env, start, after

    def closing(self, app, failed):
        return b'{"Event":"SparkListenerApplicationEnd","Timestamp":%d,"ExitCode":%d}\n' % (app.clock + 400, failed)


def frames_of_app(source, app, rng, pick):
    """(events, frame) one after the other, without end; the caller closes the application."""
    before, env, start, after = source.opening(app)
    for frame in before:
        yield 1, frame
    yield 2, env + source.rest_of_environment() + start
    for frame in after:
        yield 1, frame
    app.clock = app.start + 6000 + 350 * app.executors
    while True:
        unit = pick(rng)
        slow, big = rng.uniform(0.3, 1.5), rng.uniform(0.2, 30)
        frames = unit.fill(app, app.clock, slow, big)
        app.clock += int(unit.length * slow) + rng.randrange(50, 1500)
        per = unit.events
        for n, frame in enumerate(frames):
            yield (per if n == 0 else 0), frame
        yield None, b""


# ---- the corpora -----------------------------------------------------------------------------------------------------

def compressor():
    # As zstd-jni under Spark: level 1 with its full window, neither content size nor checksum.
    return zstandard.ZstdCompressor(level=1, write_content_size=False, write_checksum=False)


def frame_of(context, data):
    stream = context.compressobj()
    return stream.compress(data) + stream.flush()


def write_rolling(root, app, pieces):
    base = app.id
    directory = os.path.join(root, "eventlog_v2_" + base)
    os.mkdir(directory)
    events = os.path.join(directory, f"events_1_{base}.zstd")
    status = os.path.join(directory, f"appstatus_{base}")
    with open(events, "wb", 0) as file:
        file.write(b"".join(pieces))
    open(status, "wb").close()
    when = (app.clock + 1000) * 1_000_000
    for path in (events, status, directory):
        os.utime(path, ns=(when, when))


def one_plain(source, args, root):
    rng = random.Random(f"{args.seed}/one-plain/{args.part}")
    app = App(ONE_PLAIN, args.part + 1, "nightly-everything", "etl", "etl", EPOCH, (20, 4, 16))
    units = source.medium * 4 + source.wide + source.small * 2  # TaskEnd 60 % of the bytes, 3.6 KB a line
    path = os.path.join(root, app.id)
    size = events = 0
    with open(path, "wb", 1 << 22) as file:
        for count, frame in frames_of_app(source, app, rng, lambda r: units[r.randrange(len(units))]):
            if count is None:
                if size >= args.bytes:
                    break
                continue
            file.write(frame)
            size += len(frame)
            events += count
        last = source.closing(app, 0)
        file.write(last)
    when = (app.clock + 1000) * 1_000_000
    os.utime(path, ns=(when, when))
    return {"logs": 1, "events": events + 1, "bytes_plain": size + len(last), "bytes_disk": size + len(last), "frames": 0}


def fleet_log(n):
    source, args, root = STATE
    rng = random.Random(f"{args.seed}/fleet/{args.part}/{n}")
    name = rng.randrange(60)
    domain = name // 5
    app = App(FLEET, args.part * PART + n, f"{DOMAINS[domain]}-{STEPS[name % 5]}", f"svc_{DOMAINS[domain]}",
              QUEUES[domain % 4], EPOCH + SPAN * n // args.logs + rng.randrange(20_000), SHAPES[name % 5])
    target = 20_000_000 if n % 400 == 200 else min(20_000_000, max(5_000, rng.lognormvariate(11.0, 1.2)))
    pools = [source.small, source.medium, source.wide]
    # A small log is small because its stages are; a large one has wide stages.
    weights = [8, 2, 0] if target < 60_000 else [1, 6, 3] if target < 1_000_000 else [1, 2, 12]
    weights = [w if pool else 0 for w, pool in zip(weights, pools)]

    def pick(r):
        pool = r.choices(pools, weights)[0]
        return pool[r.randrange(len(pool))]

    context = compressor()
    pieces, disk, plain, events = [], 0, 0, 0
    for count, frame in frames_of_app(source, app, rng, pick):
        if count is None:
            if disk >= target:
                break
            continue
        packed = frame_of(context, frame)
        pieces.append(packed)
        disk += len(packed)
        plain += len(frame)
        events += count
    last = source.closing(app, int(rng.random() < 0.05))
    pieces.append(frame_of(context, last))
    write_rolling(root, app, pieces)
    return events + 1, plain + len(last), disk + len(pieces[-1]), len(pieces)


def small_logs_batch(batch):
    source, args, root = STATE
    context = compressor()
    # The environment is 100 KB and nearly the same everywhere. Frames may be concatenated anywhere, also inside a line,
    # so its long constant rest is compressed once and only its head, with the application's own properties, each time.
    tail_plain = source.rest_of_environment()
    tail = frame_of(context, tail_plain)
    total = [0, 0, 0, 0]
    for n in batch:
        rng = random.Random(f"{args.seed}/small/{args.part}/{n}")
        name = rng.randrange(200)
        app = App(SMALL, args.part * PART + n, f"{DOMAINS[name // 10]}-{STEPS[name % 10]}", f"user{name % 30:02d}",
                  QUEUES[name % 4], EPOCH + SPAN * n // args.logs, (2, 2, 4))
        before, env, start, after = source.opening(app)
        app.clock = app.start + 7000
        unit = source.exact[rng.randrange(len(source.exact))]
        slow, big = rng.uniform(0.3, 1.5), rng.uniform(0.2, 30)
        body = unit.fill(app, app.clock, slow, big)
        app.clock += int(unit.length * slow)
        last = source.closing(app, int(rng.random() < 0.05))
        # 4 + 1 + 4 + 10 + 1 = 20: the unit's own 11 events without its driver accumulator updates.
        body = [frame for frame in body if b"SparkListenerDriverAccumUpdates" not in frame]
        plain = before + [env, tail_plain, start] + after + body + [last]
        pieces = [tail if frame is tail_plain else frame_of(context, frame) for frame in plain]
        write_rolling(root, app, pieces)
        total[0] += EVENTS
        total[1] += sum(map(len, plain))
        total[2] += sum(map(len, pieces))
        total[3] += len(pieces)
    return total


def many(source, args, root, function, work):
    global STATE
    STATE = (source, args, root)
    totals = [0, 0, 0, 0]
    with multiprocessing.get_context("fork").Pool(args.jobs) as pool:
        for one in pool.imap_unordered(function, work):
            totals = [a + b for a, b in zip(totals, one)]
    return {"logs": args.logs, "events": totals[0], "bytes_plain": totals[1], "bytes_disk": totals[2], "frames": totals[3]}


DEFAULT_LOGS = {"one-plain": 1, "fleet-zstd": 2_000, "small-logs": 100_000}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", choices=[*DEFAULT_LOGS, "check"], help="check: do the sources suffice?")
    parser.add_argument("--sources", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--logs", type=int)
    parser.add_argument("--bytes", type=int, default=1_000_000_000)
    parser.add_argument("--part", type=int, default=0, help="other applications, continuing the ids of the part before")
    parser.add_argument("--seed", default="shh")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    args = parser.parse_args()
    if args.corpus == "check":
        source = Source(args.sources)
        sys.exit(0 if source.exact and source.wide and source.medium else "the sources do not suffice")
    args.logs = args.logs or DEFAULT_LOGS[args.corpus]
    began = time.monotonic()
    source = Source(args.sources)
    root, manifest = args.out, args.out.rstrip("/") + ".json"
    if os.path.exists(manifest):
        os.unlink(manifest)
    shutil.rmtree(root, ignore_errors=True)
    os.makedirs(root)
    if args.corpus == "one-plain":
        made = one_plain(source, args, root)
    elif args.corpus == "fleet-zstd":
        # The 20 MB ones first, so that both processes end together.
        order = sorted(range(args.logs), key=lambda n: n % 400 != 200)
        made = many(source, args, root, fleet_log, order)
    else:
        if not source.exact:
            sys.exit("the sources have no SQL execution of one job, one stage and two tasks")
        made = many(source, args, root, small_logs_batch, [range(a, min(a + 500, args.logs)) for a in range(0, args.logs, 500)])
    made.update(corpus=args.corpus, seed=args.seed, part=args.part, sources=source.digest,
                seconds=round(time.monotonic() - began, 1))
    with open(manifest + ".new", "w") as file:
        json.dump(made, file)
    os.rename(manifest + ".new", manifest)
    print(json.dumps(made))


if __name__ == "__main__":
    main()
