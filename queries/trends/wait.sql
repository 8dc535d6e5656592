-- title: Wait
-- answers: how long applications and executors wait for the cluster over time
-- column: bucket time zoned: Start of the bucket, in the time zone of --tz (UTC by default)
-- column: queue_wait_p50_s s series: Median of the applications started in the bucket: first executor's registration less application start, at least 0
-- column: queue_wait_p95_s s series: 95th percentile of the same
-- column: executor_wait_p50_s s series: Median of the executors asked for in the bucket: registration less request, at least 0; unknown where the log does not say when they were asked for (before Spark 3.4, and on some cluster managers)
-- column: executor_wait_p95_s s series: 95th percentile of the same
-- column: started count: Application attempts started in the bucket
-- column: with_executors count: Of these, attempts that got an executor: those that the queue wait is known of
-- column: executors_asked count: Executors asked for in the bucket, as far as the log says when
-- column: queue_wait_max_s s wide: Longest queue wait of the applications started in the bucket
-- column: executor_wait_max_s s wide: Longest wait of the executors asked for in the bucket
with chosen as (
    select app_key, start, queue_wait_s
    from known_apps
    -- Only to read less: the hour decides what counts.
    where "end" >= getvariable('since') - interval '1' hour
),

queued as (
    select
        hours.bucket,
        count(chosen.app_key) as started,
        count(chosen.queue_wait_s) as with_executors,
        percentile_cont(0.5) within group (order by chosen.queue_wait_s) as p50_s,
        percentile_cont(0.95) within group (order by chosen.queue_wait_s) as p95_s,
        max(chosen.queue_wait_s) as max_s
    from hours
    left join chosen on date_trunc('hour', chosen.start) = hours.hour
    group by hours.bucket
),

asked as (
    select
        -- Whole numbers are made and ordered faster than times and fractions: of a wait, seconds are made at the end.
        epoch_ms(executors.requested) - epoch_ms(executors.requested) % 3600000 as hour_ms,
        greatest(epoch_ms(executors.start) - epoch_ms(executors.requested), 0) as wait_ms
    from executors
    join chosen on chosen.app_key = executors.app_key
    where executors.requested >= getvariable('since')
        and executors.requested < getvariable('until')
),

registered as (
    select
        hours.bucket,
        count(*) as executors_asked,
        percentile_cont(0.5) within group (order by asked.wait_ms) / 1e3 as p50_s,
        percentile_cont(0.95) within group (order by asked.wait_ms) / 1e3 as p95_s,
        max(asked.wait_ms) / 1e3 as max_s
    from asked
    join hours on epoch_ms(hours.hour) = asked.hour_ms
    group by hours.bucket
)

select
    queued.bucket,
    queued.p50_s as queue_wait_p50_s,
    queued.p95_s as queue_wait_p95_s,
    registered.p50_s as executor_wait_p50_s,
    registered.p95_s as executor_wait_p95_s,
    queued.started,
    queued.with_executors,
    coalesce(registered.executors_asked, 0) as executors_asked,
    queued.max_s as queue_wait_max_s,
    registered.max_s as executor_wait_max_s
from queued
left join registered on registered.bucket = queued.bucket
qualify max(queued.started) over () > 0 or max(registered.executors_asked) over () > 0
order by bucket
limit getvariable('limit')
