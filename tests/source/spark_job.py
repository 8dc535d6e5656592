"""A small Spark application that says STARTED, waits for a line, runs its last job and ends.

    python spark_job.py EVENT_LOG_DIRECTORY [KEY=VALUE...]
"""
import sys

from pyspark.sql import SparkSession

builder = SparkSession.builder.master("local[2]").appName("written straight into a store")
settings = {"spark.eventLog.enabled": "true", "spark.eventLog.dir": sys.argv[1], "spark.ui.enabled": "false",
            "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
settings.update(setting.split("=", 1) for setting in sys.argv[2:])
for key, value in settings.items():
    builder = builder.config(key, value)
spark = builder.getOrCreate()
for _ in range(3):
    spark.range(0, 100_000, 1, 4).selectExpr("id % 10 as k").groupBy("k").count().collect()
print("STARTED", spark.sparkContext.applicationId, flush=True)
sys.stdin.readline()
spark.range(0, 1000, 1, 3).count()
spark.stop()
