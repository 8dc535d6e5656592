-- How far to trust a table: the applications it covers, those it leaves out, and what is known of both.
select
    count(*) filter (where ($with_local::boolean or not local) and ($with_incomplete::boolean or not end_estimated))
        as applications,
    count(*) filter (where local and not $with_local::boolean) as left_out_local,
    count(*) filter (
        where end_estimated and not $with_incomplete::boolean and ($with_local::boolean or not local)
    ) as left_out_incomplete,
    sum(event_loss_pct * tasks) filter (
        where ($with_local::boolean or not local) and ($with_incomplete::boolean or not end_estimated)
    )
    / nullif(
        sum(tasks) filter (
            where event_loss_pct is not null
                and ($with_local::boolean or not local)
                and ($with_incomplete::boolean or not end_estimated)
        ),
        0
    ) as event_loss_pct,
    100.0 * sum(measured_core_h) filter (
        where ($with_local::boolean or not local) and ($with_incomplete::boolean or not end_estimated)
    )
    / nullif(
        sum(alloc_core_h) filter (
            where ($with_local::boolean or not local) and ($with_incomplete::boolean or not end_estimated)
        ),
        0
    ) as peak_coverage_pct,
    (
        select count(*)
        from logs
        where outcome in ('damaged', 'unreadable', 'no_application', 'rejected') or malformed_lines > 0
    ) as damaged_logs,
    (select epoch_ms(max(finished)) from ingests) as data_as_of
from apps
where start < $until::timestamp
    and "end" >= $since::timestamp
    and ($user::varchar = '' or regexp_matches("user", $user::varchar))
    and ($queue::varchar = '' or regexp_matches(coalesce(queue, ''), $queue::varchar))
    and ($app_name::varchar = '' or regexp_matches(app_name, $app_name::varchar))
    and ($app_id::varchar = '' or app_id = $app_id::varchar)
    and (getvariable('job') = '' or job = getvariable('job'))
    and (getvariable('tag') = '' or regexp_matches(coalesce(tags, ''), getvariable('tag')))
    and ($status::varchar = '' or status = $status::varchar)
    and (getvariable('spark_version') = '' or starts_with(spark_version || '.', getvariable('spark_version') || '.'))
    and dur_s * 1000 >= getvariable('min_dur_ms')
    and (getvariable('min_core_h') = 0 or alloc_core_h >= getvariable('min_core_h'))
