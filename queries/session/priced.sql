-- What each application attempt of the window pays for an allocated core-hour, an allocated GiB-hour and an
-- hour of its driver, where prices follow allocation as it is kept.
create or replace temp table priced as
with factors as (
    select apps.app_key, min_by(rates.factor, rates.place) as factor
    from apps
    join rates
        on apps.start >= rates.since
        and apps.start < rates.until
        and (rates."user" = '' or regexp_matches(apps."user", rates."user"))
        and (rates.queue = '' or regexp_matches(coalesce(apps.queue, ''), rates.queue))
        and (rates.app_name = '' or regexp_matches(apps.app_name, rates.app_name))
    where apps.start < getvariable('until') and apps."end" >= getvariable('since')
    group by apps.app_key
)

select
    apps.app_key,
    coalesce(factors.factor, 1) * getvariable('core_hour') as core_rate,
    coalesce(factors.factor, 1) * getvariable('gib_hour') as gib_rate,
    coalesce(factors.factor, 1)
        * case when getvariable('include_driver') then 1 else 0 end
        * (apps.driver_cores * getvariable('core_hour') + apps.driver_memory_mib / 1024.0 * getvariable('gib_hour'))
        as driver_rate
from apps
left join factors on factors.app_key = apps.app_key
where apps.start < getvariable('until') and apps."end" >= getvariable('since')
