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
    os.mkdir(os.path.join(out, "packed"))
    number = 0
    for path in sorted(files(fleet)):
        content = plain(path)
        if number < PACKED and content and b'"App ID":"' in content:
            own = f"application_1600000000000_{number:04d}"
            content = content.replace(identifier(content).encode(), own.encode())
            with open(os.path.join(out, "packed", own + ".zstd"), "wb") as log:
                log.write(zstandard.ZstdCompressor(level=1).compress(content))
            number += 1
    assert number == PACKED, f"{number} logs could be packed"


def plain(path):
    """What a log says, if it is small and of a codec that is at hand; else nothing."""
    if os.path.getsize(path) > 1 << 20:
        return b""
    with open(path, "rb") as log:
        content = log.read()
    if content.startswith(b"\x28\xb5\x2f\xfd"):
        with zstandard.ZstdDecompressor().stream_reader(content, read_across_frames=True) as reader:
            return reader.read()
    return content if content.startswith(b"{") else b""


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
