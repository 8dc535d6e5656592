insert into prunes
select make_timestamp(?::bigint * 1000), make_timestamp(?::bigint * 1000), ?, ?
