"""A small real Spark application, run once per kind to get the real event logs that corpus.py multiplies.

    python source.py KIND DIRECTORY        (a python that has pyspark 4.3)

KIND is one of KINDS. Two executors in JVMs of their own (local-cluster), Spark's own defaults for the event log
(rolling, zstd).
"""

import os
import sys
import tempfile

KINDS = ("small", "warehouse", "rdd")


def warehouse(spark, scratch, rounds):
    from pyspark.sql import functions as F

    for n in range(rounds):
        orders = spark.range(0, 60_000, 1, 12).select(
            "id", (F.col("id") % 997).alias("customer"), (F.col("id") % 31).alias("day"),
            (F.rand(n) * 100).alias("amount"))
        customers = spark.range(0, 997, 1, 4).select(
            F.col("id").alias("customer"), F.concat(F.lit("c"), "id").alias("name"), (F.col("id") % 7).alias("region"))
        spark.sparkContext.setJobDescription(f"daily revenue {n}")
        joined = orders.join(customers, "customer")
        joined.groupBy("region", "day").agg(F.sum("amount"), F.countDistinct("customer")).collect()
        path = os.path.join(scratch, f"t{n}")
        joined.repartition(8, "region").sortWithinPartitions("day").write.mode("overwrite").partitionBy("region").parquet(path)
        spark.sparkContext.setJobDescription(f"read back {n}")
        back = spark.read.parquet(path)
        back.createOrReplaceTempView("sales")
        spark.sql("select name, sum(amount) s, row_number() over (order by sum(amount) desc) r from sales "
                  "group by name order by s desc limit 20").collect()
        orders.repartition(16).groupBy("day").count().orderBy("day").collect()
    spark.sparkContext.setJobDescription(None)


def rdd(spark, rounds):
    context = spark.sparkContext
    for n in range(rounds):
        context.setJobGroup(f"group-{n}", f"word count {n}")
        numbers = context.parallelize(range(20_000), 16)
        pairs = numbers.map(lambda v: (v % 101, v)).reduceByKey(lambda a, b: a + b, 12).cache()
        pairs.count()
        pairs.mapValues(lambda v: v * 2).sortByKey(numPartitions=10).collect()
        pairs.unpersist()
    context.setLocalProperty("spark.jobGroup.id", None)

    def broken(part):
        raise ValueError("a bad record in the input")

    try:
        context.parallelize(range(8), 2).foreachPartition(broken)
    except Exception as error:
        print("failed as meant:", type(error).__name__)


def small(spark, scratch):
    for n in range(8):
        spark.range(0, 5_000 + n, 1, 2).selectExpr("id", f"id * {n + 1} as v", "cast(id as string) as s").write.mode(
            "overwrite").parquet(os.path.join(scratch, f"small{n}"))


def main():
    kind, directory = sys.argv[1:]
    from pyspark.sql import SparkSession

    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.makedirs(directory, exist_ok=True)
    builder = SparkSession.builder.master("local-cluster[2,1,1024]").appName(f"bench-{kind}")
    conf = {
        "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.ui.enabled": "false",
        "spark.eventLog.enabled": "true", "spark.eventLog.dir": "file://" + os.path.abspath(directory),
        "spark.sql.shuffle.partitions": "16", "spark.executor.memory": "1g",
    }
    for key, value in conf.items():
        builder = builder.config(key, value)
    with tempfile.TemporaryDirectory() as scratch:
        spark = builder.config("spark.sql.warehouse.dir", scratch).getOrCreate()
        if kind == "warehouse":
            warehouse(spark, scratch, 4)
        if kind == "rdd":
            rdd(spark, 2)
        if kind == "small":
            small(spark, scratch)
        spark.stop()


if __name__ == "__main__":
    main()
