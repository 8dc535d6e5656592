delete from usage where hour < make_timestamp(?::bigint * 1000)
