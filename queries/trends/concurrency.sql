-- title: Concurrency
-- answers: how many cores and how much memory are held at the same time
-- includes: unfinished
-- column: bucket time: Start of the bucket, in the time zone of --tz (UTC by default)
-- column: avg_cores cores series: Cores held, mean over the bucket
-- column: p95_cores cores: Cores held in 95 % of the bucket's minutes or fewer (mean of each minute)
-- column: max_cores cores series: Most cores held at one instant
-- column: avg_memory_gib gib: Container memory held, mean over the bucket
-- column: p95_memory_gib gib: Container memory held in 95 % of the bucket's minutes or less
-- column: max_memory_gib gib series: Most container memory held at one instant
-- column: max_executors count: Most executors alive at one instant
-- column: max_applications count series: Most applications running at one instant
-- column: max_cores_pct pct: Most cores held, of --capacity-cores
-- column: max_memory_pct pct: Most container memory held, of --capacity-memory
-- column: avg_executors count wide: Executors alive, mean over the bucket
-- column: avg_applications count wide: Applications running, mean over the bucket
with held as (
    select hours.bucket, fleet_minutes.*
    from fleet_minutes
    join hours on hours.hour = date_trunc('hour', fleet_minutes.minute)
),

lengths as (
    select bucket, count(*) * 60 as minutes
    from hours
    group by bucket
),

totals as (
    select
        bucket,
        count(*) as held_minutes,
        sum(cores) as core_minutes,
        sum(memory_gib) as gib_minutes,
        sum(executors) as executor_minutes,
        sum(applications) as application_minutes,
        max(peak_cores) as max_cores,
        max(peak_memory_gib) as max_memory_gib,
        max(peak_executors) as max_executors,
        max(peak_applications) as max_applications,
        list_sort(list(cores)) as cores,
        list_sort(list(memory_gib)) as memory_gib
    from held
    group by bucket
),

ranked as (
    select
        lengths.bucket,
        lengths.minutes,
        -- The place of the 95th percentile among all minutes. Those in which nothing was held have no row: they
        -- count as 0 and come first.
        (lengths.minutes * 95) // 100 - (lengths.minutes - totals.held_minutes) + 1 as p95_place,
        totals.* exclude (bucket)
    from lengths
    left join totals on totals.bucket = lengths.bucket
)

select
    bucket,
    coalesce(core_minutes, 0) / minutes as avg_cores,
    case when p95_place >= 1 then cores[least(p95_place, held_minutes)] else 0.0 end as p95_cores,
    coalesce(max_cores, 0) as max_cores,
    coalesce(gib_minutes, 0) / minutes as avg_memory_gib,
    case when p95_place >= 1 then memory_gib[least(p95_place, held_minutes)] else 0.0 end as p95_memory_gib,
    coalesce(max_memory_gib, 0) as max_memory_gib,
    coalesce(max_executors, 0)::bigint as max_executors,
    coalesce(max_applications, 0)::bigint as max_applications,
    100.0 * coalesce(max_cores, 0) / nullif($capacity_cores::bigint, 0) as max_cores_pct,
    100.0 * coalesce(max_memory_gib, 0) / nullif($capacity_memory_bytes::bigint / 1073741824.0, 0) as max_memory_pct,
    coalesce(executor_minutes, 0) / minutes as avg_executors,
    coalesce(application_minutes, 0) / minutes as avg_applications
from ranked
qualify max(held_minutes) over () > 0
order by bucket
limit $limit::bigint
