-- variant-of: concurrency
-- when: filtered
-- The same from the executors and applications themselves, for a chosen part of them: slower, because
-- what is held together is only known minute by minute for all.
with chosen as (
    select app_key, start, "end"
    from apps
    where start < $until::timestamp
        and "end" >= $since::timestamp
        and not local
        and ($user::varchar = '' or regexp_matches("user", $user::varchar))
        and ($queue::varchar = '' or regexp_matches(coalesce(queue, ''), $queue::varchar))
        and ($app_name::varchar = '' or regexp_matches(app_name, $app_name::varchar))
        and ($app_id::varchar = '' or app_id = $app_id::varchar)
        and ($status::varchar = '' or status = $status::varchar)
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

held as (
    select
        date_trunc($bucket::varchar, minute) as bucket,
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

buckets as (
    select
        bucket,
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
