"""Reads logs from real HDFS and S3 servers with shh, and spoils things.

    python run.py --shh PROGRAM --dir WORK --weed WEED --toxiproxy PROGRAM --classpath FILE --spark PYTHON --s3a DIRECTORY
        [GROUP[.CHECK]...]

FILE holds the class path of Hadoop, PYTHON has pyspark, DIRECTORY has what Spark needs for s3a. Without names all checks run.
"""
import argparse
import importlib
import sys
import time
import traceback

from stage import Stage, check, finish

# Requests are counted before name nodes are restarted, which begins their counters anew.
GROUPS = ["rows", "growing", "errors", "economy", "faults"]


def main():
    parser = argparse.ArgumentParser()
    for name in ("shh", "dir", "weed", "toxiproxy", "classpath", "spark", "s3a"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("names", nargs="*")
    parsed = parser.parse_args()
    stage, ran = Stage(parsed), 0
    try:
        for group in GROUPS:
            for one in importlib.import_module(f"checks_{group}").CHECKS:
                name = f"{group}.{one.__name__}"
                if parsed.names and group not in parsed.names and name not in parsed.names:
                    continue
                begun, ran = time.monotonic(), ran + 1
                try:
                    one(stage)
                except Exception:  # the other checks still tell something
                    check(False, f"{name}: {traceback.format_exc()}")
                print(f"{name}: {time.monotonic() - begun:.1f} s", flush=True)
    finally:
        stage.stop()
    if not ran:
        sys.exit("no such check")
    finish(f"{ran} groups of checks against real stores")


if __name__ == "__main__":
    main()
