-- title: Applications
-- answers: what ran, page by page
-- for: pages
-- column: app_name text: Application name
-- column: user text: User that ran it
-- column: status text: succeeded, failed (exit code other than 0, or the last job did not succeed), running or unknown (no end)
-- column: start time: ApplicationStart, UTC
-- column: dur_s s: From start to end
-- column: alloc_core_h core_h: Cores x executor life from registration to removal, within the window; unknown in local mode
-- column: busy_pct pct: Task wall time x cores a task occupies, of the core-hours allocated; at most 100
-- column: wasted_core_h core_h: Core-hours of tasks whose work was not used or was done before
-- column: tasks count: Tasks that ended
-- column: failed_tasks count: Ended tasks that neither succeeded nor were killed
-- column: queue text: spark.yarn.queue, else spark.kubernetes.namespace
-- column: spark_version text: Spark version; unknown before Spark 1.4
-- column: app_id text: Application id
-- column: attempt text: Attempt id; unknown where the cluster manager gives none
-- column: job text: Recurring job that it is a run of
with chosen as (
    select
        app_name, "user", status, start, dur_s, alloc_core_h,
        least(100e0 * busy_core_h / nullif(alloc_core_h, 0), 100) as busy_pct,
        wasted_core_h, tasks, failed_tasks, queue, spark_version, app_id, attempt, job
    from selected_apps
    where getvariable('search') = ''
        or contains(lower(app_name), lower(getvariable('search')))
        or contains(lower(app_id), lower(getvariable('search')))
        or contains(lower("user"), lower(getvariable('search')))
        or contains(lower(coalesce(job, '')), lower(getvariable('search')))
),

-- What the page is sorted by: words, or numbers. Of these two one is null for every row.
keyed as (
    select
        *,
        case getvariable('order_by')
            when 'app_name' then app_name
            when 'user' then "user"
            when 'status' then status
            when 'queue' then queue
            when 'spark_version' then spark_version
            when 'app_id' then app_id
        end as word,
        case getvariable('order_by')
            when 'start' then epoch_ms(start)::double
            when 'dur_s' then dur_s
            when 'alloc_core_h' then alloc_core_h
            when 'busy_pct' then busy_pct
            when 'wasted_core_h' then wasted_core_h
            when 'tasks' then tasks::double
            when 'failed_tasks' then failed_tasks::double
        end as amount
    from chosen
)

select
    app_name, "user", status, start, dur_s, alloc_core_h, busy_pct, wasted_core_h, tasks, failed_tasks, queue,
    spark_version, app_id, attempt, job,
    (select count(*) from chosen) as rows_total
from keyed
order by
    case when getvariable('ascending') then word end asc nulls last,
    case when not getvariable('ascending') then word end desc nulls last,
    case when getvariable('ascending') then amount end asc nulls last,
    case when not getvariable('ascending') then amount end desc nulls last,
    start desc,
    app_id desc,
    attempt desc
limit getvariable('limit') offset getvariable('offset')
