-- variant-of: concurrency
-- when: filtered
-- The same from the executors and applications themselves, for a chosen part of them: slower, because
-- what is held together is only known minute by minute for all.
with chosen as (
    select app_key, start, "end"
    from known_apps
    where not local and "end" >= getvariable('since') - interval '1' hour
),

holdings as (
    select
        epoch_ms(executors.start) as start_ms,
        epoch_ms(executors."end") as end_ms,
        executors.cores::double as cores,
        executors.memory_mib / 1024.0 as memory_gib,
        1.0::double as executors,
        0.0::double as applications
    from executors
    join chosen on chosen.app_key = executors.app_key
    where executors."end" > getvariable('since') and executors.start < getvariable('until')
    union all
    select epoch_ms(start), epoch_ms("end"), 0.0, 0.0, 0.0, 1.0
    from chosen
    where "end" > getvariable('since') and start < getvariable('until')
),

-- What begins adds, what ends takes away.
instants as (
    select
        case
            when edges.sign > 0 then greatest(start_ms, epoch_ms(getvariable('since')))
            else least(end_ms, epoch_ms(getvariable('until')))
        end as instant_ms,
        sum(edges.sign * cores) as cores,
        sum(edges.sign * memory_gib) as memory_gib,
        sum(edges.sign * executors) as executors,
        sum(edges.sign * applications) as applications
    from holdings
    cross join (values (1.0::double), (-1.0::double)) as edges (sign)
    where start_ms < end_ms
    group by instant_ms
),

-- Each instant is one row, so that rows are what ranges would be, and faster.
levels as (
    select
        instant_ms,
        lead(instant_ms) over (order by instant_ms) as next_ms,
        sum(cores) over (order by instant_ms rows unbounded preceding) as cores,
        sum(memory_gib) over (order by instant_ms rows unbounded preceding) as memory_gib,
        sum(executors) over (order by instant_ms rows unbounded preceding) as executors,
        sum(applications) over (order by instant_ms rows unbounded preceding) as applications
    from instants
),

-- Minutes as numbers since the epoch: times of day are slower to count with.
split as (
    select
        unnest(range(instant_ms // 60000, (next_ms + 59999) // 60000)) as minute,
        instant_ms,
        next_ms,
        cores,
        memory_gib,
        executors,
        applications
    from levels
    where next_ms is not null and (executors > 0.5 or applications > 0.5)
),

shares as (
    select
        minute,
        (least(next_ms, minute * 60000 + 60000) - greatest(instant_ms, minute * 60000)) / 60000.0 as share,
        cores,
        memory_gib,
        executors,
        applications
    from split
),

known_minutes as (
    select
        minute,
        sum(cores * share) as cores,
        max(cores) as peak_cores,
        sum(memory_gib * share) as memory_gib,
        max(memory_gib) as peak_memory_gib,
        sum(executors * share) as executors,
        max(executors) as peak_executors,
        sum(applications * share) as applications,
        max(applications) as peak_applications
    from shares
    group by minute
),

-- Also the minutes in which nothing was held, which count as 0.
held as (
    select
        hours.bucket,
        coalesce(known_minutes.cores, 0) as cores,
        coalesce(known_minutes.memory_gib, 0) as memory_gib,
        known_minutes.peak_cores,
        known_minutes.peak_memory_gib,
        known_minutes.executors,
        known_minutes.peak_executors,
        known_minutes.applications,
        known_minutes.peak_applications
    from hours
    cross join range(0, 60) as minutes(number)
    left join known_minutes on known_minutes.minute = epoch_ms(hours.hour) // 60000 + minutes.number
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
