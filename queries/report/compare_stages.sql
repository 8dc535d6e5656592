-- title: Stages
-- answers: which stages changed most, matched by name and order in the newest run of each side
-- about: two things
-- part-of: compare
-- default-window: all
-- column: name text: Stage name
-- column: a_dur_s s: From submission to completion in the first; unknown if it has no such stage
-- column: b_dur_s s: The same in the second
-- column: change_s s: b less a
-- column: a_core_h core_h: Busy core-hours in the first
-- column: b_core_h core_h: Busy core-hours in the second
-- column: a_tasks count: Tasks in the first
-- column: b_tasks count: Tasks in the second
-- column: a_input_bytes bytes wide: Bytes read from storage in the first
-- column: b_input_bytes bytes wide: Bytes read from storage in the second
-- column: a_stage text wide: Stage id in the first
-- column: b_stage text wide: Stage id in the second
with newest as (
    select
        max_by(app_key, start) filter (
            where (getvariable('a') = '' or app_id = getvariable('a') or job = getvariable('a'))
                and start < getvariable('a_until')
                and "end" >= getvariable('a_since')
        ) as a_key,
        max_by(app_key, start) filter (
            where (getvariable('b') = '' or app_id = getvariable('b') or job = getvariable('b'))
                and start < getvariable('b_until')
                and "end" >= getvariable('b_since')
        ) as b_key
    from known_apps
    where getvariable('a') <> '' and getvariable('b') <> ''
),

placed as (
    select
        stages.app_key,
        stages.stage_id,
        stages.name,
        stages.tasks,
        stages.busy_core_h,
        stages.input_bytes,
        (epoch_ms(stages.completed) - epoch_ms(stages.submitted)) / 1000.0 as dur_s,
        row_number() over (
            partition by stages.app_key, stages.name order by stages.stage_id, stages.stage_attempt
        ) as place
    from stages
    join newest on stages.app_key = newest.a_key or stages.app_key = newest.b_key
),

paired as (
    select
        placed.name,
        placed.place,
        max(case when placed.app_key = newest.a_key then placed.dur_s end) as a_dur_s,
        max(case when placed.app_key = newest.b_key then placed.dur_s end) as b_dur_s,
        max(case when placed.app_key = newest.a_key then placed.busy_core_h end) as a_core_h,
        max(case when placed.app_key = newest.b_key then placed.busy_core_h end) as b_core_h,
        max(case when placed.app_key = newest.a_key then placed.tasks end) as a_tasks,
        max(case when placed.app_key = newest.b_key then placed.tasks end) as b_tasks,
        max(case when placed.app_key = newest.a_key then placed.input_bytes end) as a_input_bytes,
        max(case when placed.app_key = newest.b_key then placed.input_bytes end) as b_input_bytes,
        max(case when placed.app_key = newest.a_key then placed.stage_id end) as a_stage,
        max(case when placed.app_key = newest.b_key then placed.stage_id end) as b_stage
    from placed
    cross join newest
    group by placed.name, placed.place
)

select
    name,
    a_dur_s,
    b_dur_s,
    b_dur_s - a_dur_s as change_s,
    a_core_h,
    b_core_h,
    a_tasks,
    b_tasks,
    a_input_bytes,
    b_input_bytes,
    a_stage,
    b_stage,
    count(*) over () as rows_total
from paired
order by abs(coalesce(b_core_h, 0) - coalesce(a_core_h, 0)) desc, name, place
limit getvariable('limit')
