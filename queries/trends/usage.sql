-- title: Usage
-- answers: how much of the cluster is held and used over time
-- column: bucket time zoned: Start of the bucket, in the time zone of --tz (UTC by default)
-- column: alloc_core_h core_h series: Cores x executor life within the bucket
-- column: busy_core_h core_h series: Task wall time within the bucket x cores a task occupies
-- column: busy_pct pct: Busy of allocated core-hours, at most 100, without applications in local mode
-- column: cpu_core_h core_h: CPU time of tasks that ended in the bucket
-- column: alloc_gib_h gib_h series: Container memory x executor life within the bucket
-- column: applications count series: Application attempts that held or used anything in the bucket
-- column: tasks count: Tasks that ended in the bucket
-- column: idle_core_h core_h wide: Allocated less busy core-hours of the bucket, without applications in local mode; buckets add up to the whole
-- column: wasted_core_h core_h wide: Core-hours of tasks that ended in the bucket and whose work was not used
with chosen as (
    select app_key
    from known_apps
    -- Only to read less: the hour decides what counts.
    where "end" >= getvariable('since') - interval '1' hour
),

used as (
    select
        hours.bucket,
        -- Where there are no rows nothing was held; where there are, NULL is unknown.
        case when count(distinct usage.app_key) = 0 then 0 end as nothing,
        sum(usage.alloc_core_h) as alloc_core_h,
        sum(usage.busy_core_h) as busy_core_h,
        sum(case when usage.alloc_core_h is not null then usage.busy_core_h end) as fleet_busy_core_h,
        sum(usage.cpu_core_h) as cpu_core_h,
        sum(usage.alloc_gib_h) as alloc_gib_h,
        count(distinct usage.app_key) as applications,
        sum(usage.tasks) as tasks,
        sum(usage.wasted_core_h) as wasted_core_h
    from hours
    left join (usage join chosen on chosen.app_key = usage.app_key) on usage.hour = hours.hour
    group by hours.bucket
)

select
    bucket,
    coalesce(alloc_core_h, nothing) as alloc_core_h,
    coalesce(busy_core_h, nothing) as busy_core_h,
    100.0 * least(fleet_busy_core_h, alloc_core_h) / nullif(alloc_core_h, 0) as busy_pct,
    coalesce(cpu_core_h, nothing) as cpu_core_h,
    coalesce(alloc_gib_h, nothing) as alloc_gib_h,
    applications,
    coalesce(tasks, nothing)::bigint as tasks,
    coalesce(alloc_core_h - fleet_busy_core_h, nothing) as idle_core_h,
    coalesce(wasted_core_h, nothing) as wasted_core_h
from used
qualify max(applications) over () > 0
order by bucket
limit getvariable('limit')
