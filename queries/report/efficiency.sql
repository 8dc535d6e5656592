-- title: Efficiency
-- answers: which applications hold more than they use, and which have too little
-- column: app_name text: Application name
-- column: class text: under: short of memory (tasks or executors ran out of it; heap peak above 90 % with GC above 5 % of run time and spill to disk; GC above 15 % of more than 5 minutes of run time; or memory spill above 1 GiB and above 0.25 of the largest of input, output, shuffle read and shuffle write); over: half of the cores idle, or a heap above 2 GiB of 1.5 x (peak + 300 MiB) or more, measured for 80 % of core-hours, where the JVM alone does the work; fit: neither; unknown: at most 5 minutes or 1 core-hour
-- column: severity text: By the idle share of cores: none, low (30 %), moderate (50 %), severe (70 %), critical (85 %); unknown below 5 minutes or 1 core-hour
-- column: idle_core_h core_h: Allocated less busy core-hours within the window; of a whole application at least 0
-- column: busy_pct pct: Busy of allocated core-hours; at most 100
-- column: main_cause text: The largest part of the idle core-hours: driver gap, startup, tail, skew tail or under parallel
-- column: heap_peak_pct pct: Largest measured heap of any executor, of the heap; unknown if never measured. A low peak proves waste, a high one nothing
-- column: gc_pct pct: JVM GC Time of Executor Run Time
-- column: disk_spill_bytes bytes: Bytes spilled to disk, as written
-- column: peak_cov_pct pct: Share of the whole application's core-hours from executors whose heap was measured
-- column: cpu_pct pct: CPU time of allocated core-hours; without Python workers and native engines
-- column: alloc_core_h core_h: Cores x executor life, within the window
-- column: user text: User that ran it
-- column: advice text: What to change; only for runs that succeeded and whose log lost at most 5 % of its tasks
-- column: why text wide: The figures behind the class
-- column: queue text wide: spark.yarn.queue, else spark.kubernetes.namespace
-- column: start time wide: ApplicationStart, UTC
-- column: dur_s s wide: From start to end of the whole application
-- column: status text wide: succeeded, failed, running or unknown
-- column: app_id text wide: Application id
-- column: attempt text wide: Attempt id; unknown where the cluster manager gives none
-- column: busy_core_h core_h wide: Task wall time x cores a task occupies, successful or not
-- column: cpu_core_h core_h wide: CPU time of tasks
-- column: idle_driver_gap_core_h core_h wide: Idle while no job was active
-- column: idle_startup_core_h core_h wide: Idle from an executor's registration to its first task, while a job was active
-- column: idle_tail_core_h core_h wide: Idle from an executor's last task to its removal, while a job was active
-- column: idle_skew_tail_core_h core_h wide: Idle while the last tasks of stages ran and none was left to launch
-- column: idle_under_parallel_core_h core_h wide: Idle for another reason while a job was active
with shown as (
    -- Chosen by few columns: a count over rows of all of them would copy each.
    select app_key as shown_key, count(*) over () as rows_total
    from selected_apps
    order by idle_core_h desc nulls last, app_id, attempt
    limit getvariable('limit')
),

largest as (
    select
        app_name, "user", queue, start, dur_s, status, app_id, attempt, kind, engine, compacted, event_loss_pct,
        heap_mib, peak_heap_bytes, measured_core_h, alloc_core_h, busy_core_h, cpu_core_h, idle_core_h, gc_s,
        run_s, input_bytes, output_bytes, shuffle_read_bytes, shuffle_write_bytes, memory_spill_bytes,
        disk_spill_bytes, idle_driver_gap_core_h, idle_startup_core_h, idle_tail_core_h,
        idle_skew_tail_core_h, idle_under_parallel_core_h, oom_failures, shown.rows_total
    from selected_apps
    join shown on shown.shown_key = selected_apps.app_key
),

measured as (
    select
        *,
        100.0 * least(busy_core_h, alloc_core_h) / nullif(alloc_core_h, 0) as busy_pct,
        100.0 * (1 - least(busy_core_h, alloc_core_h) / nullif(alloc_core_h, 0)) as idle_pct,
        100.0 * cpu_core_h / nullif(alloc_core_h, 0) as cpu_pct,
        100.0 * gc_s / nullif(run_s, 0) as gc_pct,
        1e2 * peak_heap_bytes / nullif(heap_mib * 1048576e0, 0) as heap_peak_pct,
        heap_mib * 1048576.0 / nullif(peak_heap_bytes + 314572800.0, 0) as heap_ratio,
        100.0 * measured_core_h / nullif(alloc_core_h, 0) as peak_cov_pct,
        memory_spill_bytes
            / nullif(greatest(input_bytes, output_bytes, shuffle_read_bytes, shuffle_write_bytes), 0)::double
            as spill_ratio,
        greatest(
            idle_driver_gap_core_h, idle_startup_core_h, idle_tail_core_h, idle_skew_tail_core_h,
            idle_under_parallel_core_h
        ) as main_core_h,
        dur_s > 300 and alloc_core_h > 1 as has_data,
        -- A run that failed or was cut short, or whose log lost events, shows less than a run needs.
        status = 'succeeded' and not compacted and coalesce(event_loss_pct <= 5, true) as is_sound
    from largest
),

judged as (
    select
        *,
        case
            when has_data is not true then 'unknown'
            when idle_pct >= 85 then 'critical'
            when idle_pct >= 70 then 'severe'
            when idle_pct >= 50 then 'moderate'
            when idle_pct >= 30 then 'low'
            else 'none'
        end as severity,
        -- A high peak alone is garbage not yet collected: only together with GC or spill it is need.
        coalesce(
            oom_failures > 0
            or (heap_peak_pct > 90 and gc_pct > 5 and disk_spill_bytes > 0)
            or (run_s > 300 and gc_pct > 15)
            or (spill_ratio > 0.25 and memory_spill_bytes > 1073741824),
            false
        ) as is_short,
        -- Only where most of the executors were measured, a heap is large enough to be cut, and nothing outside
        -- of it (Python, a native engine) does the work.
        coalesce(engine = 'jvm' and heap_ratio >= 1.5 and peak_cov_pct >= 80 and heap_mib > 2048, false) as is_large,
        case main_core_h
            when null then null
            when idle_driver_gap_core_h then 'driver gap'
            when idle_startup_core_h then 'startup'
            when idle_tail_core_h then 'tail'
            when idle_skew_tail_core_h then 'skew tail'
            when idle_under_parallel_core_h then 'under parallel'
        end as main_cause
    from measured
)

select
    app_name,
    case
        when has_data is not true then 'unknown'
        when is_short then 'under'
        when idle_pct >= 50 or is_large then 'over'
        else 'fit'
    end as class,
    severity,
    idle_core_h,
    busy_pct,
    case when idle_core_h > 0 then main_cause end as main_cause,
    heap_peak_pct,
    gc_pct,
    disk_spill_bytes,
    peak_cov_pct,
    cpu_pct,
    alloc_core_h,
    "user",
    case
        when has_data is not true or not is_sound then null
        when is_short then 'more executor memory, or more partitions so that each task holds less'
        when idle_pct >= 50 and main_cause = 'driver gap'
            then 'the driver works alone: release executors sooner, or move the work into jobs'
        when idle_pct >= 50 and main_cause = 'startup'
            then 'executors wait for their first task: lower minExecutors and initialExecutors'
        when idle_pct >= 50 and main_cause = 'tail'
            then 'executors outlive their last task: lower dynamicAllocation.executorIdleTimeout'
        when idle_pct >= 50 and main_cause = 'skew tail'
            then 'cores wait for last tasks: fewer executors where stages have about as many tasks as cores, else split skewed partitions'
        when idle_pct >= 50 then 'fewer tasks than cores: lower maxExecutors or raise the parallelism'
        when is_large then 'the heap was never used: lower spark.executor.memory'
    end as advice,
    case
        when has_data is not true then 'runs for less than 5 minutes or holds less than 1 core-hour'
        else printf(
            'idle %.0f %% of cores; heap peak %s; GC %s of run time',
            idle_pct,
            coalesce(printf('%.0f %%', heap_peak_pct), 'not measured'),
            coalesce(printf('%.1f %%', gc_pct), 'unknown')
        )
    end as why,
    queue,
    start,
    dur_s,
    status,
    app_id,
    attempt,
    busy_core_h,
    cpu_core_h,
    idle_driver_gap_core_h,
    idle_startup_core_h,
    idle_tail_core_h,
    idle_skew_tail_core_h,
    idle_under_parallel_core_h,
    rows_total
from judged
order by idle_core_h desc nulls last, app_id, attempt
