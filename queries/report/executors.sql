-- title: Executors
-- answers: which jobs lose executors, or come and go with them
-- by: job host
-- column: job text: The recurring job. Listed are jobs that held executors within the window
-- column: lost_core_h core_h: Core-hours of tasks whose work was not used, by their own failure, on executors that were lost within the window; an executor's tasks count where it was lost
-- column: lost_executors count: Executors lost within the window: removed for their node, memory, heartbeat or a crash
-- column: executors count: Executor lives that touch the window, without the driver
-- column: short_lived_pct pct: Lives of less than 2 minutes from registration to removal, of the lives that ended within the window, by removal or with their application
-- column: life_p50_s s: Median life from registration to removal or the application's end, of the lives that ended within the window
-- column: adds_per_executor_h count: Executors that registered within the window, for each hour that an executor was alive within it
-- column: job_user text wide: User of the job; unknown unless the same job of another user is another job
-- column: never_used_executors count: Executor lives that ended no task, of the lives that ended within the window
-- column: wasted_recompute_core_h core_h: Core-hours of successful tasks of stage attempts after the first, within the window
-- column: removed_node count: Removals within the window for the node: spot or preemption, node or worker lost
-- column: removed_memory count: Removals within the window for memory: over the container's limit, out of memory, exit code 137 or 52
-- column: removed_heartbeat count: Removals within the window because heartbeats timed out
-- column: removed_crash count: Removals within the window for another exit code or a lost connection
-- column: removed_stopped count: Removals within the window after being told to stop from outside (exit code 143)
-- column: removed_released count: Removals within the window because the executor was given back: idle, scaled down or finished
-- column: removed_unknown count: Removals within the window for a reason that no rule knows
-- column: alloc_core_h core_h: Cores x executor life, within the window
-- column: never_used_core_h core_h wide: Cores x executor life, within the window, of lives that ended no task
with chosen as (
    select app_key, job, job_user, wasted_recompute_core_h
    from selected_apps
    where executors > 0
),

lives as (
    select
        job,
        job_user,
        cores,
        executors.tasks = 0 as is_unused,
        executors.wasted_core_h,
        epoch_ms(executors.start) as start_ms,
        epoch_ms(executors."end") as end_ms,
        -- Compared once here, and only where there is one: numbers are counted faster than words.
        case when removed_class is not null then
            case removed_class
                when 'released' then 1
                when 'stopped' then 2
                when 'unknown' then 3
                when 'node' then 4
                when 'memory' then 5
                when 'heartbeat' then 6
                when 'crash' then 7
            end
        end as removal
    from executors
    join chosen on chosen.app_key = executors.app_key
    where executors.start < getvariable('until')
        and executors."end" >= getvariable('since')
),

cut_lives as (
    select
        job,
        job_user,
        cores,
        is_unused,
        wasted_core_h,
        start_ms >= epoch_ms(getvariable('since')) as is_added,
        case when end_ms < epoch_ms(getvariable('until')) then end_ms - start_ms end as ended_ms,
        case when end_ms < epoch_ms(getvariable('until')) then removal end as removal,
        (least(end_ms, epoch_ms(getvariable('until'))) - greatest(start_ms, epoch_ms(getvariable('since'))))::double
            as held_ms
    from lives
),

sums as (
    select
        job,
        job_user,
        count(*) as executors,
        count(case when is_added then 1 end) as added,
        count(ended_ms) as ended,
        count(case when ended_ms < 120000 then 1 end) as short_lived,
        count(case when is_unused then ended_ms end) as never_used_executors,
        percentile_cont(0.5) within group (order by ended_ms) as life_p50_ms,
        sum(held_ms) as held_ms,
        sum(cores * held_ms) as core_ms,
        sum(case when is_unused then cores * held_ms end) as never_used_core_ms,
        sum(case when removal >= 4 then wasted_core_h end) as lost_core_h,
        count(case when removal = 1 then 1 end) as removed_released,
        count(case when removal = 2 then 1 end) as removed_stopped,
        count(case when removal = 3 then 1 end) as removed_unknown,
        count(case when removal = 4 then 1 end) as removed_node,
        count(case when removal = 5 then 1 end) as removed_memory,
        count(case when removal = 6 then 1 end) as removed_heartbeat,
        count(case when removal = 7 then 1 end) as removed_crash
    from cut_lives
    group by job, job_user
),

-- Of applications, not of lives: an application has it once, however many of its lives lie in the window.
recomputed as (
    select job, job_user, sum(wasted_recompute_core_h) as wasted_recompute_core_h
    from chosen
    group by job, job_user
)

select
    sums.job,
    coalesce(lost_core_h, 0) as lost_core_h,
    removed_node + removed_memory + removed_heartbeat + removed_crash as lost_executors,
    executors,
    100 * short_lived::double / nullif(ended, 0) as short_lived_pct,
    life_p50_ms / 1000 as life_p50_s,
    added * 3600000 / nullif(held_ms, 0) as adds_per_executor_h,
    sums.job_user,
    never_used_executors,
    wasted_recompute_core_h,
    removed_node,
    removed_memory,
    removed_heartbeat,
    removed_crash,
    removed_stopped,
    removed_released,
    removed_unknown,
    core_ms / 3600000 as alloc_core_h,
    coalesce(never_used_core_ms, 0) / 3600000 as never_used_core_h,
    count(*) over () as rows_total
from sums
join recomputed on recomputed.job = sums.job and recomputed.job_user is not distinct from sums.job_user
order by lost_core_h desc, lost_executors desc, executors desc, sums.job, sums.job_user
limit getvariable('limit')
