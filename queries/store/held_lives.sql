-- Everything that cluster applications held in a stretch of time: executors, and the applications themselves.
select
    epoch_ms(executors.start),
    epoch_ms(executors."end"),
    executors.cores::double,
    executors.memory_mib / 1024.0::double,
    1.0::double,
    0.0::double
from executors
join apps on apps.app_key = executors.app_key
where not apps.local
    and executors."end" > make_timestamp(?::bigint * 1000)
    and executors.start < make_timestamp(?::bigint * 1000)
union all
select epoch_ms(start), epoch_ms("end"), 0.0::double, 0.0::double, 0.0::double, 1.0::double
from apps
where not local
    and "end" > make_timestamp(?::bigint * 1000)
    and start < make_timestamp(?::bigint * 1000)
