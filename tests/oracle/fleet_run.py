"""One run of an application: a small driver with executors, on which a list scheduler runs stages.

    App(run).simulate().log.write(...)

Everything happens by callbacks in one queue over time: executors come and go, tasks take free cores, a lost executor
takes its running tasks and its shuffle files with it. Stages are submitted as Spark's DAG scheduler does: what is
missing of the parents first. All times are the driver's, in integer ms. The same run gives the same log.
"""
import heapq
import itertools
import random
from collections import deque
from dataclasses import dataclass, field

from fleet_log import FRAMES, MIB, NOTHING, TRACE_TEXT, Log, block_manager

ODD = 3  # the partition that gets `Stage.skew` and `Stage.error`
IDLE = 60_000  # executorIdleTimeout
DISK_FULL = ("java.io.IOException", "No space left on device")  # what tasks on `Run.bad_host` meet

# ------------------------------------------------------------------------------------------- what is to be run


@dataclass(frozen=True)
class Stage:
    tasks: int
    seconds: float  # of a task
    read: float = 0  # MiB a task reads from storage
    shuffle: float = 0  # MiB a task writes for the stages after it
    out: float = 0  # MiB a task writes to storage
    parents: tuple = None  # places in the same work; default: the stage before
    spill: float = 0  # MiB a task spills, as in memory; a quarter of it on disk
    skew: float = 1  # one task takes so many times longer and holds so many times the bytes
    error: tuple = None  # (class, message): one task never succeeds


@dataclass(frozen=True)
class Loss:
    """Executors that are lost: those of a host, or the one that ran the task that ended as the n-th."""
    reason: str
    at: int = None
    host: str = None
    after_tasks: int = None


@dataclass
class Run:
    name: str
    user: str
    start: int
    work: tuple  # of tuples of stages: SQL executions or jobs, one after the other
    app_id: str
    main: str  # class or script
    hosts: tuple  # YARN nodes
    queue: str = None
    team: str = None
    manager: str = "yarn"  # yarn, k8s or local
    cluster_mode: bool = True
    attempt: str = None
    version: str = "4.3.0"
    python: bool = False
    sql: bool = True  # SQL executions, adaptive: a job for each stage; else jobs of several stages
    executors: int = 4
    cores: int = 4
    dynamic: tuple = None  # (least, most) executors
    heap_gib: int = 6
    peak: float = 0.77  # highest measured heap, of the heap
    gc: float = 0.03  # of run time
    slow: float = 1.0  # all tasks take so many times longer
    conf: dict = field(default_factory=dict)
    placed: dict = field(default_factory=dict)  # number of the executor -> host
    losses: tuple = ()
    bad_host: str = None
    files: int = 0  # that a stage writes; 0: one a task
    trigger: int = 0  # ms between the batches of a streaming query
    cut: int = None  # the log was copied then: the application still runs
    layout: str = "rolling"  # rolling, zstd or plain


class Chance:
    """random.Random, by the methods that no version and no platform changes."""

    def __init__(self, *names):
        generator = random.Random("/".join(map(str, names)))
        self.random, self.bits = generator.random, generator.getrandbits

    def near(self, value, spread):
        return value * (1 + spread * (self.random() + self.random() + self.random() - 1.5) / 1.5)

    def whole(self, low, high):
        return low + int(self.random() * (high - low + 1))

    def pick(self, items):
        return items[int(self.random() * len(items))]

    def hex(self, digits):
        return f"{self.bits(4 * digits):0{digits}x}"

    def uuid(self):
        text = self.hex(32)
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


# ------------------------------------------------------------------------------------------- the application


class Cut(Exception):
    """The log was copied while the application ran."""


class Thing:
    """An executor, a work, a stage, an attempt of one, a task: attributes, and equal to nothing but itself."""

    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class App:
    def __init__(self, run):
        self.run, self.chance, self.clock = run, Chance(run.name, run.app_id, run.attempt), run.start
        self.ids = {name: itertools.count() for name in ("task", "stage", "job", "sql", "rdd", "accumulator")}
        self.log = Log(run, self.ids)
        self.calls, self.order = [], itertools.count()
        self.executors, self.coming, self.numbers = [], 0, itertools.count(1)
        self.attempts, self.work, self.query = [], None, None
        self.losses, self.ended_tasks = list(run.losses), 0
        counted = ["tasks", "failed_tasks", "recomputed_tasks", "lost_executors", "bad_host_tasks"]
        self.counts = dict.fromkeys(counted, 0)
        self.end = None

    # ---- time

    def at(self, time, call, *args):
        heapq.heappush(self.calls, (time, next(self.order), call, args))

    def pump(self, done):
        """Lets time pass until `done`."""
        while not done():
            time, _, call, args = heapq.heappop(self.calls)
            if self.run.cut and time > self.run.cut:
                raise Cut
            self.clock = max(self.clock, time)
            call(*args)

    def wait(self, ms):
        until = self.clock + ms
        self.at(until, lambda: None)
        self.pump(lambda: self.clock >= until)

    # ---- from start to end

    def simulate(self):
        code = 0
        try:
            self.open()
            for number, specs in enumerate(self.run.work):
                if not self.execute(number, specs):
                    code = 1
                    break
            self.wait(self.chance.whole(1500, 3000))
            if self.query:
                self.log.query_terminated(self.query)
            self.log.application_end(self.clock, code)
            self.end = self.clock
        except Cut:
            pass
        return self

    def open(self):
        run = self.run
        self.log.log_start()
        driver = Thing(id="driver", host=self.log.driver_host, port=self.port())
        if run.manager == "local":
            executor = self.new_executor("driver", driver.host)
            self.log.executor_added(executor, self.clock + 1100, None)
            self.executors.append(executor)
        self.log.block_manager_added(driver, self.clock + 1200)
        self.log.environment()
        self.log.application_start()
        if run.manager != "local":
            wanted = run.dynamic[0] if run.dynamic else run.executors
            self.request(wanted, self.clock + 2500, 0)
            self.pump(lambda: len(self.alive()) >= wanted)
        self.wait(self.chance.whole(1500, 3500))
        if run.trigger:
            self.query = {"id": self.chance.uuid(), "runId": self.chance.uuid()}
            self.log.query_started(self.query, self.clock)

    def port(self):
        return self.chance.whole(32768, 60999)

    # ---- executors

    def alive(self):
        return [executor for executor in self.executors if executor.alive]

    def new_executor(self, executor_id, host):
        run, port = self.run, self.port()
        peak = int(run.heap_gib * 1024 * MIB * run.peak * (1 - 0.03 * self.chance.random()))
        return Thing(id=executor_id, host=host, port=port, cores=run.cores, free=run.cores, alive=True, launched=0,
                     running=[], peak=peak, gc_ms=0)

    def request(self, count, now, ramp):
        """`count` executors register some seconds from `now`; ramp=1: asked for in doubling numbers each second."""
        self.coming += count
        for place in range(count):
            asked = now + 1000 * (place + 1).bit_length() * ramp
            self.at(asked + self.chance.whole(6000, 11000), self.register, asked)

    def register(self, asked):
        number, run = next(self.numbers), self.run
        if run.manager == "yarn":
            host = run.placed.get(number) or self.chance.pick(run.hosts)
        else:
            host = f"10.{self.chance.whole(1, 3)}.{self.chance.whole(1, 60)}.{self.chance.whole(2, 254)}"
        executor = self.new_executor(str(number), host)
        self.coming -= 1
        self.executors.append(executor)
        self.log.executor_added(executor, self.clock, asked)
        self.log.block_manager_added(executor, self.clock + self.chance.whole(150, 600))
        self.offer()

    def scale_up(self):
        """Dynamic allocation: as many executors as there are tasks for, up to the most."""
        if self.run.dynamic:
            tasks = sum(len(attempt.pending) + len(attempt.running) for attempt in self.attempts)
            wanted = min(self.run.dynamic[1], -(-tasks // self.run.cores)) - len(self.alive()) - self.coming
            if wanted > 0:
                self.request(wanted, self.clock, 1)

    def release(self, executor, launched):
        """Idle for the whole time-out: the driver lets it go."""
        if executor.alive and executor.launched == launched and len(self.alive()) > self.run.dynamic[0]:
            has_files = self.work and any(executor in stage.outputs.values() for stage in self.work.stages)
            if self.run.manager == "k8s" and has_files:  # shuffle tracking
                self.at(self.clock + IDLE, self.release, executor, launched)
            else:
                self.remove(executor, "Executor killed by driver.")

    def remove(self, executor, reason):
        executor.alive = False
        self.log.executor_removed(executor, self.clock, reason, self.clock + self.chance.whole(2, 30))

    def lose(self, loss, executor):
        """An executor dies with its running tasks and its shuffle files; the cluster manager sends another one."""
        if not executor.alive:
            return
        self.counts["lost_executors"] += 1
        container = self.log.container(int(executor.id) + 1)
        reason = loss.reason.format(container=container, host=executor.host, executor=executor.id)
        for task in list(executor.running):
            self.end_task(task, {"Reason": "ExecutorLostFailure", "Executor ID": executor.id,
                                 "Exit Caused By App": loss.host is None, "Loss Reason": reason}, None, failed=True)
            self.again(task)
        self.remove(executor, reason)
        for stage in self.work.stages if self.work else ():
            for partition in [partition for partition, where in stage.outputs.items() if where is executor]:
                del stage.outputs[partition]
                stage.missing.add(partition)
            for index, task in sorted(stage.attempt.won.items()) if stage.attempt else ():
                if task.executor is executor:  # it succeeded, but its output is gone
                    del stage.attempt.won[index]
                    self.log.task_end(task, {"Reason": "Resubmitted"}, None, None)
                    self.again(task)
        for attempt in self.attempts:
            if any(parent.missing for parent in attempt.stage.parents):
                self.at(self.clock + self.chance.whole(1200, 1900), self.fail_fetch, attempt, executor)
        self.request(1, self.clock + self.chance.whole(15_000, 25_000), 0)
        self.offer()

    def watch_losses(self, executor):
        """Called at the end of each task."""
        for loss in list(self.losses):
            if loss.after_tasks == self.ended_tasks:
                self.at(self.clock + 700, self.lose, loss, executor)
            if loss.at and loss.at <= self.clock + 60_000:
                self.losses.remove(loss)
                for place, victim in enumerate(victim for victim in self.alive() if victim.host == loss.host):
                    self.at(max(loss.at + 340 * place, self.clock), self.lose, loss, victim)

    # ---- works, jobs and stages

    def execute(self, number, specs):
        """One SQL execution or one job; True if it succeeded."""
        run = self.run
        if run.trigger:
            self.wait(max(1, run.start + 60_000 + number * run.trigger - self.clock))
        else:
            self.wait(self.chance.whole(8000, 14_000))
        work = self.work = Thing(number=number, stages=[], done=False, error=None, sql=None, query=None)
        for place, spec in enumerate(specs):
            parents = spec.parents if spec.parents is not None else ((place - 1,) if place else ())
            parents = [work.stages[parent] for parent in parents]
            is_last = place == len(specs) - 1
            code = run.main.removesuffix(".py").rsplit(".", 1)[-1]
            work.stages.append(Thing(
                work=work, spec=spec, parents=parents, place=place, is_last=is_last, id=None, job=None, attempt=None,
                tries=0, missing=set(range(spec.tasks)), outputs={}, is_waiting=False, rdd=next(self.ids["rdd"]) * 2,
                name=f"{'save' if is_last else 'groupBy'} at {code}.scala:{40 + 17 * number + place}",
                fetched=sum(parent.spec.shuffle * parent.spec.tasks for parent in parents) / spec.tasks))
        if run.sql:
            work.sql, work.query = next(self.ids["sql"]), self.chance.uuid()
            self.log.sql_start(work, self.clock)
        else:
            for stage in work.stages:
                stage.id = next(self.ids["stage"])
            job = self.start_job(work.stages)
        self.submit(work.stages[-1])
        self.pump(lambda: work.done)
        if run.sql:
            self.log.sql_end(work, self.clock + 4)
        else:
            self.log.job_end(job, self.clock, work.error)
        if self.query:
            self.log.query_progress(self.query, work, self.clock)
        self.work = None
        return work.error is None

    def start_job(self, stages):
        job = next(self.ids["job"])
        self.log.job_start(job, self.clock, stages, self.query)
        return job

    def adaptive_job(self, stage):
        """Adaptive execution runs each stage as a job of its own; those before it are in it as copies, skipped.
        Returns the stage as its job shows it."""
        copies = {}
        for before in stage.work.stages[:stage.place]:
            if leads_to(before, stage):
                parents = [copies[parent] for parent in before.parents]
                copies[before] = Thing(**vars(before) | {"id": next(self.ids["stage"]), "parents": parents})
        stage.id = next(self.ids["stage"])
        shown = Thing(**vars(stage) | {"parents": [copies[parent] for parent in stage.parents]})
        stage.job = self.start_job([*copies.values(), shown])
        return shown

    def submit(self, stage):
        """Starts an attempt for what is missing of a stage, or first those of its parents."""
        if stage.attempt or self.work is None or self.work.done:
            return
        waiting = [parent for parent in stage.parents if parent.missing]
        stage.is_waiting = bool(waiting)
        for parent in waiting:
            self.submit(parent)
        if waiting:
            return
        if not stage.missing:
            self.reached(stage)
            return
        shown = self.adaptive_job(stage) if self.run.sql else stage
        partitions = sorted(stage.missing)
        attempt = stage.attempt = Thing(
            stage=stage, shown=shown, number=stage.tries, partitions=partitions, submitted=self.clock + 9,
            pending=deque(range(len(partitions))), running=[], won={}, launches=[0] * len(partitions),
            failures=[0] * len(partitions), totals=dict(NOTHING),
            accumulator=next(self.ids["accumulator"]) * 50 + 1000)
        stage.tries += 1
        self.attempts.append(attempt)
        self.log.stage_submitted(attempt)
        self.scale_up()
        self.offer()

    def complete(self, attempt, failure=None):
        attempt.stage.attempt = None
        self.attempts.remove(attempt)
        driver = Thing(id="driver", peak=700 * MIB, gc_ms=900)
        self.log.stage_completed(attempt, self.clock + 3, failure, [*self.alive(), driver])

    def reached(self, stage):
        """All of a stage is there."""
        if self.run.sql:
            self.log.job_end(stage.job, self.clock, None)
        if stage.is_last:
            stage.work.done = True
        for child in stage.work.stages:
            if child.is_waiting and stage in child.parents:
                self.submit(child)

    def fail_fetch(self, attempt, lost):
        """Shuffle files of a lost executor are asked for: the attempt ends, its parents' tasks run again."""
        if attempt not in self.attempts or not attempt.running:
            return
        message = ("org.apache.spark.shuffle.FetchFailedException: Connection refused: "
                   f"{lost.host}/{lost.host}:{lost.port}{TRACE_TEXT}")
        for task in [task for task in attempt.running if self.clock - task.launch < 8000] or attempt.running[-1:]:
            self.end_task(task, {
                "Reason": "FetchFailed", "Block Manager Address": block_manager(lost), "Shuffle ID": 0,
                "Map ID": task.id // 2, "Map Index": task.index, "Reduce ID": task.partition, "Message": message,
            }, None, failed=True)
        self.complete(attempt, message)
        self.at(self.clock + 200, self.submit, attempt.stage)
        self.offer()

    def abort(self, task):
        """A task failed for the fourth time: the stage, its job and the execution fail."""
        attempt, stage, executor = task.attempt, task.attempt.stage, task.executor
        where = f"{task.index}.{task.number} in stage {stage.id}.{attempt.number} (TID {task.id})"
        text = (f"Job aborted due to stage failure: Task {task.index} in stage {stage.id}.{attempt.number} failed 4 "
                f"times, most recent failure: Lost task {where} ({executor.host} executor {executor.id}): "
                f"{': '.join(task.error)}{TRACE_TEXT}\n\nDriver stacktrace:")
        killed = list(attempt.running)
        self.complete(attempt, text)
        stage.work.error, stage.work.done = text, True
        if self.run.sql:
            self.log.job_end(stage.job, self.clock, text)
        for task in killed:
            self.at(self.clock + self.chance.whole(300, 900), self.kill, task, f"Stage cancelled: {text}")

    def kill(self, task, reason):
        if task in task.executor.running:
            reason = {"Reason": "TaskKilled", "Kill Reason": reason, "Accumulator Updates": []}
            self.end_task(task, reason, NOTHING | {"run": self.clock - task.launch - 5}, killed=True)

    # ---- tasks

    def offer(self):
        """Free cores take pending tasks: earlier stages first, and of the executors that with most free cores."""
        for attempt in sorted(self.attempts, key=lambda attempt: attempt.stage.id):
            while attempt.pending:
                free = [executor for executor in self.executors if executor.alive and executor.free]
                if not free:
                    return
                self.launch(attempt, attempt.pending.popleft(), max(free, key=lambda executor: executor.free))

    def launch(self, attempt, index, executor):
        spec, partition = attempt.stage.spec, attempt.partitions[index]
        launch = max(self.clock + self.chance.whole(1, 6), attempt.submitted + 4)
        is_skewed = partition == ODD and spec.skew > 1
        wall = spec.seconds * 1000 * self.run.slow * (spec.skew if is_skewed else self.chance.near(1, 0.25))
        error = spec.error if partition == ODD else None
        if executor.host == self.run.bad_host and self.chance.random() < 0.4 and not attempt.failures[index]:
            error = DISK_FULL
            self.counts["bad_host_tasks"] += 1
        wall *= 0.2 if error else 1
        first = 0 if executor.launched else self.chance.whole(500, 900)
        task = Thing(
            id=next(self.ids["task"]), attempt=attempt, index=index, partition=partition, executor=executor,
            number=attempt.launches[index], launch=launch, finish=0, wall=int(wall) + first, first=first, error=error,
            size=self.chance.near(1, 0.08) * (spec.skew if is_skewed else 1), failed=False, killed=False)
        attempt.launches[index] += 1
        attempt.running.append(task)
        executor.running.append(task)
        executor.free -= 1
        executor.launched += 1
        self.log.task_start(task)
        self.at(launch + task.wall, self.finish, task)

    def again(self, task):
        if task.attempt in self.attempts:
            task.attempt.pending.appendleft(task.index)

    def finish(self, task):
        attempt, executor, stage = task.attempt, task.executor, task.attempt.stage
        if task not in executor.running:
            return  # lost or killed meanwhile
        if task.error:
            text = ": ".join(task.error)
            reason = {"Reason": "ExceptionFailure", "Class Name": task.error[0], "Description": task.error[1],
                      "Stack Trace": FRAMES, "Full Stack Trace": f"{text}{TRACE_TEXT}\n", "Accumulator Updates": []}
            self.end_task(task, reason, NOTHING | {"run": task.wall - 12}, failed=True)
            attempt.failures[task.index] += 1
            if attempt in self.attempts and attempt.failures[task.index] >= 4:
                self.abort(task)
            else:
                self.again(task)
        else:
            self.end_task(task, {"Reason": "Success"}, self.figures(task))
            self.counts["recomputed_tasks"] += attempt.number > 0
            attempt.won[task.index] = task
            if task.partition in stage.missing:
                stage.missing.remove(task.partition)
                if stage.spec.shuffle:
                    stage.outputs[task.partition] = executor
            if attempt in self.attempts and len(attempt.won) == len(attempt.partitions):
                self.complete(attempt)
                if stage.missing:
                    self.submit(stage)
                else:
                    self.reached(stage)
        self.ended_tasks += 1
        self.watch_losses(executor)
        if self.run.dynamic and executor.free == executor.cores:
            self.at(self.clock + IDLE, self.release, executor, executor.launched)
        self.offer()

    def end_task(self, task, reason, figures, failed=False, killed=False):
        executor = task.executor
        task.finish, task.failed, task.killed = self.clock, failed, killed
        executor.running.remove(task)
        executor.free += 1
        task.attempt.running.remove(task)
        self.counts["tasks"] += 1
        self.counts["failed_tasks"] += failed
        executor.gc_ms += figures["gc"] if figures else 0
        is_measured = figures and task.wall >= 3000  # the peaks come with polls and heartbeats
        self.log.task_end(task, reason, figures, 0.8 + 0.2 * self.chance.random() if is_measured else None)

    def figures(self, task):
        """What a successful task measured."""
        spec, stage, chance = task.attempt.stage.spec, task.attempt.stage, self.chance
        is_small = task.wall < 1000
        deserialize = task.first or (chance.whole(3, 8) if is_small else chance.whole(8, 40))
        serialize, delay = chance.whole(0, 1), chance.whole(4, 14)
        run = max(1, task.wall - deserialize - serialize - delay)
        read, written, output, fetched, spill = (
            int(amount * MIB * task.size) for amount in (spec.read, spec.shuffle, spec.out, stage.fetched, spec.spill))
        holders, parents = max(1, len(self.alive())), sum(parent.spec.tasks for parent in stage.parents)
        cpu_share = 180_000 if self.run.python else 720_000  # ns a ms: Python's workers are not counted
        return {
            "deserialize": deserialize, "deserialize_cpu": int(deserialize * chance.near(600_000, 0.2)), "run": run,
            "cpu": int(run * chance.near(cpu_share, 0.1)), "result": chance.whole(1800, 4200),
            "gc": int(run * chance.near(self.run.gc, 0.25)), "serialize": serialize, "memory_spill": spill,
            "disk_spill": spill // 4, "peak": 64 * MIB if parents else 0,
            "remote_blocks": parents - parents // holders, "local_blocks": parents // holders,
            "wait": int(run * 0.01) if fetched else 0, "remote": fetched - fetched // holders,
            "local": fetched // holders, "read_records": fetched // 96,
            "requests": int(run * 0.02) if fetched else 0, "written": written,
            "write_ns": int(written * chance.near(4, 0.2)), "written_records": written // 96, "input": read,
            "input_records": read // 160, "output": output, "output_records": output // 110}


def leads_to(before, stage):
    return any(parent is before or leads_to(before, parent) for parent in stage.parents)
