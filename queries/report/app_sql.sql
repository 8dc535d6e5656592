-- title: SQL executions
-- answers: the SQL executions of one application, in their order
-- about: application
-- default-window: all
-- column: execution_id count: Execution id
-- column: status text: succeeded, failed, running or unknown
-- column: submitted time: Start, UTC
-- column: dur_s s: From start to end; unknown while it runs
-- column: jobs count: Spark jobs that it ran
-- column: description text: Description: the call site, or the statement
-- column: failure text: First line of why it failed
-- column: root_execution_id text wide: Execution that began it, if another did
-- column: attempt text wide: Application attempt; unknown where the cluster manager gives none
with app as (
    select app_key, attempt from selected_apps
),

found as (
    select sql_executions.*, app.attempt
    from sql_executions
    join app on app.app_key = sql_executions.app_key
),

jobs_of as (
    select jobs.app_key, jobs.sql_execution_id, count(*) as jobs
    from jobs
    join app on app.app_key = jobs.app_key
    where jobs.sql_execution_id is not null
    group by jobs.app_key, jobs.sql_execution_id
)

select
    found.execution_id,
    found.status,
    found.submitted,
    (epoch_ms(found.completed) - epoch_ms(found.submitted)) / 1000e0 as dur_s,
    coalesce(jobs_of.jobs, 0) as jobs,
    found.description,
    found.failure,
    case when found.root_execution_id <> found.execution_id then '' || found.root_execution_id end as root_execution_id,
    found.attempt,
    (select count(*) from found) as rows_total
from found
left join jobs_of on jobs_of.app_key = found.app_key and jobs_of.sql_execution_id = found.execution_id
order by found.attempt, found.execution_id
limit getvariable('limit')
