"""Applications whose logs have what REST v1 shows and testdata does not: run by Spark itself, one after the other."""

import argparse
import os
import sys
import time

from pyspark import AccumulatorParam, SparkConf, SparkContext, StorageLevel
from pyspark.sql import SparkSession, functions as F


class Words(AccumulatorParam):
    def zero(self, value):
        return []

    def addInPlace(self, one, other):
        return one + other


def conf(name, directory, master="local[2]", **settings):
    made = SparkConf().setAppName(name).setMaster(master)
    for key, value in {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": "file://" + directory,
        "spark.eventLog.rolling.enabled": "false",
        "spark.eventLog.compress": "false",
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.warehouse.dir": os.path.join(directory, "..", "warehouse"),
    }.items():
        made.set(key, value)
    for key, value in settings.items():
        made.set("spark." + key.replace("__", "."), str(value))
    return made


def caching(directory):
    """Block updates of several storage levels, one of them unpersisted; job groups, descriptions, tags."""
    settings = {"eventLog__logBlockUpdates__enabled": "true", "eventLog__logStageExecutorMetrics": "true"}
    with SparkContext(conf=conf("caching", directory, "local-cluster[2,1,1024]", **settings)) as sc:
        sc.setJobGroup("warm-up", "keeps three RDDs")
        kept = sc.parallelize(range(20_000), 6).map(lambda x: (x % 7, x)).persist(StorageLevel.MEMORY_AND_DISK)
        kept.setName("kept")
        twice = sc.parallelize(range(5_000), 4).persist(StorageLevel.MEMORY_ONLY_2)
        disk = sc.parallelize(range(5_000), 3).persist(StorageLevel.DISK_ONLY)
        gone = sc.parallelize(range(100), 2).cache()
        print(kept.count(), twice.count(), disk.count(), gone.count())
        gone.unpersist(blocking=True)
        sc.addJobTag("b-tag")
        sc.addJobTag("a-tag")
        sc.setJobDescription("sums by key")
        print(kept.reduceByKey(lambda a, b: a + b, 5).collect())
        print(kept.reduceByKey(lambda a, b: a + b, 5).count())
        words = sc.accumulator(0)
        kept.foreach(lambda pair: words.add(1))


def accumulators(directory):
    """Numbers and lists that tasks add to, and tasks that fail, are killed and are tried again."""
    settings = {"task__maxFailures": "1"}
    with SparkContext(conf=conf("accumulators", directory, **settings)) as sc:
        total = sc.accumulator(0)
        words = sc.accumulator([], Words())

        def add(x):
            total.add(x)
            words.add([f"w{x % 3}"])
            return x

        for _ in range(3):
            sc.parallelize(range(40), 8).map(add).count()
        jvm = sc._jvm.org.apache.spark.SparkContext.getOrCreate(sc._jsc.sc().getConf())
        named = jvm.longAccumulator("rows seen")
        named.add(3)
        try:
            sc.parallelize(range(8), 4).map(lambda x: 1 // (x - 5)).collect()
        except Exception as error:
            print(type(error).__name__)


def queries(directory):
    """Plans with subqueries, reused exchanges, broadcasts, caches and writes, with and without adaptive execution."""
    for adaptive in ("true", "false"):
        settings = {"sql__adaptive__enabled": adaptive, "sql__shuffle__partitions": "4"}
        spark = SparkSession.builder.config(conf=conf(f"queries-{adaptive}", directory, **settings)).getOrCreate()
        rows = spark.range(0, 20_000, 1, 6).withColumn("k", F.col("id") % 10).withColumn("s", F.col("id").cast("string"))
        rows.createOrReplaceTempView("rows")
        small = spark.range(10).withColumnRenamed("id", "k").withColumn("n", F.col("k") * 2)
        small.createOrReplaceTempView("small")
        spark.sql("select k, count(*) c, sum(id) from rows group by k order by k").collect()
        spark.sql("select * from rows join small using (k) where n > 4").count()
        spark.sql("select /*+ MERGE(small) */ count(*) from rows join small using (k)").collect()
        spark.sql("select count(*) from rows where id > (select avg(id) from rows)").collect()
        spark.sql("select a.k, b.c from (select k, count(*) c from rows group by k) a "
                  "join (select k, count(*) c from rows group by k) b on a.k = b.k").collect()
        cached = rows.filter("k = 3").cache()
        cached.count()
        cached.groupBy("s").count().limit(5).collect()
        target = os.path.join(directory, "..", "out", adaptive)
        rows.write.mode("overwrite").partitionBy("k").parquet(target)
        spark.read.parquet(target).filter("k = 2").agg(F.max("id")).collect()
        spark.sql("select k, row_number() over (partition by k order by id) from rows").write.format("noop").mode("overwrite").save()
        try:
            spark.sql("select raise_error('broken on purpose')").collect()
        except Exception as error:
            print(type(error).__name__)
        spark.stop()


def streaming(directory):
    """A structured stream with state, for a few batches."""
    settings = {"sql__shuffle__partitions": "2"}
    spark = SparkSession.builder.config(conf=conf("streaming", directory, **settings)).getOrCreate()
    source = spark.readStream.format("rate").option("rowsPerSecond", 50).load()
    counted = source.groupBy(F.window("timestamp", "2 seconds")).count()
    query = counted.writeStream.outputMode("complete").format("memory").queryName("counts").start()
    time.sleep(12)
    query.stop()
    spark.stop()


def excluded(directory):
    """Executors that are excluded, for a stage and for good, after tasks failed on them."""
    settings = {
        "excludeOnFailure__enabled": "true", "excludeOnFailure__task__maxTaskAttemptsPerExecutor": "1",
        "excludeOnFailure__stage__maxFailedTasksPerExecutor": "1", "task__maxFailures": "4",
        "excludeOnFailure__application__maxFailedTasksPerExecutor": "2", "excludeOnFailure__timeout": "1h",
    }
    with SparkContext(conf=conf("excluded", directory, "local-cluster[3,1,1024]", **settings)) as sc:
        time.sleep(4)

        def fragile(x):
            from pyspark import TaskContext

            if TaskContext.get().attemptNumber() == 0 and x % 10 == 3:
                raise ValueError("first attempt")
            return x

        for _ in range(2):
            try:
                print(sc.parallelize(range(30), 6).map(fragile).count())
            except Exception as error:
                print(type(error).__name__)
        sc.parallelize(range(100), 6).map(lambda x: (x % 3, x)).groupByKey(4).count()


def many(directory):
    """More jobs and stages than Spark's history server keeps, and more tasks of few kinds."""
    with SparkContext(conf=conf("many", directory)) as sc:
        numbers = sc.parallelize(range(4), 2)
        pairs = numbers.map(lambda x: (x % 2, x)).reduceByKey(lambda a, b: a + b, 2)
        for _ in range(1_130):
            numbers.count()
        for _ in range(10):
            pairs.count()


ALL = (caching, accumulators, queries, streaming, excluded, many)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    os.makedirs(arguments.directory, exist_ok=True)
    for workload in ALL:
        if not arguments.names or workload.__name__ in arguments.names:
            started = time.time()
            workload(os.path.abspath(arguments.directory))
            print(f"{workload.__name__}: {time.time() - started:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
