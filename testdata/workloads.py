"""The Spark applications whose event logs are the test data.

One function is one application. `generate.py` imports this file for the table of
applications (`APPS`), and starts it in a Spark virtual environment to run them:

    python workloads.py LOG_ROOT MASTER KEY [KEY ...]

Everything runs in one driver JVM, one SparkContext after the other.
"""

import os
import signal
import sys
import threading
import time

ROLL_SIZE = "2m"  # the least that Spark 4.3 takes; 3.5 wants 10m

# How the event log is written. "default" leaves it to the Spark version.
LOG_FORMATS = {
    "default": {},
    "plain": {"rolling.enabled": "false", "compress": "false"},
    "rolling-plain": {"rolling.enabled": "true", "compress": "false"},
    "rolling-zstd": {
        "rolling.enabled": "true",
        "compress": "true",
        "compression.codec": "zstd",
        "rolling.maxFileSize": ROLL_SIZE,
    },
}
for _codec in ("zstd", "lz4", "snappy", "lzf"):
    LOG_FORMATS[_codec] = {
        "rolling.enabled": "false",
        "compress": "true",
        "compression.codec": _codec,
    }

DYNAMIC = {
    "spark.dynamicAllocation.enabled": "true",
    "spark.dynamicAllocation.shuffleTracking.enabled": "true",
    "spark.dynamicAllocation.shuffleTracking.timeout": "3s",
    "spark.dynamicAllocation.minExecutors": "0",
    "spark.dynamicAllocation.initialExecutors": "1",
    "spark.dynamicAllocation.schedulerBacklogTimeout": "1s",
    "spark.dynamicAllocation.executorIdleTimeout": "3s",
}
METRICS = {
    "spark.eventLog.logStageExecutorMetrics": "true",
    "spark.executor.metrics.pollingInterval": "100ms",
    "spark.executor.heartbeatInterval": "1s",
    "spark.executor.processTreeMetrics.enabled": "true",
}
SECRETS = {
    "spark.hadoop.fs.s3a.access.key": "AKIAFAKE-hunter2-do-not-leak",
    "spark.hadoop.fs.s3a.secret.key": "hunter2-do-not-leak-s3",
    "spark.crm.jdbc.password": "hunter2-do-not-leak-jdbc",
    "spark.crm.api.token": "hunter2-do-not-leak-token",
    "spark.crm.jdbc.url": "jdbc:postgresql://crm-db:5432/crm?user=etl&password=hunter2-do-not-leak-url",
}

APPS = {}


class App:
    """How one application is run and what its log shows."""

    def __init__(self, key, run, **spec):
        self.key = key
        self.run = run
        self.name = spec.get("name", key)
        self.spark = spec.get("spark", "4.3")
        self.master = spec.get("master", "local[2]")
        self.user = spec.get("user", "alice")
        self.log = spec.get("log", "zstd")
        self.conf = spec.get("conf", {})
        self.dest = spec.get("dest", "")
        self.dies = spec.get("dies", False)
        self.shows = spec["shows"]


def app(key=None, **spec):
    """Registers a function as an application; stacks for several runs of one function."""

    def register(run):
        name = key or run.__name__
        APPS[name] = App(name, run, **spec)
        return run

    return register


# --- small helpers -----------------------------------------------------------


def attempt():
    from pyspark import TaskContext

    return TaskContext.get().attemptNumber()


def per_partition(spark, partitions, body):
    """One Python task a partition; returns what `body(index)` returned."""

    def call(index, _):
        yield body(index)

    rdd = spark.sparkContext.parallelize(range(partitions), partitions)
    return rdd.mapPartitionsWithIndex(call).collect()


def fails(action):
    """Runs an action that must fail."""
    try:
        action()
    except Exception as error:  # py4j and analysis errors alike
        print("expected failure:", type(error).__name__)
        return
    raise SystemExit("an action that must fail succeeded")


def executor_pids(app_id):
    """Executor JVMs of an application on this machine."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open("/proc/%s/cmdline" % entry, "rb") as file:
                words = file.read().decode("utf-8", "replace").split("\0")
        except OSError:
            continue
        if words[0].endswith("java") and app_id in words and any(
            "CoarseGrainedExecutorBackend" in word for word in words
        ):
            found.append(int(entry))
    return sorted(found)


def wait_for_executors(spark, count, seconds=240):
    tracker = spark.sparkContext._jsc.sc().statusTracker()
    for _ in range(seconds * 5):
        if len(tracker.getExecutorInfos()) > count:  # the driver is one of them
            return
        time.sleep(0.2)
    raise SystemExit("executors did not come")


def kill_driver(spark):
    """kill -9 of the driver JVM: nothing is flushed, closed or renamed."""
    jvm = spark.sparkContext._gateway.proc.pid
    time.sleep(1)
    os.kill(jvm, signal.SIGKILL)
    os._exit(0)


def shuffle_count(spark, rows=20000, partitions=4):
    """Two stages without Python workers, which cost most of the time of a tiny application."""
    numbers = spark.sparkContext._jsc.sc().range(0, rows, 1, partitions).toJavaRDD()
    return numbers.repartition(partitions).count()


# --- Spark 4.3, local mode ---------------------------------------------------


@app(
    log="default",
    conf={
        "spark.yarn.queue": "etl",
        "spark.sql.shuffle.partitions": "16",
        "spark.sql.autoBroadcastJoinThreshold": "-1",
        "spark.sql.adaptive.skewJoin.skewedPartitionFactor": "2",
        "spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes": "20k",
        "spark.sql.adaptive.advisoryPartitionSizeInBytes": "20k",
    },
    shows="SQL with AQE (coalesced and skewed partitions), a write, job groups, descriptions and tags, a queue; 4.3 defaults (rolling, zstd)",
)
def etl_orders(spark):
    sc = spark.sparkContext
    sc.setJobGroup("nightly-load", "Load and join orders")
    sc.addJobTag("orders")
    sc.addJobTag("tier-1")
    orders = spark.range(200000).selectExpr(
        "id AS order_id",
        "CASE WHEN id % 10 < 7 THEN 1 ELSE id % 500 END AS customer_id",
        "round(rand(7) * 100, 2) AS amount",
    )
    customers = spark.range(500).selectExpr("id AS customer_id", "concat('c', id) AS name")
    joined = orders.join(customers, "customer_id")
    joined.write.mode("overwrite").parquet("out/orders")
    sc.setJobGroup("nightly-report", "Totals by customer")
    sc.removeJobTag("tier-1")
    loaded = spark.read.parquet("out/orders")
    loaded.groupBy("name").sum("amount").orderBy("name").collect()


@app(
    log="rolling-zstd",
    conf={
        "spark.eventLog.logBlockUpdates.enabled": "true",
        "spark.sql.execution.pythonUDF.arrow.enabled": "false",
        "spark.sql.shuffle.partitions": "6",
        "spark.yarn.queue": "ml",
    },
    user="bob",
    shows="caching (block updates logged, then unpersisted), a Python UDF",
)
def feature_store_build(spark):
    from pyspark import StorageLevel
    from pyspark.sql.functions import udf

    @udf("double")
    def score(value):
        return float(value) ** 0.5

    frame = spark.range(0, 40000, 1, 6).selectExpr("id", "id % 97 AS segment")
    cached = frame.withColumn("score", score("id")).persist(StorageLevel.MEMORY_AND_DISK)
    cached.count()
    cached.groupBy("segment").avg("score").collect()
    numbers = spark.sparkContext.parallelize(range(20000), 4).setName("embeddings").cache()
    numbers.count()
    numbers.sum()
    cached.unpersist(True)


@app(
    log="zstd",
    conf={
        "spark.memory.fraction": "0.05",
        "spark.buffer.pageSize": "256k",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        **METRICS,
    },
    shows="spill to memory and disk (too few partitions, little execution memory), stage executor metrics",
)
def orders_sort_export(spark):
    wide = spark.range(0, 900000, 1, 4).selectExpr("hash(id) AS k", "repeat(uuid(), 3) AS payload")
    wide.repartition(2, "k").sortWithinPartitions("k", "payload").write.format("noop").mode("overwrite").save()


@app(
    log="plain",
    user="bob",
    shows="a failed job that the application survives: the last job is good",
)
def inventory_reconcile(spark):
    per_partition(spark, 4, lambda index: index)

    def broken(index):
        if index == 3:
            raise ValueError("warehouse 3: stock is negative")
        return index

    fails(lambda: per_partition(spark, 5, broken))
    per_partition(spark, 3, lambda index: index)


@app(log="zstd", user="bob", shows="the last job fails: the application ends as failed")
def ledger_close(spark):
    shuffle_count(spark)

    def broken(index):
        raise RuntimeError("ledger is not balanced: 17.03 EUR")

    fails(lambda: per_partition(spark, 2, broken))


@app(
    log="zstd",
    user="bob",
    conf={"spark.sql.shuffle.partitions": "4"},
    shows="a failing SQL execution (errorMessage at its end) between good ones",
)
def fraud_rules_sql(spark):
    spark.sql("SELECT id % 7 AS rule, count(*) AS n FROM range(0, 10000, 1, 4) GROUP BY 1").collect()
    fails(
        lambda: spark.sql(
            "SELECT sum(CASE WHEN id = 4242 THEN raise_error('rule 4242 has no threshold') ELSE id END) FROM range(0, 10000, 1, 4)"
        ).collect()
    )
    spark.sql("SELECT max(id) FROM range(0, 1000, 1, 2)").collect()


@app(
    log="plain",
    conf=dict(SECRETS, **{"spark.yarn.queue": "crm"}),
    shows="secrets in the configuration, redacted by Spark",
)
@app(
    key="crm_export_legacy",
    log="plain",
    conf=SECRETS,
    shows="secrets in the configuration, in clear text",
)
def crm_export(spark):
    shuffle_count(spark, rows=1000, partitions=2)


@app(log="zstd", user="bob", shows="a barrier stage with allGather, local mode")
def embedding_train(spark):
    def body(_):
        from pyspark import BarrierTaskContext

        context = BarrierTaskContext.get()
        context.barrier()
        yield context.allGather(str(context.partitionId()))

    spark.sparkContext.parallelize(range(100), 2).barrier().mapPartitions(body).collect()


@app(key="fx_rates_plain", name="fx_rates_sync", log="plain", user="svc-etl", shows="codec: none")
@app(key="fx_rates_gzip", name="fx_rates_sync", log="plain", user="svc-etl", shows="codec: gzip")
@app(key="fx_rates_zstd", name="fx_rates_sync", log="zstd", user="svc-etl", shows="codec: zstd")
@app(key="fx_rates_lz4", name="fx_rates_sync", log="lz4", user="svc-etl", shows="codec: lz4")
@app(key="fx_rates_snappy", name="fx_rates_sync", log="snappy", user="svc-etl", shows="codec: snappy")
@app(key="fx_rates_lzf", name="fx_rates_sync", log="lzf", user="svc-etl", shows="codec: lzf")
def fx_rates_sync(spark):
    shuffle_count(spark, rows=4000, partitions=5)


def daily_sales(spark):
    spark.sparkContext._jsc.sc().range(0, 24000, 1, 12).count()


for _day in range(14, 22):
    app(
        key="daily_sales_%d" % _day,
        name="daily_sales_2026-11-%d" % _day,
        user="svc-etl",
        conf={"spark.yarn.queue": "reports"},
        shows="a run of a recurring job with a dated name, 12 tasks in one stage",
    )(daily_sales)


@app(log="zstd", user="svc-etl", shows="many small tasks: 3 jobs, 360 tasks")
def catalog_refresh(spark):
    for _ in range(3):
        shuffle_count(spark, rows=60000, partitions=60)


def clickstream(spark, jobs):
    """Long local properties go into every job and stage event, so that the log rolls soon."""
    sc = spark.sparkContext
    plan = "\n".join("sessionize step %05d: window 30m, watermark 10m" % (i % 50) for i in range(4000))
    sc.setLocalProperty("clickstream.plan", plan)
    for job in range(jobs):
        sc.setJobDescription("sessions of hour %02d" % job)
        shuffle_count(spark, rows=2000, partitions=3)


@app(log="rolling-zstd", user="svc-etl", shows="rolling log of several files (long lines: properties of 180 KB)")
def clickstream_sessions(spark):
    clickstream(spark, 12)


@app(
    key="clickstream_compacted",
    name="clickstream_backfill",
    log="rolling-zstd",
    user="svc-etl",
    shows="rolling log with a `.compact` file, made by the real 4.3.0 history server (maxFilesToRetain=1)",
)
def clickstream_backfill(spark):
    clickstream(spark, 12)


@app(log="plain", user="alice", dies=True, shows="unfinished single file: the driver was killed with -9")
def geo_backfill(spark):
    shuffle_count(spark, partitions=3)
    threading.Thread(target=lambda: fails(lambda: per_partition(spark, 4, lambda i: time.sleep(20))), daemon=True).start()
    time.sleep(4)
    kill_driver(spark)


@app(
    log="rolling-zstd",
    user="alice",
    dies=True,
    master="local-cluster[2,1,1024]",
    shows="unfinished rolling log: the driver was killed with -9",
)
def stream_ingest(spark):
    wait_for_executors(spark, 2)
    for _ in range(3):
        shuffle_count(spark, partitions=4)
    threading.Thread(target=lambda: fails(lambda: per_partition(spark, 4, lambda i: time.sleep(20))), daemon=True).start()
    time.sleep(4)
    kill_driver(spark)


# --- Spark 4.3, executors in JVMs of their own -------------------------------


@app(
    master="local-cluster[3,1,1024]",
    log="rolling-zstd",
    user="svc-etl",
    conf=dict(DYNAMIC, **{"spark.dynamicAllocation.maxExecutors": "3", "spark.yarn.queue": "etl"}),
    shows="dynamic allocation with shuffle tracking: executors added, idle, removed, added again",
)
def ad_hoc_notebook(spark):
    per_partition(spark, 9, lambda index: time.sleep(1))
    shuffle_count(spark, partitions=4)
    time.sleep(9)
    per_partition(spark, 6, lambda index: time.sleep(0.8))
    time.sleep(5)


@app(
    master="local-cluster[2,1,1024]",
    conf=METRICS,
    dest="cluster-b/2026-11-20",
    user="svc-etl",
    shows="skew: one key has 80 % of the rows; stage executor metrics with non-zero peaks; nested directory",
)
def churn_features(spark):
    wait_for_executors(spark, 2)

    def work(pair):
        time.sleep(min(len(pair[1]), 40000) / 8000.0)
        return pair[0], len(pair[1])

    pairs = spark.sparkContext.parallelize(range(50000), 8).map(lambda i: (0 if i % 10 < 8 else i % 40, "x" * 20))
    pairs.groupByKey(12).map(work).collect()


@app(
    master="local-cluster[2,1,1024]",
    log="zstd",
    user="svc-etl",
    dest="cluster-b/2026-11-20",
    conf={"spark.task.maxFailures": "4"},
    shows="failed tasks that are retried and succeed; nested directory",
)
def payments_import(spark):
    wait_for_executors(spark, 2)

    def flaky(index):
        if index in (2, 5) and attempt() == 0 or index == 7 and attempt() < 2:
            raise OSError("connection reset by peer: payments-db:5432")
        return index

    per_partition(spark, 10, flaky)


@app(
    master="local-cluster[2,1,1024]",
    log="zstd",
    user="svc-etl",
    shows="an executor killed with -9 during a shuffle job: ExecutorLostFailure, ExecutorRemoved, a replacement",
)
def session_rollup(spark):
    wait_for_executors(spark, 2)
    sc = spark.sparkContext
    app_id = sc.applicationId

    def kill_one():
        time.sleep(2.5)
        os.kill(executor_pids(app_id)[0], signal.SIGKILL)

    threading.Thread(target=kill_one, daemon=True).start()
    pairs = sc.parallelize(range(4000), 8).map(lambda i: (i % 16, 1)).reduceByKey(lambda a, b: a + b, 8)
    pairs.map(lambda pair: (time.sleep(0.5), pair)[1]).collect()


@app(
    master="local-cluster[2,2,1024]",
    log="zstd",
    user="bob",
    conf=dict(DYNAMIC, **{"spark.dynamicAllocation.maxExecutors": "2", "spark.executor.memory": "512m", "spark.executor.cores": "1"}),
    shows="stage-level scheduling: a second resource profile (2 cores, 600 MiB, 2 CPUs a task)",
)
def model_scoring(spark):
    from pyspark.resource import ExecutorResourceRequests, ResourceProfileBuilder, TaskResourceRequests

    per_partition(spark, 4, lambda index: index)
    wants = ExecutorResourceRequests().cores(2).memory("600m")
    profile = ResourceProfileBuilder().require(wants).require(TaskResourceRequests().cpus(2)).build
    rdd = spark.sparkContext.parallelize(range(400), 4).withResources(profile)
    rdd.map(lambda i: i * i).count()


def gang(spark):
    """A barrier RDD of which one task fails in the first attempt of the stage."""

    def body(_):
        from pyspark import BarrierTaskContext

        context = BarrierTaskContext.get()
        context.barrier()
        if context.taskAttemptId() == 1:  # the second task of the first attempt of the stage
            raise RuntimeError("rank 1 lost its peer")
        yield context.partitionId(), 1

    wait_for_executors(spark, 2)
    return spark.sparkContext.parallelize(range(100), 2).barrier().mapPartitions(body)


@app(
    master="local-cluster[2,1,1024]",
    log="zstd",
    user="bob",
    shows="a barrier map stage that fails in its first attempt and is tried again",
)
def gang_training(spark):
    gang(spark).groupByKey(2).count()


@app(
    key="gang_training_failed",
    name="gang_training",
    master="local-cluster[2,1,1024]",
    log="zstd",
    user="bob",
    shows="a barrier result stage that fails, which Spark cannot try again: the job fails",
)
def gang_training_failed(spark):
    fails(lambda: gang(spark).collect())


@app(
    key="invoice_batch_1",
    name="invoice_batch",
    master="local-cluster[2,1,1024]",
    log="plain",
    user="svc-etl",
    shows="first of two attempts of one application: its last job failed",
)
def invoice_batch_first(spark):
    wait_for_executors(spark, 2)
    shuffle_count(spark, partitions=4)

    def broken(index):
        raise OSError("invoice store is read-only")

    fails(lambda: per_partition(spark, 2, broken))


@app(
    key="invoice_batch_2",
    name="invoice_batch",
    master="local-cluster[2,1,1024]",
    log="plain",
    user="svc-etl",
    shows="second of two attempts of one application: succeeded",
)
def invoice_batch_second(spark):
    wait_for_executors(spark, 2)
    shuffle_count(spark, partitions=4)
    per_partition(spark, 2, lambda index: index)


@app(
    master="standalone",
    log="zstd",
    user="bob",
    conf={
        "spark.speculation": "true",
        "spark.speculation.interval": "200ms",
        "spark.speculation.quantile": "0.5",
        "spark.speculation.multiplier": "1.5",
        "spark.speculation.minTaskRuntime": "500ms",
        "spark.executor.memory": "512m",
    },
    shows="speculation: stragglers on a standalone cluster of two hosts, copies win, losers are killed",
)
def search_index_build(spark):
    wait_for_executors(spark, 2)

    def straggle(index):
        time.sleep(25 if index in (1, 6) and attempt() == 0 else 0.4)
        return index

    per_partition(spark, 10, straggle)
    time.sleep(4)


# --- Spark 3.5 ---------------------------------------------------------------


@app(
    spark="3.5",
    log="default",
    conf={"spark.sql.shuffle.partitions": "4", "spark.yarn.queue": "reports"},
    shows="3.5 defaults (plain single file): SQL with AQE and a Python UDF",
)
def weekly_kpi_sql(spark):
    from pyspark.sql.functions import udf

    label = udf(lambda n: "week-%d" % (n % 4), "string")
    frame = spark.range(0, 4000, 1, 4).withColumn("week", label("id"))
    frame.groupBy("week").count().orderBy("week").collect()
    spark.sql("SELECT max(id) FROM range(0, 1000, 1, 2)").collect()


@app(spark="3.5", log="default", conf=SECRETS, shows="plain single file: RDD job, cached RDD, secrets redacted")
def clinic_dedupe(spark):
    rows = spark.sparkContext.parallelize(range(3000), 3).map(lambda i: (i % 100, i)).setName("visits").cache()
    rows.count()
    rows.groupByKey(3).mapValues(max).collect()


@app(
    spark="3.5",
    log="default",
    user="svc-etl",
    master="local-cluster[2,1,1024]",
    shows="plain single file: failed tasks that are retried, then a failed last job",
)
def shipment_tracking(spark):
    wait_for_executors(spark, 2)

    def flaky(index):
        if index == 2 and attempt() == 0:
            raise OSError("carrier API: 503")
        return index

    per_partition(spark, 5, flaky)

    def broken(index):
        raise ValueError("shipment 88: no destination")

    fails(lambda: per_partition(spark, 2, broken))


@app(
    spark="3.5",
    log="rolling-zstd",
    user="svc-etl",
    master="local-cluster[2,1,1024]",
    conf=dict(DYNAMIC, **METRICS, **{"spark.dynamicAllocation.maxExecutors": "2"}),
    shows="rolling zstd: dynamic allocation, an idle executor removed, stage executor metrics",
)
def price_scrape(spark):
    per_partition(spark, 6, lambda index: time.sleep(0.8))
    time.sleep(7)
    shuffle_count(spark, partitions=3)


@app(
    spark="3.5",
    log="zstd",
    user="svc-etl",
    master="local-cluster[2,1,1024]",
    shows="single zstd file: an executor killed with -9",
)
def route_planner(spark):
    session_rollup(spark)


# --- running -----------------------------------------------------------------


def session(spec, log_root, master):
    from pyspark import SparkConf
    from pyspark.sql import SparkSession

    directory = os.path.join(log_root, spec.key)
    os.makedirs(directory, exist_ok=True)
    conf = SparkConf().setMaster(master).setAppName(spec.name)
    settings = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": "file://" + directory,
        "spark.sql.warehouse.dir": "/tmp/spark-warehouse",
        **{"spark.eventLog." + key: value for key, value in LOG_FORMATS[spec.log].items()},
        **({"spark.eventLog.rolling.maxFileSize": "10m"} if spec.spark == "3.5" else {}),
        **spec.conf,
    }
    for key, value in settings.items():
        conf.set(key, value)
    return SparkSession.builder.config(conf=conf).getOrCreate()


def main():
    log_root, master, keys = sys.argv[1], sys.argv[2], sys.argv[3:]
    from pyspark import SparkContext

    # A JVM started without settings: those of the first application do not reach the next.
    SparkContext._ensure_initialized()
    failed = []
    for key in keys:
        spec = APPS[key]
        started = time.time()
        spark = None
        try:
            spark = session(spec, log_root, spec.master if master == "-" else master)
            spec.run(spark)
        except BaseException as error:
            print("FAILED", key, repr(error)[:2000], flush=True)
            failed.append(key)
        if spark:
            spark.stop()
        print("done", key, round(time.time() - started, 1), "s", flush=True)
        time.sleep(1.1)  # local-cluster application ids count whole seconds
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
