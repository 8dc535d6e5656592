-- The application attempts that a question is about, with what they used within its window.
--
-- A window is [since, until), in whole hours. An attempt that lies inside it comes as it is. Of one that
-- crosses an edge the additive measures are those of its hours inside (the table `cut`, made for the same
-- window before), so that a service that lives for months does not land on the day it ends; what is not
-- additive (counts of executors, jobs and stages, durations, peaks) is of the whole attempt.
--
-- The window and the filters are variables of the connection; an empty text means any. What is made and each filter
-- has a line of its own, so that what a question does not name, or does not filter by, can be left out: planning it
-- takes time.
create or replace temp view window_apps as
select
    case when getvariable('job_by_user') then "user" end as job_user,
    -- The driver's life within the window, in hours.
    greatest(epoch_ms(least("end", getvariable('until'))) - epoch_ms(greatest(start, getvariable('since'))), 0) / 3600000.0 as driver_h,
    case getvariable('group_by') when 'app' then app_name when 'job' then job when 'user' then "user" when 'queue' then queue when 'version' then spark_version when 'kind' then kind when 'day' then strftime(start, '%Y-%m-%d') when 'tag' then nullif(regexp_extract(tags, getvariable('group_tag'), 1), '') end as group_name,
    attempts.*
from (
    select * from narrow_apps where start >= getvariable('since') and "end" < getvariable('until')
    union all
    select * from cut
) as attempts
where (getvariable('with_local') or not local)
    and (getvariable('with_incomplete') or not end_estimated)
    and (getvariable('user') = '' or regexp_matches("user", getvariable('user')))
    and (getvariable('queue') = '' or regexp_matches(coalesce(queue, ''), getvariable('queue')))
    and (getvariable('app_name') = '' or regexp_matches(app_name, getvariable('app_name')))
    and (getvariable('app_id') = '' or app_id = getvariable('app_id'))
    and (getvariable('job') = '' or job = getvariable('job'))
    and (getvariable('tag') = '' or regexp_matches(coalesce(tags, ''), getvariable('tag')))
    and (getvariable('status') = '' or status = getvariable('status'))
    and (getvariable('spark_version') = '' or starts_with(spark_version || '.', getvariable('spark_version') || '.'))
    and (getvariable('min_dur_ms') = 0 or dur_s * 1000 >= getvariable('min_dur_ms'))
    and (getvariable('min_core_h') = 0 or alloc_core_h >= getvariable('min_core_h'))
