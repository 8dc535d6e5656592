select count(*) from duckdb_tables() where not internal and not temporary
