-- title: Memory
-- answers: how much heap each recurring job holds, uses and could do with
-- column: job text: The recurring job. Listed are jobs that held executors within the window; what they need is read off their last 30 good runs that ended at most 90 days before the window (the evidence): succeeded on the JVM, log not compacted, less than 1 % of its tasks lost
-- column: wasted_gib_h gib_h: At most wasted: (heap - 1.1 x its own heap peak, at least 0) x life within the window, over executors whose heap was measured; unknown where none was, and for other engines than the JVM
-- column: heap_gib gib: Heap of a default-profile executor in the latest run
-- column: suggested_likely_gib gib: 1.2 x peak_p95_gib, at least 300 MiB above unified_peak_gib, 1.3 x task_peak_gib and 1 GiB, at most today's heap. Unknown without confidence; sized for the data that the runs had
-- column: suggested_careful_gib gib: 1.3 x peak_max_gib, with the same bounds
-- column: confidence text: high (10 good runs or more over 14 days or more, peak_cov_pct 90 or more, input_variation 0.3 or less), medium (3, 80, 1), low (less), none: never measured, not the JVM, local or streaming, or no cut because of memory exhaustion, GC or spill
-- column: heap_class text: under (memory ran out, or heap_peak_pct over 90 and gc_pct over 5), over (heap / (peak_max_gib + 300 MiB) from 1.25 on), fit, or unknown (not the JVM, peak_cov_pct below 80, or a heap of at most 2 GiB)
-- column: severity text: over: low (1.25), moderate (1.5), severe (2), critical (3). under: low, moderate (heap_peak_pct over 95 and gc_pct over 8), severe (and disk spill), critical (memory ran out); else none or unknown
-- column: job_user text wide: User of the job; unknown unless the same job of another user is another job
-- column: peak_p95_gib gib: 95th percentile, interpolated, of the largest measured heap of an executor of each run, over the evidence. A low peak proves waste, a high one nothing
-- column: peak_max_gib gib: Largest measured heap of any executor, over the evidence
-- column: peak_cov_pct pct: Share of the evidence's core-hours from executors whose heap was measured
-- column: because text: What the suggestion rests on, or why there is none
-- column: advice text wide: The exact setting: the careful heap, from medium confidence on, or what to raise where memory is short
-- column: wasted_low_gib_h gib_h wide: At least wasted: the same with 1.3 x peak_p95_gib for each executor's peak
-- column: peak_p50_gib gib wide: Median of the largest measured heap of an executor of each run, over the evidence
-- column: heap_peak_pct pct wide: peak_max_gib of heap_gib
-- column: unified_peak_gib gib wide: Largest measured execution and storage memory of an executor, over the evidence
-- column: overhead_gib gib wide: Memory overhead of a default-profile executor in the latest run
-- column: gc_pct pct wide: JVM GC Time of Executor Run Time, over the last 30 good and the last 30 other runs
-- column: spill_ratio ratio wide: Memory spill of the largest of input, output, shuffle read and shuffle write bytes, each summed over the last 30 good and the last 30 other runs
-- column: oom_runs count wide: Runs with an executor removed for memory or a task that ran out of it, of the last 30 good and the last 30 other runs
-- column: good_runs count wide: Runs of the evidence
-- column: span_s s wide: From the start of the first to the start of the last run of the evidence
-- column: input_variation ratio wide: Standard deviation (of a sample) of the input bytes of the evidence's runs, of their mean; unknown for one run or without input
-- column: task_peak_gib gib wide: Largest Peak Execution Memory of one task of the evidence x most cores of an executor within the window: all cores at that peak
-- column: gc_runs count wide: Runs with GC over 10 % of over 5 minutes' run time, of the last 30 good and the last 30 other runs
-- column: spill_runs count wide: Runs with a spill ratio over 0.1, of the same
-- column: engine text wide: What ran the tasks of the latest run: jvm, python, gluten, photon, comet or rapids
-- column: kind text wide: Kind of the latest run: batch, streaming, service or local
-- By application before by job: a number is grouped faster than names are.
with lives as (
    select
        app_key,
        heap_mib,
        max(cores) as cores,
        sum(life_h) filter (where peak_heap_bytes is not null) as measured_h,
        sum(greatest(heap_mib::double / 1024 - 1.1::double * peak_heap_bytes / 1073741824, 0) * life_h) as wasted_gib_h
    from (
        select
            app_key,
            heap_mib,
            cores,
            peak_heap_bytes,
            (
                epoch_ms(least("end", getvariable('until'))) - epoch_ms(greatest(start, getvariable('since')))
            )::double / 3600000 as life_h
        from executors
        where start < getvariable('until') and "end" >= getvariable('since')
    ) as within
    group by app_key, heap_mib
),

held as (
    select
        job,
        job_user,
        lives.heap_mib,
        max(cores) as cores,
        sum(measured_h) filter (where engine = 'jvm') as measured_h,
        sum(wasted_gib_h) filter (where engine = 'jvm') as wasted_gib_h
    from lives
    join known_apps on known_apps.app_key = lives.app_key
    where known_apps.start < getvariable('until') and known_apps."end" >= getvariable('since')
    group by job, job_user, lives.heap_mib
),

listed as (
    select
        job,
        job_user,
        max(cores) as cores,
        sum(wasted_gib_h) as wasted_gib_h,
        row_number() over (order by sum(wasted_gib_h) desc nulls last, job, job_user) as place,
        count(*) over () as rows_total
    from held
    group by job, job_user
    order by place
    limit getvariable('limit')
),

runs as (
    select
        listed.place,
        known_apps.app_key,
        start,
        engine,
        kind,
        heap_mib,
        overhead_mib,
        peak_heap_bytes,
        peak_unified_bytes,
        measured_core_h,
        alloc_core_h,
        gc_s,
        run_s,
        input_bytes,
        output_bytes,
        shuffle_read_bytes,
        shuffle_write_bytes,
        greatest(input_bytes, output_bytes, shuffle_read_bytes, shuffle_write_bytes) as most_bytes,
        memory_spill_bytes,
        disk_spill_bytes,
        oom_failures,
        status = 'succeeded' and engine = 'jvm' and not compacted and coalesce(event_loss_pct < 1, true) as is_good,
        -- One number tells the latest run: DuckDB then keeps the largest few instead of sorting all.
        epoch_ms(start) * 1048576 + known_apps.app_key % 1048576 as recency
    from known_apps
    join listed on listed.job = known_apps.job and listed.job_user is not distinct from known_apps.job_user
    where start < getvariable('until') and "end" >= getvariable('since') - interval '90' day
),

recent as (
    select *
    from (select *, row_number() over (partition by place, is_good order by recency desc) as age from runs)
    where age <= 30
),

evidence as (
    select
        place,
        count(*) filter (where is_good) as good_runs,
        (epoch_ms(max(start) filter (where is_good)) - epoch_ms(min(start) filter (where is_good)))::double / 1000
            as span_s,
        percentile_cont(0.5) within group (order by peak_heap_bytes) filter (where is_good) / 1073741824
            as peak_p50_gib,
        percentile_cont(0.95) within group (order by peak_heap_bytes) filter (where is_good) / 1073741824
            as peak_p95_gib,
        max(peak_heap_bytes) filter (where is_good)::double / 1073741824 as peak_max_gib,
        max(peak_unified_bytes) filter (where is_good)::double / 1073741824 as unified_peak_gib,
        100 * sum(measured_core_h) filter (where is_good) / nullif(sum(alloc_core_h) filter (where is_good), 0)
            as peak_cov_pct,
        stddev_samp(input_bytes) filter (where is_good) / nullif(avg(input_bytes) filter (where is_good), 0)
            as input_variation,
        100 * sum(gc_s) / nullif(sum(run_s), 0) as gc_pct,
        sum(memory_spill_bytes)::double
            / nullif(
                greatest(sum(input_bytes), sum(output_bytes), sum(shuffle_read_bytes), sum(shuffle_write_bytes)), 0
            )::double as spill_ratio,
        sum(disk_spill_bytes) > 0 as has_spilled,
        count(*) filter (where oom_failures > 0) as oom_runs,
        count(*) filter (where run_s > 300 and gc_s > 0.1 * run_s) as gc_runs,
        count(*) filter (where memory_spill_bytes > 0.1 * most_bytes) as spill_runs,
        -- Of the same run each, also where it has none.
        nullif(max_by(coalesce(heap_mib, 0), recency), 0)::double / 1024 as heap_gib,
        nullif(max_by(coalesce(overhead_mib, 0), recency), 0)::double / 1024 as overhead_gib,
        max_by(coalesce(engine, 'unknown'), recency) as engine,
        max_by(kind, recency) as kind
    from recent
    group by place
),

task_peaks as (
    select place, max(peak_execution_bytes_max)::double / 1073741824 as peak_gib
    from recent
    join stages on stages.app_key = recent.app_key
    where is_good
    group by place
),

lowest as (
    select evidence.place, sum(greatest(heap_mib::double / 1024 - 1.3 * peak_p95_gib, 0) * measured_h) as wasted_gib_h
    from held
    join listed on listed.job = held.job and listed.job_user is not distinct from held.job_user
    join evidence on evidence.place = listed.place
    where peak_p95_gib is not null
    group by evidence.place
),

judged as (
    select
        evidence.*,
        job,
        job_user,
        listed.wasted_gib_h,
        lowest.wasted_gib_h as wasted_low_gib_h,
        rows_total,
        peak_gib * cores as task_peak_gib,
        -- The least that the runs were seen to need.
        greatest(unified_peak_gib + 0.29296875, 1.3 * peak_gib * cores, 1) as floor_gib,
        heap_gib / (peak_max_gib + 0.29296875) as heap_ratio,
        100 * peak_max_gib / heap_gib as heap_peak_pct,
        case
            when engine <> 'jvm' then 'engine ' || engine || ': the heap is not all that its tasks use'
            when kind in ('local', 'streaming') then kind || ': no run stands for the others'
            when good_runs = 0 then 'no good run in 90 days'
            when peak_max_gib is null then 'heap never measured: set spark.executor.metrics.pollingInterval=1s'
            when oom_runs > 0 then 'no cut: memory ran out, runs: ' || cast(oom_runs as string)
            when gc_runs > 0 then 'no cut: GC over 10 %, runs: ' || cast(gc_runs as string)
            when spill_runs > 0 then 'no cut: spill ratio over 0.1, runs: ' || cast(spill_runs as string)
        end as obstacle
    from listed
    join evidence on evidence.place = listed.place
    left join lowest on lowest.place = listed.place
    left join task_peaks on task_peaks.place = listed.place
)

select
    job,
    wasted_gib_h,
    heap_gib,
    case when obstacle is null then least(greatest(1.2 * peak_p95_gib, floor_gib), heap_gib) end as suggested_likely_gib,
    case when obstacle is null then least(greatest(1.3 * peak_max_gib, floor_gib), heap_gib) end as suggested_careful_gib,
    case
        when obstacle is not null then 'none'
        when good_runs >= 10 and span_s >= 1209600 and peak_cov_pct >= 90 and input_variation <= 0.3 then 'high'
        when good_runs >= 3 and peak_cov_pct >= 80 and input_variation <= 1 then 'medium'
        else 'low'
    end as confidence,
    case
        when oom_runs > 0 or (heap_peak_pct > 90 and gc_pct > 5) then 'under'
        when peak_cov_pct >= 80 and heap_gib > 2 and heap_ratio is not null and engine = 'jvm'
            then case when heap_ratio >= 1.25 then 'over' else 'fit' end
        else 'unknown'
    end as heap_class,
    case heap_class
        when 'under' then
            case
                when oom_runs > 0 then 'critical'
                when heap_peak_pct > 95 and gc_pct > 8 and has_spilled then 'severe'
                when heap_peak_pct > 95 and gc_pct > 8 then 'moderate'
                else 'low'
            end
        when 'over' then
            case
                when heap_ratio >= 3 then 'critical'
                when heap_ratio >= 2 then 'severe'
                when heap_ratio >= 1.5 then 'moderate'
                else 'low'
            end
        when 'fit' then 'none'
        else 'unknown'
    end as severity,
    job_user,
    peak_p95_gib,
    peak_max_gib,
    peak_cov_pct,
    coalesce(
        obstacle,
        'good runs: ' || cast(good_runs as string) || ' in ' || cast(cast(floor(span_s / 86400) as bigint) as string)
            || case when floor(span_s / 86400) = 1 then ' day' else ' days' end || '; peaks known for ' || cast(cast(floor(round(peak_cov_pct, 6)) as bigint) as string) || ' % of core-hours; '
            || coalesce('input varies by ' || cast(cast(ceil(100 * input_variation) as bigint) as string) || ' %',
                'input variation unknown')
    ) as because,
    case
        when heap_class = 'under'
            then 'raise spark.executor.memory (memoryOverhead if containers were killed), or '
                || 'spark.sql.shuffle.partitions so that each task holds less'
        when confidence in ('high', 'medium') and ceil(1024 * suggested_careful_gib) < 1024 * heap_gib
            then 'spark.executor.memory=' || cast(cast(ceil(1024 * suggested_careful_gib) as bigint) as string) || 'm'
    end as advice,
    wasted_low_gib_h,
    peak_p50_gib,
    heap_peak_pct,
    unified_peak_gib,
    overhead_gib,
    gc_pct,
    spill_ratio,
    oom_runs,
    good_runs,
    span_s,
    input_variation,
    task_peak_gib,
    gc_runs,
    spill_runs,
    engine,
    kind,
    rows_total
from judged
order by place
