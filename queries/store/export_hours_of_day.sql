-- The usage of one day.
copy (
    from query_table(getvariable('part').name)
    where hour >= make_timestamp(getvariable('part').day * 86400000000)
        and hour < make_timestamp((getvariable('part').day + 1) * 86400000000)
)
to (getvariable('part').file) (format parquet, compression zstd, row_group_size 20000)
