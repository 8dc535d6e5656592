-- A statement of a user whose answer has types that only DuckDB can show. The variable holds one question, or
-- this fails.
select columns(*)::varchar from query(getvariable('statement'))
