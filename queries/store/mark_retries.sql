-- An attempt that did not succeed and was followed by another wasted its successful tasks as well.
-- Only applications of which this ingest changed an attempt can have got or lost a follower.
update apps
set wasted_app_retry_core_h = attempts.retry_core_h,
    wasted_core_h = apps.wasted_core_h - apps.wasted_app_retry_core_h + attempts.retry_core_h
from (
    select
        app_key,
        wasted_app_retry_core_h as known_core_h,
        case
            when status <> 'succeeded' and lead(app_key) over later is not null then first_try_core_h
            else 0.0
        end as retry_core_h
    from apps
    where app_id in (select app_id from changed)
    window later as (partition by app_id order by start, attempt)
) as attempts
where apps.app_key = attempts.app_key and attempts.retry_core_h <> attempts.known_core_h
