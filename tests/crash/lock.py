"""One ingest at a time: who holds the lock, waiting for it, and a holder that dies.

    python lock.py --shh PROGRAM [--dir FOLDER]

The holder is stopped (SIGSTOP) in the middle of its work, so that nothing here depends on how fast it is.
"""
import os
import re
import signal
import subprocess
import time

import common
import corpus
from common import check

WAIT_S = 1.5


def stopped_holder(shh, logs, database):
    """An ingest that is stopped once its copy exists."""
    process = subprocess.Popen(common.command(shh, logs, database, "--full"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    copy = f"{database}.next-{process.pid}"
    while not os.path.exists(copy) and process.poll() is None:
        pass
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    check(os.path.exists(copy), "the holder was not stopped while it worked")
    return process


def refused(shh, logs, database, holder, *more):
    """A second ingest that must be refused; seconds that it took."""
    begun = time.monotonic()
    status, out, err = common.ingest(shh, logs, database, *more)
    seconds = time.monotonic() - begun
    check(status == 75, f"a second ingest {more}: exit status {status}, expected 75: {err}")
    check(out == "", f"a refused ingest prints to standard output: {out}")
    check(err.startswith("error: ") and "\nhint: " in err, f"no error and hint: {err}")
    check(re.search(rf"\b{holder.pid}\b", err) is not None, f"does not name process {holder.pid}: {err}")
    check(re.search(r"started \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", err) is not None, f"does not say since when: {err}")
    print(f"refused after {seconds:.2f} s: {err.strip().splitlines()[0]}")
    return seconds


def main():
    parsed = common.arguments(__doc__)
    with common.Folder(parsed) as folder:
        logs, home = os.path.join(folder, "logs"), os.path.join(folder, "home")
        database = os.path.join(home, "shh.duckdb")
        os.mkdir(home)
        corpus.make(logs, 60)
        common.ingest_ok(parsed.shh, logs, database)
        expected = common.contents(database)

        holder = stopped_holder(parsed.shh, logs, database)
        check(refused(parsed.shh, logs, database, holder) < 1, "a refusal without --wait takes a second or more")
        seconds = refused(parsed.shh, logs, database, holder, "--wait", f"{int(WAIT_S * 1000)}ms")
        check(WAIT_S <= seconds < WAIT_S + 2, f"--wait {WAIT_S} s was refused after {seconds:.2f} s")
        status, _, err = common.ingest(parsed.shh, logs, database, "--dry-run")
        check(status == 0, f"--dry-run needs no lock, but: exit status {status}: {err}")
        report = subprocess.run([parsed.shh, "report", "summary", "--database", database], capture_output=True, text=True)
        check(report.returncode == 0, f"a report meanwhile: exit status {report.returncode}: {report.stderr}")

        waiting = subprocess.Popen(common.command(parsed.shh, logs, database, "--wait", "30s"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(1)
        check(waiting.poll() is None, "--wait 30s does not wait")
        begun = time.monotonic()
        holder.send_signal(signal.SIGCONT)
        _, err = holder.communicate()
        check(holder.returncode == 0, f"the holder: exit status {holder.returncode}: {err}")
        freed = time.monotonic()
        _, err = waiting.communicate()
        check(waiting.returncode == 0, f"the waiting ingest: exit status {waiting.returncode}: {err}")
        check(time.monotonic() - freed < 5, f"the waiting ingest took {time.monotonic() - freed:.1f} s after the lock was free")
        print(f"--wait 30s: the holder was done {freed - begun:.2f} s after it went on, the waiting ingest {time.monotonic() - freed:.2f} s later")

        holder = stopped_holder(parsed.shh, logs, database)
        refused(parsed.shh, logs, database, holder)
        holder.kill()
        holder.wait()
        begun = time.monotonic()
        status, _, err = common.ingest(parsed.shh, logs, database)
        print(f"after kill -9 of the holder the next ingest took {time.monotonic() - begun:.2f} s, without waiting")
        check(status == 0, f"after kill -9 of the holder: exit status {status}: {err}")
        check(common.litter(database) == [], f"left behind: {common.litter(database)}")
        check(common.difference(common.contents(database), expected) is None, "other rows than before")

        # Twelve at once: each does its work or is refused, and the result is the same.
        runs = [subprocess.Popen(common.command(parsed.shh, logs, database, "--full"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                for _ in range(12)]
        for run in runs:
            _, err = run.communicate()
            check(run.returncode in (0, 75), f"one of twelve at once: exit status {run.returncode}: {err}")
        statuses = [run.returncode for run in runs]
        check(0 in statuses, f"none of twelve at once succeeded: {statuses}")
        check(common.litter(database) == [], f"left behind: {common.litter(database)}")
        check(common.difference(common.contents(database), expected) is None, "twelve at once: other rows than before")
        print(f"twelve at once: {statuses.count(0)} succeeded, {statuses.count(75)} were refused")
    common.finish("refusal, --wait, a killed holder, twelve at once")


if __name__ == "__main__":
    main()
