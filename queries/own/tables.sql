-- Every table and what it is about, in the order in which the schema tells of them.
select table_name, column_count, comment
from duckdb_tables()
where not internal and not temporary
order by table_oid
