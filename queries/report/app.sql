-- title: Application
-- answers: how one application did, what to change, and where its time went
-- about: application
-- default-window: all
-- column: verdict text: The first that applies: failed; ran out of memory; too small to judge (batch or streaming, at most 5 minutes or 1 core-hour); short of memory (GC above 15 % of more than 5 minutes of run time, or memory spill above 1 GiB and above 0.25 of the largest of input, output, shuffle read and shuffle write); much of its work was lost (above 15 % of busy core-hours); its cores mostly idle (50 %); local mode; sound
-- column: app_name text: Application name
-- column: job text: Recurring job that it is a run of
-- column: app_id text: Application id
-- column: attempt text: Attempt id; unknown where the cluster manager gives none
-- column: status text: succeeded, failed, running or unknown
-- column: user text: User that ran it
-- column: queue text: spark.yarn.queue, else spark.kubernetes.namespace
-- column: kind text: batch, streaming, service or local
-- column: engine text: What ran the tasks, guessed from configuration
-- column: spark_version text: Spark version
-- column: start time: ApplicationStart, UTC
-- column: dur_s s: From start to end
-- column: queue_wait_s s: From start to the first executor
-- column: peak_executors count: Most executors at the same time
-- column: executor_memory_gib gib: Container memory of an executor of the default resource profile
-- column: alloc_core_h core_h: Cores x executor life
-- column: busy_pct pct: Busy of allocated core-hours; at most 100
-- column: idle_core_h core_h: Allocated less busy core-hours, at least 0
-- column: wasted_core_h core_h: Core-hours of tasks whose work was not used
-- column: cpu_pct pct: CPU time of allocated core-hours; without Python workers and native engines
-- column: gc_pct pct: JVM GC Time of Executor Run Time
-- column: heap_peak_pct pct: Largest measured heap of any executor, of the heap; unknown if never measured
-- column: alloc_gib_h gib_h: Container memory x executor life
-- column: cost_est cost: Estimated cost at the configured prices
-- column: jobs count: Spark jobs
-- column: failed_jobs count: Jobs that failed
-- column: stages count: Stage attempts submitted
-- column: failed_stages count: Stage attempts that failed
-- column: tasks count: Tasks that ended
-- column: failed_tasks count: Tasks that failed
-- column: input_bytes bytes: Bytes read from storage
-- column: shuffle_read_bytes bytes: Shuffle bytes read, local and remote
-- column: output_bytes bytes: Bytes written to storage
-- column: disk_spill_bytes bytes: Bytes spilled to disk, as written
-- column: event_loss_pct pct: Successful tasks missing in the log
with measured as (
    select
        app_name, job, app_id, attempt, status, "user", queue, kind, engine, spark_version, start, dur_s, queue_wait_s,
        peak_executors, executor_memory_mib, alloc_core_h, busy_core_h, idle_core_h, wasted_core_h, cpu_core_h, gc_s,
        run_s, heap_mib, peak_heap_bytes, alloc_gib_h, cost_est, jobs, failed_jobs, stages, failed_stages, tasks,
        failed_tasks, input_bytes, shuffle_read_bytes, output_bytes, disk_spill_bytes, memory_spill_bytes,
        shuffle_write_bytes, oom_failures, event_loss_pct,
        100.0 * (1 - busy_core_h / nullif(alloc_core_h, 0)) as idle_pct,
        100.0 * wasted_core_h / nullif(busy_core_h, 0) as wasted_pct,
        100.0 * gc_s / nullif(run_s, 0) as gc_pct,
        memory_spill_bytes
            / nullif(greatest(input_bytes, output_bytes, shuffle_read_bytes, shuffle_write_bytes), 0)::double
            as spill_ratio
    from selected_apps
)

select
    case
        when status = 'failed' then 'failed'
        when oom_failures > 0 then 'ran out of memory'
        when kind in ('batch', 'streaming') and (dur_s <= 300 or coalesce(alloc_core_h, 0) <= 1)
            then 'too small to judge'
        when run_s > 300 and gc_pct > 15 or spill_ratio > 0.25 and memory_spill_bytes > 1073741824
            then 'short of memory'
        when wasted_pct > 15 then 'much of its work was lost'
        when idle_pct >= 50 then 'its cores mostly idle'
        when alloc_core_h is null then 'local mode'
        else 'sound'
    end as verdict,
    app_name,
    job,
    app_id,
    attempt,
    status,
    "user",
    queue,
    kind,
    engine,
    spark_version,
    start,
    dur_s,
    queue_wait_s,
    peak_executors,
    executor_memory_mib / 1024e0 as executor_memory_gib,
    alloc_core_h,
    100.0 * least(busy_core_h, alloc_core_h) / nullif(alloc_core_h, 0) as busy_pct,
    idle_core_h,
    wasted_core_h,
    100.0 * cpu_core_h / nullif(alloc_core_h, 0) as cpu_pct,
    gc_pct,
    100.0 * peak_heap_bytes / nullif(heap_mib * 1048576.0, 0) as heap_peak_pct,
    alloc_gib_h,
    cost_est,
    jobs,
    failed_jobs,
    stages,
    failed_stages,
    tasks,
    failed_tasks,
    input_bytes,
    shuffle_read_bytes,
    output_bytes,
    disk_spill_bytes,
    event_loss_pct
from measured
order by attempt
limit getvariable('limit')
