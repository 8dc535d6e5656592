-- variant-of: resource-hogs
-- when: grouped
-- column: group_name text: What --group-by names; unknown where an application has none
-- column: alloc_core_h core_h: Cores x executor life from registration to removal, within the window
-- column: share_pct pct: Share of all that is ranked (`--by`: core-hours allocated unless told; shuffle is what is read and written) within the window
-- column: cum_pct pct: Share of this and of all that rank above it, in the order of --by whatever --sort says
-- column: busy_pct pct: Busy of allocated core-hours, at most 100, without applications in local mode
-- column: applications count: Application attempts
-- column: alloc_gib_h gib_h: Container memory x executor life, within the window
-- column: cost_est cost: Estimated cost of executors and drivers within the window, at the configured prices
-- column: users count: Users that ran them
-- column: wasted_core_h core_h: Core-hours of tasks whose work was not used or was done before
-- column: shuffle_read_bytes bytes: Shuffle bytes read, local and remote
-- column: disk_spill_bytes bytes: Bytes spilled to disk, as written
-- column: input_bytes bytes: Bytes read from storage
-- column: dur_s s wide: Sum of the applications' durations
-- column: busy_core_h core_h wide: Task wall time x cores a task occupies, successful or not
-- column: cpu_core_h core_h wide: CPU time of tasks; without Python workers and native engines
-- column: idle_core_h core_h wide: Allocated less busy core-hours, without applications in local mode
-- column: shuffle_write_bytes bytes wide: Shuffle bytes written
-- column: memory_spill_bytes bytes wide: Bytes spilled, as they were in memory
-- column: output_bytes bytes wide: Bytes written to storage
-- column: tasks count wide: Tasks that ended
with groups as (
    select
        group_name,
        count(*) as applications,
        count(distinct "user") as users,
        sum(dur_s) as dur_s,
        sum(alloc_core_h) as alloc_core_h,
        sum(alloc_gib_h) as alloc_gib_h,
        sum(cost_est) as cost_est,
        sum(case when alloc_core_h is not null then busy_core_h end) as fleet_busy_core_h,
        sum(busy_core_h) as busy_core_h,
        sum(cpu_core_h) as cpu_core_h,
        sum(wasted_core_h) as wasted_core_h,
        sum(shuffle_read_bytes)::bigint as shuffle_read_bytes,
        sum(shuffle_write_bytes)::bigint as shuffle_write_bytes,
        sum(memory_spill_bytes)::bigint as memory_spill_bytes,
        sum(disk_spill_bytes)::bigint as disk_spill_bytes,
        sum(input_bytes)::bigint as input_bytes,
        sum(output_bytes)::bigint as output_bytes,
        sum(tasks)::bigint as tasks
    from selected_apps
    group by group_name
),

measured as (
    select
        *,
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
    from groups
),

largest as (
    select *, sum(ranked) over () as ranked_total, count(*) over () as rows_total
    from measured
    order by ranked desc nulls last, busy_core_h desc, group_name nulls last
    limit getvariable('limit')
)

select
    group_name,
    alloc_core_h,
    100.0 * ranked / nullif(ranked_total, 0) as share_pct,
    100.0 * sum(ranked) over (
        order by ranked desc nulls last, busy_core_h desc, group_name nulls last
        rows unbounded preceding
    ) / nullif(ranked_total, 0) as cum_pct,
    100.0 * least(fleet_busy_core_h, alloc_core_h) / nullif(alloc_core_h, 0) as busy_pct,
    applications,
    alloc_gib_h,
    cost_est,
    users,
    wasted_core_h,
    shuffle_read_bytes,
    disk_spill_bytes,
    input_bytes,
    dur_s,
    busy_core_h,
    cpu_core_h,
    alloc_core_h - fleet_busy_core_h as idle_core_h,
    shuffle_write_bytes,
    memory_spill_bytes,
    output_bytes,
    tasks,
    rows_total
from largest
order by ranked desc nulls last, busy_core_h desc, group_name nulls last
