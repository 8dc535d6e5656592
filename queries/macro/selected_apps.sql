-- The application attempts that a report is about, with what they used within its window.
--
-- A window is [since, until), in whole hours. An attempt that lies inside it comes as it is. Of one that
-- crosses an edge the additive measures are those of its hours inside (the table `cut`, made for the same
-- window before), so that a service that lives for months does not land on the day it ends; what is not
-- additive (counts of executors, jobs and stages, durations, peaks) is of the whole attempt. NULL for a
-- filter means any.
create or replace temp macro selected_apps(
    since, until, user_like, queue_like, name_like, wanted_id, wanted_status, with_local, with_incomplete
) as table
select
    apps.app_key,
    apps.app_id,
    apps.attempt,
    apps.app_name,
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
    apps.measured_core_h,
    apps.event_loss_pct,
    apps.compacted,
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
    coalesce(cut.input_bytes, apps.input_bytes) as input_bytes,
    coalesce(cut.input_records, apps.input_records) as input_records,
    coalesce(cut.output_bytes, apps.output_bytes) as output_bytes,
    coalesce(cut.output_records, apps.output_records) as output_records,
    coalesce(cut.shuffle_read_bytes, apps.shuffle_read_bytes) as shuffle_read_bytes,
    coalesce(cut.shuffle_write_bytes, apps.shuffle_write_bytes) as shuffle_write_bytes,
    coalesce(cut.memory_spill_bytes, apps.memory_spill_bytes) as memory_spill_bytes,
    coalesce(cut.disk_spill_bytes, apps.disk_spill_bytes) as disk_spill_bytes,
    coalesce(cut.result_bytes, apps.result_bytes) as result_bytes,
    case when cut.app_key is null then apps.idle_core_h else cut.idle_core_h end as idle_core_h
from apps
left join cut on cut.app_key = apps.app_key
where apps.start < until
    and apps."end" >= since
    and (with_local or not apps.local)
    and (with_incomplete or not apps.end_estimated)
    and (user_like = '' or regexp_matches(apps."user", user_like))
    and (queue_like = '' or regexp_matches(coalesce(apps.queue, ''), queue_like))
    and (name_like = '' or regexp_matches(apps.app_name, name_like))
    and (wanted_id = '' or apps.app_id = wanted_id)
    and (wanted_status = '' or apps.status = wanted_status)
