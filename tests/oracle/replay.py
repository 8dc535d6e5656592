"""The recorded tasks of a run, scheduled again on `n` executors: what would fewer have taken?

From the module documentation of src/fold/what_if.rs and its rules: a stage attempt waits for its recorded parents that
ran and completed before its submission, and for the last stage completed before it, and then as long as it did
then; tasks keep their wall time (killed ones are left out) and take free cores in the order of their stages' ids and launches;
executors arrive as they did, further ones with the first.
"""
import heapq
from collections import defaultdict
from fractions import Fraction
from types import SimpleNamespace

import figures

LONGER = Fraction(105, 100)


def replay(app, row):
    """{replay_error_pct, replay_executors, likely_executors, likely_dur_s}, each None where nothing is replayed."""
    nothing = dict.fromkeys(["replay_error_pct", "replay_executors", "likely_executors", "likely_dur_s"])
    good = row["status"] == "succeeded" and not row["local"] and not row["compacted"]
    whole = row["event_loss_pct"] is not None and row["event_loss_pct"] <= 5
    if not (good and whole and row["dur_s"] > 300 and row["alloc_core_h"] > 1):
        return nothing
    spans = [(*figures.cut(app, life), life.cores) for life in figures.all_lives(app)]
    stages = recorded(app)
    if not stages or len({cores for _, _, cores in spans}) != 1 or any(stage.cpus > spans[0][2] for stage in stages):
        return nothing
    today = executors_of_today(stages, spans)
    if today is None:
        return nothing
    arrivals = sorted(start - app.start for start, _, _ in spans)
    rest = app.end - max(stage.end for stage in stages)  # the driver's end
    length, took = app.end - app.start, makespan(stages, arrivals, spans[0][2], today) + rest
    fewest = next(number for number in range(1, today + 1)
                  if makespan(stages, arrivals, spans[0][2], number) + rest <= LONGER * took)
    return {
        "replay_error_pct": float(100 * abs(Fraction(took - length, length))), "replay_executors": today,
        "likely_executors": fewest,
        "likely_dur_s": figures.seconds(makespan(stages, arrivals, spans[0][2], fewest) + rest),
    }


def recorded(app):
    """Stage attempts that were submitted and completed, and what each waits for."""
    walls = defaultdict(list)
    for task in app.tasks:
        if task.reason != "TaskKilled":
            walls[task.stage].append(task)
    stages = []
    for key, stage in app.stages.items():
        if stage.submitted is None or stage.completed is None:
            continue
        start = min(max(stage.submitted, app.start), app.end)
        end = min(max(stage.completed, start), app.end)
        stages.append(SimpleNamespace(
            id=key[0], place=len(stages), start=start, end=end, parents=stage.parents,
            walls=[task.dur_ms for task in sorted(walls[key], key=lambda task: task.launch)],
            cpus=figures.stage_cpus(app, stage),
        ))
    for stage in stages:
        # Two of no length at one moment must not wait for each other.
        before = [other for other in stages if other.end <= stage.start and order(other) < order(stage)]
        waits = [other for other in before if other.id in stage.parents]
        waits += [max(before, key=order)] if before else []
        stage.waits = {other.place for other in waits}
        stage.gap = stage.start - max((other.end for other in waits), default=app.start)
    return stages


def order(stage):
    return stage.end, stage.start, stage.place


def executors_of_today(stages, spans):
    """The mean held while a stage ran, rounded, at least 1."""
    active, covered = [], None
    for start, end in sorted((stage.start, stage.end) for stage in stages):
        if covered is not None and start <= covered:
            active[-1][1] = covered = max(covered, end)
        else:
            active.append([start, end])
            covered = end
    length = sum(end - start for start, end in active)
    if not length:
        return None
    held = sum(figures.overlap(start, end, low, high) for start, end, _ in spans for low, high in active)
    return max(1, (2 * held + length) // (2 * length))


def makespan(stages, arrivals, cores, executors):
    """ms from the application's start to the last stage's end with so many executors."""
    waits = [set(stage.waits) for stage in stages]
    open_tasks = [len(stage.walls) for stage in stages]
    to_launch = [list(reversed(stage.walls)) for stage in stages]
    events, free, last = [], Fraction(0), 0  # (time, what comes first, stage)
    ENDS, COMES, BEGINS = 0, 1, 2
    for number in range(executors):
        heapq.heappush(events, (arrivals[number] if number < len(arrivals) else arrivals[0], COMES, -1))
    for stage in stages:
        if not stage.waits:
            heapq.heappush(events, (stage.gap, BEGINS, stage.place))
    queue = []  # ids and places of begun stages with tasks to launch
    while events:
        now = events[0][0]
        while events and events[0][0] == now:
            _, what, place = heapq.heappop(events)
            if what == COMES:
                free += cores
                continue
            if what == ENDS:
                free += stages[place].cpus
                open_tasks[place] -= 1
            elif to_launch[place]:
                heapq.heappush(queue, (stages[place].id, place))
            if not open_tasks[place]:  # completed
                last = now
                for stage in stages:
                    if place in waits[stage.place]:
                        waits[stage.place].remove(place)
                        if not waits[stage.place]:
                            heapq.heappush(events, (now + stage.gap, BEGINS, stage.place))
        while queue and free >= stages[queue[0][1]].cpus:
            place = queue[0][1]
            free -= stages[place].cpus
            heapq.heappush(events, (now + to_launch[place].pop(), ENDS, place))
            if not to_launch[place]:
                heapq.heappop(queue)
    return last
