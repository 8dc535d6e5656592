-- title: Versions
-- answers: which Spark versions, settings and engines the core-hours run on over time
-- by: spark java engine serializer
-- column: bucket time: Start of the bucket, in the time zone of --tz (UTC by default)
-- column: value text: Spark version, or with --by java the Java version, engine what runs the tasks, serializer the serializer's class; unknown where the log does not say
-- column: share_pct pct: Share of the core-hours allocated within the bucket
-- column: alloc_core_h core_h: Cores x executor life within the bucket
-- column: adaptive_pct pct: Of the row's core-hours, those of applications with adaptive query execution; of the ones that are known
-- column: dynamic_allocation_pct pct: Of the row's core-hours, those of applications with dynamic allocation
-- column: kryo_pct pct: Of the row's core-hours, those of applications with the Kryo serializer
-- column: python_pct pct: Of the row's core-hours, those of applications whose tasks run in Python workers
-- column: native_pct pct: Of the row's core-hours, those of applications with a native engine: gluten, photon, comet or rapids
-- column: java_version text: Java version with the most of the row's core-hours
-- column: java_version_pct pct: Of the row's core-hours, those with that Java version
with chosen as (
    select
        app_key,
        case $by::string
            when 'java' then java_version
            when 'engine' then engine
            when 'serializer' then serializer
            else spark_version
        end as value,
        java_version,
        case when adaptive then 1 when not adaptive then 0 end as adaptive,
        case when dynamic_allocation then 1 else 0 end as dynamic_allocation,
        case when serializer = 'KryoSerializer' then 1 else 0 end as kryo,
        case when engine = 'python' then 1 when engine is not null then 0 end as python,
        case when engine in ('gluten', 'photon', 'comet', 'rapids') then 1 when engine is not null then 0 end as native
    from known_apps
    where not local and "end" >= $since::timestamp - interval '1' hour
),

used as (
    select
        hours.bucket,
        chosen.value,
        chosen.java_version,
        chosen.adaptive,
        chosen.dynamic_allocation,
        chosen.kryo,
        chosen.python,
        chosen.native,
        count(usage.app_key) as used_hours,
        sum(usage.alloc_core_h) as alloc_core_h
    from hours
    left join (usage join chosen on chosen.app_key = usage.app_key) on usage.hour = hours.hour
    group by all
)
select * from used
