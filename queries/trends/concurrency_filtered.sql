-- variant-of: concurrency
-- when: filtered
-- The same from the executors and applications themselves, for a chosen part of them: slower, because
-- what is held together is only known minute by minute for all.
with chosen as (
    select app_key, start, "end"
    from known_apps
    where not local and "end" >= $since::timestamp - interval '1' hour
),

holdings as (
    select
        executors.start,
        executors."end",
        executors.cores::double as cores,
        executors.memory_mib / 1024.0 as memory_gib,
        1.0::double as executors,
        0.0::double as applications
    from executors
    join chosen on chosen.app_key = executors.app_key
    union all
    select start, "end", 0.0, 0.0, 0.0, 1.0 from chosen
),

cut as (
    select
        greatest(start, $since::timestamp) as start,
        least("end", $until::timestamp) as "end",
        cores,
        memory_gib,
        executors,
        applications
    from holdings
    where "end" > $since::timestamp and start < $until::timestamp
),

changes as (
    select start as instant, cores, memory_gib, executors, applications from cut where start < "end"
    union all
    select "end", -cores, -memory_gib, -executors, -applications from cut where start < "end"
),

instants as (
    select
        instant,
        sum(cores) as cores,
        sum(memory_gib) as memory_gib,
        sum(executors) as executors,
        sum(applications) as applications
    from changes
    group by instant
),

levels as (
    select
        instant,
        lead(instant) over (order by instant) as next_instant,
        sum(cores) over (order by instant) as cores,
        sum(memory_gib) over (order by instant) as memory_gib,
        sum(executors) over (order by instant) as executors,
        sum(applications) over (order by instant) as applications
    from instants
),

split as (
    select
        unnest(range(date_trunc('minute', instant), next_instant, interval 1 minute)) as minute,
        instant,
        next_instant,
        cores,
        memory_gib,
        executors,
        applications
    from levels
    where next_instant is not null and (executors > 0.5 or applications > 0.5)
),

shares as (
    select
        minute,
        (epoch_ms(least(next_instant, minute + interval 1 minute)) - epoch_ms(greatest(instant, minute))) / 60000.0 as share,
        cores,
        memory_gib,
        executors,
        applications
    from split
),

minutes as (
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
    where share > 0
    group by minute
),

held as (
    select hours.bucket, minutes.* exclude (minute)
    from minutes
    join hours on hours.hour = date_trunc('hour', minutes.minute)
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
