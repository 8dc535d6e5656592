-- title: Timeline
-- answers: when the largest stages of one application ran
-- about: application
-- part-of: app
-- default-window: all
-- column: stage text: Stage id, and its attempt behind a dot if it is not the first
-- column: timeline text: The application's life from left to right in 40 steps, the stage's part filled
-- column: dur_s s: From submission to completion
-- column: tasks count: Tasks that ended
-- column: busy_core_h core_h: Task wall time x cores a task occupies
-- column: name text: Stage name
-- column: begin_s s wide: From the application's start to the stage's submission
-- column: status text wide: complete, failed or active
-- column: failed_tasks count wide: Tasks that failed
-- column: skew_tail_core_h core_h wide: Idle core-hours while only last tasks ran, this stage's share
-- column: attempt text wide: Application attempt; unknown where the cluster manager gives none
with app as (
    select app_key, attempt, start, dur_s from selected_apps
),

placed as (
    select
        app.attempt,
        app.dur_s as app_s,
        stages.stage_id,
        stages.stage_attempt,
        stages.name,
        stages.status,
        stages.tasks,
        stages.failed_tasks,
        stages.busy_core_h,
        stages.skew_tail_core_h,
        stages.submitted,
        (epoch_ms(stages.submitted) - epoch_ms(app.start)) / 1000e0 as begin_s,
        (epoch_ms(stages.completed) - epoch_ms(stages.submitted)) / 1000e0 as dur_s,
        count(*) over () as rows_total,
        row_number() over (
            order by stages.busy_core_h desc, stages.stage_id, stages.stage_attempt, app.attempt
        ) as place
    from stages
    join app on app.app_key = stages.app_key
    where stages.submitted is not null
),

drawn as (
    select
        *,
        least(greatest(floor(40 * begin_s / nullif(app_s, 0)), 0), 39)::integer as first_step,
        least(greatest(ceil(40 * coalesce(dur_s, app_s - begin_s) / nullif(app_s, 0)), 1), 40)::integer as steps
    from placed
    where place <= getvariable('limit')
)

select
    case when stage_attempt = 0 then '' || stage_id else stage_id || '.' || stage_attempt end as stage,
    repeat('·', first_step)
        || repeat('█', least(steps, 40 - first_step))
        || repeat('·', greatest(40 - first_step - steps, 0)) as timeline,
    dur_s,
    tasks,
    busy_core_h,
    name,
    begin_s,
    status,
    failed_tasks,
    skew_tail_core_h,
    attempt,
    rows_total
from drawn
order by attempt, submitted, stage_id, stage_attempt
