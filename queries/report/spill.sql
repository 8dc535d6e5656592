-- title: Spill
-- answers: which jobs run short of memory and spill, or wait for shuffle data
-- column: job text: The recurring job. Listed are jobs that spilled or shuffled
-- column: disk_spill_bytes bytes: Bytes spilled to disk, as written (serialized); the same data as memory_spill_bytes, so never add the two
-- column: memory_spill_bytes bytes: Bytes spilled, as they were in memory (deserialized)
-- column: spill_ratio ratio: memory_spill_bytes of the largest of input, output, shuffle read and shuffle write bytes, each summed over the runs; unknown where all are 0
-- column: severity text: By spill_ratio: none, low (0.01), moderate (0.1), severe (0.25), critical (0.5); unknown unless that largest figure is over 1 GiB and below 3 TiB a run
-- column: gc_pct pct: JVM GC Time of Executor Run Time
-- column: heap_gib gib: Heap of a default-profile executor in the latest run
-- column: partitions count: spark.sql.shuffle.partitions of the latest run, 200 if not set; unknown where the value is no number
-- column: suggested_partitions count: Partitions of 128 MiB: the largest shuffle read of a stage attempt that completed within the window / 128 MiB, rounded up, at least 1; no fewer than today's if the job spilled. Unknown where nothing was shuffled
-- column: job_user text wide: User of the job; unknown unless the same job of another user is another job
-- column: fetch_wait_pct pct: Fetch Wait Time of Executor Run Time
-- column: shuffle_read_bytes bytes: Shuffle bytes read, local and remote
-- column: advice text: What to change; from a severity of low on
-- column: applications count wide: Application attempts
-- column: spilled_applications count wide: Attempts that spilled
-- column: shuffle_write_bytes bytes wide: Shuffle bytes written
-- column: input_bytes bytes wide: Bytes read from storage
-- column: output_bytes bytes wide: Bytes written to storage
-- column: stage_shuffle_read_bytes bytes wide: Largest shuffle read of a stage attempt that completed within the window
-- column: run_s s wide: Executor Run Time summed over tasks
-- column: alloc_core_h core_h wide: Cores x executor life, within the window
with spilled as (
    select
        job,
        job_user,
        count(*) as applications,
        count(*) filter (where memory_spill_bytes > 0 or disk_spill_bytes > 0) as spilled_applications,
        sum(disk_spill_bytes)::bigint as disk_spill_bytes,
        sum(memory_spill_bytes)::bigint as memory_spill_bytes,
        sum(input_bytes)::bigint as input_bytes,
        sum(output_bytes)::bigint as output_bytes,
        sum(shuffle_read_bytes)::bigint as shuffle_read_bytes,
        sum(shuffle_write_bytes)::bigint as shuffle_write_bytes,
        sum(gc_s) as gc_s,
        sum(fetch_wait_s) as fetch_wait_s,
        sum(run_s) as run_s,
        sum(alloc_core_h) as alloc_core_h,
        -- One number tells the latest run: DuckDB compares it faster than a row.
        max_by(selected_apps.app_key, epoch_ms(start) * 1048576 + selected_apps.app_key % 1048576) as latest_key,
        max_by(coalesce(heap_mib, 0), epoch_ms(start) * 1048576 + selected_apps.app_key % 1048576) as heap_mib,
        sum(memory_spill_bytes + disk_spill_bytes + shuffle_read_bytes + shuffle_write_bytes) as moved_bytes,
        count(*) over () as rows_total
    from selected_apps
    group by job, job_user
    having moved_bytes > 0
    order by disk_spill_bytes desc, memory_spill_bytes desc, fetch_wait_s desc, job, job_user
    limit getvariable('limit')
),

-- Of stages only those of the jobs that are shown.
shuffles as (
    select spilled.latest_key, max(stages.shuffle_read_bytes) as stage_shuffle_read_bytes
    from spilled
    join selected_apps
        on selected_apps.job = spilled.job and selected_apps.job_user is not distinct from spilled.job_user
    join stages on stages.app_key = selected_apps.app_key
    where stages.completed >= getvariable('since')
        and stages.completed < getvariable('until')
        and stages.shuffle_read_bytes > 0
    group by spilled.latest_key
),

measured as (
    select
        spilled.*,
        stage_shuffle_read_bytes,
        greatest(input_bytes, output_bytes, shuffle_read_bytes, shuffle_write_bytes) as most_bytes,
        memory_spill_bytes
            / nullif(greatest(input_bytes, output_bytes, shuffle_read_bytes, shuffle_write_bytes), 0)::double
            as spill_ratio,
        case when conf.value is null then 200 else try_cast(trim(conf.value) as bigint) end as partitions,
        greatest(ceil(nullif(stage_shuffle_read_bytes, 0)::double / 134217728), 1)::bigint as even_partitions
    from spilled
    left join shuffles on shuffles.latest_key = spilled.latest_key
    left join conf on conf.app_key = spilled.latest_key and conf.key = 'spark.sql.shuffle.partitions'
),

judged as (
    select
        *,
        case
            when most_bytes <= 1073741824 * applications or most_bytes >= 3298534883328 * applications then 'unknown'
            when spill_ratio >= 0.5 then 'critical'
            when spill_ratio >= 0.25 then 'severe'
            when spill_ratio >= 0.1 then 'moderate'
            when spill_ratio >= 0.01 then 'low'
            else 'none'
        end as severity,
        case
            when stage_shuffle_read_bytes > 0 and spilled_applications > 0 then greatest(even_partitions, partitions)
            when stage_shuffle_read_bytes > 0 then even_partitions
        end as suggested_partitions
    from measured
)

select
    job,
    disk_spill_bytes,
    memory_spill_bytes,
    spill_ratio,
    severity,
    100.0 * gc_s / nullif(run_s, 0) as gc_pct,
    nullif(heap_mib, 0)::double / 1024 as heap_gib,
    partitions,
    suggested_partitions,
    job_user,
    100.0 * fetch_wait_s / nullif(run_s, 0) as fetch_wait_pct,
    shuffle_read_bytes,
    case
        when severity in ('unknown', 'none') then null
        when suggested_partitions > coalesce(partitions, 0)
            then 'each task holds too much: raise spark.sql.shuffle.partitions to '
                || cast(suggested_partitions as string)
        else 'more partitions would not help: raise spark.executor.memory, or lower spark.executor.cores so that '
            || 'fewer tasks share it'
    end as advice,
    applications,
    spilled_applications,
    shuffle_write_bytes,
    input_bytes,
    output_bytes,
    stage_shuffle_read_bytes,
    run_s,
    alloc_core_h,
    rows_total
from judged
order by disk_spill_bytes desc, memory_spill_bytes desc, fetch_wait_s desc, job, job_user
