-- title: Efficiency
-- answers: how well what is held is used over time
-- column: bucket time zoned: Start of the bucket, in the time zone of --tz (UTC by default)
-- column: busy_pct pct series: Busy of allocated core-hours, at most 100, without applications in local mode
-- column: cpu_pct pct series: CPU time of tasks that ended in the bucket, of the core-hours allocated to applications that say how much CPU time they took; without Python workers and native engines
-- column: heap_used_pct pct series: Largest heap measured of any executor, of the heap, as the mean of the applications whose heap was measured, weighted by their core-hours within the bucket; a low one proves waste, a high one nothing
-- column: heap_known_pct pct: Core-hours of the applications whose heap was measured, of the core-hours allocated
-- column: alloc_core_h core_h series: Cores x executor life within the bucket
-- column: busy_core_h core_h: Task wall time within the bucket x cores a task occupies, without applications in local mode
-- column: cpu_core_h core_h: CPU time of tasks that ended in the bucket, without applications in local mode
-- column: applications count: Application attempts that held or used anything in the bucket, without those in local mode
with chosen as (
    select app_key, peak_heap_bytes::double / nullif(heap_mib * 1048576.0, 0) as heap_used
    from known_apps
    -- Only to read less: the hour decides what counts.
    where not local and "end" >= getvariable('since') - interval '1' hour
),

used as (
    select
        hours.bucket,
        sum(usage.alloc_core_h) as alloc_core_h,
        sum(usage.busy_core_h) as busy_core_h,
        sum(usage.cpu_core_h) as cpu_core_h,
        sum(case when usage.cpu_core_h is not null then usage.alloc_core_h end) as cpu_alloc_core_h,
        sum(usage.alloc_core_h * chosen.heap_used) as heap_used_core_h,
        sum(case when chosen.heap_used is not null then usage.alloc_core_h end) as heap_alloc_core_h,
        count(distinct usage.app_key) as applications
    from hours
    left join (usage join chosen on chosen.app_key = usage.app_key) on usage.hour = hours.hour
    group by hours.bucket
)

select
    bucket,
    100.0 * least(busy_core_h, alloc_core_h) / nullif(alloc_core_h, 0) as busy_pct,
    100.0 * cpu_core_h / nullif(cpu_alloc_core_h, 0) as cpu_pct,
    100.0 * heap_used_core_h / nullif(heap_alloc_core_h, 0) as heap_used_pct,
    100.0 * coalesce(heap_alloc_core_h, 0) / nullif(alloc_core_h, 0) as heap_known_pct,
    coalesce(alloc_core_h, 0) as alloc_core_h,
    coalesce(busy_core_h, 0) as busy_core_h,
    -- Unknown where there were applications and none of them said how much.
    case when applications = 0 then 0 else cpu_core_h end as cpu_core_h,
    applications
from used
qualify max(applications) over () > 0
order by bucket
limit getvariable('limit')
