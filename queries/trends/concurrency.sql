-- title: Concurrency
-- answers: how many cores and how much memory are held at the same time
-- includes: unfinished
-- column: bucket time zoned: Start of the bucket, in the time zone of --tz (UTC by default)
-- column: avg_cores cores series: Cores held, mean over the bucket's hours from the database's first application to its last: nothing is known of the others
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
-- Also the minutes in which nothing was held, which count as 0.
with held as (
    select
        hours.bucket,
        coalesce(fleet_minutes.cores, 0) as cores,
        coalesce(fleet_minutes.memory_gib, 0) as memory_gib,
        fleet_minutes.peak_cores,
        fleet_minutes.peak_memory_gib,
        fleet_minutes.executors,
        fleet_minutes.peak_executors,
        fleet_minutes.applications,
        fleet_minutes.peak_applications
    from hours
    cross join range(0, 60) as minutes(number)
    left join fleet_minutes on fleet_minutes.minute = hours.hour + minutes.number * interval '1' minute
),

totals as (
    select
        bucket,
        count(*) as minutes,
        count(peak_applications) as held_minutes,
        sum(cores) as core_minutes,
        -- The first minute above 95 %: of the 60 of an hour the 58th.
        percentile_disc(0.95001) within group (order by cores) as p95_cores,
        coalesce(max(peak_cores), 0) as max_cores,
        sum(memory_gib) as gib_minutes,
        percentile_disc(0.95001) within group (order by memory_gib) as p95_memory_gib,
        coalesce(max(peak_memory_gib), 0) as max_memory_gib,
        coalesce(sum(executors), 0) as executor_minutes,
        coalesce(max(peak_executors), 0) as max_executors,
        coalesce(sum(applications), 0) as application_minutes,
        coalesce(max(peak_applications), 0) as max_applications
    from held
    group by bucket
)

select
    bucket,
    core_minutes / minutes as avg_cores,
    p95_cores,
    max_cores,
    gib_minutes / minutes as avg_memory_gib,
    p95_memory_gib,
    max_memory_gib,
    max_executors::bigint as max_executors,
    max_applications::bigint as max_applications,
    100.0 * max_cores / nullif(getvariable('capacity_cores'), 0) as max_cores_pct,
    100.0 * max_memory_gib / nullif(getvariable('capacity_memory_bytes') / 1073741824.0, 0) as max_memory_pct,
    executor_minutes / minutes as avg_executors,
    application_minutes / minutes as avg_applications
from totals
qualify max(held_minutes) over () > 0
order by bucket
limit getvariable('limit')
