-- title: Idle cores
-- answers: why cores stand idle, and what to change
-- column: app_name text: Application name
-- column: idle_core_h core_h: Allocated less busy core-hours within the window; of a whole application at least 0
-- column: idle_pct pct: Idle of allocated core-hours
-- column: severity text: By the idle share of cores: none, low (30 %), moderate (50 %), severe (70 %), critical (85 %); unknown below 5 minutes or 1 core-hour
-- column: main_cause text: The largest part of the idle core-hours: driver gap, startup, tail, skew tail or under parallel; unknown where nothing was idle
-- column: alloc_core_h core_h: Cores x executor life, within the window
-- column: busy_core_h core_h: Task wall time x cores a task occupies, successful or not, within the window
-- column: idle_driver_gap_core_h core_h: Idle while no job was active; the five parts add up to allocated less busy core-hours and may be below 0, because tasks may overlap for moments
-- column: idle_startup_core_h core_h: Idle from an executor's registration to its first task, while a job was active
-- column: idle_under_parallel_core_h core_h: Idle for another reason while a job was active: fewer tasks than cores
-- column: idle_skew_tail_core_h core_h: Idle while the last tasks of stages ran and none was left to launch
-- column: idle_tail_core_h core_h: Idle from an executor's last task to its removal, while a job was active
-- column: never_used_executors count: Executor lives that ended no task, of the whole application
-- column: dynamic_allocation bool: spark.dynamicAllocation.enabled
-- column: idle_timeout_s s: spark.dynamicAllocation.executorIdleTimeout, 60 s if not set; unknown without dynamic allocation or where the value cannot be read
-- column: advice text: What to change; from a severity of low on, not for streaming, only for runs that succeeded and whose log lost at most 5 % of its tasks
-- column: user text wide: User that ran it
-- column: queue text wide: spark.yarn.queue, else spark.kubernetes.namespace
-- column: job text wide: The recurring job that this is a run of
-- column: kind text wide: batch, streaming, service (a server, shell or notebook, or longer than 12 h) or local
-- column: start time wide: ApplicationStart, UTC
-- column: dur_s s wide: From start to end of the whole application
-- column: status text wide: succeeded, failed, running or unknown
-- column: executors count wide: Executor lives, without the driver
-- column: peak_executors count wide: Most executors alive at the same time
-- column: app_id text wide: Application id
-- column: attempt text wide: Attempt id; unknown where the cluster manager gives none
with largest as (
    select
        app_key, app_name, idle_core_h, never_used_executors, idle_driver_gap_core_h, idle_startup_core_h,
        idle_under_parallel_core_h, idle_skew_tail_core_h, idle_tail_core_h, alloc_core_h, busy_core_h,
        dynamic_allocation, adaptive, "user", queue, job, kind, start, dur_s, status, executors, peak_executors,
        app_id, attempt, compacted, event_loss_pct, count(*) over () as rows_total
    from selected_apps
    order by idle_core_h desc nulls last, app_id, attempt
    limit getvariable('limit')
),

judged as (
    select
        largest.*,
        100.0 * idle_core_h / nullif(alloc_core_h, 0) as idle_pct,
        case
            when idle_core_h > 0 then
                case greatest(
                    idle_driver_gap_core_h, idle_startup_core_h, idle_tail_core_h, idle_skew_tail_core_h,
                    idle_under_parallel_core_h
                )
                    when idle_driver_gap_core_h then 'driver gap'
                    when idle_startup_core_h then 'startup'
                    when idle_tail_core_h then 'tail'
                    when idle_skew_tail_core_h then 'skew tail'
                    when idle_under_parallel_core_h then 'under parallel'
                end
        end as main_cause,
        dur_s > 300 and alloc_core_h > 1 as has_data,
        -- Spark's notation: a number of seconds, or a number with a unit.
        lower(trim(conf.value)) as idle_timeout
    from largest
    left join conf
        on conf.app_key = largest.app_key and conf.key = 'spark.dynamicAllocation.executorIdleTimeout'
)

select
    app_name,
    idle_core_h,
    idle_pct,
    case
        when has_data is not true then 'unknown'
        when idle_pct >= 85 then 'critical'
        when idle_pct >= 70 then 'severe'
        when idle_pct >= 50 then 'moderate'
        when idle_pct >= 30 then 'low'
        else 'none'
    end as severity,
    main_cause,
    alloc_core_h,
    busy_core_h,
    idle_driver_gap_core_h,
    idle_startup_core_h,
    idle_under_parallel_core_h,
    idle_skew_tail_core_h,
    idle_tail_core_h,
    never_used_executors,
    dynamic_allocation,
    case
        when not dynamic_allocation then null
        when idle_timeout is null then 60.0
        else try_cast(regexp_extract(idle_timeout, '^([0-9]+)(us|ms|s|m|min|h|d)?$', 1) as double)
            * case regexp_extract(idle_timeout, '[a-z]*$', 0)
                when 'us' then 0.000001
                when 'ms' then 0.001
                when 'm' then 60.0
                when 'min' then 60.0
                when 'h' then 3600.0
                when 'd' then 86400.0
                else 1.0
            end
    end as idle_timeout_s,
    case
        -- A run that failed or was cut short, or whose log lost events, shows less than a run needs; a stream
        -- waits by design.
        when has_data is not true or idle_pct < 30 or status <> 'succeeded' or compacted or event_loss_pct > 5
            or kind = 'streaming'
            then null
        when main_cause = 'driver gap' and dynamic_allocation
            then 'the driver works alone: lower spark.dynamicAllocation.executorIdleTimeout and minExecutors, or '
                || 'move its work into jobs'
        when main_cause = 'driver gap'
            then 'the driver works alone: set spark.dynamicAllocation.enabled=true, or move its work into jobs'
        when main_cause = 'startup' and dynamic_allocation
            then 'executors wait for their first task: lower spark.dynamicAllocation.initialExecutors and minExecutors'
        when main_cause = 'startup'
            then 'executors wait for their first task: lower spark.executor.instances'
        when main_cause = 'tail' and dynamic_allocation
            then 'executors outlive their last task: lower spark.dynamicAllocation.executorIdleTimeout and minExecutors'
        when main_cause = 'tail'
            then 'executors outlive their last task: set spark.dynamicAllocation.enabled=true'
        when main_cause = 'skew tail' and not adaptive
            then 'a few long tasks keep the rest waiting: set spark.sql.adaptive.enabled=true, or salt the skewed keys'
        when main_cause = 'skew tail'
            then 'a few long tasks keep the rest waiting: split or salt the skewed partitions, see the report skew'
        when dynamic_allocation
            then 'fewer tasks than cores: lower spark.dynamicAllocation.maxExecutors or raise '
                || 'spark.sql.shuffle.partitions'
        else 'fewer tasks than cores: lower spark.executor.instances or raise spark.sql.shuffle.partitions'
    end as advice,
    "user",
    queue,
    job,
    kind,
    start,
    dur_s,
    status,
    executors,
    peak_executors,
    app_id,
    attempt,
    rows_total
from judged
order by idle_core_h desc nulls last, app_id, attempt
