-- variant-of: executors
-- when: by host
-- column: host text: Host
-- column: failed_core_h core_h: Core-hours of tasks that failed or were killed, on executors whose life ended within the window
-- column: failed_tasks_pct pct: Failed tasks of all that ended
-- column: severity text: By failed_tasks_pct: none, low (5 %), moderate (10 %), severe (15 %), critical (20 %); unknown below 100 tasks
-- column: slow_ratio ratio: Time of the host's tasks, of what they would have taken at the mean of their applications: busy core-hours of its executors / sum of tasks x their application's busy core-hours a task; over applications that ran tasks on more than one executor. Above 1 is slower
-- column: lost_executors count: Executors lost within the window: removed for their node, memory, heartbeat or a crash
-- column: executors count: Executor lives that touch the window, without the driver
-- column: tasks count: Tasks that ended, on executors whose life ended within the window (by removal or with their application)
-- column: failed_tasks count: Ended tasks that neither succeeded nor were killed
-- column: mean_task_s s: Wall time of a task x cores it occupies, mean over its tasks
-- column: alloc_core_h core_h: Cores x executor life, within the window
-- column: removed_node count: Removals within the window for the node: spot or preemption, node or worker lost
-- column: removed_memory count: Removals within the window for memory: over the container's limit, out of memory, exit code 137 or 52
-- column: removed_heartbeat count: Removals within the window because heartbeats timed out
-- column: removed_crash count: Removals within the window for another exit code or a lost connection
-- column: removed_stopped count: Removals within the window after being told to stop from outside (exit code 143)
-- column: removed_released count: Removals within the window because the executor was given back: idle, scaled down or finished
-- column: removed_unknown count: Removals within the window for a reason that no rule knows
-- column: busy_core_h core_h wide: Task wall time x cores a task occupies, successful or not, on executors whose life ended within the window
with lives as (
    select
        host,
        epoch_ms(executors."end") < epoch_ms(getvariable('until')) as has_ended,
        executors.tasks,
        executors.failed_tasks,
        executors.wasted_core_h,
        executors.busy_core_h,
        -- Nothing to compare with where one executor ran all.
        case
            when executors.tasks < known_apps.tasks
                then executors.tasks * known_apps.busy_core_h / nullif(known_apps.tasks, 0)
        end as expected_core_h,
        -- Compared once here, and only where there is one: numbers are counted faster than words.
        case when removed_class is not null and executors."end" < getvariable('until') then
            case removed_class
                when 'released' then 1
                when 'stopped' then 2
                when 'unknown' then 3
                when 'node' then 4
                when 'memory' then 5
                when 'heartbeat' then 6
                when 'crash' then 7
            end
        end as removal,
        cores * (
            least(epoch_ms(executors."end"), epoch_ms(getvariable('until')))
            - greatest(epoch_ms(executors.start), epoch_ms(getvariable('since')))
        )::double as held_core_ms
    from executors
    join known_apps on known_apps.app_key = executors.app_key
    where executors.start < getvariable('until')
        and executors."end" >= getvariable('since')
        and known_apps.start < getvariable('until')
        and known_apps."end" >= getvariable('since')
),

-- First by how they went: a few rows a host, of which the sums with conditions are then made.
fates as (
    select
        host,
        has_ended,
        removal,
        count(*) as executors,
        sum(tasks) as tasks,
        sum(failed_tasks) as failed_tasks,
        sum(wasted_core_h) as failed_core_h,
        sum(busy_core_h) as busy_core_h,
        sum(case when expected_core_h > 0 then busy_core_h end) as compared_core_h,
        sum(expected_core_h) as expected_core_h,
        sum(held_core_ms) as held_core_ms
    from lives
    group by host, has_ended, removal
),

sums as (
    select
        host,
        sum(executors)::bigint as executors,
        sum(tasks) filter (where has_ended)::bigint as tasks,
        sum(failed_tasks) filter (where has_ended)::bigint as failed_tasks,
        sum(failed_core_h) filter (where has_ended) as failed_core_h,
        sum(busy_core_h) filter (where has_ended) as busy_core_h,
        sum(compared_core_h) filter (where has_ended) as compared_core_h,
        sum(expected_core_h) filter (where has_ended) as expected_core_h,
        sum(held_core_ms) as held_core_ms,
        coalesce(sum(executors) filter (where removal = 1), 0)::bigint as removed_released,
        coalesce(sum(executors) filter (where removal = 2), 0)::bigint as removed_stopped,
        coalesce(sum(executors) filter (where removal = 3), 0)::bigint as removed_unknown,
        coalesce(sum(executors) filter (where removal = 4), 0)::bigint as removed_node,
        coalesce(sum(executors) filter (where removal = 5), 0)::bigint as removed_memory,
        coalesce(sum(executors) filter (where removal = 6), 0)::bigint as removed_heartbeat,
        coalesce(sum(executors) filter (where removal = 7), 0)::bigint as removed_crash
    from fates
    group by host
)

select
    host,
    coalesce(failed_core_h, 0) as failed_core_h,
    100 * failed_tasks::double / nullif(tasks, 0) as failed_tasks_pct,
    case
        when tasks >= 100 then
            case
                when failed_tasks >= 0.20 * tasks then 'critical'
                when failed_tasks >= 0.15 * tasks then 'severe'
                when failed_tasks >= 0.10 * tasks then 'moderate'
                when failed_tasks >= 0.05 * tasks then 'low'
                else 'none'
            end
        else 'unknown'
    end as severity,
    compared_core_h / nullif(expected_core_h, 0) as slow_ratio,
    removed_node + removed_memory + removed_heartbeat + removed_crash as lost_executors,
    executors,
    coalesce(tasks, 0) as tasks,
    coalesce(failed_tasks, 0) as failed_tasks,
    busy_core_h * 3600 / nullif(tasks, 0) as mean_task_s,
    held_core_ms / 3600000 as alloc_core_h,
    removed_node,
    removed_memory,
    removed_heartbeat,
    removed_crash,
    removed_stopped,
    removed_released,
    removed_unknown,
    coalesce(busy_core_h, 0) as busy_core_h,
    count(*) over () as rows_total
from sums
order by failed_core_h desc, lost_executors desc, failed_tasks desc, host
limit getvariable('limit')
