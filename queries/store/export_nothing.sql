-- A table in parts that has no rows: one file with no rows, whose columns are those of its parts.
copy (
    select *, cast(null as date) as day
    from query_table(getvariable('part').name)
    limit 0
)
to (getvariable('part').file) (format parquet, compression zstd)
