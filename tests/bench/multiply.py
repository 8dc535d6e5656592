"""A database of many applications made from one of few: every application `times` times, under other names and keys.

    python multiply.py FROM.duckdb TO.duckdb TIMES

Copy r of an application ran some hours of a week later, as another job and of another user: 50 of each name, 20 of each user. Of
streaming applications, which run for weeks, one copy in ten. Its stages, executors and hours
are those that a real ingest folded. Keys follow the order of time and rows lie in it, as after an ingest. Minutes are summed
over the copies; their peaks are sums of peaks, so a little too high.
"""

import os
import sys

import duckdb

SHIFT = "to_hours(r * 7 % 168)"
CHUNK = 2_000  # applications at once: what is sorted fits in memory


def columns(db, table):
    return db.execute("select column_name, data_type from duckdb_columns() where database_name = 'base' and table_name = ? "
                      "order by column_index", [table]).fetchall()


def changed(table, column, kind):
    """The expression of a column in copy r."""
    quoted = f'rows."{column}"'
    if column == "app_key":
        return "copies.app_key"
    if kind == "TIMESTAMP":
        return f"{quoted} + {SHIFT}"
    if column in ("app_id", "path"):
        return f"{quoted} || '-' || r"
    if column in ("app_name", "job"):
        return f"{quoted} || '-' || chr((97 + r % 50 // 10)::int) || chr((97 + r % 10)::int)"
    if column == "user":
        return f"{quoted} || '_' || chr((97 + r % 20)::int)"
    return quoted


def main():
    source, target, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if os.path.exists(target):
        os.unlink(target)
    db = duckdb.connect()
    db.execute("set threads = 2; set memory_limit = '3GB'; set enable_progress_bar = false; set preserve_insertion_order = true")
    db.execute(f"attach '{source}' as base (read_only); attach '{target}' as made")
    db.execute("copy from database base to made (schema)")
    tables = [name for name, in db.execute("select table_name from duckdb_tables() where database_name = 'base'").fetchall()]
    db.execute(f"""create table copies as
        select base.apps.app_key as old_key, r, row_number() over (order by start + {SHIFT}, app_id, r) as app_key
        from base.apps, range({times}) as times(r)
        where kind <> 'streaming' or r % 10 = 0""")
    count, = db.execute("select count(*) from copies").fetchone()
    for table in tables:
        kinds = columns(db, table)
        if "app_key" not in dict(kinds):
            continue
        selected = ", ".join(f'{changed(table, column, kind)} as "{column}"' for column, kind in kinds)
        for first in range(1, count + 1, CHUNK):
            db.execute(f"""insert into made.{table}
                select {selected}
                from (select *, row_number() over () as place from base.{table}) as rows
                join copies on copies.old_key = rows.app_key
                where copies.app_key >= {first} and copies.app_key < {first + CHUNK}
                order by copies.app_key, rows.place""")
    means = ", ".join(f"sum({column})" for column, kind in columns(db, "fleet_minutes") if kind == "DOUBLE")
    db.execute(f"""insert into made.fleet_minutes
        select minute + {SHIFT} as minute, {means} from base.fleet_minutes, range({times}) as times(r) group by 1 order by 1""")
    for table in ("schema_version", "ingests", "naming", "prunes"):
        db.execute(f"insert into made.{table} from base.{table}")
    rows = {table: db.execute(f"select count(*) from made.{table}").fetchone()[0] for table in tables}
    db.execute("checkpoint made")
    db.execute("detach made")
    print(rows, os.path.getsize(target))


if __name__ == "__main__":
    main()
