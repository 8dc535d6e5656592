-- title: Comparison
-- answers: whether one application, job or window did better than another
-- about: two things
-- default-window: all
-- column: metric text: What is compared. Of a job or a window: runs and allocated are of all its runs, what says per run is the mean of one, shares are of the sums, so that a side with more runs is not the worse for it
-- column: a row: The first, in the unit of the row
-- column: b row: The second, in the unit of the row
-- column: change_pct pct: b against a; unknown if a is 0 or either is not known
-- column: note text: What the change means where it can be told: better or worse by more than 5 %
-- column: unit text wide: Unit of a and b
-- column: change row wide: b less a, in the unit of the row
with sides as (
    select
        'a' as side, app_key, start, status, dur_s, queue_wait_s, peak_executors, heap_mib, peak_heap_bytes,
        getvariable('a_since') as since, getvariable('a_until') as until
    from known_apps
    where (getvariable('a') = '' or app_id = getvariable('a') or job = getvariable('a'))
        and start < getvariable('a_until')
        and "end" >= getvariable('a_since')
    union all
    select
        'b' as side, app_key, start, status, dur_s, queue_wait_s, peak_executors, heap_mib, peak_heap_bytes,
        getvariable('b_since') as since, getvariable('b_until') as until
    from known_apps
    where (getvariable('b') = '' or app_id = getvariable('b') or job = getvariable('b'))
        and start < getvariable('b_until')
        and "end" >= getvariable('b_since')
),

runs as (
    select
        side,
        count(*) as runs,
        count_if(status = 'failed') as failed,
        percentile_cont(0.5) within group (order by dur_s) as dur_s,
        percentile_cont(0.5) within group (order by queue_wait_s) as queue_wait_s,
        max(peak_executors) as peak_executors,
        max(100.0 * peak_heap_bytes / nullif(heap_mib * 1048576.0, 0)) as heap_peak_pct
    from sides
    group by side
),

used as (
    select
        sides.side,
        sum(usage.alloc_core_h) as alloc_core_h,
        sum(case when usage.alloc_core_h is not null then usage.busy_core_h end) as fleet_busy_core_h,
        sum(usage.busy_core_h) as busy_core_h,
        sum(case when usage.alloc_core_h is not null then usage.cpu_core_h end) as cpu_core_h,
        sum(case when usage.cpu_core_h is not null then usage.alloc_core_h end) as cpu_alloc_core_h,
        sum(usage.idle_driver_gap_core_h) as driver_gap_core_h,
        sum(usage.idle_startup_core_h) as startup_core_h,
        sum(usage.idle_tail_core_h) as tail_core_h,
        sum(usage.idle_skew_tail_core_h) as skew_tail_core_h,
        sum(usage.idle_under_parallel_core_h) as under_parallel_core_h,
        sum(usage.wasted_core_h) as wasted_core_h,
        sum(usage.alloc_gib_h) as alloc_gib_h,
        sum(usage.gc_s) as gc_s,
        sum(usage.run_s) as run_s,
        sum(usage.tasks)::double as tasks,
        sum(usage.failed_tasks)::double as failed_tasks,
        sum(usage.input_bytes)::double as input_bytes,
        sum(usage.output_bytes)::double as output_bytes,
        sum(usage.shuffle_read_bytes)::double as shuffle_read_bytes,
        sum(usage.disk_spill_bytes)::double as disk_spill_bytes
    from sides
    join usage
        on usage.app_key = sides.app_key and usage.hour >= sides.since and usage.hour < sides.until
    group by sides.side
),

metrics as (
    select
        names.place,
        names.metric,
        names.unit,
        names.better,
        runs.side,
        case names.place
            when 1 then runs.runs
            when 2 then 100.0 * runs.failed / nullif(runs.runs, 0)
            when 3 then runs.dur_s
            when 4 then runs.queue_wait_s
            when 5 then used.alloc_core_h
            when 6 then used.alloc_core_h / nullif(runs.runs, 0)
            when 7 then 100.0 * used.fleet_busy_core_h / nullif(used.alloc_core_h, 0)
            when 8 then 100.0 * used.cpu_core_h / nullif(used.cpu_alloc_core_h, 0)
            when 9 then used.driver_gap_core_h / nullif(runs.runs, 0)
            when 10 then used.startup_core_h / nullif(runs.runs, 0)
            when 11 then used.tail_core_h / nullif(runs.runs, 0)
            when 12 then used.skew_tail_core_h / nullif(runs.runs, 0)
            when 13 then used.under_parallel_core_h / nullif(runs.runs, 0)
            when 14 then used.wasted_core_h / nullif(runs.runs, 0)
            when 15 then used.alloc_gib_h / nullif(runs.runs, 0)
            when 16 then runs.heap_peak_pct
            when 17 then 100.0 * used.gc_s / nullif(used.run_s, 0)
            when 18 then used.disk_spill_bytes / nullif(runs.runs, 0)
            when 19 then used.input_bytes / nullif(runs.runs, 0)
            when 20 then used.shuffle_read_bytes / nullif(runs.runs, 0)
            when 21 then used.output_bytes / nullif(runs.runs, 0)
            when 22 then runs.peak_executors
            when 23 then used.tasks / nullif(runs.runs, 0)
            when 24 then 100.0 * used.failed_tasks / nullif(used.tasks, 0)
        end as amount
    from runs
    left join used on used.side = runs.side
    cross join (
        values
        (1, 'runs', 'count', 0),
        (2, 'failed runs', 'pct', -1),
        (3, 'duration, median run', 's', -1),
        (4, 'queue wait, median run', 's', -1),
        (5, 'allocated', 'core_h', 0),
        (6, 'allocated per run', 'core_h', -1),
        (7, 'busy of allocated', 'pct', 1),
        (8, 'CPU of allocated', 'pct', 1),
        (9, 'idle: driver gap per run', 'core_h', -1),
        (10, 'idle: startup per run', 'core_h', -1),
        (11, 'idle: tail per run', 'core_h', -1),
        (12, 'idle: skew tail per run', 'core_h', -1),
        (13, 'idle: under parallel per run', 'core_h', -1),
        (14, 'wasted per run', 'core_h', -1),
        (15, 'memory allocated per run', 'gib_h', -1),
        (16, 'largest heap peak of heap', 'pct', 0),
        (17, 'GC of run time', 'pct', -1),
        (18, 'disk spill per run', 'bytes', -1),
        (19, 'input per run', 'bytes', 0),
        (20, 'shuffle read per run', 'bytes', 0),
        (21, 'output per run', 'bytes', 0),
        (22, 'peak executors', 'count', 0),
        (23, 'tasks per run', 'count', 0),
        (24, 'failed tasks', 'pct', -1)
    ) as names(place, metric, unit, better)
),

paired as (
    select
        place,
        metric,
        unit,
        better,
        max(case when side = 'a' then amount end) as a,
        max(case when side = 'b' then amount end) as b
    from metrics
    group by place, metric, unit, better
)

select
    metric,
    a,
    b,
    100.0 * (b - a) / nullif(a, 0) as change_pct,
    case
        when better = 0 or abs(b - a) <= 0.05 * abs(a) then null
        when (b - a) * better > 0 then 'better'
        when (b - a) * better < 0 then 'worse'
    end as note,
    unit,
    b - a as change
from paired
where a is not null or b is not null
order by place
