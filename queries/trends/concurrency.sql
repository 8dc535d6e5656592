-- title: Concurrency
-- answers: how many cores and how much memory are held at the same time
-- includes: unfinished
-- column: bucket time: Start of the bucket, UTC
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
    select date_trunc($bucket::varchar, minute) as bucket, *
    from fleet_minutes
    where minute >= $since::timestamp and minute < $until::timestamp
),

buckets as (
    select
        bucket,
        -- Minutes in which nothing was held have no row and count as 0.
        (epoch_ms(least(
            bucket + case $bucket::varchar
                when 'hour' then interval 1 hour
                when 'day' then interval 1 day
                when 'week' then interval 7 day
                else interval 1 month
            end,
            $until::timestamp
        )) - epoch_ms(greatest(bucket, $since::timestamp))) // 60000 as minutes,
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
    -- The place of the 95th percentile among all minutes, the empty ones first.
    select *, (minutes * 95) // 100 - (minutes - held_minutes) + 1 as p95_place
    from buckets
)

select
    bucket,
    core_minutes / minutes as avg_cores,
    case when p95_place >= 1 then cores[least(p95_place, held_minutes)] else 0.0 end as p95_cores,
    max_cores,
    gib_minutes / minutes as avg_memory_gib,
    case when p95_place >= 1 then memory_gib[least(p95_place, held_minutes)] else 0.0 end as p95_memory_gib,
    max_memory_gib,
    max_executors::bigint as max_executors,
    max_applications::bigint as max_applications,
    100.0 * max_cores / nullif($capacity_cores::bigint, 0) as max_cores_pct,
    100.0 * max_memory_gib / nullif($capacity_memory_bytes::bigint / 1073741824.0, 0) as max_memory_pct,
    executor_minutes / minutes as avg_executors,
    application_minutes / minutes as avg_applications
from ranked
order by bucket
limit $limit::bigint
