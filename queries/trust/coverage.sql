-- How far to trust a table: the applications it covers, those it leaves out, and what is known of both.
with matching as (
    select *
    from selected_apps(
        $since::timestamp, $until::timestamp, $user::varchar, $queue::varchar, $app_name::varchar,
        $app_id::varchar, $status::varchar, true, true
    )
),

covered as (
    select *
    from matching
    where ($with_local::boolean or not local) and ($with_incomplete::boolean or not end_estimated)
)

select
    (select count(*) from covered) as applications,
    (select count(*) from matching where local and not $with_local::boolean) as left_out_local,
    (
        select count(*)
        from matching
        where end_estimated and not $with_incomplete::boolean and ($with_local::boolean or not local)
    ) as left_out_incomplete,
    (
        select sum(event_loss_pct * tasks) / nullif(sum(tasks), 0)
        from covered
        where event_loss_pct is not null
    ) as event_loss_pct,
    (select 100.0 * sum(measured_core_h) / nullif(sum(alloc_core_h), 0) from covered) as peak_coverage_pct,
    (
        select count(*)
        from logs
        where outcome in ('damaged', 'unreadable', 'no_application', 'rejected') or malformed_lines > 0
    ) as damaged_logs,
    (select epoch_ms(max(finished)) from ingests) as data_as_of
