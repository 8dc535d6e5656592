-- title: Tasks
-- answers: which stages have too many tiny tasks, too many small files or too large partitions
-- column: app_name text: Application name
-- column: overhead_core_h core_h: Task wall time less Executor Run Time, x cores a task occupies, at least 0: scheduling, deserializing, sending results. Of tasks that failed without metrics all of it
-- column: task_kind text: What applies of tiny (over 5,000 tasks ended, their median wall time below 500 ms), huge (a task read more than 5 GiB), small files (read or wrote over 100 files of less than 3 MiB on average); other stages are not listed
-- column: severity text: tiny: moderate, severe (over 20,000 tasks), critical (over 100,000); huge and small files: moderate
-- column: tasks count: Tasks that ended
-- column: median_s s: Median wall time, finish - launch, of successful tasks
-- column: stage_id text: Stage id
-- column: overhead_pct pct: overhead_core_h of busy_core_h
-- column: task_read_p50_bytes bytes: Median bytes that a successful task read, from storage or from shuffle, whichever median is larger
-- column: task_read_max_bytes bytes: Most bytes that a successful task read, from storage or from shuffle
-- column: files_read count: Files that its scans read, by the SQL plan's counters; unknown where no plan counts them
-- column: file_read_bytes bytes: Mean size of these files
-- column: files_written count: Files that it wrote, by the SQL plan's counters; unknown where no plan counts them
-- column: file_written_bytes bytes: Mean size of these files
-- column: stage_name text: Stage name (call site)
-- column: suggested_tasks count: Tasks that read 128 MiB each: bytes read from storage and from shuffle together / 128 MiB, rounded up, a tenth of today's tasks where nothing was read; no more than today's if they are tiny, no fewer if one is huge, unknown if both or neither
-- column: advice text: What to change; not where the log lost more than 5 % of its tasks
-- column: busy_core_h core_h wide: Task wall time x cores a task occupies, of the whole stage attempt
-- column: deserialize_s s wide: Executor Deserialize Time summed over tasks
-- column: input_bytes bytes wide: Bytes read from storage
-- column: shuffle_read_bytes bytes wide: Shuffle bytes read, local and remote
-- column: user text wide: User that ran it
-- column: queue text wide: spark.yarn.queue, else spark.kubernetes.namespace
-- column: job text wide: The recurring job that the application is a run of
-- column: kind text wide: batch, streaming, service (a server, shell or notebook, or longer than 12 h) or local
-- column: completed time wide: Completion of the stage attempt, UTC; it lies within the window
-- column: stage_attempt text wide: 0 for the first attempt of the stage
-- column: app_id text wide: Application id
-- column: attempt text wide: Attempt id; unknown where the cluster manager gives none
with odd as (
    select
        app_key, stage_id, stage_attempt, resource_profile, name, tasks, completed, busy_core_h, run_s, deserialize_s,
        input_bytes, shuffle_read_bytes, dur_ms_p50, files_read, files_written,
        files_read_bytes::double / nullif(files_read, 0) as file_read_bytes,
        files_written_bytes::double / nullif(files_written, 0) as file_written_bytes,
        greatest(input_bytes_p50, shuffle_read_bytes_p50) as task_read_p50_bytes,
        greatest(input_bytes_max, shuffle_read_bytes_max) as task_read_max_bytes,
        tasks > 5000 and coalesce(dur_ms_p50 < 500, false) as is_tiny,
        coalesce(greatest(input_bytes_max, shuffle_read_bytes_max) > 5368709120, false) as is_huge,
        -- 3 MiB a file.
        coalesce(files_read > 100 and files_read_bytes < 3145728 * files_read, false) as reads_small,
        coalesce(files_written > 100 and files_written_bytes < 3145728 * files_written, false) as writes_small
    from stages
    where completed >= getvariable('since')
        and completed < getvariable('until')
        and (
            (tasks > 5000 and dur_ms_p50 < 500)
            or greatest(input_bytes_max, shuffle_read_bytes_max) > 5368709120
            or (files_read > 100 and files_read_bytes < 3145728 * files_read)
            or (files_written > 100 and files_written_bytes < 3145728 * files_written)
        )
),

listed as (
    select
        odd.*, app_name, "user", queue, job, kind, adaptive, compacted, event_loss_pct, app_id, attempt,
        greatest(odd.busy_core_h - odd.run_s * coalesce(task_cpus, 1) / 3600, 0) as overhead_core_h,
        ceil(
            case
                when odd.input_bytes + odd.shuffle_read_bytes = 0 then odd.tasks::double / 10
                else (odd.input_bytes + odd.shuffle_read_bytes)::double / 134217728
            end
        )::bigint as even_tasks,
        count(*) over () as rows_total
    from odd
    join selected_apps on selected_apps.app_key = odd.app_key
    left join resource_profiles
        on resource_profiles.app_key = odd.app_key and resource_profiles.resource_profile = odd.resource_profile
    order by overhead_core_h desc, app_id, attempt, stage_id, stage_attempt
    limit getvariable('limit')
)

select
    app_name,
    overhead_core_h,
    concat_ws(
        ' and ',
        case when is_tiny then 'tiny' end,
        case when is_huge then 'huge' end,
        case when reads_small or writes_small then 'small files' end
    ) as task_kind,
    case
        when is_tiny and tasks > 100000 then 'critical'
        when is_tiny and tasks > 20000 then 'severe'
        else 'moderate'
    end as severity,
    tasks,
    dur_ms_p50::double / 1000 as median_s,
    stage_id,
    100.0 * overhead_core_h / nullif(busy_core_h, 0) as overhead_pct,
    task_read_p50_bytes,
    task_read_max_bytes,
    files_read,
    file_read_bytes,
    files_written,
    file_written_bytes,
    name as stage_name,
    case
        when is_tiny and is_huge then null
        when is_tiny then least(even_tasks, tasks)
        when is_huge then greatest(even_tasks, tasks)
    end as suggested_tasks,
    case
        when compacted or event_loss_pct > 5 then null
        when is_tiny and is_huge
            then 'a few partitions hold nearly all: see the report skew'
        when reads_small
            then 'compact the ' || cast(files_read as string) || ' files that it reads to about 128 MiB each'
        when writes_small
            then 'write fewer files: repartition to '
                || cast(greatest(cast(ceil(files_written * file_written_bytes / 134217728) as bigint), 1) as string)
                || ' before the write, or let adaptive execution rebalance them'
        when is_tiny and input_bytes >= shuffle_read_bytes and input_bytes > 0
            then 'raise spark.sql.files.maxPartitionBytes and openCostInBytes, or write fewer, larger files'
        when is_tiny and shuffle_read_bytes > 0 and not adaptive
            then 'set spark.sql.adaptive.enabled=true, which joins small partitions, or lower '
                || 'spark.sql.shuffle.partitions to ' || cast(suggested_tasks as string)
        when is_tiny and shuffle_read_bytes > 0
            then 'set spark.sql.adaptive.coalescePartitions.parallelismFirst=false, or lower '
                || 'spark.sql.shuffle.partitions to ' || cast(suggested_tasks as string)
        when is_tiny
            then 'lower spark.default.parallelism, or coalesce to ' || cast(suggested_tasks as string) || ' partitions'
        when input_bytes >= shuffle_read_bytes
            then 'files cannot be split or are too large: lower spark.sql.files.maxPartitionBytes, or write files that split'
        when suggested_tasks > tasks
            then 'raise spark.sql.shuffle.partitions to ' || cast(suggested_tasks as string)
        else 'one key holds most rows: salt it; more partitions would not split it'
    end as advice,
    busy_core_h,
    deserialize_s,
    input_bytes,
    shuffle_read_bytes,
    "user",
    queue,
    job,
    kind,
    completed,
    stage_attempt,
    app_id,
    attempt,
    rows_total
from listed
order by overhead_core_h desc, app_id, attempt, stage_id, stage_attempt
