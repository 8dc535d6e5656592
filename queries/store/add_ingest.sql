insert into ingests
select ?, make_timestamp(?::bigint * 1000), make_timestamp(?::bigint * 1000), ?, ?, ?, ?, ?
