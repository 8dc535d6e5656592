-- A whole table as one file. Row groups are small, because a row may have two hundred columns and a group is
-- held in memory.
copy (from query_table(getvariable('part').name))
to (getvariable('part').file) (format parquet, compression zstd, row_group_size 20000)
