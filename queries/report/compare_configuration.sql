-- title: Configuration
-- answers: what is configured differently
-- about: two things
-- part-of: compare
-- default-window: all
-- column: key text: Spark property, or a fact of the environment; of the newest run of each side
-- column: a text: The first's value; unknown if not set
-- column: b text: The second's value; unknown if not set
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
),

settings as (
    select conf.app_key, conf.key, conf.value
    from conf
    join newest on conf.app_key = newest.a_key or conf.app_key = newest.b_key
    union all
    select apps.app_key, 'Spark version', apps.spark_version
    from apps
    join newest on apps.app_key = newest.a_key or apps.app_key = newest.b_key
),

paired as (
    select
        settings.key,
        max(case when settings.app_key = newest.a_key then settings.value end) as a,
        max(case when settings.app_key = newest.b_key then settings.value end) as b
    from settings
    cross join newest
    -- Two windows of different applications would differ in everything.
    where getvariable('a') <> '' and getvariable('b') <> ''
    group by settings.key
)

select key, a, b
from paired
where a is distinct from b
order by key
