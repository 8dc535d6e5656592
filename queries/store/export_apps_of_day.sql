-- What a table has of the applications that started on one day.
copy (
    from query_table(getvariable('part').name)
    where app_key in (
        select app_key
        from apps
        where start >= make_timestamp(getvariable('part').day * 86400000000)
            and start < make_timestamp((getvariable('part').day + 1) * 86400000000)
    )
)
to (getvariable('part').file) (format parquet, compression zstd, row_group_size 20000)
