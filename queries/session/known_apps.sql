-- The application attempts that pass the filters, whenever they ran, each with all it used: what a window is
-- held against.
create or replace temp view known_apps as
select
    case when getvariable('job_by_user') then "user" end as job_user,
    narrow_apps.*
from narrow_apps
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
