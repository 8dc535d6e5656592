-- The application attempts that cross an edge of the window [since, until), with what they used within it: as they
-- are, but with the sums of their hours inside for what is additive. Few attempts cross an edge; all others are
-- taken as they are. Of the columns, those that the question names: a line each, so that others can be left out.
create or replace temp table cut as
with crossing as (
    -- Each edge by itself: then the file is read only where there are such attempts.
    select * from narrow_apps where start < getvariable('since') and "end" >= getvariable('since')
    union all
    select *
    from narrow_apps
    where start >= getvariable('since') and start < getvariable('until') and "end" >= getvariable('until')
),

inside as (
    select
        usage.app_key,
        sum(usage.tasks)::bigint as tasks,
        sum(usage.failed_tasks)::bigint as failed_tasks,
        sum(usage.killed_tasks)::bigint as killed_tasks,
        sum(usage.speculative_tasks)::bigint as speculative_tasks,
        sum(usage.busy_core_h) as busy_core_h,
        sum(usage.cpu_core_h) as cpu_core_h,
        sum(usage.alloc_gib_h) as alloc_gib_h,
        sum(usage.idle_driver_gap_core_h) as idle_driver_gap_core_h,
        sum(usage.idle_startup_core_h) as idle_startup_core_h,
        sum(usage.idle_tail_core_h) as idle_tail_core_h,
        sum(usage.idle_skew_tail_core_h) as idle_skew_tail_core_h,
        sum(usage.idle_under_parallel_core_h) as idle_under_parallel_core_h,
        sum(usage.wasted_core_h) as wasted_core_h,
        sum(usage.wasted_exception_core_h) as wasted_exception_core_h,
        sum(usage.wasted_fetch_failed_core_h) as wasted_fetch_failed_core_h,
        sum(usage.wasted_executor_lost_core_h) as wasted_executor_lost_core_h,
        sum(usage.wasted_killed_core_h) as wasted_killed_core_h,
        sum(usage.wasted_commit_denied_core_h) as wasted_commit_denied_core_h,
        sum(usage.wasted_other_core_h) as wasted_other_core_h,
        sum(usage.wasted_recompute_core_h) as wasted_recompute_core_h,
        sum(usage.wasted_app_retry_core_h) as wasted_app_retry_core_h,
        sum(usage.gc_s) as gc_s,
        sum(usage.run_s) as run_s,
        sum(usage.deserialize_s) as deserialize_s,
        sum(usage.fetch_wait_s) as fetch_wait_s,
        sum(usage.first_try_core_h) as first_try_core_h,
        sum(usage.input_bytes)::bigint as input_bytes,
        sum(usage.input_records)::bigint as input_records,
        sum(usage.output_bytes)::bigint as output_bytes,
        sum(usage.output_records)::bigint as output_records,
        sum(usage.shuffle_read_bytes)::bigint as shuffle_read_bytes,
        sum(usage.shuffle_write_bytes)::bigint as shuffle_write_bytes,
        sum(usage.memory_spill_bytes)::bigint as memory_spill_bytes,
        sum(usage.disk_spill_bytes)::bigint as disk_spill_bytes,
        sum(usage.result_bytes)::bigint as result_bytes,
        sum(usage.alloc_core_h) as alloc_core_h
    from usage
    join crossing on crossing.app_key = usage.app_key
    where usage.hour >= getvariable('since') and usage.hour < getvariable('until')
    group by usage.app_key
)

select
    crossing.* replace (
        coalesce(inside.tasks, 0) as tasks,
        coalesce(inside.failed_tasks, 0) as failed_tasks,
        coalesce(inside.killed_tasks, 0) as killed_tasks,
        coalesce(inside.speculative_tasks, 0) as speculative_tasks,
        case when crossing.alloc_core_h is not null then coalesce(inside.alloc_core_h, 0) end as alloc_core_h,
        coalesce(inside.busy_core_h, 0) as busy_core_h,
        case when crossing.cpu_core_h is not null then coalesce(inside.cpu_core_h, 0) end as cpu_core_h,
        case when crossing.alloc_gib_h is not null then coalesce(inside.alloc_gib_h, 0) end as alloc_gib_h,
        case when crossing.idle_driver_gap_core_h is not null then coalesce(inside.idle_driver_gap_core_h, 0) end as idle_driver_gap_core_h,
        case when crossing.idle_startup_core_h is not null then coalesce(inside.idle_startup_core_h, 0) end as idle_startup_core_h,
        case when crossing.idle_tail_core_h is not null then coalesce(inside.idle_tail_core_h, 0) end as idle_tail_core_h,
        case when crossing.idle_skew_tail_core_h is not null then coalesce(inside.idle_skew_tail_core_h, 0) end as idle_skew_tail_core_h,
        case when crossing.idle_under_parallel_core_h is not null then coalesce(inside.idle_under_parallel_core_h, 0) end as idle_under_parallel_core_h,
        coalesce(inside.wasted_core_h, 0) as wasted_core_h,
        coalesce(inside.wasted_exception_core_h, 0) as wasted_exception_core_h,
        coalesce(inside.wasted_fetch_failed_core_h, 0) as wasted_fetch_failed_core_h,
        coalesce(inside.wasted_executor_lost_core_h, 0) as wasted_executor_lost_core_h,
        coalesce(inside.wasted_killed_core_h, 0) as wasted_killed_core_h,
        coalesce(inside.wasted_commit_denied_core_h, 0) as wasted_commit_denied_core_h,
        coalesce(inside.wasted_other_core_h, 0) as wasted_other_core_h,
        coalesce(inside.wasted_recompute_core_h, 0) as wasted_recompute_core_h,
        coalesce(inside.wasted_app_retry_core_h, 0) as wasted_app_retry_core_h,
        coalesce(inside.gc_s, 0) as gc_s,
        coalesce(inside.run_s, 0) as run_s,
        coalesce(inside.deserialize_s, 0) as deserialize_s,
        coalesce(inside.fetch_wait_s, 0) as fetch_wait_s,
        coalesce(inside.first_try_core_h, 0) as first_try_core_h,
        coalesce(inside.input_bytes, 0) as input_bytes,
        coalesce(inside.input_records, 0) as input_records,
        coalesce(inside.output_bytes, 0) as output_bytes,
        coalesce(inside.output_records, 0) as output_records,
        coalesce(inside.shuffle_read_bytes, 0) as shuffle_read_bytes,
        coalesce(inside.shuffle_write_bytes, 0) as shuffle_write_bytes,
        coalesce(inside.memory_spill_bytes, 0) as memory_spill_bytes,
        coalesce(inside.disk_spill_bytes, 0) as disk_spill_bytes,
        coalesce(inside.result_bytes, 0) as result_bytes,
        crossing.measured_core_h * coalesce(inside.alloc_core_h, 0) / nullif(crossing.alloc_core_h, 0) as measured_core_h,
        case
            when crossing.idle_core_h is not null
                -- Signed: the parts of an application add up to the whole.
                then coalesce(inside.alloc_core_h, 0) - coalesce(inside.busy_core_h, 0)
        end as idle_core_h
    )
from crossing
left join inside on inside.app_key = crossing.app_key
