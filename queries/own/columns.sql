-- Every column of a table, or of all, with its type and meaning.
select columns.table_name, columns.column_name, columns.data_type, columns.comment
from duckdb_columns() as columns
join duckdb_tables() as tables on tables.table_oid = columns.table_oid
where not columns.internal and ($table::varchar = '' or columns.table_name = $table::varchar)
order by columns.table_oid, columns.column_index
