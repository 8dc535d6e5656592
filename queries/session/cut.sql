-- What the application attempts that cross an edge of the window [since, until) used within it: the sums of
-- their hours inside. Few attempts cross an edge; all others are taken as they are.
create or replace temp table cut as
select
    apps.app_key,
    coalesce(sum(usage.tasks), 0)::bigint as tasks,
    coalesce(sum(usage.failed_tasks), 0)::bigint as failed_tasks,
    coalesce(sum(usage.killed_tasks), 0)::bigint as killed_tasks,
    coalesce(sum(usage.speculative_tasks), 0)::bigint as speculative_tasks,
    case when any_value(apps.alloc_core_h) is not null then coalesce(sum(usage.alloc_core_h), 0) end as alloc_core_h,
    coalesce(sum(usage.busy_core_h), 0) as busy_core_h,
    case when any_value(apps.cpu_core_h) is not null then coalesce(sum(usage.cpu_core_h), 0) end as cpu_core_h,
    case when any_value(apps.alloc_gib_h) is not null then coalesce(sum(usage.alloc_gib_h), 0) end as alloc_gib_h,
    case when any_value(apps.idle_driver_gap_core_h) is not null then coalesce(sum(usage.idle_driver_gap_core_h), 0) end as idle_driver_gap_core_h,
    case when any_value(apps.idle_startup_core_h) is not null then coalesce(sum(usage.idle_startup_core_h), 0) end as idle_startup_core_h,
    case when any_value(apps.idle_tail_core_h) is not null then coalesce(sum(usage.idle_tail_core_h), 0) end as idle_tail_core_h,
    case when any_value(apps.idle_skew_tail_core_h) is not null then coalesce(sum(usage.idle_skew_tail_core_h), 0) end as idle_skew_tail_core_h,
    case when any_value(apps.idle_under_parallel_core_h) is not null then coalesce(sum(usage.idle_under_parallel_core_h), 0) end as idle_under_parallel_core_h,
    coalesce(sum(usage.wasted_core_h), 0) as wasted_core_h,
    coalesce(sum(usage.wasted_exception_core_h), 0) as wasted_exception_core_h,
    coalesce(sum(usage.wasted_fetch_failed_core_h), 0) as wasted_fetch_failed_core_h,
    coalesce(sum(usage.wasted_executor_lost_core_h), 0) as wasted_executor_lost_core_h,
    coalesce(sum(usage.wasted_killed_core_h), 0) as wasted_killed_core_h,
    coalesce(sum(usage.wasted_commit_denied_core_h), 0) as wasted_commit_denied_core_h,
    coalesce(sum(usage.wasted_other_core_h), 0) as wasted_other_core_h,
    coalesce(sum(usage.wasted_recompute_core_h), 0) as wasted_recompute_core_h,
    coalesce(sum(usage.wasted_app_retry_core_h), 0) as wasted_app_retry_core_h,
    coalesce(sum(usage.gc_s), 0) as gc_s,
    coalesce(sum(usage.run_s), 0) as run_s,
    coalesce(sum(usage.deserialize_s), 0) as deserialize_s,
    coalesce(sum(usage.fetch_wait_s), 0) as fetch_wait_s,
    coalesce(sum(usage.first_try_core_h), 0) as first_try_core_h,
    coalesce(sum(usage.input_bytes), 0)::bigint as input_bytes,
    coalesce(sum(usage.input_records), 0)::bigint as input_records,
    coalesce(sum(usage.output_bytes), 0)::bigint as output_bytes,
    coalesce(sum(usage.output_records), 0)::bigint as output_records,
    coalesce(sum(usage.shuffle_read_bytes), 0)::bigint as shuffle_read_bytes,
    coalesce(sum(usage.shuffle_write_bytes), 0)::bigint as shuffle_write_bytes,
    coalesce(sum(usage.memory_spill_bytes), 0)::bigint as memory_spill_bytes,
    coalesce(sum(usage.disk_spill_bytes), 0)::bigint as disk_spill_bytes,
    coalesce(sum(usage.result_bytes), 0)::bigint as result_bytes,
    case
        when any_value(apps.idle_core_h) is not null
            -- Signed: the parts of an application add up to the whole.
            then coalesce(sum(usage.alloc_core_h), 0) - coalesce(sum(usage.busy_core_h), 0)
    end as idle_core_h
from apps
left join usage
    on usage.app_key = apps.app_key and usage.hour >= getvariable('since') and usage.hour < getvariable('until')
where apps.start < getvariable('until')
    and apps."end" >= getvariable('since')
    and (apps.start < getvariable('since') or apps."end" >= getvariable('until'))
group by apps.app_key
