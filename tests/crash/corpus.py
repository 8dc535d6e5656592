"""Many event logs from the few of testdata: copies with other application ids and times.

Needs the Python packages of the oracle (../oracle/requirements.txt). The same arguments give the same bytes.
"""
import gzip
import os
import re
import sys

import zstandard

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TESTDATA = os.path.join(os.path.dirname(TESTS), "testdata", "spark-events")
sys.path.insert(0, os.path.join(TESTS, "oracle"))

import decode  # noqa: E402

MODIFIED_S = 1_795_400_000  # of every log, so that nothing depends on when the corpus was made
STEP_MS = 5 * 3_600_000  # from one copy of an application to the next


def sources(limit_bytes=400_000):
    """[(application id, text)] of the whole logs of testdata, decoded; those with a plain end and one attempt."""
    found, seen = [], set()
    for log in decode.find_logs(TESTDATA):
        if log.in_progress or "damaged" in log.path:
            continue
        lines = [line for line in log.lines() if line]
        text = b"\n".join(lines) + b"\n"
        match = re.search(rb'"SparkListenerApplicationStart"[^\n]*?"App ID":"([^"]+)"', text)
        if not match or match[1] in seen or not lines[-1].startswith(b'{"Event":"SparkListenerApplicationEnd"'):
            continue
        seen.add(match[1])
        if len(text) <= limit_bytes:
            found.append((match[1], text))
    return found


def shifted(source, number):
    """The log as another application's, `number` steps later: (id, text)."""
    name, text = source
    new = b"app-20261201000000-%06d" % number
    text = text.replace(name, new)
    shift = number * STEP_MS
    text = re.sub(rb'(?<=":)1795\d{9}(?=[,}])', lambda match: b"%d" % (int(match[0]) + shift), text)
    return new.decode(), text


def write(directory, name, text, codec):
    """Writes one log; returns its path."""
    os.makedirs(directory, exist_ok=True)
    if codec == "zstd":
        name, text = name + ".zstd", zstandard.ZstdCompressor(level=1).compress(text)
    elif codec == "gzip":
        name, text = name + ".gz", gzip.compress(text, 1, mtime=0)
    path = os.path.join(directory, name)
    # As a new file: an ingest that reads meanwhile would keep the old one.
    with open(path + ".part", "wb") as file:
        file.write(text)
    os.utime(path + ".part", (MODIFIED_S, MODIFIED_S))
    os.replace(path + ".part", path)
    return path


def make(directory, logs, first=0, codecs=("plain", "zstd", "gzip")):
    """`logs` applications in `directory`, numbered from `first`."""
    originals = sources()
    for number in range(first, first + logs):
        name, text = shifted(originals[number % len(originals)], number)
        write(directory, name, text, codecs[number % len(codecs)])
