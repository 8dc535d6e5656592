-- title: Regressions
-- answers: which jobs got slower or dearer, and why
-- column: job text: Recurring job that got worse, against up to 30 good runs in the 90 days before the window (succeeded, batch or local, not compacted, less than 1 % of events lost)
-- column: metric text: What got worse, median of good runs: duration, or core-hours per run
-- column: severity text: moderate (more than 25 % and more than 5 minutes a run, or 1 core-hour over the window's runs), severe (50 %), critical (100 %); less has no row. Against 8 baseline runs or more only if robust_z is above 3.5 and the window's median above 90 % of them, against fewer (3 at least) only above all of them; one run in the window needs a robust_z
-- column: change_pct pct: Change of the metric from the baseline's median to the window's
-- column: impact_core_h core_h: Good runs in the window x the change of core-hours per run; negative where slower runs hold fewer cores; unknown in local mode
-- column: verdict text: data growth (input grew by more than 25 % and 100 MB, and the metric by at most 25 % for each byte of it), configuration (version or settings in changed, or fewer executors, and no data growth), slower (neither, or slower for each byte as well), unclear (both, or no input is known)
-- column: changed text: Spark version, executors (medians more than 25 % apart) and configuration that differ between the last baseline run and the window's latest run; nothing if nothing does
-- column: runs count: Good runs that started within the window
-- column: input_change_pct pct: Change of the bytes read from storage, medians; unknown if the baseline read none
-- column: normalised_change_pct pct: Change of the metric for each byte read, medians of both; unknown if either read none
-- column: dur_before_s s: Median duration of the baseline's runs
-- column: dur_now_s s: Median duration of the window's runs, the lower of two in the middle
-- column: run_core_h_before core_h: Median core-hours per run of the baseline; unknown in local mode
-- column: run_core_h_now core_h: Median core-hours per run of the window, the lower of two in the middle; unknown in local mode
-- column: robust_z ratio wide: Logarithm of now / before by 1.4826 x the median absolute deviation of the same of the baseline's runs; unknown below 8 baseline runs, and if at least half of them are equal
-- column: baseline_runs count wide: Runs of the baseline
-- column: change_s s wide: Change of the median duration
-- column: change_core_h core_h wide: Change of the median core-hours per run
-- column: input_bytes_before bytes wide: Median of the bytes read from storage, baseline
-- column: input_bytes_now bytes wide: Median of the bytes read from storage, window; the lower of two in the middle
-- column: executors_before count wide: Median of the peak number of executors, baseline
-- column: executors_now count wide: Median of the peak number of executors, window; the lower of two in the middle
-- column: last_good_app_id text wide: Last run of the baseline
-- column: latest_app_id text wide: Latest good run of the window
-- column: job_user text wide: User of the job; unknown unless the same job of another user is another job
with good as (
    select
        job, job_user, app_key, dur_s, alloc_core_h, input_bytes, peak_executors,
        start >= getvariable('since') as is_now,
        -- One number for the order in time: with one DuckDB keeps the newest few of a group without sorting it.
        epoch_ms(start) * 1000000 + app_key % 1000000 as place
    from known_apps
    where start >= getvariable('since') - interval '90' day
        and start < getvariable('until')
        and status = 'succeeded'
        and kind in ('batch', 'local')
        and not compacted
        and coalesce(event_loss_pct, 0) < 1
),

in_window as (
    select
        job,
        job_user,
        count(*) as runs,
        -- The lower of two: one slow run of two is no median.
        percentile_disc(0.5) within group (order by dur_s) as dur_s,
        percentile_disc(0.5) within group (order by alloc_core_h) as core_h,
        percentile_disc(0.5) within group (order by input_bytes) as input_bytes,
        percentile_disc(0.5) within group (order by peak_executors) as executors,
        max_by(app_key, place) as app_key
    from good
    where is_now
    group by job, job_user
),

-- A baseline's median is to lie below these, or `compared` has no row of the job; a hair wider, for what rounding may do.
now as (
    select
        *,
        least(dur_s / 1.25, dur_s - 300) * 1.000001 as low_dur_s,
        least(core_h / 1.25, core_h - 1.0 / runs) * 1.000001 as low_core_h
    from in_window
),

-- Of jobs that ran within the window: the key of the latest run stands for the job from here on, because a number is
-- grouped and joined faster than names are.
past as (
    select
        now.app_key as now_key, good.app_key, good.place,
        good.dur_s < now.low_dur_s as is_shorter,
        coalesce(good.alloc_core_h, 0) < now.low_core_h as is_cheaper
    from good
    join now on now.job = good.job and now.job_user is not distinct from good.job_user
    where not good.is_now
),

-- The newest runs of a job and their medians are dear: only of jobs of which as many runs are low as there must be for
-- the median of the newest to be.
candidates as (
    select now_key
    from past
    group by now_key
    having count(*) >= 3
        and 2 * greatest(count(*) filter (where is_shorter), count(*) filter (where is_cheaper)) >= least(count(*), 30)
),

baseline as (
    select
        ranked.now_key, good.app_key, good.dur_s, good.alloc_core_h, good.input_bytes, good.peak_executors, good.place
    from good
    join (
        select
            past.now_key,
            past.app_key,
            row_number() over (partition by past.now_key order by past.place desc) as newest
        from past
        join candidates on candidates.now_key = past.now_key
    ) as ranked on ranked.app_key = good.app_key
    where ranked.newest <= 30
),

before as (
    select
        now_key,
        count(*) as runs,
        percentile_cont(0.5) within group (order by dur_s) as dur_s,
        percentile_cont(0.5) within group (order by alloc_core_h) as core_h,
        case
            when count(*) < 8 then max(dur_s)
            else percentile_cont(0.9) within group (order by dur_s)
        end as most_dur_s,
        case
            when count(*) < 8 then max(alloc_core_h)
            else percentile_cont(0.9) within group (order by alloc_core_h)
        end as most_core_h,
        max_by(app_key, place) as app_key
    from baseline
    group by now_key
),

-- Each job twice: by its duration and by its core-hours.
compared as (
    select
        metrics.metric,
        now.job,
        now.job_user,
        now.app_key as now_key,
        before.app_key as before_key,
        now.runs,
        before.runs as baseline_runs,
        now.dur_s as dur_now_s,
        before.dur_s as dur_before_s,
        now.core_h as core_h_now,
        before.core_h as core_h_before,
        now.input_bytes as input_now,
        now.executors as executors_now,
        case when metrics.metric = 'duration' then now.dur_s else now.core_h end as value_now,
        case when metrics.metric = 'duration' then before.dur_s else before.core_h end as value_before
    from now
    join before on before.now_key = now.app_key
    join (values ('duration'), ('core-hours')) as metrics (metric)
        on case
            when metrics.metric = 'duration'
                then now.dur_s > before.most_dur_s
                    and now.dur_s > 1.25 * before.dur_s
                    and now.dur_s - before.dur_s > 300
            else now.core_h > before.most_core_h
                and now.core_h > 1.25 * before.core_h
                and now.runs * (now.core_h - before.core_h) > 1
        end
),

-- What more is to be known of the baseline, only where something got worse.
spread as (
    select
        compared.metric,
        compared.now_key,
        percentile_cont(0.5) within group (order by baseline.input_bytes) as input_before,
        percentile_cont(0.5) within group (order by baseline.peak_executors) as executors_before,
        -- Of logarithms: what varies by a factor each time is not surprising by a factor.
        case
            when count(*) >= 8 then 1.4826 * percentile_cont(0.5) within group (order by abs(ln(
                nullif(case when compared.metric = 'duration' then baseline.dur_s else baseline.alloc_core_h end, 0)
                / nullif(compared.value_before, 0)
            )))
        end as deviation
    from compared
    join baseline on baseline.now_key = compared.now_key
    group by compared.metric, compared.now_key
),

flagged as (
    select
        compared.*,
        spread.input_before,
        spread.executors_before,
        value_now / nullif(value_before, 0) as growth,
        1.0 * input_now / nullif(spread.input_before, 0) as input_growth,
        ln(value_now / nullif(value_before, 0)) / nullif(spread.deviation, 0) as robust_z
    from compared
    join spread on spread.metric = compared.metric and spread.now_key = compared.now_key
    -- Where no spread is known (few runs, or most of them equal), one run says nothing.
    where case
            when spread.deviation > 0 then ln(value_now / nullif(value_before, 0)) > 3.5 * spread.deviation
            else runs >= 2
        end
),

-- Settings are read for the rows to show alone.
shown as (
    select
        *,
        100.0 * (growth - 1) as change_pct,
        runs * (core_h_now - core_h_before) as impact_core_h,
        count(*) over () as rows_total
    from flagged
    order by impact_core_h desc nulls last, change_pct desc, job, job_user, metric
    limit getvariable('limit')
),

sides as (
    select distinct now_key as pair, now_key as app_key, true as is_now from shown
    union all
    select distinct now_key, before_key, false from shown
),

settings as (
    select
        sides.pair,
        conf.key,
        max(conf.value) filter (where sides.is_now) as value_now,
        max(conf.value) filter (where not sides.is_now) as value_before
    from sides
    join conf on conf.app_key = sides.app_key
    group by sides.pair, conf.key
),

changes as (
    select
        pair,
        concat_ws(
            ', ',
            max(text) filter (where place = 1),
            max(text) filter (where place = 2),
            max(text) filter (where place = 3),
            max(text) filter (where place = 4),
            case when count(*) > 4 then 'and ' || (count(*) - 4)::string || ' more settings' end
        ) as text
    from (
        select
            pair,
            key || ' ' || coalesce(left(value_before, 40), '(not set)')
                || ' -> ' || coalesce(left(value_now, 40), '(not set)') as text,
            row_number() over (partition by pair order by key) as place
        from settings
        -- What names a run, or is about its log, does not make it slower. Only keys of values that differ are
        -- held against the list: by itself the condition would be asked of every setting in the file.
        where case
                when value_now is distinct from value_before
                    then key not in (
                            'spark.airflow.dag_id', 'spark.airflow.task_id', 'spark.app.tags',
                            'spark.databricks.clusterUsageTags.clusterName', 'spark.master', 'spark.shh.job',
                            'spark.yarn.primary.py.file', 'spark.yarn.tags', 'sun.java.command'
                        )
                        and key not like 'spark.kubernetes.driver.label.%'
                        and key not like 'spark.eventLog.%'
            end
    ) as different
    group by pair
),

explained as (
    select
        shown.*,
        growth / nullif(input_growth, 0) as normalised_growth,
        input_growth > 1.25 and input_now - input_before > 100000000 as has_more_input,
        nullif(concat_ws(
            ', ',
            case
                when latest.spark_version is distinct from last_good.spark_version
                    then 'Spark ' || coalesce(last_good.spark_version, '(unknown)') || ' -> '
                        || coalesce(latest.spark_version, '(unknown)')
            end,
            case
                when abs(executors_now - executors_before) > 0.25 * executors_before
                    then 'executors ' || round(executors_before)::bigint::string || ' -> '
                        || executors_now::string
            end,
            changes.text
        ), '') as changed,
        changes.text is not null or latest.spark_version is distinct from last_good.spark_version
            as has_new_settings,
        -- More of them follow from more work or are asked for by a setting; fewer are a cause.
        executors_now < 0.75 * executors_before as has_fewer_executors,
        last_good.app_id as last_good_app_id,
        latest.app_id as latest_app_id
    from shown
    join apps as latest on latest.app_key = shown.now_key
    join apps as last_good on last_good.app_key = shown.before_key
    left join changes on changes.pair = shown.now_key
)

select
    job,
    metric,
    case when growth > 2 then 'critical' when growth > 1.5 then 'severe' else 'moderate' end as severity,
    change_pct,
    impact_core_h,
    case
        when has_more_input and (has_new_settings or has_fewer_executors) then 'unclear'
        when has_more_input and normalised_growth > 1.25 then 'slower'
        when has_more_input then 'data growth'
        when has_new_settings or has_fewer_executors then 'configuration'
        when input_growth is null then 'unclear'
        else 'slower'
    end as verdict,
    changed,
    runs,
    100.0 * (input_growth - 1) as input_change_pct,
    100.0 * (normalised_growth - 1) as normalised_change_pct,
    dur_before_s,
    dur_now_s,
    core_h_before as run_core_h_before,
    core_h_now as run_core_h_now,
    robust_z,
    baseline_runs,
    dur_now_s - dur_before_s as change_s,
    core_h_now - core_h_before as change_core_h,
    round(input_before)::bigint as input_bytes_before,
    input_now as input_bytes_now,
    executors_before,
    executors_now,
    last_good_app_id,
    latest_app_id,
    job_user,
    rows_total
from explained
order by impact_core_h desc nulls last, change_pct desc, job, job_user, metric
