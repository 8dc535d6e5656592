"""The event log of one application as Spark 3.5 and 4.x write it: its events, and its files.

The shapes (names, order of keys, what is absent when) are those of real logs of 3.5.3 and 4.3.0. What happened, and
when, is decided in fleet_run.py.
"""
import json
import os
from datetime import datetime, timedelta

import zstandard

MIB = 1024 * 1024
SQL = "org.apache.spark.sql.execution.ui.SparkListener"
STREAMING = "org.apache.spark.sql.streaming.StreamingQueryListener$"
# EventLoggingListener does not flush after these; after every other event Spark's zstd writer closes its frame.
UNFLUSHED = {"SparkListenerEnvironmentUpdate", "SparkListenerStageSubmitted", "SparkListenerTaskStart",
             "SparkListenerTaskEnd"}

# ------------------------------------------------------------------------------------------- shapes

COUNTERS = [  # offset of the accumulator (2 more from shuffle.read on in 4.x), name, key of a task's figures
    (0, "executorDeserializeTime", "deserialize"), (1, "executorDeserializeCpuTime", "deserialize_cpu"),
    (2, "executorRunTime", "run"), (3, "executorCpuTime", "cpu"), (4, "resultSize", "result"), (5, "jvmGCTime", "gc"),
    (6, "resultSerializationTime", "serialize"), (7, "memoryBytesSpilled", "memory_spill"),
    (8, "diskBytesSpilled", "disk_spill"), (9, "peakExecutionMemory", "peak"),
    (11, "shuffle.read.remoteBlocksFetched", "remote_blocks"), (12, "shuffle.read.localBlocksFetched", "local_blocks"),
    (13, "shuffle.read.remoteBytesRead", "remote"), (15, "shuffle.read.localBytesRead", "local"),
    (16, "shuffle.read.fetchWaitTime", "wait"), (17, "shuffle.read.recordsRead", "read_records"),
    (26, "shuffle.read.remoteReqsDuration", "requests"), (28, "shuffle.write.bytesWritten", "written"),
    (29, "shuffle.write.recordsWritten", "written_records"), (30, "shuffle.write.writeTime", "write_ns"),
    (31, "input.bytesRead", "input"), (32, "input.recordsRead", "input_records"),
    (33, "output.bytesWritten", "output"), (34, "output.recordsWritten", "output_records"),
]
NOTHING = dict.fromkeys([key for _, _, key in COUNTERS], 0)  # the figures of a task that measured nothing
PEAKS = ["JVMHeapMemory", "JVMOffHeapMemory", "OnHeapExecutionMemory", "OffHeapExecutionMemory", "OnHeapStorageMemory",
         "OffHeapStorageMemory", "OnHeapUnifiedMemory", "OffHeapUnifiedMemory", "DirectPoolMemory", "MappedPoolMemory",
         "ProcessTreeJVMVMemory", "ProcessTreeJVMRSSMemory", "ProcessTreePythonVMemory", "ProcessTreePythonRSSMemory",
         "ProcessTreeOtherVMemory", "ProcessTreeOtherRSSMemory", "MinorGCCount", "MinorGCTime", "MajorGCCount",
         "MajorGCTime", "TotalGCTime", "ConcurrentGCCount", "ConcurrentGCTime"]  # the last two since 4.0
NO_LEVEL = {"Use Disk": False, "Use Memory": False, "Use Off Heap": False, "Deserialized": False, "Replication": 1}
PUSHED = dict.fromkeys(["Corrupt Merged Block Chunks", "Merged Fetch Fallback Count", "Merged Remote Blocks Fetched",
                        "Merged Local Blocks Fetched", "Merged Remote Chunks Fetched", "Merged Local Chunks Fetched",
                        "Merged Remote Bytes Read", "Merged Local Bytes Read", "Merged Remote Requests Duration"], 0)
TRACE = [("org.apache.spark.scheduler.Task", "run", "Task.scala", 147),
         ("org.apache.spark.executor.Executor$TaskRunner", "$anonfun$run$4", "Executor.scala", 647),
         ("org.apache.spark.util.Utils$", "tryWithSafeFinally", "Utils.scala", 99),
         ("org.apache.spark.executor.Executor$TaskRunner", "run", "Executor.scala", 650),
         ("java.base/java.util.concurrent.ThreadPoolExecutor", "runWorker", "ThreadPoolExecutor.java", 1136),
         ("java.base/java.lang.Thread", "run", "Thread.java", 840)]
FRAMES = [dict(zip(("Declaring Class", "Method Name", "File Name", "Line Number"), frame)) for frame in TRACE]
TRACE_TEXT = "".join(f"\n\tat {c}.{m}({f}:{n})" for c, m, f, n in TRACE)
DETAILS = ("org.apache.spark.sql.execution.SQLExecution$.$anonfun$withThreadLocalCaptured$1(SQLExecution.scala:401)\n"
           "java.base/java.util.concurrent.CompletableFuture$AsyncSupply.run(CompletableFuture.java:1768)\n"
           "java.base/java.util.concurrent.ThreadPoolExecutor.runWorker(ThreadPoolExecutor.java:1136)\n"
           "java.base/java.lang.Thread.run(Thread.java:840)")
HOW_STARTED = {  # `sun.java.command`, by (YARN cluster mode?, Python?)
    (True, True): "org.apache.spark.deploy.yarn.ApplicationMaster --class org.apache.spark.deploy.PythonRunner "
                  "--primary-py-file {} --properties-file __spark_conf__/__spark_conf__.properties",
    (True, False): "org.apache.spark.deploy.yarn.ApplicationMaster --class {} --jar jobs.jar "
                   "--properties-file __spark_conf__/__spark_conf__.properties",
    (False, True): "org.apache.spark.deploy.SparkSubmit --deploy-mode client {}",
    (False, False): "org.apache.spark.deploy.SparkSubmit --deploy-mode client --class {} jobs.jar",
}


def utc(ms):
    return (datetime(1970, 1, 1) + timedelta(milliseconds=ms)).isoformat(timespec="milliseconds") + "Z"


def block_manager(executor):
    return {"Executor ID": executor.id, "Host": executor.host, "Port": executor.port}


def task_info(task, accumulables):
    return {
        "Task ID": task.id, "Index": task.index, "Attempt": task.number, "Partition ID": task.partition,
        "Launch Time": task.launch, "Executor ID": task.executor.id, "Host": task.executor.host,
        "Locality": "NODE_LOCAL" if task.attempt.stage.spec.read else "PROCESS_LOCAL", "Speculative": False,
        "Getting Result Time": 0, "Finish Time": task.finish, "Failed": task.failed, "Killed": task.killed,
        "Accumulables": accumulables}


def task_metrics(m, is_four):
    by_place = {"Peak On Heap Execution Memory": m["peak"], "Peak Off Heap Execution Memory": 0} if is_four else {}
    return {
        "Executor Deserialize Time": m["deserialize"], "Executor Deserialize CPU Time": m["deserialize_cpu"],
        "Executor Run Time": m["run"], "Executor CPU Time": m["cpu"], "Peak Execution Memory": m["peak"], **by_place,
        "Result Size": m["result"], "JVM GC Time": m["gc"], "Result Serialization Time": m["serialize"],
        "Memory Bytes Spilled": m["memory_spill"], "Disk Bytes Spilled": m["disk_spill"],
        "Shuffle Read Metrics": {
            "Remote Blocks Fetched": m["remote_blocks"], "Local Blocks Fetched": m["local_blocks"],
            "Fetch Wait Time": m["wait"], "Remote Bytes Read": m["remote"], "Remote Bytes Read To Disk": 0,
            "Local Bytes Read": m["local"], "Total Records Read": m["read_records"],
            "Remote Requests Duration": m["requests"], "Push Based Shuffle": PUSHED},
        "Shuffle Write Metrics": {"Shuffle Bytes Written": m["written"], "Shuffle Write Time": m["write_ns"],
                                  "Shuffle Records Written": m["written_records"]},
        "Input Metrics": {"Bytes Read": m["input"], "Records Read": m["input_records"]},
        "Output Metrics": {"Bytes Written": m["output"], "Records Written": m["output_records"]},
        "Updated Blocks": [],
    }


def stage_info(stage, attempt=None, times=None, accumulables=()):
    """`Stage Info`; `times`: submission, completion and failure, as far as they are known."""
    number, tasks = (attempt.number, len(attempt.partitions)) if attempt else (0, stage.spec.tasks)
    kinds = ["FileScanRDD" if stage.spec.read else "ShuffledRowRDD", "MapPartitionsRDD"]
    rdds = [{
        "RDD ID": stage.rdd + n, "Name": kinds[n],
        "Scope": '{"id":"%d","name":"WholeStageCodegen (%d)"}' % (stage.rdd, stage.place + 1),
        "Callsite": stage.name, "Parent IDs": [stage.rdd] if n else [], "Storage Level": NO_LEVEL, "Barrier": False,
        "DeterministicLevel": "UNORDERED" if stage.parents else "DETERMINATE",
        "Number of Partitions": stage.spec.tasks, "Number of Cached Partitions": 0, "Memory Size": 0, "Disk Size": 0,
    } for n in (1, 0)]
    return {
        "Stage ID": stage.id, "Stage Attempt ID": number, "Stage Name": stage.name, "Number of Tasks": tasks,
        "RDD Info": rdds, "Parent IDs": [parent.id for parent in stage.parents], "Details": DETAILS, **(times or {}),
        "Accumulables": list(accumulables), "Resource Profile Id": 0, "Shuffle Push Enabled": False,
        "Shuffle Push Mergers Count": 0}


def plan_node(name, text, children=(), metrics=()):
    return {"nodeName": name, "simpleString": text, "children": list(children), "metadata": {},
            "metrics": [{"name": n, "accumulatorId": i, "metricType": kind} for n, i, kind in metrics]}


# ------------------------------------------------------------------------------------------- the log


class Log:
    def __init__(self, run, ids):
        self.run, self.ids, self.lines = run, ids, []
        self.is_four, self.is_local = run.version >= "4", run.manager == "local"
        self.is_python = run.main.endswith(".py")
        self.has_counters = run.conf.get("spark.eventLog.includeTaskMetricsAccumulators") != "false"
        self.heap_mib = int(run.heap_gib * 1024)
        self.driver_host = {"yarn": run.hosts[0], "k8s": f"{run.name[:20]}-driver-svc.{run.queue}.svc",
                            "local": "localhost"}[run.manager]

    def emit(self, event_name, prefix="SparkListener", /, keys=None, **more):
        event = {"Event": prefix + event_name} | (keys or {}) | more
        text = json.dumps(event, separators=(",", ":"), ensure_ascii=False)
        self.lines.append((event["Event"], text.encode() + b"\n"))

    # ---- the application

    def log_start(self):
        self.emit("LogStart", keys={"Spark Version": self.run.version})
        amounts = ({} if self.is_local else {"cores": self.run.cores}) | {"memory": self.heap_mib, "offHeap": 0}
        if overhead := self.run.conf.get("spark.executor.memoryOverhead"):
            amounts = {"memoryOverhead": int(overhead.rstrip("m"))} | amounts
        self.emit("ResourceProfileAdded", keys={
            "Resource Profile Id": 0,
            "Executor Resource Requests": {
                name: {"Resource Name": name, "Amount": amount, "Discovery Script": "", "Vendor": ""}
                for name, amount in amounts.items()},
            "Task Resource Requests": {"cpus": {"Resource Name": "cpus", "Amount": 1.0}}})

    def environment(self):
        run, scala = self.run, "2.13.18" if self.is_four else "2.12.18"
        is_master = run.manager == "yarn" and run.cluster_mode
        self.emit("EnvironmentUpdate", keys={
            "JVM Information": {"Java Home": "/usr/lib/jvm/java-17-openjdk-amd64", "Java Version": "17.0.15 (Debian)",
                                "Scala Version": f"version {scala}"},
            "Spark Properties": self.properties(),
            "Hadoop Properties": {"fs.defaultFS": "hdfs://lake", "mapreduce.framework.name": "yarn"},
            "System Properties": {
                "java.io.tmpdir": "/tmp", "user.timezone": "UTC", "os.arch": "amd64", "user.name": run.user,
                "sun.java.command": HOW_STARTED[is_master, self.is_python].format(run.main), "java.version": "17.0.15",
                "file.encoding": "UTF-8"},
            "Metrics Properties": {"*.sink.servlet.class": "org.apache.spark.metrics.sink.MetricsServlet",
                                   "*.sink.servlet.path": "/metrics/json"},
            "Classpath Entries": {f"/opt/spark/jars/spark-core_{scala[:4]}-{run.version}.jar": "System Classpath"}})

    def properties(self):
        run = self.run
        conf = {
            "spark.app.name": run.name, "spark.app.id": run.app_id, "spark.app.startTime": str(run.start),
            "spark.app.submitTime": str(run.start - 2113), "spark.executor.id": "driver",
            "spark.driver.host": self.driver_host, "spark.driver.memory": "4g", "spark.eventLog.enabled": "true",
            "spark.eventLog.dir": "hdfs://lake/spark-events", "spark.scheduler.mode": "FIFO",
            "spark.eventLog.compression.codec": "zstd",
            "spark.eventLog.compress": str(run.layout != "plain").lower(),
            "spark.eventLog.rolling.enabled": str(run.layout == "rolling").lower(),
            "spark.serializer": "org.apache.spark.serializer.KryoSerializer", "spark.sql.shuffle.partitions": "400",
            "spark.sql.autoBroadcastJoinThreshold": "67108864", "spark.executor.metrics.pollingInterval": "1s",
        }
        if self.is_local:
            return conf | {"spark.master": f"local[{run.cores}]", "spark.submit.deployMode": "client"} | run.conf
        conf |= {"spark.executor.memory": f"{run.heap_gib}g", "spark.executor.cores": str(run.cores)}
        if run.dynamic:
            kept = "shuffle.service" if run.manager == "yarn" else "dynamicAllocation.shuffleTracking"
            conf |= {
                f"spark.{kept}.enabled": "true", "spark.dynamicAllocation.enabled": "true",
                "spark.dynamicAllocation.minExecutors": str(run.dynamic[0]),
                "spark.dynamicAllocation.maxExecutors": str(run.dynamic[1]),
                "spark.dynamicAllocation.executorIdleTimeout": "60s"}
        else:
            conf |= {"spark.dynamicAllocation.enabled": "false", "spark.executor.instances": str(run.executors)}
        if run.manager == "yarn":
            conf |= {"spark.master": "yarn", "spark.submit.deployMode": "cluster" if run.cluster_mode else "client",
                     "spark.yarn.queue": run.queue, "spark.yarn.tags": f"team={run.team},env=prod"}
            if self.is_python:
                conf |= {"spark.yarn.isPython": "true", "spark.yarn.primary.py.file": run.main}
        else:
            conf |= {"spark.master": "k8s://https://10.96.0.1:443", "spark.submit.deployMode": "client",
                     "spark.kubernetes.namespace": run.queue,
                     "spark.kubernetes.resource.type": "python" if self.is_python else "java",
                     "spark.kubernetes.container.image": f"registry/spark:{run.version}",
                     "spark.kubernetes.driver.label.team": run.team, "spark.kubernetes.executor.label.team": run.team}
        return conf | run.conf

    def application_start(self):
        run, host = self.run, self.driver_host
        start = {"App Name": run.name, "App ID": run.app_id, "Timestamp": run.start, "User": run.user}
        if run.attempt:
            start |= {"App Attempt ID": run.attempt, "Driver Logs": self.container_logs(host, 1), "Driver Attributes": {
                "NM_HTTP_ADDRESS": f"{host}:8042", "USER": run.user, "LOG_FILES": "stderr,stdout",
                "CONTAINER_ID": self.container(1)}}
        self.emit("ApplicationStart", keys=start)

    def application_end(self, time, code):
        self.emit("ApplicationEnd", keys={"Timestamp": time} | ({"ExitCode": code} if self.is_four else {}))

    # ---- executors

    def container(self, number):
        return f"container_{self.run.app_id.split('_', 1)[-1]}_{int(self.run.attempt or 1):02d}_{number:06d}"

    def container_logs(self, host, number):
        address = f"http://{host}:8042/node/containerlogs/{self.container(number)}/{self.run.user}"
        return {name: f"{address}/{name}?start=-4096" for name in ("stdout", "stderr")}

    def executor_added(self, executor, time, requested):
        urls, attributes = {}, {}
        if self.run.manager == "yarn":
            number = int(executor.id) + 1
            urls = self.container_logs(executor.host, number)
            attributes = {"NM_HTTP_ADDRESS": f"{executor.host}:8042", "USER": self.run.user, "NM_HOST": executor.host,
                          "LOG_FILES": "stderr,stdout", "CONTAINER_ID": self.container(number)}
        elif self.run.manager == "k8s":
            attributes = {"APP_ID": self.run.app_id, "EXECUTOR_ID": executor.id}
        self.emit("ExecutorAdded", keys={
            "Timestamp": time, "Executor ID": executor.id, "Executor Info": {
                "Host": executor.host, "Total Cores": executor.cores, "Log Urls": urls, "Attributes": attributes,
                "Resources": {}, "Resource Profile Id": 0, "Registration Time": time,
                **({} if requested is None else {"Request Time": requested})}})

    def block_manager_added(self, executor, time):
        storage = int((self.heap_mib - 300) * MIB * 0.6)
        self.emit("BlockManagerAdded", keys={
            "Block Manager ID": block_manager(executor), "Maximum Memory": storage, "Timestamp": time,
            "Maximum Onheap Memory": storage, "Maximum Offheap Memory": 0})

    def executor_removed(self, executor, time, reason, later):
        self.emit("ExecutorRemoved", keys={"Timestamp": time, "Executor ID": executor.id, "Removed Reason": reason})
        self.emit("BlockManagerRemoved", keys={"Block Manager ID": block_manager(executor), "Timestamp": later})

    # ---- jobs and stages

    def job_start(self, job, time, stages, query):
        work = stages[-1].work
        properties = {"spark.app.id": self.run.app_id, "callSite.short": stages[-1].name}
        if self.run.sql:
            properties |= {"spark.sql.execution.id": str(work.sql), "spark.sql.execution.root.id": str(work.sql)}
        if query:
            text = f"{self.run.name}\nid = {query['id']}\nrunId = {query['runId']}\nbatch = {work.number}"
            properties |= {"sql.streaming.queryId": query["id"], "streaming.sql.batchId": str(work.number),
                           "spark.job.description": text}
        self.emit("JobStart", keys={
            "Job ID": job, "Submission Time": time, "Stage Infos": [stage_info(stage) for stage in stages],
            "Stage IDs": [stage.id for stage in stages], "Properties": properties})

    def job_end(self, job, time, error):
        result = {"Result": "JobSucceeded"} if error is None else {
            "Result": "JobFailed", "Exception": {"Message": error, "Stack Trace": FRAMES}}
        self.emit("JobEnd", keys={"Job ID": job, "Completion Time": time, "Job Result": result})

    def stage_submitted(self, attempt):
        sql = {"spark.sql.execution.id": str(attempt.stage.work.sql)} if self.run.sql else {}
        self.emit("StageSubmitted", keys={
            "Stage Info": stage_info(attempt.shown, attempt, {"Submission Time": attempt.submitted}),
            "Properties": {"callSite.short": attempt.stage.name} | sql})

    def stage_completed(self, attempt, time, failure, executors):
        if self.run.conf.get("spark.eventLog.logStageExecutorMetrics") == "true":
            for executor in executors:
                self.emit("StageExecutorMetrics", keys={
                    "Executor ID": executor.id, "Stage ID": attempt.stage.id, "Stage Attempt ID": attempt.number,
                    "Executor Metrics": self.peaks(executor, 1)})
        times = {"Submission Time": attempt.submitted, "Completion Time": time}
        accumulables = [] if not self.has_counters else [
            {"ID": number, "Name": name, "Value": attempt.totals[key], "Internal": True, "Count Failed Values": True}
            for number, name, key in self.counters(attempt) if attempt.totals[key]]
        accumulables += [
            {"ID": number, "Name": name, "Value": str(value), "Internal": True, "Count Failed Values": True,
             "Metadata": "sql"} for number, name, value in self.sql_counters(attempt.stage)]
        self.emit("StageCompleted", keys={"Stage Info": stage_info(
            attempt.shown, attempt, times | ({"Failure Reason": failure} if failure else {}), accumulables)})

    def sql_counters(self, stage):
        """Counters of the stage's nodes in the SQL plan that its tasks add to."""
        first = stage.work.counters.get(stage.place) if self.run.sql else None
        if first is None:
            return
        if stage.spec.read:
            yield first + 5, "number of output rows", int(stage.spec.read * stage.spec.tasks * MIB) // 160
        if stage.spec.out:
            yield first + 6, "task commit time", 3 * stage.spec.tasks

    # ---- tasks

    def counters(self, attempt):
        for offset, name, key in COUNTERS:
            shift = 2 if self.is_four and offset > 9 else 0
            yield attempt.accumulator + offset + shift, f"internal.metrics.{name}", key

    def peaks(self, executor, share):
        """`share` of the executor's peaks, or zeros."""
        values = dict.fromkeys(PEAKS if self.is_four else PEAKS[:-2], 0)
        if executor:
            heap = int(executor.peak * share)
            values |= {"JVMHeapMemory": heap, "JVMOffHeapMemory": 118_214_672, "OnHeapExecutionMemory": heap * 2 // 9,
                       "OnHeapStorageMemory": heap // 9, "OnHeapUnifiedMemory": heap // 3,
                       "DirectPoolMemory": 16_816_971, "MinorGCCount": 1 + executor.gc_ms // 25,
                       "MinorGCTime": executor.gc_ms, "TotalGCTime": executor.gc_ms}
        return values

    def task_start(self, task):
        attempt = task.attempt
        self.emit("TaskStart", keys={"Stage ID": attempt.stage.id, "Stage Attempt ID": attempt.number,
                                     "Task Info": task_info(task, [])})

    def task_end(self, task, reason, figures, share):
        """`figures`: None where no metrics came back. `share`: of the executor's peaks, None if none was measured."""
        attempt, accumulables = task.attempt, []
        if figures and self.has_counters:
            for number, name, key in self.counters(attempt):
                attempt.totals[key] += figures[key]
                if figures[key]:
                    accumulables.append({
                        "ID": number, "Name": name, "Update": figures[key], "Value": attempt.totals[key],
                        "Internal": True, "Count Failed Values": True})
        peaks = self.peaks(None if share is None else task.executor, share)
        if not figures:
            peaks["JVMHeapMemory"] = -1
        self.emit("TaskEnd", keys={
            "Stage ID": attempt.stage.id, "Stage Attempt ID": attempt.number,
            "Task Type": "ResultTask" if attempt.stage.is_last else "ShuffleMapTask", "Task End Reason": reason,
            "Task Info": task_info(task, accumulables), "Task Executor Metrics": peaks,
        } | ({"Task Metrics": task_metrics(figures, self.is_four)} if figures else {}))

    # ---- SQL and streaming

    def sql_start(self, work, time):
        updates, work.counters = [], {}
        plan = self.plan(work.stages[-1], updates)
        if work.stages[-1].spec.out:
            name, first = "Execute InsertIntoHadoopFsRelationCommand", work.counters[work.stages[-1].place]
            plan = plan_node(name, f"{name} hdfs://lake/{self.run.queue}/out", [plan], [
                ("task commit time", first + 6, "timing"), ("number of written files", first + 7, "sum"),
                ("written output", first + 8, "size")])
        text = f"== Physical Plan ==\nAdaptiveSparkPlan\n+- {plan['nodeName']}\n"
        plan = plan_node("AdaptiveSparkPlan", "AdaptiveSparkPlan isFinalPlan=false", [plan])
        self.emit("SQLExecutionStart", SQL, keys={
            "executionId": work.sql, "rootExecutionId": work.sql, "description": work.stages[-1].name,
            "details": DETAILS, "physicalPlanDescription": text, "sparkPlanInfo": plan, "time": time,
            "modifiedConfigs": {}, "jobTags": [], **({"jobGroupId": None} if self.is_four else {}),
            **({"queryId": work.query} if self.run.version >= "4.2" else {})})
        if updates:
            self.emit("DriverAccumUpdates", SQL, executionId=work.sql, accumUpdates=updates)

    def plan(self, stage, updates):
        """The plan up to a stage; `updates`: what the driver tells of the files to read."""
        number = stage.work.counters[stage.place] = next(self.ids["accumulator"]) * 50 + 1000
        children = []
        for parent in stage.parents:
            how = f"hashpartitioning(key#{number}, {stage.spec.tasks}), ENSURE_REQUIREMENTS, [plan_id={number}]"
            written = ("shuffle bytes written", number + 9, "size")
            children.append(plan_node("Exchange", f"Exchange {how}", [self.plan(parent, updates)], [written]))
        if not children:
            files, text = stage.spec.tasks, f"FileScan parquet lake.t{stage.place}[key#{number},value#{number + 1}]"
            updates += [[number + 1, files], [number + 2, 41], [number + 3, int(files * stage.spec.read * MIB)]]
            children.append(plan_node("Scan parquet", text, (), [
                ("number of files read", number + 1, "sum"), ("metadata time", number + 2, "timing"),
                ("size of files read", number + 3, "size"), ("number of output rows", number + 5, "sum")]))
        name = "SortMergeJoin" if len(children) > 1 else "HashAggregate"
        return plan_node(name, f"{name}(keys=[key#{number}])", children, [("number of output rows", number + 4, "sum")])

    def sql_end(self, work, time):
        last = work.stages[-1]
        if last.spec.out and not work.error:
            first = work.counters[last.place]
            self.emit("DriverAccumUpdates", SQL, executionId=work.sql, accumUpdates=[
                [first + 7, self.run.files or last.spec.tasks], [first + 8, int(last.spec.out * last.spec.tasks * MIB)]])
        query = {"queryId": work.query} if self.run.version >= "4.2" else {}
        self.emit("SQLExecutionEnd", SQL, executionId=work.sql, time=time, errorMessage=work.error or "", **query)

    def query_started(self, query, time):
        self.emit("QueryStartedEvent", STREAMING, **query, name=self.run.name, timestamp=utc(time), jobTags=[])

    def query_progress(self, query, work, time):
        spec = work.stages[0].spec
        took = int(spec.seconds * 1000)
        self.emit("QueryProgressEvent", STREAMING, progress={
            **query, "name": self.run.name, "timestamp": utc(time), "batchId": work.number, "batchDuration": took,
            "durationMs": {"triggerExecution": took}, "eventTime": {}, "stateOperators": [], "sources": [{
                "description": "KafkaV2[Subscribe[orders]]", "startOffset": str(work.number),
                "endOffset": str(work.number + 1), "latestOffset": str(work.number + 1),
                "numInputRows": int(spec.read * spec.tasks * MIB) // 160, "inputRowsPerSecond": 0.0,
                "processedRowsPerSecond": 0.0}],
            "sink": {"description": "FileSink[hdfs://lake/orders]", "numOutputRows": -1}})

    def query_terminated(self, query):
        self.emit("QueryTerminatedEvent", STREAMING, **query, exception=None, errorClassOnException=None)

    # ---- the files

    def write(self, directory, last):
        """The log in its layout. Its files' times are a second after `last`, the time of the last event."""
        run, running = self.run, ".inprogress" if self.run.cut else ""
        base = run.app_id.lower() + (f"_{run.attempt}" if run.attempt else "")
        when = (last + 1000) * 1_000_000
        if run.layout != "rolling":
            codec, data = (".zstd", compressed(self.lines)) if run.layout == "zstd" else (
                "", b"".join(line for _, line in self.lines))
            save(os.path.join(directory, base + codec + running), data, when)
            return
        path = os.path.join(directory, f"eventlog_v2_{base}")
        os.mkdir(path)
        most = int(run.conf.get("spark.eventLog.rolling.maxFileSize", "128m").rstrip("m")) * MIB
        files, size = [[]], 0
        for line in self.lines:
            if size + len(line[1]) > most:
                files.append([])
                size = 0
            files[-1].append(line)
            size += len(line[1])
        for number, lines in enumerate(files, 1):
            save(os.path.join(path, f"events_{number}_{base}.zstd"), compressed(lines), when)
        save(os.path.join(path, f"appstatus_{base}{running}"), b"", when)
        os.utime(path, ns=(when, when))


def compressed(lines):
    """Frames as Spark's writer cuts them: level 1, closed with every flush, neither content size nor checksum."""
    compressor = zstandard.ZstdCompressor(level=1, write_content_size=False, write_checksum=False)
    frames, frame = [], []
    for place, (name, line) in enumerate(lines):
        frame.append(line)
        if name not in UNFLUSHED or place == len(lines) - 1:
            stream = compressor.compressobj()
            frames.append(stream.compress(b"".join(frame)) + stream.flush())
            frame = []
    return b"".join(frames)


def save(path, data, when):
    with open(path, "wb") as file:
        file.write(data)
    os.utime(path, ns=(when, when))
