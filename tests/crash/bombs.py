"""Memory under hostile logs: the peak of the whole process stays bounded.

    python bombs.py --shh PROGRAM [--dir FOLDER]

Each case is an ingest of its own, with two threads. The peak is the kernel's (`ru_maxrss` of wait4), in MB of 1,000,000 bytes.
"""
import json
import os
import subprocess
import sys
import time
import zlib

import zstandard

import common
import corpus
from common import check

MIB, GIB = 1 << 20, 1 << 30
SLOWEST_S = 120


def zeros_zstd(directory):
    """1 GiB of zeros in one frame."""
    compressor = zstandard.ZstdCompressor(level=3).compressobj(size=GIB)
    with open(os.path.join(directory, "app-20261201000000-0001.zstd"), "wb") as file:
        for _ in range(GIB // MIB):
            file.write(compressor.compress(bytes(MIB)))
        file.write(compressor.flush())


def zeros_zstd_window(directory):
    """1 GiB of zeros in a frame that asks for a window of 128 MiB."""
    parameters = zstandard.ZstdCompressionParameters(window_log=27, compression_level=3)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    with open(os.path.join(directory, "app-20261201000000-0001.zstd"), "wb") as file:
        for _ in range(GIB // MIB):
            file.write(compressor.compress(bytes(MIB)))
        file.write(compressor.flush())


def zeros_gzip(directory):
    """1 GiB of zeros in one member."""
    compressor = zlib.compressobj(1, zlib.DEFLATED, 31)
    with open(os.path.join(directory, "app-20261201000000-0001.gz"), "wb") as file:
        for _ in range(GIB // MIB):
            file.write(compressor.compress(bytes(MIB)))
        file.write(compressor.flush())


def two_bombs(directory):
    """Both bombs in one ingest."""
    zeros_zstd(directory)
    zeros_gzip(directory)


def long_line(directory, size=300_000_000):
    """A log whose third line is 300 MB, plain."""
    name, text = corpus.shifted(corpus.sources()[0], 1)
    lines = text.splitlines(keepends=True)
    with open(os.path.join(directory, name), "wb") as file:
        file.writelines(lines[:2])
        file.write(b'{"Event":"SparkListenerTaskEnd","Stage ID":')
        for _ in range(size // 1_000_000):
            file.write(b"7" * 1_000_000)
        file.write(b"}\n")
        file.writelines(lines[2:])


def kept_line(directory):
    """A line just below the limit, a properties event of 250 MB that is kept whole, plain."""
    name, text = corpus.shifted(corpus.sources()[0], 1)
    lines = text.splitlines(keepends=True)
    with open(os.path.join(directory, name), "wb") as file:
        file.writelines(lines[:2])
        file.write(b'{"Event":"SparkListenerEnvironmentUpdate","JVM Information":{},"Spark Properties":{"spark.x":"')
        for _ in range(250):
            file.write(b"x" * 1_000_000)
        file.write(b'"},"System Properties":{},"Classpath Entries":{}}\n')
        file.writelines(lines[2:])


def long_lines_zstd(directory):
    """Four logs with a line of 300 MB each, zstd."""
    originals = corpus.sources()
    for number in range(4):
        name, text = corpus.shifted(originals[number], number)
        lines = text.splitlines(keepends=True)
        compressor = zstandard.ZstdCompressor(level=1).compressobj()
        with open(os.path.join(directory, name + ".zstd"), "wb") as file:
            file.write(compressor.compress(b"".join(lines[:2]) + b'{"Event":"SparkListenerJobStart","Properties":{"a":"'))
            for _ in range(300):
                file.write(compressor.compress(b"x" * 1_000_000))
            file.write(compressor.compress(b'"}}\n' + b"".join(lines[2:])) + compressor.flush())


def malformed(directory):
    """A good log with a million tiny malformed lines in it, plain."""
    name, text = corpus.shifted(corpus.sources()[0], 1)
    lines = text.splitlines(keepends=True)
    with open(os.path.join(directory, name), "wb") as file:
        file.writelines(lines[:5])
        for number in range(1_000_000):
            file.write(b"{%d\n" % number)
        file.writelines(lines[5:])


def large_logs(directory):
    """64 logs of 32 MB decoded each, zstd, that could all be read at once."""
    originals = [source for source in corpus.sources() if source[1].count(b'"SparkListenerTaskEnd"') >= 10]
    for number in range(64):
        name, text = corpus.shifted(originals[number % len(originals)], number)
        lines = text.splitlines(keepends=True)
        body = b"".join(line for line in lines if b'"SparkListenerTask' in line[:40])
        compressor = zstandard.ZstdCompressor(level=1).compressobj()
        with open(os.path.join(directory, name + ".zstd"), "wb") as file:
            file.write(compressor.compress(b"".join(lines[:-1])))
            for _ in range(32_000_000 // len(body)):
                file.write(compressor.compress(body))
            file.write(compressor.compress(lines[-1]) + compressor.flush())


def many_frames(directory):
    """Ten million empty zstd frames, and a skippable frame that claims 4 GiB."""
    with open(os.path.join(directory, "app-20261201000000-0001.zstd"), "wb") as file:
        file.write(zstandard.ZstdCompressor().compress(b"") * 10_000_000)
    with open(os.path.join(directory, "app-20261201000000-0002.zstd"), "wb") as file:
        file.write(b"\x50\x2a\x4d\x18\xff\xff\xff\xff" + bytes(1000))


# Case -> its exit status (3: something was damaged or skipped), and the peak allowed in MB. Logs that each hold a line as
# long as the line limit (256 MiB) may take that much for each thread, and a zstd log its window: so the design says.
CASES = {
    zeros_zstd: (3, 400),
    zeros_gzip: (3, 400),
    long_line: (3, 400),
    kept_line: (0, 400),
    malformed: (3, 400),
    large_logs: (0, 400),
    many_frames: (3, 400),
    zeros_zstd_window: (3, 400 + 134),
    two_bombs: (3, 400 + 268),
    long_lines_zstd: (3, 400 + 268),
}


def peak(command):
    """(exit status, standard output, standard error, peak in MB, seconds) of a process."""
    begun = time.monotonic()
    # The peak of a process counts from before its exec: so it is started by a small one, not by this one.
    starter = ("import os, sys, time\n"
               "pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)\n"
               "_, status, usage = os.wait4(pid, 0)\n"
               "print('rusage', os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024, file=sys.stderr)")
    done = subprocess.run([sys.executable, "-S", "-c", starter, *command], capture_output=True, text=True, errors="replace")
    *err, last = done.stderr.splitlines()
    _, status, size = last.split()
    return int(status), done.stdout, "\n".join(err), int(size) / 1e6, time.monotonic() - begun


def main():
    parsed = common.arguments(__doc__)
    largest = ("", 0)
    for case, (expected, allowed) in CASES.items():
        with common.Folder(parsed) as folder:
            logs, database = os.path.join(folder, "logs"), os.path.join(folder, "shh.duckdb")
            os.mkdir(logs)
            case(logs)
            size = sum(os.path.getsize(os.path.join(logs, name)) for name in os.listdir(logs))
            status, out, err, megabytes, seconds = peak(common.command(parsed.shh, logs, database, "--threads", "2"))
            name = case.__name__
            summary = json.loads(out) if out.strip() else {}
            read = f"{summary.get('applications')} applications, {summary.get('events')} events, {summary.get('bytes_read', 0) / 1e6:.0f} MB read"
            print(f"{name}: {megabytes:.0f} MB, {seconds:.1f} s, exit status {status}; {len(os.listdir(logs))} logs of {size / 1e6:.1f} MB; {read}", flush=True)
            print("\n".join(f"    {line[:200]}" for line in err.splitlines()[:3]), flush=True)
            check(megabytes <= allowed, f"{name}: peak {megabytes:.0f} MB, allowed {allowed}")
            check(status == expected, f"{name}: exit status {status}, expected {expected}: {err[:300]}")
            check("panicked" not in err, f"{name}: {err[:300]}")
            check(seconds < SLOWEST_S, f"{name}: {seconds:.0f} s")
            check(len(err) < 20_000, f"{name}: {len(err)} characters on standard error")
            largest = max(largest, (name, megabytes), key=lambda pair: pair[1])
    common.finish(f"{len(CASES)} hostile inputs, largest peak {largest[1]:.0f} MB ({largest[0]})")


if __name__ == "__main__":
    main()
