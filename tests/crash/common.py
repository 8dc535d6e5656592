"""What the crash tests share: running shh, comparing databases, counting checks."""
import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile

import duckdb

passed, failures = 0, []


def check(ok, what):
    global passed
    if ok:
        passed += 1
    else:
        failures.append(what)
        print(f"FAILED: {what}", flush=True)
    return ok


def finish(summary):
    for failure in failures:
        print(f"failed: {failure}")
    print(f"summary: {summary}")
    print(f"{passed} checks passed, {len(failures)} failed")
    sys.exit(1 if failures else 0)


def arguments(description, **options):
    """--shh, --dir and the given integer options."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--shh", required=True, help="the program")
    parser.add_argument("--dir", help="where to make a temporary folder; a real disk is best")
    for name, default in options.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parsed = parser.parse_args()
    parsed.shh = os.path.abspath(parsed.shh)
    return parsed


class Folder(tempfile.TemporaryDirectory):
    def __init__(self, parsed):
        if parsed.dir:
            os.makedirs(parsed.dir, exist_ok=True)
        super().__init__(prefix="crash-", dir=parsed.dir, ignore_cleanup_errors=True)


def command(shh, logs, database, *more):
    return [shh, "ingest", "--log-directory", logs, "--database", database, "--format", "json", *more]


def ingest(shh, logs, database, *more, **options):
    """A whole ingest: (exit status, stdout, stderr)."""
    done = subprocess.run(command(shh, logs, database, *more), capture_output=True, text=True, **options)
    return done.returncode, done.stdout, done.stderr


def ingest_ok(shh, logs, database, *more):
    """An ingest that must succeed: its summary."""
    status, out, err = ingest(shh, logs, database, *more)
    if status != 0:
        sys.exit(f"exit status {status} of an undisturbed ingest into {database}\n{err}")
    return json.loads(out)


def replace(source, target):
    """Puts a copy of a database in the place of another in one step, as a publish does."""
    shutil.copyfile(source, target + ".copy")
    os.replace(target + ".copy", target)


def litter(database):
    """Files beside the database other than itself and its lock."""
    name = os.path.basename(database)
    return sorted(set(os.listdir(os.path.dirname(database))) - {name, name + ".lock"})


def bytes_of(path):
    with open(path, "rb") as file:
        return file.read()


# ------------------------------------------------------------------------------------------- contents

KEY, IGNORED, FILLER = "app_key", {"app_key", "ingest_id", "finished"}, "crash_test_filler"


def selections(connection, ignored=frozenset()):
    """(table, columns, where they come from): everything but the numbers and times that belong to the run itself."""
    names = [name for (name,) in connection.sql("select table_name from duckdb_tables() where not internal order by 1").fetchall()]
    for name in names:
        if name in ("ingests", FILLER):
            continue
        columns = [row[0] for row in connection.sql(f'describe "{name}"').fetchall()]
        kept = [f't."{column}"' for column in columns if column not in IGNORED | ignored]
        if KEY in columns:
            yield name, ["apps.app_id", "apps.attempt", *kept], f'"{name}" t left join apps using ({KEY})'
        else:
            yield name, kept, f'"{name}" t'


def contents(database, ignored=frozenset()):
    """{table: sorted rows}."""
    with duckdb.connect(database, read_only=True) as connection:
        return {name: sorted(connection.sql(f"select {', '.join(columns)} from {source}").fetchall(), key=order)
                for name, columns, source in selections(connection, ignored)}


def fingerprint(database):
    """{table: (rows, a sum of their hashes)}: equal where every bit is."""
    with duckdb.connect(database, read_only=True) as connection:
        return {name: connection.sql(f"select count(*), sum(hash({', '.join(columns)})::hugeint) from {source}").fetchone()
                for name, columns, source in selections(connection)}


class Expected:
    """What a database is to hold. Its rows are compared one by one only where a bit differs: sums of floats may, in
    their last digits."""

    def __init__(self, database):
        self.fingerprint, self.contents = fingerprint(database), contents(database)

    def difference(self, database):
        return None if fingerprint(database) == self.fingerprint else difference(contents(database), self.contents)


def order(row):
    # Sums of floats may differ in their last digits; the order must not.
    return [f"{value:.9e}" if isinstance(value, float) else str(value) for value in row]


def difference(ours, other):
    """The first difference of two contents, or None."""
    if ours.keys() != other.keys():
        return f"tables {sorted(ours)} and {sorted(other)}"
    for table, rows in ours.items():
        if len(rows) != len(other[table]):
            return f"{table}: {len(rows)} rows and {len(other[table])}"
        for row, twin in zip(rows, other[table]):
            if row != twin and not all(map(same, row, twin)):
                return f"{table}: {row} and {twin}"
    return None


def same(value, twin):
    if isinstance(value, float) and isinstance(twin, float):
        return math.isclose(value, twin, rel_tol=1e-9, abs_tol=1e-12)
    return value == twin
