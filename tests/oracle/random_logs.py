"""Random small logs that no Spark writes: tasks that outlive everything, retries, logs without an end, odd failures.

    python random_logs.py OUT [N]        OUT must not exist; N logs (default 400)
    python answers.py --shh PROGRAM --only tables,summary,jobs,owners,quality OUT

What selftest.py makes, stretched to up to hours, with the figures of tasks and parents of stages added.
"""
import json
import os
import random
import sys

from selftest import random_log

START, APART = 1_780_000_000_000, 7_000_000  # ms
TIMES = ("Timestamp", "Submission Time", "Completion Time", "Launch Time", "Finish Time")


def stretched(value, base, scale):
    return {key: base + part * scale if key in TIMES else stretched(part, base, scale) if isinstance(part, dict) else part
            for key, part in value.items()}


def log(number):
    chance, events, tasks = random.Random(number), [], 0
    scale = chance.choice([1, 1, 100_000, 1_000_000])
    for event in random_log(chance):
        event = stretched(event, START + number * APART, scale)
        kind, stage = event["Event"], event.get("Stage Info")
        if kind.endswith("ApplicationStart"):  # some are two attempts of one application
            event["App ID"] = f"app-{number // 2}" if number % 7 < 2 else f"solo-{number}"
            event["App Attempt ID"] = str(number % 2 + 1) if number % 7 < 2 else None
        elif kind.endswith("ApplicationEnd") and chance.random() < 0.1:
            continue
        elif kind.endswith("JobEnd") and chance.random() < 0.2:
            event["Job Result"] = {"Result": "JobFailed", "Exception": {"Message": "no way 12"}}
        elif stage:
            stage["Number of Tasks"] = max(1, stage["Number of Tasks"])
            stage["Parent IDs"] = [parent for parent in range(stage["Stage ID"]) if chance.random() < 0.5]
            if kind.endswith("Completed") and chance.random() < 0.15:
                stage["Failure Reason"] = f"boom {chance.randint(1, 9)} at x"
        elif kind.endswith("TaskEnd"):
            tasks += 1
            add_figures(event, tasks, chance)
            if event["Task End Reason"]["Reason"] != "Resubmitted":
                events.append({"Event": "SparkListenerTaskStart", "Stage ID": event["Stage ID"],
                               "Stage Attempt ID": event["Stage Attempt ID"],
                               "Task Info": event["Task Info"] | {"Finish Time": 0}})
            if chance.random() < 0.05:
                continue  # its end is lost
        events.append(event)
    return events, f"log-{number}" + (".inprogress" if chance.random() < 0.1 else "")


def add_figures(event, number, chance):
    event["Task Info"] |= {"Task ID": number, "Speculative": chance.random() < 0.1}
    event["Task Metrics"] = {
        "Executor Run Time": chance.randint(0, 1000), "Executor CPU Time": chance.randint(0, 10**9),
        "JVM GC Time": chance.randint(0, 99), "Executor Deserialize Time": chance.randint(0, 9),
        "Memory Bytes Spilled": chance.choice([0, 10**5]), "Disk Bytes Spilled": chance.choice([0, 10**4]),
        "Input Metrics": {"Bytes Read": chance.randint(0, 10**6), "Records Read": 3},
        "Shuffle Read Metrics": {"Fetch Wait Time": chance.randint(0, 5), "Remote Bytes Read": 7, "Local Bytes Read": 8},
    }
    reason = event["Task End Reason"]
    if reason["Reason"] == "ExceptionFailure":
        reason |= {"Class Name": chance.choice(["a.B", "java.lang.OutOfMemoryError"]),
                   "Description": f"bad {chance.randint(1, 50)}"}
    elif reason["Reason"] == "TaskKilled":
        reason["Kill Reason"] = "another attempt succeeded"


def main():
    os.mkdir(sys.argv[1])
    for number in range(int(sys.argv[2]) if len(sys.argv) > 2 else 400):
        events, name = log(number)
        with open(os.path.join(sys.argv[1], name), "w") as file:
            file.writelines(json.dumps(event) + "\n" for event in events)


if __name__ == "__main__":
    main()
