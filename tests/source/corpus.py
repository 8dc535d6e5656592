"""The 300 logs that every store must yield the same rows from: every codec, single and rolling, finished, running and
damaged, written by Spark (testdata) and by an invented fleet.

    python corpus.py OUT_DIR
"""
import os
import shutil
import subprocess
import sys

import zstandard

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PACKED = 50
BIG_BYTES = 12 << 20


def make(out):
    shutil.copytree(os.path.join(ROOT, "testdata", "spark-events"), os.path.join(out, "real"))
    fleet = os.path.join(out, "fleet")
    subprocess.run([sys.executable, os.path.join(ROOT, "tests", "oracle", "fleet.py"), fleet,
                    "--facts", os.path.join(out, ".planted.json")], check=True, stdout=subprocess.DEVNULL)
    singles = sorted(path for path in files(fleet) if "eventlog_v2_" not in path and os.path.getsize(path) < 4 << 20)
    os.mkdir(os.path.join(out, "packed"))
    for number, path in enumerate(singles[:PACKED]):
        with open(path, "rb") as log:
            content = log.read()
        name = os.path.basename(path)
        own = f"application_1600000000000_{number:04d}"
        id_of = identifier(content)
        packed = zstandard.ZstdCompressor(level=1).compress(content.replace(id_of.encode(), own.encode()))
        with open(os.path.join(out, "packed", own + ".zstd"), "wb") as log:
            log.write(packed)
        assert name


def identifier(content):
    """The application id that a log names."""
    at = content.index(b'"App ID":"') + len(b'"App ID":"')
    return content[at:content.index(b'"', at)].decode()


def files(directory):
    for folder, _, names in os.walk(directory):
        for name in names:
            yield os.path.join(folder, name)


def big(source, target, content_bytes=BIG_BYTES):
    """A plain log of more than a few ranges, made of one of Spark's by repeating its tasks."""
    with open(source, "rb") as log:
        lines = log.read().splitlines(keepends=True)
    ends = [line for line in lines if line.startswith(b'{"Event":"SparkListenerTaskEnd"')]
    last = max(number for number, line in enumerate(lines) if line in ends)
    repeated = ends * (content_bytes // max(1, sum(map(len, ends))) + 1)
    with open(target, "wb") as log:
        log.writelines(lines[:last + 1] + repeated + lines[last + 1:])


if __name__ == "__main__":
    make(sys.argv[1])
