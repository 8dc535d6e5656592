-- title: Usage
-- answers: how much of the cluster is held and used over time
-- column: bucket time: Start of the bucket, UTC
-- column: alloc_core_h core_h series: Cores x executor life within the bucket
-- column: busy_core_h core_h series: Task wall time within the bucket x cores a task occupies
-- column: busy_pct pct: Busy of allocated core-hours, at most 100, without applications in local mode
-- column: cpu_core_h core_h: CPU time of tasks that ended in the bucket
-- column: alloc_gib_h gib_h series: Container memory x executor life within the bucket
-- column: applications count series: Application attempts that held or used anything in the bucket
-- column: tasks count: Tasks that ended in the bucket
-- column: idle_core_h core_h wide: Allocated less busy core-hours of the bucket, at least 0, without applications in local mode
-- column: wasted_core_h core_h wide: Core-hours of tasks that ended in the bucket and whose work was not used
with chosen as (
    select app_key
    from apps
    where start < $until::timestamp
        and "end" >= $since::timestamp
        and ($with_local::boolean or not local)
        and ($with_incomplete::boolean or not end_estimated)
        and ($user::varchar = '' or regexp_matches("user", $user::varchar))
        and ($queue::varchar = '' or regexp_matches(coalesce(queue, ''), $queue::varchar))
        and ($app_name::varchar = '' or regexp_matches(app_name, $app_name::varchar))
        and ($app_id::varchar = '' or app_id = $app_id::varchar)
        and ($status::varchar = '' or status = $status::varchar)
)

select
    date_trunc($bucket::varchar, usage.hour) as bucket,
    sum(usage.alloc_core_h) as alloc_core_h,
    sum(usage.busy_core_h) as busy_core_h,
    least(
        100.0 * sum(usage.busy_core_h) filter (where usage.alloc_core_h is not null)
            / nullif(sum(usage.alloc_core_h), 0),
        100.0
    ) as busy_pct,
    sum(usage.cpu_core_h) as cpu_core_h,
    sum(usage.alloc_gib_h) as alloc_gib_h,
    count(distinct usage.app_key) as applications,
    sum(usage.tasks)::bigint as tasks,
    greatest(
        sum(usage.alloc_core_h) - sum(usage.busy_core_h) filter (where usage.alloc_core_h is not null), 0
    ) as idle_core_h,
    sum(usage.wasted_core_h) as wasted_core_h
from usage
join chosen on chosen.app_key = usage.app_key
where usage.hour >= $since::timestamp and usage.hour < $until::timestamp
group by 1
order by 1
limit $limit::bigint
