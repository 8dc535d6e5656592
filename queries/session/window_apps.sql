-- The application attempts that a question is about, with what they used within its window.
--
-- A window is [since, until), in whole hours. An attempt that lies inside it comes as it is. Of one that
-- crosses an edge the additive measures are those of its hours inside (the table `cut`, made for the same
-- window before), so that a service that lives for months does not land on the day it ends; what is not
-- additive (counts of executors, jobs and stages, durations, peaks) is of the whole attempt.
--
-- The window and the filters are variables of the connection; an empty text means any.
create or replace temp view window_apps as
select
    apps.app_key,
    apps.app_id,
    apps.attempt,
    apps.app_name,
    apps.job,
    case when getvariable('job_by_user') then apps."user" end as job_user,
    apps.kind,
    apps.engine,
    apps."user",
    apps.queue,
    apps.spark_version,
    apps.status,
    apps.local,
    apps.start,
    apps."end",
    apps.end_estimated,
    apps.dur_s,
    apps.executors,
    apps.peak_executors,
    apps.never_used_executors,
    apps.jobs,
    apps.failed_jobs,
    apps.stages,
    apps.failed_stages,
    apps.unfinished_tasks,
    apps.sql_executions,
    apps.failed_sql,
    apps.queue_wait_s,
    apps.heap_mib,
    apps.peak_heap_bytes,
    case
        when cut.app_key is null then apps.measured_core_h
        else apps.measured_core_h * cut.alloc_core_h / nullif(apps.alloc_core_h, 0)
    end as measured_core_h,
    apps.event_loss_pct,
    apps.compacted,
    apps.peak_cores,
    apps.executor_memory_mib,
    apps.overhead_mib,
    apps.overhead_derived,
    apps.peak_unified_bytes,
    apps.driver_cores,
    apps.driver_memory_mib,
    apps.dynamic_allocation,
    apps.adaptive,
    apps.serializer,
    apps.java_version,
    apps.oom_failures,
    apps.replay_error_pct,
    apps.replay_executors,
    apps.likely_executors,
    apps.likely_dur_s,
    coalesce(cut.tasks, apps.tasks) as tasks,
    coalesce(cut.failed_tasks, apps.failed_tasks) as failed_tasks,
    coalesce(cut.killed_tasks, apps.killed_tasks) as killed_tasks,
    coalesce(cut.speculative_tasks, apps.speculative_tasks) as speculative_tasks,
    case when cut.app_key is null then apps.alloc_core_h else cut.alloc_core_h end as alloc_core_h,
    coalesce(cut.busy_core_h, apps.busy_core_h) as busy_core_h,
    case when cut.app_key is null then apps.cpu_core_h else cut.cpu_core_h end as cpu_core_h,
    case when cut.app_key is null then apps.alloc_gib_h else cut.alloc_gib_h end as alloc_gib_h,
    case when cut.app_key is null then apps.idle_driver_gap_core_h else cut.idle_driver_gap_core_h end as idle_driver_gap_core_h,
    case when cut.app_key is null then apps.idle_startup_core_h else cut.idle_startup_core_h end as idle_startup_core_h,
    case when cut.app_key is null then apps.idle_tail_core_h else cut.idle_tail_core_h end as idle_tail_core_h,
    case when cut.app_key is null then apps.idle_skew_tail_core_h else cut.idle_skew_tail_core_h end as idle_skew_tail_core_h,
    case when cut.app_key is null then apps.idle_under_parallel_core_h else cut.idle_under_parallel_core_h end as idle_under_parallel_core_h,
    coalesce(cut.wasted_core_h, apps.wasted_core_h) as wasted_core_h,
    coalesce(cut.wasted_exception_core_h, apps.wasted_exception_core_h) as wasted_exception_core_h,
    coalesce(cut.wasted_fetch_failed_core_h, apps.wasted_fetch_failed_core_h) as wasted_fetch_failed_core_h,
    coalesce(cut.wasted_executor_lost_core_h, apps.wasted_executor_lost_core_h) as wasted_executor_lost_core_h,
    coalesce(cut.wasted_killed_core_h, apps.wasted_killed_core_h) as wasted_killed_core_h,
    coalesce(cut.wasted_commit_denied_core_h, apps.wasted_commit_denied_core_h) as wasted_commit_denied_core_h,
    coalesce(cut.wasted_other_core_h, apps.wasted_other_core_h) as wasted_other_core_h,
    coalesce(cut.wasted_recompute_core_h, apps.wasted_recompute_core_h) as wasted_recompute_core_h,
    coalesce(cut.wasted_app_retry_core_h, apps.wasted_app_retry_core_h) as wasted_app_retry_core_h,
    coalesce(cut.gc_s, apps.gc_s) as gc_s,
    coalesce(cut.run_s, apps.run_s) as run_s,
    coalesce(cut.deserialize_s, apps.deserialize_s) as deserialize_s,
    coalesce(cut.fetch_wait_s, apps.fetch_wait_s) as fetch_wait_s,
    coalesce(cut.first_try_core_h, apps.first_try_core_h) as first_try_core_h,
    coalesce(cut.input_bytes, apps.input_bytes) as input_bytes,
    coalesce(cut.input_records, apps.input_records) as input_records,
    coalesce(cut.output_bytes, apps.output_bytes) as output_bytes,
    coalesce(cut.output_records, apps.output_records) as output_records,
    coalesce(cut.shuffle_read_bytes, apps.shuffle_read_bytes) as shuffle_read_bytes,
    coalesce(cut.shuffle_write_bytes, apps.shuffle_write_bytes) as shuffle_write_bytes,
    coalesce(cut.memory_spill_bytes, apps.memory_spill_bytes) as memory_spill_bytes,
    coalesce(cut.disk_spill_bytes, apps.disk_spill_bytes) as disk_spill_bytes,
    coalesce(cut.result_bytes, apps.result_bytes) as result_bytes,
    case when cut.app_key is null then apps.idle_core_h else cut.idle_core_h end as idle_core_h,
    -- The driver's life within the window, in hours.
    greatest(
        epoch_ms(least(apps."end", getvariable('until'))) - epoch_ms(greatest(apps.start, getvariable('since'))), 0
    ) / 3600000.0 as driver_h,
    case getvariable('group_by')
        when 'app' then apps.app_name
        when 'job' then apps.job
        when 'user' then apps."user"
        when 'queue' then apps.queue
        when 'version' then apps.spark_version
        when 'kind' then apps.kind
        when 'day' then strftime(apps.start, '%Y-%m-%d')
        when 'tag' then nullif(regexp_extract(apps.tags, getvariable('group_tag'), 1), '')
    end as group_name
from apps
left join cut on cut.app_key = apps.app_key
where apps.start < getvariable('until')
    and apps."end" >= getvariable('since')
    and (getvariable('with_local') or not apps.local)
    and (getvariable('with_incomplete') or not apps.end_estimated)
    and (getvariable('user') = '' or regexp_matches(apps."user", getvariable('user')))
    and (getvariable('queue') = '' or regexp_matches(coalesce(apps.queue, ''), getvariable('queue')))
    and (getvariable('app_name') = '' or regexp_matches(apps.app_name, getvariable('app_name')))
    and (getvariable('app_id') = '' or apps.app_id = getvariable('app_id'))
    and (getvariable('job') = '' or apps.job = getvariable('job'))
    and (getvariable('tag') = '' or regexp_matches(coalesce(apps.tags, ''), getvariable('tag')))
    and (getvariable('status') = '' or apps.status = getvariable('status'))
    and (getvariable('spark_version') = '' or starts_with(apps.spark_version || '.', getvariable('spark_version') || '.'))
    and apps.dur_s * 1000 >= getvariable('min_dur_ms')
    and (getvariable('min_core_h') = 0 or apps.alloc_core_h >= getvariable('min_core_h'))
