-- title: Resource hogs
-- answers: who uses the cluster
-- by: cores memory cost shuffle spill input duration tasks
-- column: app_name text: Application name
-- column: user text: User that ran it
-- column: alloc_core_h core_h: Cores x executor life from registration to removal, within the window
-- column: share_pct pct: Share of all that is ranked (`--by`: core-hours allocated unless told; shuffle is what is read and written) within the window
-- column: cum_pct pct: Share of this and of all that rank above it, in the order of --by whatever --sort says
-- column: busy_pct pct: Task wall time x cores a task occupies, of the core-hours allocated; at most 100
-- column: alloc_gib_h gib_h: Container memory x executor life, within the window
-- column: cost_est cost: Estimated cost of executors and driver within the window, at the configured prices
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
-- column: job text wide: Recurring job that it is a run of
-- column: busy_core_h core_h wide: Task wall time x cores a task occupies, successful or not
-- column: cpu_core_h core_h wide: CPU time of tasks; without Python workers and native engines
-- column: idle_core_h core_h wide: Allocated less busy core-hours within the window; of a whole application at least 0
-- column: wasted_core_h core_h wide: Core-hours of tasks whose work was not used or was done before
-- column: shuffle_write_bytes bytes wide: Shuffle bytes written
-- column: memory_spill_bytes bytes wide: Bytes spilled, as they were in memory
-- column: output_bytes bytes wide: Bytes written to storage
-- column: tasks count wide: Tasks that ended
with measured as (
    select
        app_key, app_id, attempt, busy_core_h,
        case getvariable('by')
            when 'memory' then alloc_gib_h
            when 'cost' then cost_est
            when 'shuffle' then shuffle_read_bytes + shuffle_write_bytes
            when 'spill' then disk_spill_bytes
            when 'input' then input_bytes
            when 'duration' then dur_s
            when 'tasks' then tasks
            else alloc_core_h
        end::double as ranked
    from selected_apps
),

-- Chosen by few columns: sums over rows of all of them would copy each.
shown as (
    select app_key as shown_key, ranked, sum(ranked) over () as ranked_total, count(*) over () as rows_total
    from measured
    order by ranked desc nulls last, busy_core_h desc, app_id, attempt
    limit getvariable('limit')
),

largest as (
    select
        app_name, "user", queue, start, status, app_id, attempt, job, dur_s, peak_executors, alloc_core_h,
        alloc_gib_h, cost_est, busy_core_h, cpu_core_h, idle_core_h, wasted_core_h, shuffle_read_bytes,
        shuffle_write_bytes, memory_spill_bytes, disk_spill_bytes, input_bytes, output_bytes, tasks,
        shown.ranked, shown.ranked_total, shown.rows_total
    from selected_apps
    join shown on shown.shown_key = selected_apps.app_key
)

select
    app_name,
    "user",
    alloc_core_h,
    100.0 * ranked / nullif(ranked_total, 0) as share_pct,
    100.0 * sum(ranked) over (
        order by ranked desc nulls last, busy_core_h desc, app_id, attempt
        rows unbounded preceding
    ) / nullif(ranked_total, 0) as cum_pct,
    -- Tasks may outlive their executor: more than all is shown as all.
    100.0 * least(busy_core_h, alloc_core_h) / nullif(alloc_core_h, 0) as busy_pct,
    alloc_gib_h,
    cost_est,
    peak_executors,
    dur_s,
    shuffle_read_bytes,
    disk_spill_bytes,
    input_bytes,
    queue,
    start,
    status,
    app_id,
    attempt,
    job,
    busy_core_h,
    cpu_core_h,
    idle_core_h,
    wasted_core_h,
    shuffle_write_bytes,
    memory_spill_bytes,
    output_bytes,
    tasks,
    rows_total
from largest
order by ranked desc nulls last, busy_core_h desc, app_id, attempt
