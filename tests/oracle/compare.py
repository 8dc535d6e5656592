"""Compares what `shh` stores and reports with figures.py.

    python compare.py --shh PATH_TO_BINARY [--expect FILE] [--database FILE] DIR...

--expect FILE   compares figures.py's own output with a stored json too (`figures.py DIR > FILE`)
--database FILE an already ingested file: no ingest is run

Integers must be equal, floats equal to 1e-9 relative. Exit 1 on any difference.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
from decimal import Decimal

import duckdb

import figures

# Oracle column -> column of `shh` where the names differ; None: not compared; a function of the row: computed.
# Columns not named here have the same name on both sides.
NAMES = {
    "report": {"log": None},  # the rows of `shh report apps`
    "apps": {"log": None},
    "stages": {},
    "executors": {"removed": lambda row: row["removed_reason"] is not None},
    "usage": {},
}
TABLES = ["apps", "stages", "executors", "usage"]
APP_KEY = "app_key"
KEYS = {
    "report": [],
    "apps": [],
    "stages": ["stage_id", "stage_attempt"],
    "executors": ["executor_id", "life"],
    "usage": ["hour"],
}
TIMES = {"start", "end", "submitted", "completed", "hour"}
REPORT = ["report", "apps", "--format", "json", "--limit", "0", "--include-local", "--include-incomplete", "--last", "all"]
# Sums of floats in another order: below this many units (hours, seconds) a difference is rounding next to zero.
NEAR_ZERO = 1e-12


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        print(f"note: exit status {done.returncode}: {' '.join(command)}\n{done.stderr.strip()}", file=sys.stderr)
    return done.stdout


def ingest(shh, directories, database):
    for directory in directories:
        run(shh, "ingest", "--log-directory", directory, "--database", database)
    if not os.path.exists(database):
        sys.exit("no database was written")


def normal(value, column):
    if isinstance(value, Decimal):
        value = int(value) if value == value.to_integral_value() else float(value)
    if column in TIMES and isinstance(value, int):
        value = figures.iso(value)
    return value


def read_table(connection, table):
    """Rows as dicts; times as ms since 1970, so that no time zone of this machine gets in."""
    columns = connection.sql(f"describe {table}").fetchall()
    select = ", ".join(
        f'epoch_ms("{name}") as "{name}"' if kind.startswith("TIMESTAMP") else f'"{name}"' for name, kind, *_ in columns
    )
    cursor = connection.execute(f"select {select} from {table}")
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row)) for row in cursor.fetchall()]


def read_shh(shh, database):
    """{"report": rows, "apps": rows, ...}; every row carries app_id and attempt."""
    report = json.loads(run(shh, *REPORT, "--database", database))
    result = {"report": report["rows"]}
    with duckdb.connect(database, read_only=True) as connection:
        for table in TABLES:
            try:
                result[table] = read_table(connection, table)
            except duckdb.CatalogException as error:
                print(f"{table}: {error}", file=sys.stderr)
                result[table] = []
    apps = {row.get(APP_KEY): row for row in result["apps"]}
    for table in TABLES[1:]:
        for row in result[table]:
            app = apps.get(row[APP_KEY], {"app_id": f"no app of key {row[APP_KEY]}", "attempt": None})
            row["app_id"], row["attempt"] = app["app_id"], app["attempt"]
    return result


def oracle_names(table, rows, oracle_rows):
    """Rows of `shh` with the oracle's column names; a column it lacks becomes None."""
    names, columns = NAMES.get(table, {}), list(oracle_rows[0]) if oracle_rows else []
    result = []
    for row in rows:
        new = {}
        for column in columns:
            where = names.get(column, column)
            value = where(row) if callable(where) else row.get(where)
            new[column] = normal(value, column)
        result.append(new)
    return result


class Comparison:
    def __init__(self):
        self.compared = self.differ = 0

    def difference(self, what, column, ours, oracle):
        self.differ += 1
        print(f"{what}\t{column}\tours {ours!r}\toracle {oracle!r}")

    def value(self, what, column, ours, oracle):
        self.compared += 1
        if not same(ours, oracle):
            self.difference(what, column, ours, oracle)

    def table(self, table, ours, oracle):
        names = NAMES.get(table, {})
        key_columns = ["app_id", "attempt", *KEYS[table]]

        def source(column):
            return names.get(column, column)

        def our_value(row, column):
            where = source(column)
            return normal(where(row) if callable(where) else row[where], column)

        missing = set()
        if ours and oracle:
            for column in oracle[0]:
                where = source(column)
                if isinstance(where, str) and where not in ours[0]:
                    missing.add(column)
                    if column in key_columns:
                        self.compared += 1
                        self.difference(table, where, "no such key column; table not compared", "")
                        return
        for column in sorted(missing):
            self.compared += 1
            self.difference(table, source(column), "no such column", "")

        def by_key(rows, value):
            result = {}
            for row in rows:
                key = tuple((value(row, column) or None) if column == "attempt" else value(row, column)
                            for column in key_columns)
                if key in result:
                    self.difference(f"{table} {show(key)}", "key", "twice", "")
                result[key] = row
            return result

        ours, oracle = by_key(ours, our_value), by_key(oracle, lambda row, column: row[column])
        for key in sorted(set(ours) | set(oracle), key=str):
            what = f"{table} {show(key)}"
            if key not in ours or key not in oracle:
                if table == "usage":  # an hour without a row is an hour of zeros
                    row = oracle.get(key) or ours[key]
                    values = [row[column] if key in oracle else our_value(row, column)
                              for column in next(iter(oracle.values()), {})
                              if column not in key_columns and column not in missing]
                    if not any(values):
                        continue
                self.compared += 1
                self.difference(what, "row", *(("present", "missing") if key in ours else ("missing", "present")))
                continue
            for column, value in oracle[key].items():
                if column in key_columns or column in missing or source(column) is None:
                    continue
                self.value(what, column, our_value(ours[key], column), value)


def show(key):
    return " ".join("-" if part is None else str(part) for part in key)


def same(ours, oracle):
    if isinstance(ours, float) or isinstance(oracle, float):
        if isinstance(ours, (int, float)) and isinstance(oracle, (int, float)):
            return abs(ours - oracle) <= max(NEAR_ZERO, 1e-9 * max(abs(ours), abs(oracle)))
    return ours == oracle


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--shh")
    parser.add_argument("--expect")
    parser.add_argument("--database")
    parser.add_argument("directories", nargs="+")
    arguments = parser.parse_args()
    oracle = figures.figures(arguments.directories)
    comparison = Comparison()
    if arguments.expect:
        with open(arguments.expect) as file:
            stored = json.load(file)
        for table in stored:
            NAMES["expect"] = {}
            rows = json.loads(json.dumps(oracle[table]))
            KEYS["expect"] = KEYS[table]
            comparison.table("expect", rows, stored[table])
    if arguments.shh:
        with tempfile.TemporaryDirectory() as directory:
            database = arguments.database or os.path.join(directory, "x.duckdb")
            if not arguments.database:
                ingest(arguments.shh, arguments.directories, database)
            ours = read_shh(arguments.shh, database)
        comparison.table("report", ours["report"], oracle["apps"])
        for table in TABLES:
            comparison.table(table, ours[table], oracle[table])
    print(f"{comparison.compared} figures compared, {comparison.differ} differ")
    sys.exit(1 if comparison.differ else 0)


if __name__ == "__main__":
    main()
