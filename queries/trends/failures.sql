-- title: Failures
-- answers: what fails over time, and what it costs
-- column: bucket time zoned: Start of the bucket, in the time zone of --tz (UTC by default)
-- column: ended count: Application attempts that ended in the bucket
-- column: failed count series: Of these, attempts that failed: exit code other than 0, or the last job did not succeed
-- column: failed_pct pct: Failed attempts of those that ended
-- column: failed_tasks count series: Tasks that ended in the bucket and neither succeeded nor were killed
-- column: failed_tasks_pct pct: Failed tasks of all that ended in the bucket
-- column: wasted_core_h core_h series: Core-hours of tasks that ended in the bucket and whose work was not used or was done before
-- column: oom_failures count series: Signs of memory exhaustion in the bucket: executors removed for memory, and tasks that failed with an out-of-memory error
-- column: node_losses count series: Executors removed in the bucket because their node was lost, preempted or decommissioned
-- column: top_reason text: Exception class, else Spark's reason, that took the most core-hours of the attempts that ended in the bucket; killed tasks aside
-- column: top_reason_core_h core_h: Core-hours of the tasks that failed for that reason
-- column: tasks count wide: Tasks that ended in the bucket
with chosen as (
    select app_key, date_trunc('hour', "end") as last_hour, status
    from known_apps
    -- Only to read less: the hour decides what counts.
    where "end" >= getvariable('since') - interval '1' hour
),

ended as (
    select
        hours.bucket,
        count(chosen.app_key) as ended,
        count(case when chosen.status = 'failed' then 1 end) as failed
    from hours
    left join chosen on chosen.last_hour = hours.hour
    group by hours.bucket
),

used as (
    select
        hours.bucket,
        sum(usage.tasks)::bigint as tasks,
        sum(usage.failed_tasks)::bigint as failed_tasks,
        sum(usage.wasted_core_h) as wasted_core_h,
        sum(usage.oom_failures)::bigint as oom_failures,
        sum(usage.node_losses)::bigint as node_losses
    from usage
    join chosen on chosen.app_key = usage.app_key
    join hours on hours.hour = usage.hour
    group by hours.bucket
),

reasons as (
    select
        hours.bucket,
        failures.class,
        sum(failures.wasted_core_h) as wasted_core_h,
        row_number() over (
            partition by hours.bucket
            order by sum(failures.wasted_core_h) desc, failures.class
        ) as place
    from failures
    join chosen on chosen.app_key = failures.app_key
    join hours on hours.hour = chosen.last_hour
    where failures.what = 'task' and failures.class <> 'TaskKilled'
    group by hours.bucket, failures.class
)

select
    ended.bucket,
    ended.ended,
    ended.failed,
    100.0 * ended.failed::double / nullif(ended.ended, 0) as failed_pct,
    coalesce(used.failed_tasks, 0) as failed_tasks,
    100.0 * used.failed_tasks::double / nullif(used.tasks, 0) as failed_tasks_pct,
    coalesce(used.wasted_core_h, 0) as wasted_core_h,
    coalesce(used.oom_failures, 0) as oom_failures,
    coalesce(used.node_losses, 0) as node_losses,
    reasons.class as top_reason,
    reasons.wasted_core_h as top_reason_core_h,
    coalesce(used.tasks, 0) as tasks
from ended
left join used on used.bucket = ended.bucket
left join reasons on reasons.bucket = ended.bucket and reasons.place = 1
qualify max(ended.ended) over () > 0 or count(used.bucket) over () > 0
order by bucket
limit getvariable('limit')
