-- How far to trust a table: the applications it covers, those it leaves out, and what is known of both.
select
    count(*) filter (where (getvariable('with_local') or not local) and (getvariable('with_incomplete') or not end_estimated))
        as applications,
    count(*) filter (where local and not getvariable('with_local')) as left_out_local,
    count(*) filter (
        where end_estimated and not getvariable('with_incomplete') and (getvariable('with_local') or not local)
    ) as left_out_incomplete,
    sum(event_loss_pct * tasks) filter (
        where (getvariable('with_local') or not local) and (getvariable('with_incomplete') or not end_estimated)
    )
    / nullif(
        sum(tasks) filter (
            where event_loss_pct is not null
                and (getvariable('with_local') or not local)
                and (getvariable('with_incomplete') or not end_estimated)
        ),
        0
    ) as event_loss_pct,
    100.0 * sum(measured_core_h) filter (
        where (getvariable('with_local') or not local) and (getvariable('with_incomplete') or not end_estimated)
    )
    / nullif(
        sum(alloc_core_h) filter (
            where (getvariable('with_local') or not local) and (getvariable('with_incomplete') or not end_estimated)
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
where start < getvariable('until')
    and "end" >= getvariable('since')
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
