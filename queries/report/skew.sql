-- title: Skew
-- answers: which stages wait for a few long tasks
-- column: app_name text: Application name
-- column: skew_tail_core_h core_h: Idle core-hours while only last tasks ran and none was left to launch, shared among the stages by their running tasks; unknown in local mode
-- column: skew_ratio ratio: Longest of median Executor Run Time of the stage attempt's successful tasks; a median of 0 ms counts as 1 ms. Listed from 2 on, if the longest is over 2.5 minutes and at least 50 % of the stage's wall time, with at least 20 successful tasks
-- column: severity text: By skew_ratio: low (2), moderate (4), severe (8), critical (16)
-- column: skew_kind text: data (the bytes that tasks read are skewed as well: largest at least twice the median), else slow task: a slow node, an expensive record or an outside system, which a stage's figures cannot tell apart
-- column: stage_id text: Stage id
-- column: run_max_s s: Longest Executor Run Time of a successful task
-- column: run_p50_s s: Median Executor Run Time of successful tasks
-- column: stage_name text: Stage name (call site)
-- column: tasks count: Tasks that ended
-- column: stage_share_pct pct: Wall time of the longest successful task, of the time from the stage's submission to its completion; at most 100
-- column: bytes_ratio ratio: Largest of median bytes that a successful task read, from storage or from shuffle, whichever is more in the stage; unknown where the median is 0
-- column: advice text: What to change; not where the log lost more than 5 % of its tasks
-- column: run_p99_s s wide: 99th percentile of the Executor Run Time of successful tasks
-- column: task_read_p50_bytes bytes wide: Median bytes that a successful task read, from storage or from shuffle, whichever is more in the stage
-- column: task_read_max_bytes bytes wide: Most bytes that a successful task read, of the same kind
-- column: input_bytes bytes wide: Bytes read from storage
-- column: shuffle_read_bytes bytes wide: Shuffle bytes read, local and remote
-- column: busy_core_h core_h wide: Task wall time x cores a task occupies, of the whole stage attempt
-- column: user text wide: User that ran it
-- column: queue text wide: spark.yarn.queue, else spark.kubernetes.namespace
-- column: job text wide: The recurring job that the application is a run of
-- column: submitted time wide: Submission of the stage attempt, UTC
-- column: completed time wide: Completion of the stage attempt, UTC; it lies within the window
-- column: stage_attempt text wide: 0 for the first attempt of the stage
-- column: app_id text wide: Application id
-- column: attempt text wide: Attempt id; unknown where the cluster manager gives none
with skewed as (
    select
        app_key, stage_id, stage_attempt, name, tasks, submitted, completed, skew_tail_core_h, busy_core_h,
        input_bytes, shuffle_read_bytes, run_ms_p50, run_ms_p99, run_ms_max,
        run_ms_max / greatest(run_ms_p50, 1)::double as skew_ratio,
        100 * dur_ms_max::double / nullif(epoch_ms(completed) - epoch_ms(submitted), 0) as stage_share_pct,
        input_bytes > shuffle_read_bytes as is_scan,
        case when input_bytes > shuffle_read_bytes then input_bytes_p50 else shuffle_read_bytes_p50 end
            as task_read_p50_bytes,
        case when input_bytes > shuffle_read_bytes then input_bytes_max else shuffle_read_bytes_max end
            as task_read_max_bytes
    from stages
    where completed >= getvariable('since')
        and completed < getvariable('until')
        and run_ms_max > 150000
        and run_ms_max >= 2 * run_ms_p50
        and tasks - failed_tasks - killed_tasks >= 20
),

listed as (
    select
        skewed.*, app_name, "user", queue, job, adaptive, spark_version, compacted, event_loss_pct, app_id, attempt,
        case
            when task_read_max_bytes > 0 and task_read_max_bytes >= 2 * task_read_p50_bytes then 'data'
            else 'slow task'
        end as skew_kind,
        count(*) over () as rows_total
    from skewed
    join selected_apps on selected_apps.app_key = skewed.app_key
    where stage_share_pct >= 50
    order by skew_tail_core_h desc nulls last, skew_ratio desc, app_id, attempt, stage_id, stage_attempt
    limit getvariable('limit')
)

select
    app_name,
    skew_tail_core_h,
    skew_ratio,
    case
        when skew_ratio >= 16 then 'critical'
        when skew_ratio >= 8 then 'severe'
        when skew_ratio >= 4 then 'moderate'
        else 'low'
    end as severity,
    skew_kind,
    stage_id,
    run_ms_max::double / 1000 as run_max_s,
    run_ms_p50::double / 1000 as run_p50_s,
    name as stage_name,
    tasks,
    least(stage_share_pct, 100.0) as stage_share_pct,
    task_read_max_bytes / nullif(task_read_p50_bytes, 0)::double as bytes_ratio,
    case
        when compacted or event_loss_pct > 5 then null
        when skew_kind = 'slow task'
            then 'not for the bytes: compare hosts with the report executors --by host; spark.speculation=true '
                || 'starts a copy of slow tasks'
        when is_scan
            then 'files differ or cannot be split: write them evenly, or lower spark.sql.files.maxPartitionBytes'
        when spark_version < '3'
            then 'one key holds most rows: salt it, or raise spark.sql.autoBroadcastJoinThreshold if the other side is small'
        when adaptive is not true
            then 'set spark.sql.adaptive.enabled=true: it splits the skewed partitions of joins'
        else 'a join: lower spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes; else salt the key'
    end as advice,
    run_ms_p99::double / 1000 as run_p99_s,
    task_read_p50_bytes,
    task_read_max_bytes,
    input_bytes,
    shuffle_read_bytes,
    busy_core_h,
    "user",
    queue,
    job,
    submitted,
    completed,
    stage_attempt,
    app_id,
    attempt,
    rows_total
from listed
order by skew_tail_core_h desc nulls last, skew_ratio desc, app_id, attempt, stage_id, stage_attempt
