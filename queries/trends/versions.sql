-- title: Versions
-- answers: which Spark versions, settings and engines the core-hours run on over time
-- by: spark java engine serializer
-- column: bucket time zoned: Start of the bucket, in the time zone of --tz (UTC by default)
-- column: value text: Spark version; with --by java the Java version, with --by engine what ran the tasks, with --by serializer the serializer's class. Unknown where the log does not say. The rows of a bucket add up to all that was allocated in it; a bucket in which nothing was has none
-- column: alloc_core_h core_h: Cores x executor life within the bucket
-- column: share_pct pct: Share of the core-hours allocated within the bucket
-- column: adaptive_pct pct: Share of adaptive query execution in the row's core-hours; those of unknown Spark versions are left out on both sides
-- column: dynamic_allocation_pct pct: Share of dynamic allocation in the row's core-hours
-- column: kryo_pct pct: Share of the Kryo serializer in the row's core-hours
-- column: python_pct pct: Share of applications whose tasks ran in Python workers in the row's core-hours
-- column: native_pct pct: Share of native engines (gluten, photon, comet or rapids) in the row's core-hours
with chosen as (
    select
        app_key,
        case getvariable('by')
            when 'java' then java_version
            when 'engine' then engine
            when 'serializer' then serializer
            else spark_version
        end as value,
        adaptive,
        dynamic_allocation,
        serializer = 'KryoSerializer' as is_kryo,
        engine = 'python' as is_python,
        engine in ('gluten', 'photon', 'comet', 'rapids') as is_native
    from known_apps
    -- Only to read less: the hour decides what counts.
    where not local and "end" >= getvariable('since') - interval '1' hour
),

-- One sum for each combination, of which there are few, is cheaper than a sum for each setting.
used as (
    select
        hours.bucket,
        chosen.value,
        chosen.adaptive,
        chosen.dynamic_allocation,
        chosen.is_kryo,
        chosen.is_python,
        chosen.is_native,
        sum(usage.alloc_core_h) as alloc_core_h
    from usage
    join chosen on chosen.app_key = usage.app_key
    join hours on hours.hour = usage.hour
    group by
        hours.bucket,
        chosen.value,
        chosen.adaptive,
        chosen.dynamic_allocation,
        chosen.is_kryo,
        chosen.is_python,
        chosen.is_native
)

select
    bucket,
    value,
    sum(alloc_core_h) as alloc_core_h,
    100.0 * sum(alloc_core_h) / nullif(sum(sum(alloc_core_h)) over (partition by bucket), 0) as share_pct,
    100.0 * sum(case when adaptive then alloc_core_h when not adaptive then 0 end)
        / nullif(sum(case when adaptive is not null then alloc_core_h end), 0) as adaptive_pct,
    100.0 * sum(case when dynamic_allocation then alloc_core_h else 0 end) / nullif(sum(alloc_core_h), 0)
        as dynamic_allocation_pct,
    100.0 * sum(case when is_kryo then alloc_core_h else 0 end) / nullif(sum(alloc_core_h), 0) as kryo_pct,
    100.0 * sum(case when is_python then alloc_core_h else 0 end) / nullif(sum(alloc_core_h), 0) as python_pct,
    100.0 * sum(case when is_native then alloc_core_h else 0 end) / nullif(sum(alloc_core_h), 0) as native_pct
from used
group by bucket, value
order by bucket, alloc_core_h desc, value nulls last
limit getvariable('limit')
