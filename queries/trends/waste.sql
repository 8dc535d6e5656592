-- title: Waste
-- answers: which core-hours gave nothing over time, and why
-- column: bucket time zoned: Start of the bucket, in the time zone of --tz (UTC by default)
-- column: unproductive_core_h core_h series: Idle and wasted core-hours together: the five idle causes and the eight classes of waste add up to it
-- column: unproductive_pct pct: Idle and wasted of allocated core-hours, without applications in local mode
-- column: idle_core_h core_h series: Allocated less busy core-hours: the five idle causes add up to it
-- column: wasted_core_h core_h series: Core-hours of tasks that ended in the bucket and whose work was not used or was done before: the eight classes add up to it
-- column: idle_driver_gap_core_h core_h: Idle while no job was active
-- column: idle_startup_core_h core_h: Idle from an executor's registration to its first task, while a job was active
-- column: idle_tail_core_h core_h: Idle from an executor's last task to its removal, while a job was active
-- column: idle_skew_tail_core_h core_h: Idle while the last tasks of stages ran and none was left to launch
-- column: idle_under_parallel_core_h core_h: Idle for another reason while a job was active: fewer tasks than cores
-- column: wasted_exception_core_h core_h: Wasted: tasks that ended with an exception
-- column: wasted_fetch_failed_core_h core_h: Wasted: tasks that could not fetch shuffle data
-- column: wasted_executor_lost_core_h core_h: Wasted: tasks whose executor was lost
-- column: wasted_killed_core_h core_h: Wasted: killed tasks, the losers of speculation included
-- column: wasted_recompute_core_h core_h: Wasted: successful tasks of stage attempts after the first
-- column: wasted_app_retry_core_h core_h: Wasted: successful first tries of an attempt that did not succeed and was followed by another
-- column: wasted_commit_denied_core_h core_h wide: Wasted: tasks that were not allowed to commit
-- column: wasted_other_core_h core_h wide: Wasted: tasks that failed for another reason
-- column: alloc_core_h core_h wide: Cores x executor life within the bucket
with chosen as (
    select app_key
    from known_apps
    -- Only to read less: the hour decides what counts.
    where "end" >= getvariable('since') - interval '1' hour
),

used as (
    select
        hours.bucket,
        count(usage.app_key) as used_hours,
        case when count(usage.app_key) = 0 then 0 end as nothing,
        sum(usage.alloc_core_h) as alloc_core_h,
        sum(usage.wasted_core_h) filter (where usage.alloc_core_h is not null) as fleet_wasted_core_h,
        sum(usage.idle_driver_gap_core_h) as idle_driver_gap_core_h,
        sum(usage.idle_startup_core_h) as idle_startup_core_h,
        sum(usage.idle_tail_core_h) as idle_tail_core_h,
        sum(usage.idle_skew_tail_core_h) as idle_skew_tail_core_h,
        sum(usage.idle_under_parallel_core_h) as idle_under_parallel_core_h,
        coalesce(sum(usage.wasted_core_h), 0) as wasted_core_h,
        coalesce(sum(usage.wasted_exception_core_h), 0) as wasted_exception_core_h,
        coalesce(sum(usage.wasted_fetch_failed_core_h), 0) as wasted_fetch_failed_core_h,
        coalesce(sum(usage.wasted_executor_lost_core_h), 0) as wasted_executor_lost_core_h,
        coalesce(sum(usage.wasted_killed_core_h), 0) as wasted_killed_core_h,
        coalesce(sum(usage.wasted_commit_denied_core_h), 0) as wasted_commit_denied_core_h,
        coalesce(sum(usage.wasted_other_core_h), 0) as wasted_other_core_h,
        coalesce(sum(usage.wasted_recompute_core_h), 0) as wasted_recompute_core_h,
        coalesce(sum(usage.wasted_app_retry_core_h), 0) as wasted_app_retry_core_h
    from hours
    left join (usage join chosen on chosen.app_key = usage.app_key) on usage.hour = hours.hour
    group by hours.bucket
),

-- Signed, as the causes are: clamped, they would no longer add up.
idle as (
    select
        *,
        idle_driver_gap_core_h + idle_startup_core_h + idle_tail_core_h + idle_skew_tail_core_h
            + idle_under_parallel_core_h as idle_core_h
    from used
)

select
    bucket,
    coalesce(idle_core_h, 0) + wasted_core_h as unproductive_core_h,
    100.0 * (idle_core_h + fleet_wasted_core_h) / nullif(alloc_core_h, 0) as unproductive_pct,
    coalesce(idle_core_h, nothing) as idle_core_h,
    wasted_core_h,
    coalesce(idle_driver_gap_core_h, nothing) as idle_driver_gap_core_h,
    coalesce(idle_startup_core_h, nothing) as idle_startup_core_h,
    coalesce(idle_tail_core_h, nothing) as idle_tail_core_h,
    coalesce(idle_skew_tail_core_h, nothing) as idle_skew_tail_core_h,
    coalesce(idle_under_parallel_core_h, nothing) as idle_under_parallel_core_h,
    wasted_exception_core_h,
    wasted_fetch_failed_core_h,
    wasted_executor_lost_core_h,
    wasted_killed_core_h,
    wasted_recompute_core_h,
    wasted_app_retry_core_h,
    wasted_commit_denied_core_h,
    wasted_other_core_h,
    coalesce(alloc_core_h, nothing) as alloc_core_h
from idle
qualify max(used_hours) over () > 0
order by bucket
limit getvariable('limit')
