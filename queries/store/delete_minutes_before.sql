delete from fleet_minutes where minute < make_timestamp(?::bigint * 1000)
