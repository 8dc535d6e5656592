-- title: Stages
-- answers: the stages of one application, the busiest first
-- about: application
-- default-window: all
-- column: stage text: Stage id, and its attempt behind a dot if it is not the first
-- column: name text: Stage name
-- column: status text: complete, failed, active or skipped
-- column: busy_core_h core_h: Task wall time x cores a task occupies
-- column: dur_s s: From submission to completion
-- column: tasks count: Tasks that ended
-- column: failed_tasks count: Tasks that failed
-- column: task_p50_s s: Median duration of its successful tasks
-- column: task_max_s s: Longest of them
-- column: input_bytes bytes: Bytes read from storage
-- column: shuffle_read_bytes bytes: Shuffle bytes read, local and remote
-- column: shuffle_write_bytes bytes: Shuffle bytes written
-- column: disk_spill_bytes bytes: Bytes spilled to disk, as written
-- column: output_bytes bytes: Bytes written to storage
-- column: submitted time wide: Submission, UTC
-- column: skew_tail_core_h core_h wide: Idle core-hours while only last tasks ran, this stage's share
-- column: gc_s s wide: JVM GC Time summed over tasks
-- column: failure text wide: First line of why it failed
-- column: attempt text wide: Application attempt; unknown where the cluster manager gives none
with app as (
    select app_key, attempt from selected_apps
),

found as (
    select stages.*, app.attempt
    from stages
    join app on app.app_key = stages.app_key
)

select
    case when stage_attempt = 0 then '' || stage_id else stage_id || '.' || stage_attempt end as stage,
    name,
    status,
    busy_core_h,
    (epoch_ms(completed) - epoch_ms(submitted)) / 1000e0 as dur_s,
    tasks,
    failed_tasks,
    dur_ms_p50 / 1000e0 as task_p50_s,
    dur_ms_max / 1000e0 as task_max_s,
    input_bytes,
    shuffle_read_bytes,
    shuffle_write_bytes,
    disk_spill_bytes,
    output_bytes,
    submitted,
    skew_tail_core_h,
    gc_s,
    failure,
    attempt,
    (select count(*) from found) as rows_total
from found
order by busy_core_h desc, attempt, stage_id, stage_attempt
limit getvariable('limit')
