-- title: Summary
-- answers: how the fleet did, on one screen
-- column: applications count: Application attempts
-- column: succeeded count: Attempts that succeeded
-- column: failed count: Attempts that failed: exit code other than 0, or the last job did not succeed
-- column: failed_pct pct: Failed attempts of all
-- column: users count: Different users
-- column: alloc_core_h core_h: Cores x executor life from registration to removal
-- column: alloc_core_h_before core_h: The same in the window of the same length before; unknown without a window
-- column: alloc_change_pct pct: Change of the core-hours allocated since the window before
-- column: busy_core_h core_h: Task wall time x cores a task occupies, successful or not
-- column: busy_pct pct: Busy of allocated core-hours; at most 100
-- column: cpu_core_h core_h: CPU time of tasks; without Python workers and native engines
-- column: cpu_pct pct: CPU of allocated core-hours, over applications that say how much CPU time they took
-- column: idle_core_h core_h: Allocated less busy core-hours; the five causes add up to it
-- column: idle_driver_gap_core_h core_h: Idle while no job was active
-- column: idle_startup_core_h core_h: Idle from an executor's registration to its first task, while a job was active
-- column: idle_tail_core_h core_h: Idle from an executor's last task to its removal, while a job was active
-- column: idle_skew_tail_core_h core_h: Idle while the last tasks of stages ran and none was left to launch
-- column: idle_under_parallel_core_h core_h: Idle for another reason while a job was active: fewer tasks than cores
-- column: wasted_core_h core_h: Core-hours of tasks whose work was not used or was done before
-- column: wasted_pct pct: Wasted of busy core-hours
-- column: alloc_gib_h gib_h: Container memory x executor life
-- column: never_used_executors count: Executor lives that ended no task, of whole applications
-- column: tasks count: Tasks that ended
-- column: failed_tasks count: Ended tasks that neither succeeded nor were killed
-- column: failed_tasks_pct pct: Failed tasks of all
-- column: gc_pct pct: JVM GC Time of Executor Run Time
-- column: input_bytes bytes: Bytes read from storage
-- column: output_bytes bytes: Bytes written to storage
-- column: shuffle_read_bytes bytes: Shuffle bytes read, local and remote
-- column: disk_spill_bytes bytes: Bytes spilled to disk, as written
-- column: top_user text: User with the most core-hours allocated
-- column: top_user_pct pct: Share of that user
-- column: top_app_name text: Application name with the most core-hours allocated, all attempts together
-- column: top_app_name_pct pct: Share of that name
with chosen as (
    select
        app_name, "user", status, local, never_used_executors, tasks, failed_tasks, alloc_core_h, busy_core_h,
        cpu_core_h, idle_driver_gap_core_h, idle_startup_core_h, idle_tail_core_h,
        idle_skew_tail_core_h, idle_under_parallel_core_h, wasted_core_h, alloc_gib_h, gc_s, run_s,
        input_bytes, output_bytes, shuffle_read_bytes, disk_spill_bytes
    from selected_apps
),

totals as (
    select
        count(*) as applications,
        count(*) filter (where status = 'succeeded') as succeeded,
        count(*) filter (where status = 'failed') as failed,
        count(distinct "user") as users,
        sum(alloc_core_h) as alloc_core_h,
        sum(busy_core_h) filter (where not local) as fleet_busy_core_h,
        sum(busy_core_h) as busy_core_h,
        sum(cpu_core_h) as cpu_core_h,
        sum(cpu_core_h) filter (where not local) as fleet_cpu_core_h,
        sum(alloc_core_h) filter (where cpu_core_h is not null) as cpu_alloc_core_h,
        sum(idle_driver_gap_core_h) as idle_driver_gap_core_h,
        sum(idle_startup_core_h) as idle_startup_core_h,
        sum(idle_tail_core_h) as idle_tail_core_h,
        sum(idle_skew_tail_core_h) as idle_skew_tail_core_h,
        sum(idle_under_parallel_core_h) as idle_under_parallel_core_h,
        sum(wasted_core_h) as wasted_core_h,
        sum(alloc_gib_h) as alloc_gib_h,
        sum(never_used_executors)::bigint as never_used_executors,
        sum(tasks)::bigint as tasks,
        sum(failed_tasks)::bigint as failed_tasks,
        sum(gc_s) as gc_s,
        sum(run_s) as run_s,
        sum(input_bytes)::bigint as input_bytes,
        sum(output_bytes)::bigint as output_bytes,
        sum(shuffle_read_bytes)::bigint as shuffle_read_bytes,
        sum(disk_spill_bytes)::bigint as disk_spill_bytes
    from chosen
),

before as (
    select sum(usage.alloc_core_h) as alloc_core_h
    from usage
    join known_apps on known_apps.app_key = usage.app_key
    where usage.hour >= getvariable('before') and usage.hour < getvariable('since')
        -- Only to read less: what has such an hour lived then.
        and known_apps.start < getvariable('since') and known_apps."end" >= getvariable('before')
),

top_user as (
    select "user", sum(alloc_core_h) as alloc_core_h
    from chosen
    group by "user"
    order by 2 desc nulls last, 1
    limit 1
),

top_app_name as (
    select app_name, sum(alloc_core_h) as alloc_core_h
    from chosen
    group by app_name
    order by 2 desc nulls last, 1
    limit 1
)

select
    totals.applications,
    totals.succeeded,
    totals.failed,
    100.0 * totals.failed / nullif(totals.applications, 0) as failed_pct,
    totals.users,
    totals.alloc_core_h,
    before.alloc_core_h as alloc_core_h_before,
    100.0 * (totals.alloc_core_h - before.alloc_core_h) / nullif(before.alloc_core_h, 0) as alloc_change_pct,
    totals.busy_core_h,
    100.0 * least(totals.fleet_busy_core_h, totals.alloc_core_h) / nullif(totals.alloc_core_h, 0) as busy_pct,
    totals.cpu_core_h,
    100.0 * totals.fleet_cpu_core_h / nullif(totals.cpu_alloc_core_h, 0) as cpu_pct,
    totals.alloc_core_h - totals.fleet_busy_core_h as idle_core_h,
    totals.idle_driver_gap_core_h,
    totals.idle_startup_core_h,
    totals.idle_tail_core_h,
    totals.idle_skew_tail_core_h,
    totals.idle_under_parallel_core_h,
    totals.wasted_core_h,
    100.0 * totals.wasted_core_h / nullif(totals.busy_core_h, 0) as wasted_pct,
    totals.alloc_gib_h,
    totals.never_used_executors,
    totals.tasks,
    totals.failed_tasks,
    100.0 * totals.failed_tasks / nullif(totals.tasks, 0) as failed_tasks_pct,
    100.0 * totals.gc_s / nullif(totals.run_s, 0) as gc_pct,
    totals.input_bytes,
    totals.output_bytes,
    totals.shuffle_read_bytes,
    totals.disk_spill_bytes,
    top_user."user" as top_user,
    100.0 * top_user.alloc_core_h / nullif(totals.alloc_core_h, 0) as top_user_pct,
    top_app_name.app_name as top_app_name,
    100.0 * top_app_name.alloc_core_h / nullif(totals.alloc_core_h, 0) as top_app_name_pct
from totals
cross join before
left join top_user on true
left join top_app_name on true
where totals.applications > 0
