"""Every query file of queries/report and queries/trends in Spark SQL over an export: the same rows as in DuckDB?

    python same_rows.py EXPORT...        (directories that `shh export` wrote)

The text runs unchanged in both but for the marker of parameters, `getvariable('name')` here and `:name` there. What queries select
from is the same, too: the tables of the export, and the views of queries/session (which are DuckDB's own: variables of
the connection) as DuckDB makes them. Rows are compared in order: words and integers exactly, floats to 1e-9. Exit 1 on
any difference, and on a file that one of the two does not take.
"""
import json
import os
import re
import sys
import tempfile
import time
from datetime import datetime, timedelta
from decimal import Decimal

import duckdb

QUERIES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "queries")
HOUR = timedelta(hours=1)
# Spark has no function of this name; whoever runs the queries there makes it with this line.
EPOCH_MS = "create temporary function epoch_ms(t timestamp_ntz) returns bigint return unix_millis(cast(t as timestamp_ltz))"


# Files that Spark does not take, and why; queries/README.md says so, too.
NOT_IN_SPARK = {
    "trends/concurrency_filtered.sql": "the minutes of a stretch of time are `unnest(range(...))` in DuckDB and "
                                       "`explode(sequence(...))` in Spark",
}


def read(*names):
    with open(os.path.join(QUERIES, *names)) as file:
        return file.read()


def headers(sql, key):
    return re.findall(rf"^-- {key}: (.*)$", sql, re.MULTILINE)


def names_in(*texts):
    """The variables that texts name."""
    return set(re.findall(r"getvariable\('(\w+)'\)", "".join(texts)))


# ------------------------------------------------------------------------------------------- what is asked


class Export:
    """An export, opened in DuckDB as shh does."""

    def __init__(self, directory):
        self.directory = directory
        with open(os.path.join(directory, "_shh_export.json")) as file:
            self.tables = [table["name"] for table in json.load(file)["tables"]]
        self.duckdb = duckdb.connect()
        self.duckdb.execute("set variable export = ?", [{"pattern": directory}])
        self.duckdb.execute(read("store", "open_export.sql"))
        oldest, newest = self.duckdb.execute('select min(start), max("end") from apps').fetchone()
        self.since = oldest.replace(minute=0, second=0, microsecond=0)
        self.until = newest.replace(minute=0, second=0, microsecond=0) + HOUR

    def subjects(self, sql):
        """Two of what a query is about: the first and the last run of the job with the most different settings."""
        if not headers(sql, "about"):
            return "", ""
        pair = self.duckdb.execute("""
            select min_by(app_id, start), max_by(app_id, start) from apps join conf using (app_key) where stages > 0
            group by job order by count(distinct (key, value)) desc, job limit 1""").fetchone()
        return pair

    def values(self, sql):
        """A value for every parameter and variable: a window that cuts applications at both edges."""
        first, second = self.subjects(sql)
        length = self.until - self.since
        until = (self.until - length / 40).replace(minute=0, second=0, microsecond=0)
        since = (self.since + length / 5).replace(minute=0, second=0, microsecond=0)
        if "before" in names_in(sql) or "is_now" in sql:  # of some days and of the time before
            since = max(since, until - timedelta(days=7))
        if first or headers(sql, "default-window") == ["all"]:
            since, until = self.since, self.until
        by = headers(sql, "by")
        return {
            "since": since, "until": until, "before": since - (until - since), "now": self.until,
            "user": "", "queue": "", "app_name": "", "app_id": first if headers(sql, "about") == ["application"] else "",
            "job": "", "tag": "", "status": "",
            "spark_version": "", "min_dur_ms": 0, "min_core_h": 0.0, "with_local": True, "with_incomplete": True,
            "by": by[0].split()[0] if by else "", "group_by": "user", "group_tag": "", "job_by_user": True,
            "a": first, "b": second, "a_since": self.since, "a_until": self.until, "b_since": self.since,
            "b_until": self.until, "bucket": "day", "capacity_cores": 40, "capacity_memory_bytes": 1 << 40,
            "limit": 1_000_000,
            "search": "a", "order_by": "alloc_core_h", "ascending": False, "offset": 3,
        }

    def prepare(self, values, sql):
        """The session of a question, with prices; its hours are those of days UTC."""
        prices = {"core_hour": 0.04, "gib_hour": 0.0045, "include_driver": True, "memory_step_mib": 1.0,
                  "min_billing_s": 0.0, "heap_only": False, "dearer_only": False}
        texts = [read("session", f"{name}.sql") for name in
                 ("narrow_apps", "cut", "window_apps", "known_apps", "rates", "priced", "selected_apps_priced", "hours")]
        for name in names_in(sql, *texts) | {"since", "until"}:
            self.duckdb.execute(f"set variable \"{name}\" = ?", [(values | prices)[name]])
        for text in texts:
            self.duckdb.execute(text)
        self.duckdb.execute("""
            insert into hours
            select hour, date_trunc('day', hour), isodow(hour), hour(hour)
            from range(getvariable('since'), getvariable('until'), interval 1 hour) as hours(hour)""")

    def rows(self, sql):
        return self.duckdb.execute(sql).fetchall()

    def session_views(self):
        return [name for (name,) in self.duckdb.execute("""
            select view_name from duckdb_views() where temporary and not internal
            union all select table_name from duckdb_tables() where temporary and not internal order by 1""").fetchall()]


# ------------------------------------------------------------------------------------------- Spark


def start_spark():
    os.environ |= {"TZ": "UTC", "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
    time.tzset()
    from pyspark.sql import SparkSession

    options = {
        "spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "1g", "spark.sql.shuffle.partitions": "2", "spark.sql.session.timeZone": "UTC",
        # What the queries need of Spark: names in double quotes, and `timestamp` without a time zone.
        "spark.sql.ansi.enabled": "true", "spark.sql.ansi.doubleQuotedIdentifiers": "true",
        "spark.sql.timestampType": "TIMESTAMP_NTZ",
        # Most of the time would go into compiling code for a few rows.
        "spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        # A task for each of the many small files would take longer still.
        "spark.sql.files.minPartitionNum": "1", "spark.sql.files.openCostInBytes": "0",
        "spark.sql.sources.parallelPartitionDiscovery.threshold": "10000", "spark.ui.showConsoleProgress": "false",
        "spark.sql.adaptive.enabled": "false", "spark.sql.warehouse.dir": tempfile.mkdtemp(),
    }
    builder = SparkSession.builder.master("local[2]").appName("same rows")
    for name, value in options.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    spark.sql(EPOCH_MS)
    return spark


class Views:
    """What queries select from, as views of Spark over files of Parquet."""

    def __init__(self, spark, export):
        self.spark, self.export, self.known = spark, export, {}
        self.scratch = tempfile.mkdtemp()
        for table in export.tables:
            path = os.path.join(export.directory, table)
            has_files = any(name.endswith(".parquet") for _, _, names in os.walk(path) for name in names)
            if has_files:
                spark.read.parquet(path).drop("day").createOrReplaceTempView(table)

    def of_session(self, sql):
        """Those of the session that the text names, as they are for this question."""
        for name in self.export.session_views():
            if not re.search(rf"\b{name}\b", sql):
                continue
            path = os.path.join(self.scratch, f"{name}-{len(self.known)}.parquet")
            self.known[path] = name
            self.export.duckdb.execute(f"copy (from {name}) to '{path}' (format parquet)")
            self.spark.read.parquet(path).createOrReplaceTempView(name)

    def rows(self, sql, values):
        def marker(found):
            # A time given to Spark has a time zone; those of the tables have none.
            is_time = isinstance(values[found[1]], datetime)
            return f"cast(:{found[1]} as timestamp_ntz)" if is_time else f":{found[1]}"

        text = re.sub(r"getvariable\('(\w+)'\)", marker, sql)
        given = {name: values[name] for name in names_in(sql)}
        return [tuple(row) for row in self.spark.sql(text, args=given).collect()]


# ------------------------------------------------------------------------------------------- comparing


def plain(value):
    return float(value) if isinstance(value, Decimal) else value


def same(one, other):
    one, other = plain(one), plain(other)
    if isinstance(one, float) or isinstance(other, float):
        if isinstance(one, (int, float)) and isinstance(other, (int, float)):
            return abs(one - other) <= max(1e-12, 1e-9 * max(abs(one), abs(other)))
    return one == other


def first_difference(columns, ours, spark):
    if len(ours) != len(spark):
        return f"{len(ours)} rows in DuckDB, {len(spark)} in Spark"
    for number, (row, twin) in enumerate(zip(ours, spark), 1):
        for column, value, other in zip(columns, row, twin):
            if not same(value, other):
                return f"row {number}, {column}: DuckDB {value!r}, Spark {other!r}"
    return None


def main():
    spark, begun = start_spark(), time.monotonic()
    files = [(folder, name) for folder in ("report", "trends") for name in sorted(os.listdir(os.path.join(QUERIES, folder)))]
    compared = rows = failed = empty = 0
    for name, why in NOT_IN_SPARK.items():
        print(f"not in Spark: {name}: {why}")
        assert name in read("README.md") and name in ["/".join(file) for file in files], name
    for directory in sys.argv[1:]:
        export = Export(os.path.abspath(directory))
        views = Views(spark, export)
        for file in files:
            sql, what = read(*file), f"{directory}: {'/'.join(file)}"
            values = export.values(sql)
            compared += 1
            try:
                export.prepare(values, sql)
                ours = export.rows(sql)
                if "/".join(file) in NOT_IN_SPARK:
                    compared -= 1
                    continue
                columns = [column[0] for column in export.duckdb.description]
                views.of_session(sql)
                difference = first_difference(columns, ours, views.rows(sql, values))
            except Exception as error:  # of either engine
                difference = f"{type(error).__name__}: {str(error)[:600]}"
            if difference:
                failed += 1
                print(f"{what}: {difference}", flush=True)
            else:
                rows, empty = rows + len(ours), empty + (not ours)
    spark.stop()
    print(f"{time.monotonic() - begun:.0f} s")
    print(f"{len(files)} files of queries over {len(sys.argv) - 1} exports: {compared} answers, {rows} rows, "
          f"{empty} answers without rows, {failed} differ; {len(NOT_IN_SPARK)} file not for Spark")
    sys.exit(1 if failed or not rows else 0)


if __name__ == "__main__":
    main()
