-- The same where what is paid for differs from what is allocated, executor by executor: containers rounded up,
-- lives of a least length, the heap alone, or the dearer of cores and memory. The difference is spread over
-- the attempt's allocated hours, so that costs of days add up to the cost of the whole.
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
),

containers as (
    select
        executors.app_key,
        executors.cores,
        (epoch_ms(executors."end") - epoch_ms(executors.start)) / 3600000.0 as held_h,
        greatest((epoch_ms(executors."end") - epoch_ms(executors.start)) / 1000.0, getvariable('min_billing_s'))
            / 3600.0 as billed_h,
        ceil(
            case when getvariable('heap_only') then executors.heap_mib else executors.memory_mib end
            / getvariable('memory_step_mib')
        ) * getvariable('memory_step_mib') / 1024.0 as billed_gib,
        executors.memory_mib / 1024.0 as gib
    from executors
    join apps on apps.app_key = executors.app_key
    where apps.start < getvariable('until') and apps."end" >= getvariable('since')
),

billed as (
    select
        app_key,
        sum(held_h * cores) as core_h,
        sum(held_h * gib) as gib_h,
        sum(billed_h * cores) as billed_core_h,
        sum(billed_h * billed_gib) as billed_gib_h,
        sum(billed_h * greatest(cores * getvariable('core_hour'), billed_gib * getvariable('gib_hour'))) as dearer
    from containers
    group by app_key
)

select
    apps.app_key,
    coalesce(factors.factor, 1)
        * case
            when getvariable('dearer_only') then coalesce(billed.dearer / nullif(billed.core_h, 0), 0)
            else getvariable('core_hour') * coalesce(billed.billed_core_h / nullif(billed.core_h, 0), 1)
        end as core_rate,
    coalesce(factors.factor, 1)
        * case
            when getvariable('dearer_only') then 0
            else getvariable('gib_hour') * coalesce(billed.billed_gib_h / nullif(billed.gib_h, 0), 1)
        end as gib_rate,
    coalesce(factors.factor, 1)
        * case when getvariable('include_driver') then 1 else 0 end
        * case
            when getvariable('dearer_only')
                then greatest(
                    apps.driver_cores * getvariable('core_hour'),
                    apps.driver_memory_mib / 1024.0 * getvariable('gib_hour')
                )
            else
                apps.driver_cores * getvariable('core_hour')
                + apps.driver_memory_mib / 1024.0 * getvariable('gib_hour')
        end as driver_rate
from apps
left join factors on factors.app_key = apps.app_key
left join billed on billed.app_key = apps.app_key
where apps.start < getvariable('until') and apps."end" >= getvariable('since')
