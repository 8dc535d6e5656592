"""spark-history-cli, command by command, against Spark's own server and against `shh serve`: it must print the same.

Runs in the environment of spark-history-cli, in one process: only the server differs between two runs of a command.
"""

import argparse
import json
import os
import re
import sys
import tempfile
import urllib.request

from click.testing import CliRunner
from spark_history_cli.cli import cli


def get(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/{path}", timeout=60) as answer:
        return json.load(answer)


def commands(port):
    """Application (or none) and arguments of every run."""
    yield None, ["version"]
    for options in ([], ["--status", "completed"], ["--status", "running"], ["--limit", "3"], ["--min-date", "2026-11-23"],
                    ["--max-date", "2026-11-23"]):
        yield None, ["apps", *options]
    for app in get(port, "applications"):
        attempts = [attempt.get("attemptId") for attempt in app["attempts"]]
        base = f"applications/{app['id']}" + (f"/{attempts[0]}" if attempts[0] else "")
        if not app["attempts"][0]["completed"]:
            # Durations of what has not ended depend on the moment.
            yield app["id"], ["jobs"]
            continue
        yield None, ["app", app["id"]]
        yield app["id"], ["attempts"]
        for attempt in attempts:
            yield app["id"], ["attempt", attempt or "1"]
        for arguments in (["processes"], ["summary"], ["env"], ["executors"], ["executors", "--all"], ["rdds"], ["rdd", "0"],
                          ["jobs"], ["jobs", "--status", "failed"], ["stages"], ["stages", "--status", "complete"],
                          ["job", "9999"], ["stage", "9999"], ["sql", "9999"]):
            yield app["id"], arguments
        for job in get(port, base + "/jobs")[:5]:
            yield app["id"], ["job", str(job["jobId"])]
            yield app["id"], ["job-stages", str(job["jobId"])]
        for stage in get(port, base + "/stages")[:5]:
            which = [str(stage["stageId"]), "--attempt", str(stage["attemptId"])]
            yield app["id"], ["stage", which[0]]
            yield app["id"], ["stage", *which]
            yield app["id"], ["stage-summary", *which]
            yield app["id"], ["stage-tasks", *which]
            yield app["id"], ["stage-tasks", *which, "--sort-by", "-runtime", "--length", "3"]
        yield app["id"], ["sql"]
        for execution in get(port, base + "/sql?details=false&planDescription=false")[:5]:
            yield app["id"], ["sql", str(execution["id"])]
            yield app["id"], ["sql-plan", str(execution["id"])]
            yield app["id"], ["sql-plan", str(execution["id"]), "--dot"]
            yield app["id"], ["sql-plan", str(execution["id"]), "--view", "final"]
            yield app["id"], ["sql-jobs", str(execution["id"])]
        yield app["id"], ["logs"]


def run(port, app, arguments, as_json):
    options = ["--server", f"http://127.0.0.1:{port}"]
    if as_json:
        options.append("--json")
    if app:
        options += ["--app-id", app]
    result = CliRunner().invoke(cli, [*options, *arguments])
    text = re.sub(r"127\.0\.0\.1:\d+", "SERVER", result.output)
    # The times of incomplete applications are those of the server's last look.
    return result.exit_code, text


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ours", type=int, required=True)
    parser.add_argument("--spark", type=int, required=True)
    arguments = parser.parse_args()
    same = 0
    different = []
    os.chdir(tempfile.mkdtemp())
    for app, command in commands(arguments.spark):
        for as_json in (False, True):
            ours, theirs = (run(port, app, command, as_json) for port in (arguments.ours, arguments.spark))
            if as_json and ours != theirs:
                ours, theirs = (settled(output) for output in (ours, theirs))
            if ours == theirs:
                same += 1
            else:
                different.append(f"{app} {command} json={as_json}: {ours!r:.300}, Spark {theirs!r:.300}")
    for difference in different[:40]:
        print(f"differs: {difference}")
    print(f"{same} runs of commands print the same, {len(different)} do not")
    sys.exit(bool(different) or not same)


def settled(output):
    """The list of applications without the times of those that are not complete."""
    code, text = output
    text = re.sub(
        r'("lastUpdated(?:Epoch)?": )[^,\n]*(?=,?\n(?:(?!"completed").*\n)*?.*"completed": false)', r'\1"volatile"', text
    )
    text = re.sub(r'("completed": false(?:(?!\}).|\n)*?"lastUpdatedEpoch": )\d+', r"\1", text)
    return code, text


if __name__ == "__main__":
    main()
