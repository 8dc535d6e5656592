"""kill -9 at many moments of a prune, of a compaction and of an export.

    python kill_rest.py --shh PROGRAM [--rounds 18] [--seed N] [--dir FOLDER]

`--rounds` kills each: a third at any time of the run, a third in its last third, and a third as soon as the new has taken
the place of the old. After each kill what was there before is there whole, or what is to be there is; the same command then ends as one that was
never disturbed, and leaves nothing behind.
"""
import json
import os
import random
import shutil
import subprocess
import time

import duckdb

import common
import corpus
from common import check

NOW = "2027-06-01T00:00:00"  # that the program takes for now: behind every log
LOGS, OLD_LOGS = 40, 24
FILLER = 1500  # rows of 8 KB that make the database larger, so that copying it takes a while


class Operation:
    """A command that replaces what is at `place`; `reset` makes what it finds, `states` are the ones that may be found."""

    def __init__(self, name, command, place, reset, found, states, litter):
        self.name, self.command, self.place, self.reset = name, command, place, reset
        self.found, self.states, self.litter = found, states, litter

    def undisturbed(self):
        """Seconds it takes."""
        begun = time.monotonic()
        done = subprocess.run(self.command, capture_output=True, text=True)
        check(done.returncode == 0, f"{self.name}: exit status {done.returncode}: {done.stderr}")
        return time.monotonic() - begun

    def inode(self):
        try:
            return os.stat(self.place).st_ino
        except FileNotFoundError:
            return None

    def killed(self, moment):
        """Whether it was killed so many seconds after it began (None: when it had replaced what it found); otherwise it
        was done before."""
        old = self.inode()
        process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if moment is None:
            while self.inode() == old and process.poll() is None:
                pass
        else:
            time.sleep(moment)
        process.kill()
        return process.wait() < 0

    def test(self, rounds, rng):
        """(kills, of them such that the new state was found)"""
        lengths = []
        for _ in range(3):
            self.reset()
            lengths.append(self.undisturbed())
            check(self.found() == self.states[1], f"{self.name}: undisturbed, {self.found()} is not {self.states[1]}")
        length, kills, new, tries = min(lengths), 0, 0, 0
        while kills < rounds:
            tries += 1
            if not check(tries < 6 * rounds, f"{self.name}: {tries - kills} of {tries} runs were done before their kill"):
                break
            self.reset()
            moments = rng.uniform(0, length), rng.uniform(2 / 3 * length, 1.1 * length), None
            if not self.killed(moments[kills % 3]):
                continue
            kills += 1
            what = f"{self.name}, kill {kills}"
            try:
                found = self.found()
                check(found in self.states, f"{what}: {found} is none of {self.states}")
                new += found == self.states[1]
            except (duckdb.Error, OSError, KeyError, ValueError) as error:
                check(False, f"{what}: what is there cannot be read: {error}")
            self.undisturbed()
            check(self.found() == self.states[1], f"{what}: the next run: {self.found()} is not {self.states[1]}")
            check(self.litter() == [], f"{what}: the next run left {self.litter()}")
            if len(common.failures) > 20:
                break
        check(new > 0 or self.states[0] == self.states[1], f"{self.name}: no kill found the new state")
        print(f"{self.name}: {length:.2f} s undisturbed, {kills} kills, the new state was there at {new}", flush=True)
        return kills, new


def export_of(directory):
    """Rows of each table of an export as its files hold them, or None where there is none. One that is not whole, or
    not what its manifest says, is an error."""
    if not os.path.exists(directory):
        return None
    with open(os.path.join(directory, "_shh_export.json")) as file:
        tables = {table["name"]: table["rows"] for table in json.load(file)["tables"]}
    with duckdb.connect() as connection:
        for table, rows in tables.items():
            found = connection.sql(f"select count(*) from read_parquet('{directory}/{table}/**/*.parquet')").fetchone()[0]
            if found != rows:
                raise ValueError(f"{table} has {found} rows, its manifest says {rows}")
    return tables


def main():
    parsed = common.arguments(__doc__, rounds=18, seed=0)
    seed = parsed.seed or random.SystemRandom().randrange(1, 1 << 30)
    rng, begun = random.Random(seed), time.monotonic()
    os.environ["SHH_NOW"] = NOW + "Z"
    print(f"seed {seed}")
    with common.Folder(parsed) as folder:
        logs, home, away = (os.path.join(folder, name) for name in ("logs", "home", "away"))
        base, older, database = os.path.join(folder, "base.duckdb"), os.path.join(folder, "older.duckdb"), os.path.join(home, "shh.duckdb")
        target, kept = os.path.join(away, "export"), os.path.join(folder, "kept")
        os.mkdir(home)
        os.mkdir(away)
        corpus.make(logs, OLD_LOGS)
        common.ingest_ok(parsed.shh, logs, older)
        corpus.make(logs, LOGS - OLD_LOGS, first=OLD_LOGS)
        common.ingest_ok(parsed.shh, logs, base)
        for path in (older, base):
            os.remove(path + ".lock")

        def shh(*arguments):
            done = subprocess.run([parsed.shh, *arguments], capture_output=True, text=True)
            check(done.returncode == 0, f"{' '.join(arguments)}: exit status {done.returncode}: {done.stderr}")

        # Half of the applications end before the limit.
        with duckdb.connect(base, read_only=True) as connection:
            (days,) = connection.sql(f"""select date_diff('day', median("end"), '{NOW}'::timestamp) from apps""").fetchone()
        limit = ["--older-than", f"{int(days)}d"]
        with duckdb.connect(base) as connection:
            connection.execute(f"create table {common.FILLER} (noise blob)")
            connection.executemany(f"insert into {common.FILLER} values (?)", [[rng.randbytes(8192)] for _ in range(FILLER)])
            connection.execute("checkpoint")

        def restore():
            common.replace(base, database)

        def after(*arguments):
            restore()
            shh(*arguments)
            return common.fingerprint(database)

        prune = ["prune", *limit, "--database", database]
        compact = ["compact", "--database", database]
        whole, pruned, compacted = common.fingerprint(base), after(*prune), after(*compact)
        check(0 < pruned["apps"][0] < whole["apps"][0], f"a prune leaves {pruned['apps']} of {whole['apps']}")
        check(compacted == whole, "a compaction leaves other rows")

        export = ["export", target, "--database", base]
        shh("export", kept, "--database", older)
        is_taken = True

        def reset_export():
            nonlocal is_taken
            shutil.rmtree(target, ignore_errors=True)
            is_taken = not is_taken
            if is_taken:
                shutil.copytree(kept, target)

        def found_export():
            return export_of(target)

        reset_export()
        shh(*export)
        states = [export_of(kept), export_of(target), None]
        check(states[0]["apps"] == OLD_LOGS and states[1]["apps"] == LOGS, f"exports of {states[:2]}")
        operations = [
            Operation("prune", [parsed.shh, *prune], database, restore, lambda: common.fingerprint(database), [whole, pruned],
                      lambda: common.litter(database)),
            Operation("compact", [parsed.shh, *compact], database, restore, lambda: common.fingerprint(database), [whole, compacted],
                      lambda: common.litter(database)),
            Operation("export", [parsed.shh, *export], target, reset_export, found_export, states,
                      lambda: sorted(set(os.listdir(away)) - {"export"})),
        ]
        done = [(operation.name, *operation.test(parsed.rounds, rng)) for operation in operations]
        print(f"{time.monotonic() - begun:.0f} s")
        common.finish(", ".join(f"{kills} kills of {name} ({new} found the new state)" for name, kills, new in done))


if __name__ == "__main__":
    main()
