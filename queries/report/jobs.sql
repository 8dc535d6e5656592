-- title: Jobs
-- answers: what runs again and again, how often, how long and for how much
-- default-window: 30d
-- column: job text: Recurring job: a configured Spark property, else the application name with dates, counters and ids replaced by *
-- column: month_core_h core_h: Core-hours within the window, scaled to 30 days from the window's part between the database's first and last application; unknown if that is less than a day
-- column: runs count: Applications; attempts of the same application are one run
-- column: ok_pct pct: Runs of which an attempt succeeded, of all
-- column: cadence_s s: Median time from one start to the next; unknown below 3 runs
-- column: dur_p50_s s: Median duration of the attempts that succeeded, not cut at the window's edges; unknown if none did
-- column: dur_p95_s s: 95 % of the attempts that succeeded took as long or less, interpolated; unknown if none did
-- column: run_core_h core_h: Core-hours within the window divided by runs; unknown in local mode
-- column: month_cost_est cost: Estimated cost within the window, scaled to 30 days like month_core_h; unknown without prices
-- column: last_run time: Start of the latest run, UTC
-- column: owner text: User with the most core-hours of the job
-- column: recurring bool: At least 3 runs
-- column: kind text: batch, streaming, service or local: the latest run's
-- column: alloc_core_h core_h wide: Cores x executor life from registration to removal, within the window; unknown in local mode
-- column: alloc_gib_h gib_h wide: Container memory x executor life, within the window; unknown in local mode
-- column: busy_pct pct wide: Task wall time x cores a task occupies, of the core-hours allocated; at most 100
-- column: wasted_core_h core_h wide: Core-hours of tasks whose work was not used or was done before
-- column: cost_est cost wide: Estimated cost of executors and drivers within the window; unknown without prices
-- column: owners count wide: Different users that ran it
-- column: job_user text wide: User of the job; unknown unless the same job of another user is another job
-- column: first_run time wide: Start of the first run of the window, UTC
with spent as (
    select
        job,
        job_user,
        sum(alloc_core_h) as alloc_core_h,
        sum(alloc_gib_h) as alloc_gib_h,
        sum(busy_core_h) filter (where alloc_core_h is not null) as fleet_busy_core_h,
        sum(wasted_core_h) as wasted_core_h,
        sum(cost_est) as cost_est,
        row_number() over (order by sum(alloc_core_h) desc nulls last, job, job_user) as place,
        count(*) over () as rows_total
    from selected_apps
    group by job, job_user
    order by place
    -- Only the jobs that are shown are looked at run by run.
    limit getvariable('limit')
),

runs as (
    select
        spent.place,
        known_apps.app_id,
        min(known_apps.start) as start,
        bool_or(known_apps.status = 'succeeded') as is_ok,
        max(known_apps.dur_s) filter (where known_apps.status = 'succeeded') as ok_dur_s,
        coalesce(sum(known_apps.alloc_core_h), 0) as alloc_core_h,
        max_by(known_apps."user", known_apps.start) as "user",
        max_by(known_apps.kind, known_apps.start) as kind
    from known_apps
    join spent on spent.job = known_apps.job and spent.job_user is not distinct from known_apps.job_user
    where known_apps.start < getvariable('until') and known_apps."end" >= getvariable('since')
    group by spent.place, known_apps.app_id
),

habits as (
    select
        place,
        count(*) as runs,
        count(*) filter (where is_ok) as ok_runs,
        min(start) as first_run,
        max(start) as last_run,
        max_by(kind, (start, app_id)) as kind,
        percentile_cont(0.5) within group (order by gap_s) as gap_s,
        percentile_cont(0.5) within group (order by ok_dur_s) as dur_p50_s,
        percentile_cont(0.95) within group (order by ok_dur_s) as dur_p95_s
    from (
        select
            *,
            -- One order of all: DuckDB would sort each job for itself, which takes longer than so few rows should.
            case
                when lag(place) over (order by place, start) = place
                    then (epoch_ms(start) - epoch_ms(lag(start) over (order by place, start))) / 1e3
            end as gap_s
        from runs
    ) as gaps
    group by place
),

users as (
    select place, max_by("user", (alloc_core_h, "user")) as owner, count(*) as owners
    from (
        select place, "user", sum(alloc_core_h) as alloc_core_h
        from runs
        group by place, "user"
    ) as by_user
    group by place
),

-- What a month is scaled from: the part of the window that the database knows anything of.
covered as (
    select case when hours >= 24 then 720 / hours end as months
    from (
        select
            (epoch_ms(least(max("end"), getvariable('until'))) - epoch_ms(greatest(min(start), getvariable('since'))))
                / 3.6e6 as hours
        from apps
    ) as extent
)

select
    spent.job,
    spent.alloc_core_h * covered.months as month_core_h,
    habits.runs,
    100.0 * habits.ok_runs::double / habits.runs as ok_pct,
    case when habits.runs >= 3 then habits.gap_s end as cadence_s,
    habits.dur_p50_s,
    habits.dur_p95_s,
    spent.alloc_core_h / habits.runs as run_core_h,
    spent.cost_est * covered.months as month_cost_est,
    habits.last_run,
    users.owner,
    habits.runs >= 3 as recurring,
    habits.kind,
    spent.alloc_core_h,
    spent.alloc_gib_h,
    -- Tasks may outlive their executor: more than all is shown as all.
    100.0 * least(spent.fleet_busy_core_h, spent.alloc_core_h) / nullif(spent.alloc_core_h, 0) as busy_pct,
    spent.wasted_core_h,
    spent.cost_est,
    users.owners,
    spent.job_user,
    habits.first_run,
    spent.rows_total
from spent
join habits on habits.place = spent.place
join users on users.place = spent.place
cross join covered
order by spent.place
