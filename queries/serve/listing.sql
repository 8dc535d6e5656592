-- Every application attempt as Spark's history server lists it, with the log that tells of it. Times in ms since the
-- epoch. An attempt has only ended where its end was seen in a log that is not being written any more.
select
    a.app_id,
    a.app_name,
    a.attempt,
    epoch_ms(a.start) as started_ms,
    case when l.has_end and not l.in_progress then epoch_ms(a."end") end as ended_ms,
    l.modified_ms,
    a."user",
    a.spark_version,
    a.exit_code,
    l.path
from apps a
join logs l on l.app_key = a.app_key
order by l.modified_ms, l.path
