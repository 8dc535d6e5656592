-- title: Resource hogs
-- answers: who uses the cluster
-- column: app_name text: Application name
-- column: user text: User that ran it
-- column: alloc_core_h core_h: Cores x executor life from registration to removal, within the window
-- column: share_pct pct: Share of all core-hours allocated within the window
-- column: cum_pct pct: Share of this and all rows above it
-- column: busy_pct pct: Task wall time x cores a task occupies, of the core-hours allocated; at most 100
-- column: alloc_gib_h gib_h: Container memory x executor life, within the window
-- column: peak_executors count: Most executors alive at the same time
-- column: dur_s s: From start to end of the whole application
-- column: shuffle_read_bytes bytes: Shuffle bytes read, local and remote
-- column: disk_spill_bytes bytes: Bytes spilled to disk, as written
-- column: input_bytes bytes: Bytes read from storage
-- column: queue text: spark.yarn.queue, else spark.kubernetes.namespace
-- column: start time: ApplicationStart, UTC
-- column: status text: succeeded, failed, running or unknown
-- column: app_id text: Application id
-- column: attempt text wide: Attempt id; unknown where the cluster manager gives none
-- column: busy_core_h core_h wide: Task wall time x cores a task occupies, successful or not
-- column: cpu_core_h core_h wide: CPU time of tasks; without Python workers and native engines
-- column: idle_core_h core_h wide: Allocated less busy core-hours, at least 0
-- column: wasted_core_h core_h wide: Core-hours of tasks whose work was not used or was done before
-- column: shuffle_write_bytes bytes wide: Shuffle bytes written
-- column: memory_spill_bytes bytes wide: Bytes spilled, as they were in memory
-- column: output_bytes bytes wide: Bytes written to storage
-- column: tasks count wide: Tasks that ended
with hogs as not materialized (
    select *
    from selected_apps(
        $since::timestamp, $until::timestamp, $user::varchar, $queue::varchar, $app_name::varchar,
        $app_id::varchar, $status::varchar, $with_local::boolean, $with_incomplete::boolean
    )
),

totals as (
    select sum(alloc_core_h) as alloc_core_h, count(*) as applications from hogs
),

largest as (
    select
        app_name, "user", queue, start, status, app_id, attempt, dur_s, peak_executors, alloc_core_h,
        alloc_gib_h, busy_core_h, cpu_core_h, idle_core_h, wasted_core_h, shuffle_read_bytes,
        shuffle_write_bytes, memory_spill_bytes, disk_spill_bytes, input_bytes, output_bytes, tasks
    from hogs
    order by alloc_core_h desc nulls last, busy_core_h desc, app_id, attempt
    limit $limit::bigint
)

select
    largest.app_name,
    largest."user",
    largest.alloc_core_h,
    100.0 * largest.alloc_core_h / nullif(totals.alloc_core_h, 0) as share_pct,
    100.0 * sum(largest.alloc_core_h) over (
        order by largest.alloc_core_h desc nulls last, largest.busy_core_h desc, largest.app_id, largest.attempt
        rows unbounded preceding
    ) / nullif(totals.alloc_core_h, 0) as cum_pct,
    -- Tasks may outlive their executor: more than all is shown as all.
    least(100.0 * largest.busy_core_h / nullif(largest.alloc_core_h, 0), 100.0) as busy_pct,
    largest.alloc_gib_h,
    largest.peak_executors,
    largest.dur_s,
    largest.shuffle_read_bytes,
    largest.disk_spill_bytes,
    largest.input_bytes,
    largest.queue,
    largest.start,
    largest.status,
    largest.app_id,
    largest.attempt,
    largest.busy_core_h,
    largest.cpu_core_h,
    largest.idle_core_h,
    largest.wasted_core_h,
    largest.shuffle_write_bytes,
    largest.memory_spill_bytes,
    largest.output_bytes,
    largest.tasks,
    totals.applications as rows_total
from largest
cross join totals
order by largest.alloc_core_h desc nulls last, largest.busy_core_h desc, largest.app_id, largest.attempt
