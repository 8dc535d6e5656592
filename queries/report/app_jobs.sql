-- title: Spark jobs
-- answers: the jobs of one application, in their order
-- about: application
-- default-window: all
-- column: job_id count: Job id
-- column: status text: succeeded, failed, running or unknown
-- column: submitted time: Submission, UTC
-- column: dur_s s: From submission to completion; unknown while it runs
-- column: stages count: Stages it consists of
-- column: description text: Description, else the job group
-- column: failure text: First line of why it failed
-- column: sql_execution_id text wide: SQL execution that it is a part of
-- column: begin_s s wide: From the application's start to the submission
-- column: attempt text wide: Application attempt; unknown where the cluster manager gives none
with app as (
    select app_key, attempt, start from selected_apps
),

found as (
    select jobs.*, app.attempt, app.start
    from jobs
    join app on app.app_key = jobs.app_key
)

select
    job_id,
    status,
    submitted,
    (epoch_ms(completed) - epoch_ms(submitted)) / 1000e0 as dur_s,
    stages,
    coalesce(description, job_group) as description,
    failure,
    '' || sql_execution_id as sql_execution_id,
    (epoch_ms(submitted) - epoch_ms(start)) / 1000e0 as begin_s,
    attempt,
    (select count(*) from found) as rows_total
from found
order by attempt, job_id
limit getvariable('limit')
