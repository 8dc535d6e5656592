"""Asks shh for its reports and trends, asks the oracle, and compares every figure.

    python answers.py --shh PROGRAM [--only NAME,...] [--database FILE] [--cache FILE] [--shown N] DIR...

--only NAME      of reports (jobs), trends (trends-usage) and `tables`: every column of every stored table
--database FILE  an already ingested database of DIR...: no ingest is run
--cache FILE     where to keep what the oracle made of DIR... for the next time
--shown N        differences printed for each column of each answer (default 5; 0: all)

Rows are matched by key. Integers and words must be equal, floats equal to 1e-9 relative. Exit 1 on any difference.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import asdict, replace

import duckdb

import compare
import figures
import model

MODULES = ["reports_a", "reports_b", "trends"]


def questions():
    """{name: Question} of all modules that are there; trends are called trends-NAME."""
    result = {}
    for name in MODULES:
        if not os.path.exists(os.path.join(os.path.dirname(__file__), name + ".py")):
            print(f"{name}.py is not there", file=sys.stderr)
            continue
        module = __import__(name)
        for question, value in module.QUESTIONS.items():
            result[f"trends-{question}" if name == "trends" else question] = value
    return result


class Program:
    def __init__(self, path, database, directory):
        self.path, self.database, self.directory, self.configs = path, database, directory, {}

    def run(self, *arguments):
        command = [self.path, *arguments, "--database", self.database]
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "SHH_NOW": model.NOW})
        if done.returncode not in (0, 3):
            raise RuntimeError(f"exit status {done.returncode}: {' '.join(command)}\n{done.stderr.strip()}")
        return done.stdout

    def answer(self, question, ask):
        """([(name, {columns, rows, coverage}) of each part], the command)"""
        kind, name = ("trends", question[7:]) if question.startswith("trends-") else ("report", question)
        arguments = [kind, name, *ask.arguments(), "--format", "json", "--limit", "0"]
        document = json.loads(self.run(*arguments, "--config", self.config(ask)))
        reports = document.get("reports", [{"name": name, "report": document}])
        return [(part["name"], part["report"]) for part in reports], " ".join(arguments)

    def config(self, ask):
        """A configuration file with the prices of an ask."""
        lines = ["[jobs]", f"include_user = {str(ask.job_by_user).lower()}"]
        if ask.prices:
            values = asdict(ask.prices)
            rates = values.pop("rates")
            lines += ["[cost]", *[f"{name} = {json.dumps(value)}" for name, value in values.items()]]
            for rate in rates:
                match = [f"{name} = {json.dumps(rate[name])}" for name in ("user", "queue", "app_name") if rate[name]]
                lines += ["[[cost.rate]]", f"match = {{ {', '.join(match)} }}", f"factor = {rate['factor']}"]
                edges = (("from", rate["since"]), ("until", rate["until"]))
                lines += [f"{edge} = {json.dumps(value)}" for edge, value in edges if value]
        text = "\n".join(lines) + "\n"
        if text not in self.configs:
            self.configs[text] = os.path.join(self.directory, f"settings-{len(self.configs)}.toml")
            with open(self.configs[text], "w") as file:
                file.write(text)
        return self.configs[text]


class Comparison:
    def __init__(self, shown):
        self.shown, self.compared, self.differ = shown, Counter(), Counter()
        self.printed, self.uncompared = Counter(), defaultdict(set)

    def differs(self, question, what, where, column, ours, oracle):
        self.differ[question] += 1
        self.printed[what, column] += 1
        if not self.shown or self.printed[what, column] <= self.shown:
            print(f"{what}\t{where}\t{column}\tours {ours!r}\toracle {oracle!r}")

    def print_rest(self):
        for (what, column), number in self.printed.items():
            if self.shown and number > self.shown:
                print(f"{what}\t{column}: {number - self.shown} more differ")

    def value(self, question, what, where, column, ours, oracle):
        self.compared[question] += 1
        if not compare.same(ours, oracle):
            self.differs(question, what, where, column, ours, oracle)

    def table(self, name, question, what, answer, oracle):
        units = {column["name"]: column["unit"] for column in answer["columns"]}
        times = {column for column, unit in units.items() if unit == "time"}

        def plain(row):
            return {column: figures.iso(value) if column in times and isinstance(value, int) else value
                    for column, value in row.items()}

        ours = by_key(answer["rows"], question.key)
        mine = by_key([plain(row) for row in oracle], question.key)
        columns = sorted({column for row in oracle for column in row} - set(question.key) - set(question.skip))
        # Without prices shh leaves the columns of money out.
        absent = [column for column in columns if column not in units]
        for column in absent:
            columns.remove(column)
            if any(row[column] is not None for row in oracle):
                self.compared[name] += 1
                self.differs(name, what, "all rows", column, "no such column", "")
        if oracle:
            self.uncompared[name] |= {column for column, unit in units.items()
                                      if column not in columns and column not in question.key}
        for where in [*ours, *(where for where in mine if where not in ours)]:
            if where not in ours or where not in mine:
                self.compared[name] += 1
                self.differs(name, what, show(where), "row", *(
                    ("present", "missing") if where in ours else ("missing", "present")))
                continue
            for column in columns:
                self.value(name, what, show(where), column, ours[where].get(column), mine[where].get(column))
        if question.ordered and list(ours) != list(mine) and set(ours) == set(mine):
            at = next(at for at, pair in enumerate(zip(ours, mine)) if pair[0] != pair[1])
            self.differs(name, what, f"row {at + 1}", "order", show(list(ours)[at]), show(list(mine)[at]))


def by_key(rows, columns):
    """Rows by key; a key that comes again is told apart by its number."""
    result, seen = {}, Counter()
    for row in rows:
        where = tuple(row.get(column) for column in columns)
        seen[where] += 1
        result[where if seen[where] == 1 else (*where, f"number {seen[where]}")] = row
    return result


def show(where):
    return " ".join("-" if part is None else str(part) for part in where) or "the row"


# ------------------------------------------------------------------------------------------- stored tables

TABLES = {  # our list -> (table, key columns behind the application's)
    "apps": ("apps", []), "executors": ("executors", ["executor_id", "life"]),
    "stages": ("stages", ["stage_id", "stage_attempt"]), "usage": ("usage", ["hour"]), "jobs": ("jobs", ["job_id"]),
    "sql": ("sql_executions", ["execution_id"]), "failures": ("failures", ["what", "class", "reason"]),
    "conf": ("conf", ["key"]), "profiles": ("resource_profiles", ["resource_profile"]),
}


def compare_tables(comparison, database, fleet):
    with duckdb.connect(database, read_only=True) as connection:
        tables = {name: compare.read_table(connection, table) for name, (table, _) in TABLES.items()}
    apps = {row["app_key"]: {"app_id": row["app_id"], "attempt": row["attempt"]} for row in tables["apps"]}
    for name, (table, columns) in TABLES.items():
        rows = [{column: compare.normal(value, "") for column, value in (row | apps[row["app_key"]]).items()}
                for row in tables[name]]
        for row in rows:
            del row["app_key"]
        oracle = [dict(row) for row in getattr(fleet, name)]
        for row in oracle:
            if "tags" in row:
                row["tags"] = "\n".join(f"{tag}={value}" for tag, value in row["tags"].items()) or None
        answer = {"columns": [{"name": column, "unit": ""} for column in (rows or [{}])[0]], "rows": rows}
        question = model.Question(["app_id", "attempt", *columns], None, [])
        comparison.table("tables", question, f"table {table}", answer, oracle)


# ------------------------------------------------------------------------------------------- all of it


def compare_coverage(comparison, name, what, coverage, fleet, ask):
    """The line under a table: the window that was answered, the applications it covers and leaves out, what they lost."""
    for edge in ("since", "until"):
        value = getattr(ask, edge)
        if coverage.get("window") and not ask.subject:
            comparison.value(name, what, "window", edge, coverage["window"][edge], figures.iso(value))
    if ask.subject or name == "quality":
        return
    everyone = model.selected(fleet, replace(ask, local=True, incomplete=True))
    shown = [fleet.app(app) for app in everyone if model.shows(ask, app)]
    local = sum(app["local"] for app in everyone) if not ask.local else 0
    unfinished = 0 if model.shows_unfinished(ask) else sum(
        app["end_estimated"] and (ask.local or not app["local"]) for app in everyone)
    judged = [app for app in shown if app["event_loss_pct"] is not None]
    left_out = {part["reason"]: part["applications"] for part in coverage.get("left_out", [])}
    for column, ours, oracle in (
        ("applications", coverage.get("applications"), len(shown)),
        ("left out: local", left_out.get("local", 0), local),
        ("left out: unfinished", left_out.get("unfinished", 0), unfinished),
        ("event_loss_pct", coverage.get("event_loss_pct"), model.ratio(
            model.total(app["event_loss_pct"] * app["tasks"] for app in judged), sum(app["tasks"] for app in judged))),
        ("peak_coverage_pct", coverage.get("peak_coverage_pct"), model.pct(
            model.total_or_none(app["measured_core_h"] for app in shown),
            model.total(app["alloc_core_h"] for app in shown))),
    ):
        comparison.value(name, what, "coverage", column, ours, oracle)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--shh", required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--database")
    parser.add_argument("--cache")
    parser.add_argument("--shown", type=int, default=5)
    parser.add_argument("directories", nargs="+")
    arguments = parser.parse_args()
    begin = time.monotonic()
    fleet = model.load(arguments.directories, arguments.cache)
    only = [name for name in arguments.only.split(",") if name]
    every = questions()
    unknown = set(only) - set(every) - {"tables"}
    if unknown:
        sys.exit(f"not known: {', '.join(sorted(unknown))}; there are tables, {', '.join(every)}")
    comparison = Comparison(arguments.shown)
    with tempfile.TemporaryDirectory() as directory:
        database = arguments.database or os.path.join(directory, "x.duckdb")
        if not arguments.database:
            compare.ingest(arguments.shh, arguments.directories, database)
        program = Program(arguments.shh, database, directory)
        if not only or "tables" in only:
            compare_tables(comparison, database, fleet)
        for name, question in every.items():
            if only and name not in only:
                continue
            for ask in question.asks:
                ask = ask.on(fleet)
                try:
                    parts, what = program.answer(name.removesuffix("-grouped"), ask)
                except RuntimeError as error:
                    comparison.compared[name] += 1
                    comparison.differs(name, name, "no answer", "", str(error), "")
                    continue
                oracle = question.rows(fleet, ask)
                # A function of several tables gives {part: rows}; its keys are told by `key` as a dict.
                if isinstance(oracle, dict):
                    found = dict(parts)
                    for part, rows in oracle.items():
                        of_part = model.Question(question.key[part], None, [], question.skip, question.ordered)
                        comparison.table(name, of_part, f"{what} [{part}]", found[part], rows)
                else:
                    comparison.table(name, question, what, parts[0][1], oracle)
                compare_coverage(comparison, name, what, parts[0][1]["coverage"], fleet, ask)
    comparison.print_rest()
    for name, columns in comparison.uncompared.items():
        if columns:
            print(f"{name}: not compared: {', '.join(sorted(columns))}")
    for name in comparison.compared:
        print(f"{name}: {comparison.compared[name]} figures compared, {comparison.differ[name]} differ")
    print(f"{time.monotonic() - begin:.0f} s")
    compared, differ = sum(comparison.compared.values()), sum(comparison.differ.values())
    print(f"{compared} figures compared, {differ} differ")
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
