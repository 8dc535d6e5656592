-- title: Failures
-- answers: what breaks, how often and what it costs
-- column: class text: Exception class, else Spark's reason; of an executor why it went: memory, node, heartbeat, stopped, crash or unknown
-- column: reason text: First line of the message, with numbers and ids replaced by *; unknown where there was none
-- column: wasted_core_h core_h: Core-hours of the failed tasks; 0 for stages, jobs, SQL executions and executors, whose tasks have their own rows
-- column: occurrences count: How often; all of an attempt's failures of the kind count if any lies within the window
-- column: applications count: Application attempts it happened to
-- column: what text: What failed: task, stage, job, sql (an execution) or executor (removed for a reason other than being released)
-- column: jobs count: Different jobs it happened to
-- column: wasted_cost_est cost: Estimated cost of these core-hours and of the memory held beside them, at each application's GiB per core; unknown without prices and in local mode
-- column: last_seen time: Last failure of the kind, UTC
-- column: first_seen time: First failure of the kind in those applications, UTC
-- column: example_app_id text: Application with the most core-hours wasted this way, then the most failures of the kind
-- column: failed_applications count wide: Attempts it happened to that failed in the end
-- column: example_app_name text wide: That application's name
with removals as (
    select
        app_key,
        removed_class,
        removed_reason,
        count(*) as occurrences,
        min("end") as first_gone,
        max("end") as last_gone
    from executors
    where removed_class <> 'released'
        and "end" >= getvariable('since')
        and "end" < getvariable('until')
    group by app_key, removed_class, removed_reason
),

-- Many executors go with the same words: they are made alike once.
reasons as (
    select
        removed_reason,
        -- The first paragraph, with each run of digits, and dots, dashes and colons after it, as one star:
        -- runs of stars become runs of `<>`, whose inner `><` then go.
        replace(replace(replace(
            replace(replace(replace(
                translate(split_part(trim(removed_reason), '  ', 1), '0123456789', '**********'),
                '*.', '*'), '*-', '*'), '*:', '*'),
            '*', '<>'), '><', ''), '<>', '*') as reason
    from (select distinct removed_reason from removals) as words
),

broken as (
    select app_key, what, class, reason, count as occurrences, wasted_core_h, first_seen, last_seen
    from failures
    where coalesce(last_seen, first_seen, getvariable('since')) >= getvariable('since')
        and coalesce(first_seen, last_seen, getvariable('since')) < getvariable('until')
    union all
    select
        removals.app_key, 'executor', removals.removed_class, reasons.reason, sum(removals.occurrences)::bigint,
        0.0, min(removals.first_gone), max(removals.last_gone)
    from removals
    left join reasons on reasons.removed_reason = removals.removed_reason
    group by removals.app_key, removals.removed_class, reasons.reason
),

counted as (
    select
        broken.what,
        broken.class,
        broken.reason,
        sum(broken.wasted_core_h) as wasted_core_h,
        sum(broken.occurrences)::bigint as occurrences,
        -- Each attempt has one row for a kind of failure.
        count(*) as applications,
        count(*) filter (where selected_apps.status = 'failed') as failed_applications,
        count(distinct (selected_apps.job, selected_apps.job_user)) as jobs,
        -- A core of an executor is paid for together with its share of the executor's memory.
        sum(
            broken.wasted_core_h
            * (priced.core_rate
                + priced.gib_rate * selected_apps.alloc_gib_h / nullif(selected_apps.alloc_core_h, 0))
        ) as wasted_cost_est,
        min(broken.first_seen) as first_seen,
        max(broken.last_seen) as last_seen,
        max_by(
            selected_apps.app_id, (broken.wasted_core_h, broken.occurrences, selected_apps.app_id)
        ) as example_app_id,
        max_by(
            selected_apps.app_name, (broken.wasted_core_h, broken.occurrences, selected_apps.app_id)
        ) as example_app_name
    from broken
    join selected_apps on selected_apps.app_key = broken.app_key
    left join priced on priced.app_key = broken.app_key
    group by broken.what, broken.class, broken.reason
)

select
    class,
    reason,
    wasted_core_h,
    occurrences,
    applications,
    what,
    jobs,
    wasted_cost_est,
    last_seen,
    first_seen,
    example_app_id,
    failed_applications,
    example_app_name,
    count(*) over () as rows_total
from counted
order by wasted_core_h desc, occurrences desc, applications desc, what, class, reason nulls last
limit getvariable('limit')
