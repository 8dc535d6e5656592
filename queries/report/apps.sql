-- title: Applications
-- answers: what ran, newest first
-- column: app_id text: Application id
-- column: app_name text: Application name
-- column: user text: User that ran it
-- column: status text: succeeded, failed (exit code other than 0, or the last job did not succeed), running or unknown (no end)
-- column: start time: ApplicationStart, UTC
-- column: dur_s s: From start to end
-- column: alloc_core_h core_h: Cores x executor life from registration to removal, within the window; unknown in local mode
-- column: busy_core_h core_h: Task wall time x cores a task occupies, successful or not, within the window
-- column: tasks count: Tasks that ended (Resubmitted ones are not counted again)
-- column: failed_tasks count: Ended tasks that neither succeeded nor were killed
-- column: executors count: Executor lives, without the driver; 0 in local mode
-- column: queue text: spark.yarn.queue, else spark.kubernetes.namespace
-- column: attempt text: Attempt id; unknown where the cluster manager gives none
-- column: spark_version text: Spark version; unknown before Spark 1.4
-- column: local bool wide: Local mode: tasks ran in the driver
-- column: end time wide: ApplicationEnd, else the last event, UTC
-- column: end_estimated bool wide: No ApplicationEnd was seen: the end is the last event
-- column: peak_executors count wide: Most executors alive at the same time
-- column: jobs count wide: Jobs, by distinct id
-- column: failed_jobs count wide: Jobs that ended and did not succeed
-- column: stages count wide: Stage attempts that were submitted
-- column: failed_stages count wide: Stage attempts with a failure reason
-- column: killed_tasks count wide: Ended tasks with reason TaskKilled
-- column: speculative_tasks count wide: Ended tasks that were speculative copies
-- column: sql_executions count wide: SQL executions
-- column: failed_sql count wide: SQL executions that failed
-- column: cpu_core_h core_h wide: CPU time of tasks; without Python workers and native engines; unknown before Spark 2.1
-- column: idle_core_h core_h wide: Allocated less busy core-hours, at least 0
-- column: alloc_gib_h gib_h wide: Container memory x executor life, within the window
-- column: wasted_core_h core_h wide: Core-hours of tasks whose work was not used or was done before
-- column: idle_driver_gap_core_h core_h wide: Idle while no job was active
-- column: idle_startup_core_h core_h wide: Idle from an executor's registration to its first task, while a job was active
-- column: idle_tail_core_h core_h wide: Idle from an executor's last task to its removal, while a job was active
-- column: idle_skew_tail_core_h core_h wide: Idle while the last tasks of stages ran and none was left to launch
-- column: idle_under_parallel_core_h core_h wide: Idle for another reason while a job was active
-- column: wasted_exception_core_h core_h wide: Wasted: tasks that ended with an exception
-- column: wasted_fetch_failed_core_h core_h wide: Wasted: tasks that could not fetch shuffle data
-- column: wasted_executor_lost_core_h core_h wide: Wasted: tasks whose executor was lost
-- column: wasted_killed_core_h core_h wide: Wasted: killed tasks, the losers of speculation included
-- column: wasted_commit_denied_core_h core_h wide: Wasted: tasks that were not allowed to commit
-- column: wasted_other_core_h core_h wide: Wasted: tasks that failed for another reason
-- column: wasted_recompute_core_h core_h wide: Wasted: successful tasks of stage attempts after the first
-- column: wasted_app_retry_core_h core_h wide: Wasted: successful first tries of an attempt that did not succeed and was followed by another
-- column: gc_s s wide: JVM GC Time summed over tasks; use it as a ratio to run_s
-- column: run_s s wide: Executor Run Time summed over tasks
-- column: queue_wait_s s wide: From start to the first executor's registration; unknown without executors
-- column: input_bytes bytes wide: Bytes read from storage
-- column: input_records count wide: Records read from storage
-- column: output_bytes bytes wide: Bytes written to storage
-- column: output_records count wide: Records written to storage
-- column: shuffle_read_bytes bytes wide: Shuffle bytes read, local and remote
-- column: shuffle_write_bytes bytes wide: Shuffle bytes written
-- column: memory_spill_bytes bytes wide: Bytes spilled, as they were in memory
-- column: disk_spill_bytes bytes wide: Bytes spilled to disk, as written
-- column: result_bytes bytes wide: Result Size summed over tasks
-- column: event_loss_pct pct wide: Tasks of completed stages whose success was not logged; unknown without completed stages
-- column: unfinished_tasks count wide: Tasks that started and whose end was never logged; their time counts nowhere
-- The rows to show are found by their start alone: newest first, each row would displace another of those held so far, and
-- names and wide rows are dear to hold. As many as start at the same time as the oldest are cut in the end.
with starts as (
    select start as shown_start, count(*) over () as rows_total
    from selected_apps
    order by start desc
    limit getvariable('limit')
),

oldest as (
    select min(shown_start) as oldest_start, max(rows_total) as rows_total from starts
)

select
    app_id,
    app_name,
    "user",
    status,
    start,
    dur_s,
    alloc_core_h,
    busy_core_h,
    tasks,
    failed_tasks,
    executors,
    queue,
    attempt,
    spark_version,
    local,
    "end",
    end_estimated,
    peak_executors,
    jobs,
    failed_jobs,
    stages,
    failed_stages,
    killed_tasks,
    speculative_tasks,
    sql_executions,
    failed_sql,
    cpu_core_h,
    idle_core_h,
    alloc_gib_h,
    wasted_core_h,
    idle_driver_gap_core_h,
    idle_startup_core_h,
    idle_tail_core_h,
    idle_skew_tail_core_h,
    idle_under_parallel_core_h,
    wasted_exception_core_h,
    wasted_fetch_failed_core_h,
    wasted_executor_lost_core_h,
    wasted_killed_core_h,
    wasted_commit_denied_core_h,
    wasted_other_core_h,
    wasted_recompute_core_h,
    wasted_app_retry_core_h,
    gc_s,
    run_s,
    queue_wait_s,
    input_bytes,
    input_records,
    output_bytes,
    output_records,
    shuffle_read_bytes,
    shuffle_write_bytes,
    memory_spill_bytes,
    disk_spill_bytes,
    result_bytes,
    event_loss_pct,
    unfinished_tasks,
    oldest.rows_total
from selected_apps
join oldest on selected_apps.start >= oldest.oldest_start
order by start desc, app_id desc, attempt desc
limit getvariable('limit')
