"""kill -9 at a hundred moments of an ingest, with a reader polling all the time.

    python kill.py --shh PROGRAM [--rounds 100] [--seed N] [--dir FOLDER]

An ingest into a copy of a database (some logs known, some grown, some new) is killed: at random times over the whole run,
and at random times within each phase, told by the files that it makes (the copy `.next-*` and its size, the published
inode). After each kill the published file opens and holds the old or the new state; after every second one an undisturbed
run ends with the same rows as one that was never disturbed, and leaves nothing behind. The reader must never see anything
else.
"""
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter

import duckdb

import common
import corpus
from common import check

KNOWN, NEW, GROWN = 60, 60, 6
STATE = """
    select (select count(*) from apps), (select sum(tasks) from apps), (select count(*) from stages),
           (select count(*) from usage), (select count(*) from logs), (select count(*) from ingests),
           (select count(*) from stages anti join apps using (app_key))
"""
# Phase -> rounds of a hundred; the others are killed at any time of the run.
PHASES = {"copy": 14, "checkpoint": 40, "rename": 8}
PAUSE_S = 0.02
ORDER = ["start", "copy", "read", "checkpoint", "rename"]  # the checkpoint with the sync behind it
FILLER = 2000  # rows of 8 KB that make the base larger, so that copying it takes a while


def state(database):
    with duckdb.connect(database, read_only=True) as connection:
        return list(connection.execute(STATE).fetchone())


# ------------------------------------------------------------------------------------------- the reader


def reader(database):
    """Polls until its input is closed; then prints what it saw."""
    import select

    seen, errors, slowest = Counter(), [], 0
    while not select.select([sys.stdin], [], [], PAUSE_S)[0]:
        begun = time.monotonic()
        try:
            seen[json.dumps(state(database))] += 1
        except Exception as error:  # any at all is a failure
            errors.append(f"{type(error).__name__}: {error}")
        slowest = max(slowest, time.monotonic() - begun)
    print(json.dumps({"seen": seen, "errors": errors[:20], "failed": len(errors), "slowest": slowest}))


# ------------------------------------------------------------------------------------------- one ingest, watched


class Watched:
    """A running ingest and the phase it is in, judged from its files."""

    def __init__(self, shh, logs, database):
        self.database, self.inode, self.size = database, os.stat(database).st_ino, os.path.getsize(database)
        self.begun = time.monotonic()
        self.process = subprocess.Popen(common.command(shh, logs, database), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.copy = f"{database}.next-{self.process.pid}"
        self.phase = "start"
        self.times = {"start": 0.0}  # phase -> when it was first seen

    def elapsed(self):
        return time.monotonic() - self.begun

    def look(self):
        try:
            size = os.stat(self.copy).st_size
        except FileNotFoundError:
            size = None
        if size is None:
            now = "rename" if os.stat(self.database).st_ino != self.inode else self.phase
        elif size < self.size:
            now = "copy"
        else:
            now = "checkpoint" if size > self.size else "read"
        if now != self.phase:
            self.phase = now
            self.times.setdefault(now, self.elapsed())
        return self.phase

    def kill(self):
        """Kills it; its phase at that moment, or None when it was done before."""
        self.process.kill()
        self.process.stderr.read()
        return None if self.process.wait() >= 0 else self.phase


def calibrate(shh, logs, base, database, rounds=3):
    """Seconds of an undisturbed run and of each phase: the shortest seen."""
    seconds, lengths = [], dict.fromkeys(ORDER, 60.0)
    for _ in range(rounds):
        common.replace(base, database)
        run = Watched(shh, logs, database)
        while run.process.poll() is None:
            run.look()
        check(run.process.wait() == 0, f"an undisturbed run: exit status {run.process.returncode}: {run.process.stderr.read()}")
        seconds.append(run.elapsed())
        marks = sorted(run.times.items(), key=lambda mark: mark[1]) + [("end", run.elapsed())]
        for (phase, at), (_, until) in zip(marks, marks[1:]):
            lengths[phase] = min(lengths[phase], until - at)
    return min(seconds), lengths


def main():
    parsed = common.arguments(__doc__, rounds=100, seed=0)
    seed = parsed.seed or random.SystemRandom().randrange(1, 1 << 30)
    rng = random.Random(seed)
    begun = time.monotonic()
    with common.Folder(parsed) as folder:
        logs, home = os.path.join(folder, "logs"), os.path.join(folder, "home")
        base, database = os.path.join(folder, "base.duckdb"), os.path.join(home, "shh.duckdb")
        os.mkdir(home)
        corpus.make(logs, KNOWN)
        originals = corpus.sources()
        grown = [corpus.shifted(originals[number], number) for number in range(GROWN)]
        for name, text in grown:  # up to the middle
            for suffix in ("", ".zstd", ".gz"):
                if os.path.exists(os.path.join(logs, name + suffix)):
                    os.remove(os.path.join(logs, name + suffix))
            lines = text.splitlines(keepends=True)
            corpus.write(logs, name, b"".join(lines[: len(lines) // 2]), "plain")
        common.ingest_ok(parsed.shh, logs, base)
        os.remove(base + ".lock")
        with duckdb.connect(base) as connection:
            connection.execute(f"create table {common.FILLER} (noise blob)")
            connection.executemany(f"insert into {common.FILLER} values (?)", [[rng.randbytes(8192)] for _ in range(FILLER)])
            connection.execute("checkpoint")
        corpus.make(logs, NEW, first=KNOWN)
        for name, text in grown:
            corpus.write(logs, name, text, "plain")
        common.replace(base, database)
        summary = common.ingest_ok(parsed.shh, logs, database)
        check(summary["logs"] == NEW + GROWN and summary["published"], f"undisturbed run: {summary}")
        expected, after = common.Expected(database), state(database)
        before = state(base)
        check(before[0] == KNOWN and after[0] == KNOWN + NEW, f"applications before {before[0]}, after {after[0]}")
        length, lengths = calibrate(parsed.shh, logs, base, database)
        print(f"seed {seed}; {KNOWN} logs known, {GROWN} grown, {NEW} new; database {os.path.getsize(base)} B, then "
              f"{os.path.getsize(database)} B; an undisturbed run takes {length:.2f} s:")
        print("  " + ", ".join(f"{phase} {1000 * lengths[phase]:.0f} ms" for phase in ORDER), flush=True)

        common.replace(base, database)
        poller = subprocess.Popen([sys.executable, __file__, "--reader", database], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        plan = [phase for phase, share in PHASES.items() for _ in range(share * parsed.rounds // 100)]
        plan += [None] * (parsed.rounds - len(plan))
        rng.shuffle(plan)
        hit, published, missed, recoveries, needs_reset = Counter(), 0, 0, 0, False
        while plan:
            phase, number = plan.pop(), sum(hit.values())
            if needs_reset:
                common.replace(base, database)
                needs_reset = False
            run = Watched(parsed.shh, logs, database)
            moment = rng.uniform(0, lengths[phase] if phase else length)
            if phase and rng.random() < 0.5:
                moment /= 10  # the log is written, the copy begun, the file renamed at the beginning of a phase
            anchor = run.begun if phase is None else None
            while run.process.poll() is None:
                now = run.look()
                if anchor is None and ORDER.index(now) >= ORDER.index(phase):
                    anchor = time.monotonic()
                if anchor is not None and time.monotonic() >= anchor + moment:
                    break
                if now in ("read", "checkpoint"):
                    time.sleep(0.0005)  # leaves the processor to the ingest; the other phases are short
            killed_in = run.kill()
            if killed_in is None:  # faster than thought: once more
                missed += 1
                needs_reset = True
                if not check(missed < parsed.rounds, f"{missed} runs were done before their kill"):
                    break
                plan.append(phase)
                continue
            hit[killed_in] += 1
            what = f"kill {number}, in {killed_in}"
            try:
                found = state(database)
                check(found in (before, after), f"{what}: {found} is neither {before} nor {after}")
                published += found == after
            except duckdb.Error as error:
                check(False, f"{what}: the published file does not open: {error}")
            sides = [name for name in common.litter(database) if ".next-" not in name]
            check(not sides, f"{what}: beside the published file: {sides}")
            # After every second kill the next run is killed, too.
            if number % 2 == 1 or found == after or not plan:
                needs_reset = True
                recoveries += 1
                status, _, err = common.ingest(parsed.shh, logs, database)
                if check(status == 0, f"{what}: the next run: exit status {status}: {err}"):
                    check(common.litter(database) == [], f"{what}: the next run left {common.litter(database)}")
                    differs = expected.difference(database)
                    check(differs is None, f"{what}: other rows than undisturbed: {differs}")
            if len(common.failures) > 20:
                break
        saw = json.loads(poller.communicate(b"\n")[0])
        seen = {tuple(json.loads(key)): count for key, count in saw["seen"].items()}
        check(saw["failed"] == 0, f"the reader failed {saw['failed']} times: {saw['errors']}")
        check(set(seen) == {tuple(before), tuple(after)}, f"the reader saw {seen}, expected {before} and {after}")
        print(f"{sum(hit.values())} kills: " + ", ".join(f"{phase} {hit[phase]}" for phase in ORDER)
              + f"; {missed} runs were done before their kill and tried again")
        print(f"the new state was already published at {published} kills; {recoveries} undisturbed runs followed")
        print(f"reader: {sum(seen.values())} polls, {seen.get(tuple(before), 0)} of the old state, "
              f"{seen.get(tuple(after), 0)} of the new, {saw['failed']} errors, slowest {1000 * saw['slowest']:.0f} ms")
        late = sum(hit[phase] for phase in PHASES)
        check(late >= parsed.rounds * 0.4, f"only {late} of {parsed.rounds} kills hit the writing phases")
        print(f"{time.monotonic() - begun:.0f} s")
        common.finish(f"{sum(hit.values())} kills ({', '.join(f'{phase} {hit[phase]}' for phase in ORDER)}), "
                      f"{recoveries} recoveries, {sum(seen.values())} polls of the reader")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--reader"]:
        reader(sys.argv[2])
    else:
        main()
