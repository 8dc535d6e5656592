-- title: Owners
-- answers: who pays for what, and who uses more than before
-- by: user queue job tag
-- column: owner text: User, queue, job or value of the tag (`--by`); unknown where an application has none
-- column: alloc_core_h core_h: Cores x executor life from registration to removal, within the window; unknown in local mode
-- column: share_pct pct: Share of all core-hours allocated within the window
-- column: cost_est cost: Estimated cost of executors and drivers within the window, at the configured prices; unknown without prices
-- column: alloc_change_pct pct: Change of the core-hours allocated since the window of the same length before; unknown if nothing was allocated then, for tags, and without a window
-- column: busy_pct pct: Task wall time x cores a task occupies, of the core-hours allocated; at most 100
-- column: applications count: Application attempts
-- column: jobs count: Different jobs
-- column: wasted_core_h core_h: Core-hours of tasks whose work was not used or was done before
-- column: alloc_gib_h gib_h: Container memory x executor life, within the window; unknown in local mode
-- column: cost_share_pct pct wide: Share of the cost of all owners; unknown without prices
-- column: failed count wide: Attempts that failed: exit code other than 0, or the last job did not succeed
-- column: busy_core_h core_h wide: Task wall time x cores a task occupies, successful or not
-- column: idle_core_h core_h wide: Allocated less busy core-hours, without applications in local mode
-- column: alloc_core_h_before core_h wide: Core-hours allocated in the window of the same length before; unknown as alloc_change_pct
with by_job as (
    select
        case getvariable('by')
            when 'queue' then queue
            when 'job' then job
            when 'tag' then group_name
            else "user"
        end as owner,
        count(*) as applications,
        count(*) filter (where status = 'failed') as failed,
        sum(alloc_core_h) as alloc_core_h,
        sum(alloc_gib_h) as alloc_gib_h,
        sum(busy_core_h) as busy_core_h,
        -- Local mode is busy without having allocated anything.
        sum(busy_core_h) filter (where alloc_core_h is not null) as fleet_busy_core_h,
        sum(wasted_core_h) as wasted_core_h,
        sum(cost_est) as cost_est
    from selected_apps
    group by 1, job, job_user
),

owned as (
    select
        owner,
        sum(applications)::bigint as applications,
        sum(failed)::bigint as failed,
        count(*) as jobs,
        sum(alloc_core_h) as alloc_core_h,
        sum(alloc_gib_h) as alloc_gib_h,
        sum(busy_core_h) as busy_core_h,
        sum(fleet_busy_core_h) as fleet_busy_core_h,
        sum(wasted_core_h) as wasted_core_h,
        sum(cost_est) as cost_est
    from by_job
    group by owner
),

before as (
    select
        case getvariable('by')
            when 'queue' then known_apps.queue
            when 'job' then known_apps.job
            else known_apps."user"
        end as owner,
        sum(usage.alloc_core_h) as alloc_core_h
    from usage
    join known_apps on known_apps.app_key = usage.app_key
    where usage.hour >= getvariable('before')
        and usage.hour < getvariable('since')
        and known_apps.start < getvariable('since')
        and known_apps."end" >= getvariable('before')
        -- A window that is open at one end has none of the same length before it.
        and getvariable('before') + (getvariable('until') - getvariable('since')) = getvariable('since')
        and getvariable('by') <> 'tag'
    group by 1
)

select
    owned.owner,
    owned.alloc_core_h,
    100.0 * owned.alloc_core_h / nullif(sum(owned.alloc_core_h) over (), 0) as share_pct,
    owned.cost_est,
    100.0 * (owned.alloc_core_h - before.alloc_core_h) / nullif(before.alloc_core_h, 0) as alloc_change_pct,
    -- Tasks may outlive their executor: more than all is shown as all.
    100.0 * least(owned.fleet_busy_core_h, owned.alloc_core_h) / nullif(owned.alloc_core_h, 0) as busy_pct,
    owned.applications,
    owned.jobs,
    owned.wasted_core_h,
    owned.alloc_gib_h,
    100.0 * owned.cost_est / nullif(sum(owned.cost_est) over (), 0) as cost_share_pct,
    owned.failed,
    owned.busy_core_h,
    owned.alloc_core_h - owned.fleet_busy_core_h as idle_core_h,
    before.alloc_core_h as alloc_core_h_before,
    count(*) over () as rows_total
from owned
left join before on before.owner is not distinct from owned.owner
order by owned.cost_est desc nulls last, owned.alloc_core_h desc nulls last, owned.owner nulls last
limit getvariable('limit')
