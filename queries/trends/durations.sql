-- title: Durations
-- answers: how long the runs of a job take over time, and what changed with them
-- column: bucket time zoned: Start of the bucket, in the time zone of --tz (UTC by default)
-- column: runs count series: Applications that ended in the bucket; attempts of the same application are one run. Best with --job: without it, runs of all jobs together
-- column: dur_p50_s s series: Median duration of the attempts that ended in the bucket and succeeded; unknown if none did
-- column: dur_p95_s s series: 95 % of them took as long or less, interpolated; unknown if none did
-- column: run_core_h core_h series: Core-hours of the attempts that ended in the bucket, of their whole lives, divided by runs; unknown in local mode
-- column: run_input_bytes bytes series: Bytes they read from storage divided by runs
-- column: ok_pct pct: Runs of which an attempt that ended in the bucket succeeded, of all
-- column: changed text: Spark version and configuration that differ between the last run of the bucket and the last one before the bucket, at most 90 days before the window; nothing if nothing does; unknown without --job
-- column: input_bytes bytes wide: Bytes they read from storage
-- column: alloc_core_h core_h wide: Core-hours of the attempts that ended in the bucket, of their whole lives; unknown in local mode
with attempts as (
    select
        hours.bucket,
        known_apps.app_id,
        known_apps.status = 'succeeded' as is_ok,
        case when known_apps.status = 'succeeded' then known_apps.dur_s end as ok_dur_s,
        known_apps.input_bytes,
        known_apps.alloc_core_h
    from known_apps
    join hours on hours.hour = date_trunc('hour', known_apps."end")
    -- Only to read less: the hour decides what counts.
    where known_apps."end" >= getvariable('since') - interval '1' hour
),

-- One row for each run: attempts of the same application are one.
runs as (
    select bucket, count(*) as runs, count(case when is_ok then 1 end) as succeeded
    from (select bucket, app_id, max(is_ok) as is_ok from attempts group by bucket, app_id) as applications
    group by bucket
),

sums as (
    select
        bucket,
        percentile_cont(0.5) within group (order by ok_dur_s) as dur_p50_s,
        percentile_cont(0.95) within group (order by ok_dur_s) as dur_p95_s,
        sum(input_bytes) as input_bytes,
        sum(alloc_core_h) as alloc_core_h
    from attempts
    group by bucket
),

ended as (
    select
        buckets.bucket,
        coalesce(runs.runs, 0) as runs,
        coalesce(runs.succeeded, 0) as succeeded,
        sums.dur_p50_s,
        sums.dur_p95_s,
        coalesce(sums.input_bytes, 0) as input_bytes,
        sums.alloc_core_h
    from (select distinct bucket from hours) as buckets
    left join runs on runs.bucket = buckets.bucket
    left join sums on sums.bucket = buckets.bucket
),

-- The last run of each bucket, and as that of no bucket the last one before the window.
latest as (
    select
        hours.bucket,
        max_by(known_apps.app_key, (known_apps."end", known_apps.app_key)) as app_key,
        max_by(
            coalesce(known_apps.spark_version, '(unknown)'), (known_apps."end", known_apps.app_key)
        ) as spark_version
    from known_apps
    cross join (select 1 as asked where getvariable('job') <> '') as one_job
    left join hours on hours.hour = date_trunc('hour', known_apps."end")
    where known_apps."end" >= getvariable('since') - interval '90' day
        and date_trunc('hour', known_apps."end") <= getvariable('until') - interval '1' hour
    group by hours.bucket
),

followed as (
    select
        bucket,
        app_key,
        spark_version,
        lag(app_key) over (order by bucket nulls first) as app_key_before,
        lag(spark_version) over (order by bucket nulls first) as spark_version_before
    from latest
),

settings as (
    select
        sides.bucket,
        conf.key,
        max(case when sides.is_now then conf.value end) as value_now,
        max(case when not sides.is_now then conf.value end) as value_before
    from (
        select bucket, app_key, true as is_now from followed where app_key_before is not null
        union all
        select bucket, app_key_before, false from followed where app_key_before is not null
    ) as sides
    join conf on conf.app_key = sides.app_key
    -- What names a run, or is about its log, does not make it slower.
    where conf.key not in (
            'spark.airflow.dag_id', 'spark.airflow.task_id', 'spark.app.tags',
            'spark.databricks.clusterUsageTags.clusterName', 'spark.master', 'spark.shh.job',
            'spark.yarn.primary.py.file', 'spark.yarn.tags', 'sun.java.command'
        )
        and conf.key not like 'spark.kubernetes.driver.label.%'
        and conf.key not like 'spark.eventLog.%'
    group by sides.bucket, conf.key
),

changes as (
    select
        bucket,
        concat_ws(
            ', ',
            max(case when place = 1 then text end),
            max(case when place = 2 then text end),
            max(case when place = 3 then text end),
            max(case when place = 4 then text end),
            case when count(*) > 4 then 'and ' || (count(*) - 4)::string || ' more settings' end
        ) as text
    from (
        select
            bucket,
            key || ' ' || coalesce(left(value_before, 40), '(not set)')
                || ' -> ' || coalesce(left(value_now, 40), '(not set)') as text,
            row_number() over (partition by bucket order by key) as place
        from settings
        where value_now is distinct from value_before
    ) as different
    group by bucket
)

select
    ended.bucket,
    ended.runs,
    ended.dur_p50_s,
    ended.dur_p95_s,
    ended.alloc_core_h / nullif(ended.runs, 0) as run_core_h,
    ended.input_bytes::double / nullif(ended.runs, 0) as run_input_bytes,
    100.0 * ended.succeeded::double / nullif(ended.runs, 0) as ok_pct,
    nullif(concat_ws(
        ', ',
        case
            when followed.spark_version <> followed.spark_version_before
                then 'Spark ' || followed.spark_version_before || ' -> ' || followed.spark_version
        end,
        changes.text
    ), '') as changed,
    ended.input_bytes::bigint as input_bytes,
    case when ended.runs = 0 then 0 else ended.alloc_core_h end as alloc_core_h
from ended
left join followed on followed.bucket = ended.bucket
left join changes on changes.bucket = ended.bucket
qualify max(ended.runs) over () > 0
order by ended.bucket
limit getvariable('limit')
