"""Checks figures.py's sweep against the definition evaluated literally at every millisecond of random small logs.

    python selftest.py [ROUNDS]
"""
import json
import os
import random
import sys
import tempfile

import figures


def random_log(rng):
    """Events of an application of about 60 ms: executors that come back, retries, tasks outliving everything."""
    events = [{"Event": "SparkListenerEnvironmentUpdate", "Spark Properties": {"spark.master": "yarn", "spark.task.cpus": str(rng.choice([1, 2]))}},
              {"Event": "SparkListenerApplicationStart", "App Name": "x", "App ID": "x", "Timestamp": 10, "User": "u"}]
    for executor in range(rng.randint(1, 3)):
        at = rng.randint(5, 30)
        for _ in range(rng.randint(1, 2)):
            events.append({"Event": "SparkListenerExecutorAdded", "Timestamp": at, "Executor ID": str(executor),
                           "Executor Info": {"Host": "h", "Total Cores": rng.randint(1, 4)}})
            if rng.random() < 0.3:
                break
            at += rng.randint(0, 25)
            events.append({"Event": "SparkListenerExecutorRemoved", "Timestamp": at, "Executor ID": str(executor), "Removed Reason": "r"})
            at += rng.randint(0, 10)
    for job in range(rng.randint(0, 3)):
        at = rng.randint(8, 60)
        events.append({"Event": "SparkListenerJobStart", "Job ID": job, "Submission Time": at})
        if rng.random() < 0.8:
            events.append({"Event": "SparkListenerJobEnd", "Job ID": job, "Completion Time": at + rng.randint(0, 30), "Job Result": {"Result": "JobSucceeded"}})
    for stage in range(rng.randint(0, 3)):
        at, count = rng.randint(8, 60), rng.randint(0, 4)
        info = {"Stage ID": stage, "Stage Attempt ID": 0, "Stage Name": "s", "Number of Tasks": count, "Submission Time": at}
        events.append({"Event": "SparkListenerStageSubmitted", "Stage Info": info})
        for _ in range(rng.randint(0, 6)):
            launch = at + rng.randint(0, 15)
            reason = rng.choice(["Success", "Success", "TaskKilled", "ExceptionFailure", "Resubmitted"])
            events.append({"Event": "SparkListenerTaskEnd", "Stage ID": stage, "Stage Attempt ID": 0, "Task End Reason": {"Reason": reason},
                           "Task Info": {"Index": rng.randint(0, max(0, count - 1)), "Launch Time": launch,
                                         "Finish Time": launch + rng.randint(0, 25), "Executor ID": str(rng.randint(0, 3))}})
        if rng.random() < 0.8:
            events.append({"Event": "SparkListenerStageCompleted", "Stage Info": info | {"Completion Time": at + rng.randint(0, 30)}})
    return events + [{"Event": "SparkListenerApplicationEnd", "Timestamp": 75}]


def at_every_instant(app):
    """The brief's text, one millisecond [t, t + 1) after the other."""
    cause = dict.fromkeys(["driver_gap", "startup", "tail", "skew_tail", "under_parallel"], 0)
    for t in range(0, 200):
        running = sum(figures.task_cpus(app, task) for task in app.tasks if task.launch <= t < task.finish)
        share = {"startup": 0, "mid": 0, "tail": 0}
        for life in figures.all_lives(app):
            if not (max(life.start, app.start) <= t < min(life.end, app.end)):
                continue
            mine = [task for task in app.tasks if figures.life_of(app, task) is life]
            if not mine or t < min(task.launch for task in mine):
                share["startup"] += life.cores
            elif t >= max(task.finish for task in mine):
                share["tail"] += life.cores
            else:
                share["mid"] += life.cores
        job_active = any(job.start <= t < (app.end if job.end is None else job.end) for job in app.jobs.values())
        if not job_active:
            cause["driver_gap"] += sum(share.values()) - running
            continue
        to_launch = False
        for key, stage in app.stages.items():
            if stage.submitted <= t < (app.end if stage.completed is None else stage.completed):
                launched = {task.index for task in app.tasks if task.stage == key and task.launch <= t}
                to_launch = to_launch or len(launched) < stage.num_tasks
        cause["startup"] += share["startup"]
        cause["tail"] += share["tail"]
        cause["skew_tail" if not to_launch and running > 0 else "under_parallel"] += share["mid"] - running
    return cause


def main():
    rounds, seen = int(sys.argv[1]) if len(sys.argv) > 1 else 2000, dict()
    with tempfile.TemporaryDirectory() as directory:
        for seed in range(rounds):
            with open(os.path.join(directory, "log"), "w") as file:
                file.writelines(json.dumps(event) + "\n" for event in random_log(random.Random(seed)))
            (app,) = figures.load([directory])
            sweep, literal = figures.idle_causes(app), at_every_instant(app)
            assert sweep == literal, (seed, sweep, literal)
            row = figures.app_row(app)
            usage = list(figures.usage_rows(app))
            for column in ("alloc_core_h", "busy_core_h", "alloc_gib_h"):
                assert abs(sum(hour[column] for hour in usage) - row[column]) < 1e-12, (seed, column)
            seen = {name: seen.get(name, 0) + (value != 0) for name, value in sweep.items()}
    print(f"{rounds} logs agree; rounds with a cause other than 0: {seen}")


if __name__ == "__main__":
    main()
