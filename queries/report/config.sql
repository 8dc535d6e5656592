-- title: Configuration
-- answers: which settings cost the fleet most, by the core-hours they affect
-- column: check text: What was found in the configuration; a check that no application fails has no row
-- column: severity text: low or moderate by the kind of check; severe where memory ran out; where cores idle, by their idle share: moderate (50 %), severe (70 %), critical (85 %)
-- column: affected_core_h core_h: Core-hours allocated within the window by the applications that fail the check; unknown in local mode
-- column: share_pct pct: Share of all core-hours allocated within the window
-- column: applications count: Application attempts that fail the check
-- column: suggested text: What to set
-- column: example_app_id text: The application of these with the most core-hours
-- column: why text: What the setting does
-- column: example_app_name text wide: That application's name
-- column: affected_idle_core_h core_h wide: Idle core-hours of the applications that fail the check
-- column: affected_cost_est cost wide: Estimated cost of the applications that fail the check; unknown without prices
with chosen as (
    select
        selected_apps.app_key, selected_apps.app_id, selected_apps.app_name, engine, dur_s, alloc_core_h,
        idle_core_h, idle_tail_core_h, measured_core_h, cost_est, heap_mib, peak_cores, peak_executors,
        overhead_derived, oom_failures, dynamic_allocation, adaptive, serializer, sql_executions, shuffle_write_bytes,
        -- 3.5 as 305: versions compare as numbers; 4.0.0-preview1 and a vendor's 3.3.2.3.3 begin like any other.
        try_cast(split_part(spark_version, '.', 1) as bigint) * 100
            + try_cast(split_part(spark_version, '.', 2) as bigint) as version,
        logs.codec = 'plain' as logs_plain,
        not logs.rolling and logs.size_bytes > 134217728 as is_unrolled
    from selected_apps
    -- Of the logs the few that fail a check.
    left join logs on logs.app_key = selected_apps.app_key
        and (logs.codec = 'plain' or (not logs.rolling and logs.size_bytes > 134217728))
),

settings as (
    select
        app_key,
        max_executors,
        -- A number alone counts seconds.
        try_cast(regexp_extract(idle_timeout, '^([0-9]+)', 1) as double)
            * case regexp_extract(idle_timeout, '([a-z]+)$', 1)
                when 'us' then 0.000001
                when 'ms' then 0.001
                when 'm' then 60
                when 'min' then 60
                when 'h' then 3600
                when 'd' then 86400
                else 1
            end as idle_timeout_s
    from (
        select
            app_key,
            max(value) filter (where key = 'spark.dynamicAllocation.maxExecutors') as max_executors,
            max(lower(trim(value))) filter (where key = 'spark.dynamicAllocation.executorIdleTimeout') as idle_timeout
        from conf
        where key in ('spark.dynamicAllocation.maxExecutors', 'spark.dynamicAllocation.executorIdleTimeout')
            and app_key in (select app_key from chosen where dynamic_allocation)
        group by app_key
    ) as texts
),

-- What each application fails, in the order of the checks.
judged as (
    select
        app_id, app_name, alloc_core_h, idle_core_h, cost_est,
        not dynamic_allocation and dur_s > 300 and alloc_core_h > 1 and idle_core_h >= 0.5 * alloc_core_h
            as idles_at_full_size,
        oom_failures > 0 and overhead_derived as lacks_overhead,
        dynamic_allocation and idle_timeout_s > 300 and idle_tail_core_h > 0.05 * alloc_core_h as gives_back_late,
        -- Before Spark 3.0 it was an experiment, not to be turned on.
        not adaptive and sql_executions > 0 and version >= 300 as is_not_adaptive,
        version < 305 as is_unsupported,
        dynamic_allocation and alloc_core_h > 0 and coalesce(max_executors, '2147483647') = '2147483647'
            as is_unlimited,
        peak_cores > 8 * peak_executors as has_many_cores,
        peak_executors > 1 and peak_cores = peak_executors as has_one_core,
        heap_mib >= 32768 as has_large_heap,
        -- Python and native engines bring their own serializers, and so does SQL.
        serializer = 'JavaSerializer' and engine = 'jvm' and sql_executions = 0 and shuffle_write_bytes > 0
            as uses_java_serializer,
        -- Before Spark 3.0 there was nothing to measure it with.
        alloc_core_h > 0 and measured_core_h < 0.5 * alloc_core_h and version >= 300 as is_hardly_measured,
        logs_plain,
        is_unrolled and version >= 300 as logs_in_one_file
    from chosen
    left join settings on settings.app_key = chosen.app_key
),

checks as (
    select *
    from (values
        (1, 'dynamic allocation off, cores idle', '',
            'spark.dynamicAllocation.enabled=true, spark.dynamicAllocation.shuffleTracking.enabled=true',
            'half of the cores or more idled, in runs above 5 minutes and 1 core-hour; it gives idle executors back'),
        (2, 'out of memory, overhead not set', 'severe',
            'spark.executor.memoryOverhead above what follows from the heap',
            'executors were removed for memory, or tasks ran out of it; the overhead is what follows from the heap'),
        (3, 'idle timeout above 5 minutes', 'moderate',
            'spark.dynamicAllocation.executorIdleTimeout=60s',
            'executors that had finished their last task held more than 5 % of the core-hours'),
        (4, 'adaptive execution off', 'moderate',
            'spark.sql.adaptive.enabled=true',
            'SQL runs without merging small shuffle partitions, splitting skewed ones or choosing joins by real sizes'),
        (5, 'Spark version without support', 'moderate',
            'Spark 3.5 or later',
            'versions before 3.5 get no more fixes, nor fixes of security'),
        (6, 'dynamic allocation without a limit', 'moderate',
            'spark.dynamicAllocation.maxExecutors',
            'one application may take every free core of the cluster'),
        (7, 'more than 8 cores an executor', 'low',
            'spark.executor.cores=8 or fewer',
            'many tasks share one heap: longer garbage collections, and more lost with one executor'),
        (8, 'one core an executor', 'low',
            'spark.executor.cores=2 or more',
            'each task pays for a JVM, its overhead and its own copy of broadcasts'),
        (9, 'heap of 32 GiB or more', 'low',
            'spark.executor.memory=31g',
            'from 32 GiB on the JVM stores references in 8 bytes instead of 4'),
        (10, 'Java serializer', 'low',
            'spark.serializer=org.apache.spark.serializer.KryoSerializer',
            'shuffles of RDDs, without SQL, write objects with the slower and larger serializer'),
        (11, 'executor memory hardly measured', 'low',
            'spark.executor.metrics.pollingInterval=1s',
            'less than half of the core-hours have a measured heap, as tasks end between heartbeats'),
        (12, 'event log not compressed', 'low',
            'spark.eventLog.compress=true',
            'the log is many times larger than it needs to be, and slower to read'),
        (13, 'event log not rolled', 'low',
            'spark.eventLog.rolling.enabled=true',
            'one file of more than 128 MiB, that can neither be compacted nor read in parts')
    ) as listed (place, "check", severity, suggested, why)
),

failing as (
    select checks.place, app_id, app_name, alloc_core_h, idle_core_h, cost_est
    from judged
    join checks
        on case checks.place
            when 1 then idles_at_full_size
            when 2 then lacks_overhead
            when 3 then gives_back_late
            when 4 then is_not_adaptive
            when 5 then is_unsupported
            when 6 then is_unlimited
            when 7 then has_many_cores
            when 8 then has_one_core
            when 9 then has_large_heap
            when 10 then uses_java_serializer
            when 11 then is_hardly_measured
            when 12 then logs_plain
            when 13 then logs_in_one_file
        end
    -- Most fail none, and are not held against each check.
    where idles_at_full_size or lacks_overhead or gives_back_late or is_not_adaptive or is_unsupported
        or is_unlimited or has_many_cores or has_one_core or has_large_heap or uses_java_serializer
        or is_hardly_measured or logs_plain or logs_in_one_file
),

affected as (
    select
        place,
        count(*) as applications,
        sum(alloc_core_h) as alloc_core_h,
        sum(idle_core_h) as idle_core_h,
        sum(cost_est) as cost_est,
        max_by(app_id, (coalesce(alloc_core_h, 0), app_id)) as example_app_id,
        max_by(app_name, (coalesce(alloc_core_h, 0), app_id)) as example_app_name
    from failing
    group by place
)

select
    checks."check",
    case
        when checks.severity <> '' then checks.severity
        when affected.idle_core_h >= 0.85 * affected.alloc_core_h then 'critical'
        when affected.idle_core_h >= 0.7 * affected.alloc_core_h then 'severe'
        else 'moderate'
    end as severity,
    affected.alloc_core_h as affected_core_h,
    100.0 * affected.alloc_core_h / nullif((select sum(alloc_core_h) from chosen), 0) as share_pct,
    affected.applications,
    checks.suggested,
    affected.example_app_id,
    checks.why,
    affected.example_app_name,
    affected.idle_core_h as affected_idle_core_h,
    affected.cost_est as affected_cost_est,
    count(*) over () as rows_total
from affected
join checks on checks.place = affected.place
order by affected_core_h desc nulls last, checks.place
limit getvariable('limit')
