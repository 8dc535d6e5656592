-- title: Findings
-- answers: what to change about one application, the worst first
-- about: application
-- part-of: app
-- default-window: all
-- column: severity text: critical, severe, moderate or low, by the thresholds of the report that looks for it in the fleet
-- column: finding text: What is wrong
-- column: evidence text: The figures behind it
-- column: configuration text: What to change
-- column: attempt text wide: Attempt id; unknown where the cluster manager gives none
-- column: core_h core_h wide: Core-hours at stake; unknown where they cannot be told
with app as (
    select
        app_key, attempt, status, kind, engine, dur_s, alloc_core_h, busy_core_h, idle_core_h, wasted_core_h,
        idle_driver_gap_core_h, idle_startup_core_h, idle_tail_core_h, idle_skew_tail_core_h,
        idle_under_parallel_core_h, gc_s, run_s, memory_spill_bytes, disk_spill_bytes, tasks, failed_tasks,
        never_used_executors, executors, peak_executors, replay_error_pct, replay_executors, likely_executors,
        likely_dur_s, sql_executions, spark_version, heap_mib, peak_heap_bytes, measured_core_h, oom_failures, adaptive, dynamic_allocation,
        -- A run that failed or was cut short, or whose log lost events, shows less than a run needs.
        status = 'succeeded' and not compacted and coalesce(event_loss_pct <= 5, true) as is_sound,
        dur_s > 300 and alloc_core_h > 1 as has_data,
        100.0 * (1 - busy_core_h / nullif(alloc_core_h, 0)) as idle_pct,
        100.0 * gc_s / nullif(run_s, 0) as gc_pct,
        100.0 * wasted_core_h / nullif(busy_core_h, 0) as wasted_pct,
        100.0 * failed_tasks / nullif(tasks, 0) as failed_pct,
        heap_mib / nullif(peak_heap_bytes / 1048576.0 + 300, 0) as heap_ratio,
        100.0 * measured_core_h / nullif(alloc_core_h, 0) as peak_cov_pct,
        greatest(input_bytes, output_bytes, shuffle_read_bytes, shuffle_write_bytes) as moved_bytes,
        memory_spill_bytes
            / nullif(greatest(input_bytes, output_bytes, shuffle_read_bytes, shuffle_write_bytes), 0)::double
            as spill_ratio
    from selected_apps
),

skewed as (
    select
        stages.app_key,
        stages.stage_id,
        stages.tasks,
        stages.dur_ms_p50,
        stages.skew_tail_core_h,
        case
            when stages.tasks - stages.failed_tasks - stages.killed_tasks >= 20
                and stages.run_ms_max > 150000
                and stages.dur_ms_max >= 0.5 * (epoch_ms(stages.completed) - epoch_ms(stages.submitted))
                then stages.run_ms_max / greatest(stages.run_ms_p50, 1)::double
        end as skew_ratio
    from stages
    join app on app.app_key = stages.app_key
),

stage as (
    select
        app_key,
        max(skew_ratio) as skew_ratio,
        max_by(stage_id, skew_ratio) as skew_stage,
        max_by(skew_tail_core_h, skew_ratio) as skew_core_h,
        max(case when dur_ms_p50 < 500 then tasks end) as tiny_tasks,
        max_by(stage_id, case when dur_ms_p50 < 500 then tasks end) as tiny_stage
    from skewed
    group by app_key
),

checked as (
    select
        app.attempt,
        checks.place,
        case checks.place
            when 1 then case when app.oom_failures > 0 then 'critical' end
            when 2 then
                case
                    when app.has_data is not true or app.kind not in ('batch', 'service') then null
                    when app.idle_pct >= 85 then 'critical'
                    when app.idle_pct >= 70 then 'severe'
                    when app.idle_pct >= 50 then 'moderate'
                    when app.idle_pct >= 30 then 'low'
                end
            when 3 then
                case
                    when app.is_sound and app.has_data and app.kind = 'batch' and app.replay_error_pct <= 15
                        and app.likely_executors <= 0.8 * app.replay_executors
                        then 'moderate'
                end
            when 4 then
                case
                    when app.engine <> 'jvm' or not app.is_sound or app.oom_failures > 0 or app.gc_pct > 10
                        or app.spill_ratio > 0.1 or app.peak_cov_pct < 80 or app.heap_mib <= 2048
                        or app.has_data is not true
                        then null
                    when app.heap_ratio >= 3 then 'critical'
                    when app.heap_ratio >= 2 then 'severe'
                    when app.heap_ratio >= 1.5 then 'moderate'
                    when app.heap_ratio >= 1.25 then 'low'
                end
            when 5 then
                case
                    when app.run_s <= 300 then null
                    when app.gc_pct >= 20 then 'critical'
                    when app.gc_pct >= 15 then 'severe'
                    when app.gc_pct >= 10 then 'moderate'
                    when app.gc_pct >= 8 then 'low'
                end
            when 6 then
                case
                    when app.moved_bytes <= 1073741824 or app.moved_bytes >= 3298534883328 then null
                    when app.spill_ratio >= 0.5 then 'critical'
                    when app.spill_ratio >= 0.25 then 'severe'
                    when app.spill_ratio >= 0.1 then 'moderate'
                    when app.spill_ratio >= 0.01 then 'low'
                end
            when 7 then
                case
                    when stage.skew_ratio >= 16 then 'critical'
                    when stage.skew_ratio >= 8 then 'severe'
                    when stage.skew_ratio >= 4 then 'moderate'
                    when stage.skew_ratio >= 2 then 'low'
                end
            when 8 then
                case
                    when stage.tiny_tasks > 100000 then 'critical'
                    when stage.tiny_tasks > 20000 then 'severe'
                    when stage.tiny_tasks > 5000 then 'moderate'
                end
            when 9 then
                case
                    when app.wasted_pct >= 30 then 'critical'
                    when app.wasted_pct >= 15 then 'severe'
                    when app.wasted_pct >= 5 then 'moderate'
                    when app.wasted_pct >= 1 then 'low'
                end
            when 10 then
                case
                    when app.tasks < 100 then null
                    when app.failed_pct >= 20 then 'critical'
                    when app.failed_pct >= 15 then 'severe'
                    when app.failed_pct >= 10 then 'moderate'
                    when app.failed_pct >= 5 then 'low'
                end
            when 11 then case when app.never_used_executors > 0 and app.executors > 0 then 'low' end
            when 12 then
                case
                    when app.adaptive = false and app.sql_executions > 0 and app.spark_version >= '3' then 'moderate'
                end
        end as severity,
        case checks.place
            when 1 then 'memory ran out'
            when 2 then 'cores idle'
            when 3 then 'more executors than the work needs'
            when 4 then 'heap larger than ever used'
            when 5 then 'garbage collection takes long'
            when 6 then 'memory spills'
            when 7 then 'a stage waits for few long tasks'
            when 8 then 'many tiny tasks'
            when 9 then 'work was lost'
            when 10 then 'tasks fail'
            when 11 then 'executors that never ran a task'
            when 12 then 'adaptive query execution is off'
        end as finding,
        case checks.place
            when 1 then app.oom_failures || ' tasks or executors'
            when 2 then
                round(app.idle_pct)::bigint || ' % of cores; '
                || case
                    greatest(
                        app.idle_driver_gap_core_h, app.idle_startup_core_h, app.idle_tail_core_h,
                        app.idle_skew_tail_core_h, app.idle_under_parallel_core_h
                    )
                    when app.idle_driver_gap_core_h then 'mostly while only the driver works'
                    when app.idle_startup_core_h then 'mostly before executors get their first task'
                    when app.idle_tail_core_h then 'mostly after executors have done their last task'
                    when app.idle_skew_tail_core_h then 'mostly waiting for last tasks'
                    else 'mostly fewer tasks than cores'
                end
            when 3 then
                app.likely_executors || ' instead of ' || app.replay_executors || ' would take '
                || round(app.likely_dur_s / 60)::bigint || ' min (replay, off by '
                || round(app.replay_error_pct, 1) || ' %)'
            when 4 then
                round(app.peak_heap_bytes / 1073741824.0, 1) || ' of ' || round(app.heap_mib / 1024.0, 1)
                || ' GiB, measured for ' || round(app.peak_cov_pct)::bigint || ' % of core-hours'
            when 5 then round(app.gc_pct, 1) || ' % of run time'
            when 6 then
                round(app.disk_spill_bytes / 1073741824.0, 1) || ' GiB to disk; '
                || round(100 * app.spill_ratio)::bigint || ' % of the data'
            when 7 then
                'stage ' || stage.skew_stage || ': longest task ' || round(stage.skew_ratio, 1) || ' x the median'
            when 8 then 'stage ' || stage.tiny_stage || ': ' || stage.tiny_tasks || ' tasks, median below 0.5 s'
            when 9 then round(app.wasted_pct, 1) || ' % of busy core-hours'
            when 10 then round(app.failed_pct, 1) || ' % of tasks'
            when 11 then app.never_used_executors || ' of ' || app.executors
            when 12 then 'spark.sql.adaptive.enabled=false'
        end as evidence,
        case checks.place
            when 1 then 'spark.executor.memory or spark.executor.memoryOverhead up; or more partitions'
            when 2 then
                case
                    greatest(
                        app.idle_driver_gap_core_h, app.idle_startup_core_h, app.idle_tail_core_h,
                        app.idle_skew_tail_core_h, app.idle_under_parallel_core_h
                    )
                    when app.idle_driver_gap_core_h
                        then case
                            when app.dynamic_allocation then 'move the driver''s work into jobs'
                            else 'spark.dynamicAllocation.enabled=true'
                        end
                    when app.idle_startup_core_h
                        then 'lower spark.dynamicAllocation.minExecutors and initialExecutors'
                    when app.idle_tail_core_h then 'lower spark.dynamicAllocation.executorIdleTimeout'
                    when app.idle_skew_tail_core_h
                        then 'fewer executors where stages have about as many tasks as cores, else split skewed partitions'
                    else case
                        when app.dynamic_allocation then 'lower spark.dynamicAllocation.maxExecutors'
                        else 'lower spark.executor.instances'
                    end
                end
            when 3 then
                case
                    when app.dynamic_allocation then 'spark.dynamicAllocation.maxExecutors='
                    else 'spark.executor.instances='
                end || app.likely_executors
            when 4 then
                'spark.executor.memory='
                || greatest(ceil(1.3 * app.peak_heap_bytes / 1048576.0), 1024)::bigint || 'm'
            when 5 then 'spark.executor.memory up, or fewer spark.executor.cores'
            when 6 then 'spark.sql.shuffle.partitions up, or spark.executor.memory up'
            when 7 then 'spark.sql.adaptive.skewJoin.enabled=true; salt the key'
            when 8 then 'fewer partitions: coalesce, or spark.sql.adaptive.enabled=true'
            when 9 then 'see `report failures`'
            when 10 then 'see `report failures`'
            when 11 then 'lower spark.dynamicAllocation.maxExecutors or spark.executor.instances'
            when 12 then 'spark.sql.adaptive.enabled=true'
        end as configuration,
        case checks.place
            when 2 then app.idle_core_h
            when 3 then app.alloc_core_h * (1 - app.likely_executors / app.replay_executors::double)
            when 7 then stage.skew_core_h
            when 9 then app.wasted_core_h
        end as core_h
    from app
    left join stage on stage.app_key = app.app_key
    cross join (values (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12)) as checks(place)
)

select severity, finding, evidence, configuration, attempt, core_h
from checked
where severity is not null
order by
    attempt,
    case severity when 'critical' then 1 when 'severe' then 2 when 'moderate' then 3 else 4 end,
    place
limit getvariable('limit')
