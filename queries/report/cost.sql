-- title: Cost
-- answers: where money, cores and memory can be saved, job by job
-- default-window: 30d
-- column: job text: Recurring job; judged by its good runs: batch, whole within the window, succeeded, not compacted, less than 1 % of events lost
-- column: save_likely_est cost: Estimated saving in 30 days with the proposed configuration: the judged runs priced again with fewer and smaller executors, per run, times runs_per_month; unknown without prices, with low confidence (see at_stake_est) and below a day of data
-- column: save_careful_est cost: Estimated saving in 30 days with proposed_careful, computed in the same way
-- column: action text: What is proposed: memory (a smaller heap), executors (fewer, or released sooner), both, or none. A heap must be 1.25 x its peak + 300 MiB, more than 2 GiB and the JVM's alone, and each change must save 5 %; none if a run within the window ran out of memory, spent more than 10 % of its run time in GC (of more than 5 minutes), or spilled more than 0.1 x its data (and 1 GiB)
-- column: confidence text: high (10 runs or more over 14 days or more, heap measured for 90 % of core-hours, variation at most 0.3, replay off by at most 10 %), medium (3 runs, 80 %, 1, 15 %), low (less: nothing but at stake), none (nothing is proposed)
-- column: save_likely_core_h core_h: Core-hours of the likely saving in 30 days: those of the judged runs less 1.05 x those with the proposed number of executors (never fewer than the run's own replay allows), or less what is released sooner
-- column: save_likely_gib_h gib_h: GiB-hours of the likely saving in 30 days: fewer executor hours, and smaller containers in those that remain
-- column: proposed text: Likely configuration: heap of 1.2 x the 95th percentile of the runs' peaks; or the replay's fewest executors within 105 % of today's replay, as the median over runs weighted by core-hours
-- column: now text: The same settings in the latest good run
-- column: because text: The evidence, or why nothing is proposed
-- column: risk text: What to mind
-- column: month_cost_est cost: Estimated cost within the window of all runs, scaled to 30 days from the window's part between the database's first and last application; unknown without prices and below a day
-- column: month_core_h core_h: Core-hours of all runs within the window, scaled in the same way
-- column: runs_per_month count: Good runs within the window, scaled in the same way
-- column: save_careful_core_h core_h wide: Core-hours saved in 30 days with proposed_careful: lives of executors that ran no task, and what the others waited above 60 s before their first and after their last task
-- column: save_careful_gib_h gib_h wide: GiB-hours saved in 30 days with proposed_careful
-- column: proposed_careful text wide: Careful configuration: heap of 1.3 x the largest peak of any run; idle executors released after 60 s
-- column: at_stake_est cost wide: Estimated likely saving of rows with low confidence, which is no saving yet
-- column: at_stake_core_h core_h wide: Likely saving of rows with low confidence
-- column: at_stake_gib_h gib_h wide: Likely saving of rows with low confidence
-- column: best_case_est cost wide: Estimated saving in 30 days at best, never to be totalled: heap of 1.1 x the median peak, idle cores down to 20 %, and no less than is likely; unknown where nothing is proposed
-- column: best_case_core_h core_h wide: Core-hours of it
-- column: best_case_gib_h gib_h wide: GiB-hours of it
-- column: good_runs count wide: Good runs within the window
-- column: judged_runs count wide: Those it is judged by: of the latest 30 those with the latest one's heap, container, cores and kind of allocation and, without dynamic allocation, at most 1.1 x its executors
-- column: span_s s wide: From the first to the last of them
-- column: peak_cov_pct pct wide: Share of their core-hours from executors whose heap was measured
-- column: variation_ratio ratio wide: Standard deviation of their input bytes by the mean; of their busy core-hours where they read no input
-- column: replay_error_pct pct wide: Largest error of the replays used (at most 15 %); unknown without one
-- column: heap_gib gib wide: Heap of an executor in the latest good run
-- column: likely_heap_gib gib wide: Likely heap, in steps of 256 MiB: also at least the largest execution and storage memory + 300 MiB, 1.3 x the largest task's execution memory x cores, and 1 GiB; unknown if not proposed
-- column: careful_heap_gib gib wide: Careful heap, in the same way
-- column: today_executors count wide: Median over the judged runs of the executors replayed as today's
-- column: likely_executors count wide: Likely number of executors; unknown without a replay
-- column: month_wasted_core_h core_h wide: Core-hours of tasks whose work was not used, scaled to 30 days: can be saved only where their causes are mended, and is part of no saving
-- column: month_skew_tail_core_h core_h wide: Idle while the last tasks of stages ran, scaled to 30 days: at stake in skew, and part of no saving
-- column: job_user text wide: User of the job; unknown unless the same job of another user is another job
with spent as (
    select
        job,
        job_user,
        max_by(kind, start) as kind,
        sum(alloc_core_h) as alloc_core_h,
        sum(alloc_gib_h) as alloc_gib_h,
        sum(cost_est) as cost_est,
        sum(wasted_core_h) as wasted_core_h,
        sum(idle_skew_tail_core_h) as skew_tail_core_h,
        count(*) filter (
            where start >= getvariable('since')
                and "end" < getvariable('until')
                and status = 'succeeded'
                and kind = 'batch'
                and not compacted
                and coalesce(event_loss_pct, 0) < 1
                and alloc_core_h > 0
        ) as good_runs,
        count(*) filter (where oom_failures > 0) as oom_runs,
        -- Of little work every share is noise.
        max(100.0 * gc_s / run_s) filter (where run_s > 300) as gc_pct,
        max(
            memory_spill_bytes::double
                / nullif(greatest(input_bytes, output_bytes, shuffle_read_bytes, shuffle_write_bytes), 0)
        ) filter (where memory_spill_bytes > 1073741824) as spill_ratio
    from selected_apps
    group by job, job_user
),

-- The latest good runs. One number for the order in time: with one DuckDB keeps the newest few of a group
-- without sorting it.
recent as (
    select job, job_user, app_key, newest
    from (
        select
            job,
            job_user,
            app_key,
            row_number() over (
                partition by job, job_user order by epoch_ms(start) * 1000000 + app_key % 1000000 desc
            ) as newest
        from known_apps
        where start >= getvariable('since')
            and "end" < getvariable('until')
            and status = 'succeeded'
            and kind = 'batch'
            and not compacted
            and coalesce(event_loss_pct, 0) < 1
            and alloc_core_h > 0
    ) as ranked
    where newest <= 30
),

details as (
    select
        recent.job,
        recent.job_user,
        recent.newest,
        apps.app_key,
        apps.start,
        apps.engine,
        apps.spark_version,
        apps.heap_mib,
        apps.executor_memory_mib,
        apps.overhead_mib,
        apps.overhead_derived,
        apps.dynamic_allocation,
        apps.peak_executors,
        apps.peak_cores::double / nullif(apps.peak_executors, 0) as cores,
        apps.peak_heap_bytes,
        apps.peak_unified_bytes,
        apps.measured_core_h,
        apps.alloc_core_h,
        apps.alloc_gib_h,
        apps.busy_core_h,
        apps.input_bytes,
        apps.replay_error_pct,
        -- A replay that is too far from what happened says nothing.
        case when apps.replay_error_pct <= 15 then apps.replay_executors end as today_executors,
        case when apps.replay_error_pct <= 15 then apps.likely_executors end as likely_executors,
        apps.alloc_core_h * priced.core_rate as core_cost,
        apps.alloc_gib_h * priced.gib_rate as gib_cost,
        (epoch_ms(apps."end") - epoch_ms(apps.start)) / 3.6e6 * priced.driver_rate as driver_cost
    from recent
    join apps on apps.app_key = recent.app_key
    left join priced on priced.app_key = recent.app_key
),

-- Runs before the latest change of the configuration would promise again what was saved by it.
judged as (
    select
        details.*,
        latest.app_key as latest_key
    from details
    join details as latest
        on latest.newest = 1
        and latest.job = details.job
        and latest.job_user is not distinct from details.job_user
    where details.heap_mib = latest.heap_mib
        and details.executor_memory_mib = latest.executor_memory_mib
        and details.cores = latest.cores
        and details.dynamic_allocation = latest.dynamic_allocation
        and (latest.dynamic_allocation or 10 * details.peak_executors <= 11 * latest.peak_executors)
),

-- What they would have given back: executors that ran nothing, and waits above the usual idle timeout.
released as (
    select
        judged.latest_key,
        sum(
            executors.cores / 3.6e6
            * case
                when executors.tasks = 0 then epoch_ms(executors."end") - epoch_ms(executors.start)
                else
                    greatest(epoch_ms(executors.first_task) - epoch_ms(executors.start) - 60000, 0)
                    + greatest(epoch_ms(executors."end") - epoch_ms(executors.last_task) - 60000, 0)
            end
        ) as core_h,
        max(executors.resource_profile) as resource_profile
    from executors
    join judged on judged.app_key = executors.app_key
    where executors.start >= getvariable('since')
    group by judged.latest_key
),

task_peaks as (
    select judged.latest_key, max(stages.peak_execution_bytes_max) as task_bytes
    from stages
    join judged on judged.app_key = stages.app_key
    where stages.submitted >= getvariable('since')
    group by judged.latest_key
),

sized as (
    select
        latest_key,
        count(*) as judged_runs,
        (epoch_ms(max(start)) - epoch_ms(min(start))) / 1e3 as span_s,
        100.0 * sum(measured_core_h) / sum(alloc_core_h) as peak_cov_pct,
        case
            when max(input_bytes) > 0 then stddev_samp(input_bytes) / avg(input_bytes)
            else stddev_samp(busy_core_h) / nullif(avg(busy_core_h), 0)
        end as variation_ratio,
        max(input_bytes) as most_input_bytes,
        max(peak_heap_bytes)::double / 1048576 as most_heap_mib,
        percentile_cont(0.95) within group (order by peak_heap_bytes) / 1048576 as p95_heap_mib,
        percentile_cont(0.5) within group (order by peak_heap_bytes) / 1048576 as p50_heap_mib,
        max(peak_unified_bytes)::double / 1048576 + 300 as unified_mib,
        max(cores) as cores,
        count(replay_error_pct) as tried_runs,
        count(likely_executors) as replayed_runs,
        max(replay_error_pct) filter (where likely_executors > 0) as replay_error_pct,
        percentile_cont(0.5) within group (order by today_executors) as today_executors,
        sum(alloc_core_h) as core_h,
        sum(alloc_gib_h) as gib_h,
        sum(busy_core_h) as busy_core_h,
        sum(core_cost) as core_cost,
        sum(gib_cost) as gib_cost,
        sum(driver_cost) as driver_cost
    from judged
    group by latest_key
),

answers as (
    select latest_key, likely_executors as executors, sum(alloc_core_h) as core_h
    from judged
    where likely_executors > 0
    group by latest_key, likely_executors
),

-- The median of the replays' answers, weighted: large runs are what there is to save.
likely as (
    select latest_key, min(executors) as executors
    from (
        select
            answers.latest_key,
            answers.executors,
            sum(others.core_h) filter (where others.executors <= answers.executors) as core_h,
            sum(others.core_h) as all_core_h
        from answers
        join answers as others on others.latest_key = answers.latest_key
        group by answers.latest_key, answers.executors
    ) as below
    where 2 * core_h >= all_core_h
    group by latest_key
),

fewer as (
    select
        judged.latest_key,
        likely.executors,
        -- Of core-hours: a replay may take 5 % longer, and a run is not counted on less than its own needs.
        sum(
            judged.alloc_core_h
            * coalesce(
                least(105 * greatest(likely.executors, judged.likely_executors) / (100 * judged.today_executors), 1), 1
            )
        ) / sum(judged.alloc_core_h) as share,
        count(*) filter (where judged.likely_executors > likely.executors) as short_runs
    from judged
    join likely on likely.latest_key = judged.latest_key
    group by judged.latest_key, likely.executors
),

-- No condition on the key: DuckDB would compare the keys of all applications before it joins these few.
settings as (
    select
        recent.app_key,
        max(conf.value) filter (where conf.key = 'spark.executor.memory') as heap,
        max(conf.value) filter (where conf.key = 'spark.executor.instances') as instances,
        max(conf.value) filter (where conf.key = 'spark.cores.max') as cores_max,
        max(conf.value) filter (where conf.key = 'spark.master') as master,
        max(conf.value) filter (where conf.key = 'spark.dynamicAllocation.minExecutors') as min_executors,
        max(conf.value) filter (where conf.key = 'spark.dynamicAllocation.maxExecutors') as max_executors,
        max(lower(trim(conf.value))) filter (where conf.key = 'spark.dynamicAllocation.executorIdleTimeout')
            as idle_timeout
    from recent
    join conf on conf.app_key = recent.app_key
    where recent.newest = 1
    group by recent.app_key
),

-- What can be set, and what it is set to in the latest good run.
levers as (
    select
        details.job,
        details.job_user,
        details.app_key,
        details.engine,
        details.heap_mib,
        details.executor_memory_mib,
        details.overhead_mib,
        -- An overhead that is neither of the usual shares of the heap stays as it is.
        case
            when details.overhead_derived and details.overhead_mib = floor(0.1::double * details.heap_mib)
                then 0.1::double
            when details.overhead_derived and details.overhead_mib = floor(0.4::double * details.heap_mib)
                then 0.4::double
            else 0::double
        end as overhead_share,
        coalesce(settings.heap, details.heap_mib::string || 'm') as heap_now,
        case
            when details.dynamic_allocation then 'spark.dynamicAllocation.maxExecutors='
            when settings.instances is null
                and (settings.master like 'spark:%' or settings.master like 'local-cluster%')
                then 'spark.cores.max='
            else 'spark.executor.instances='
        end as fewer_key,
        case
            when details.dynamic_allocation then settings.max_executors
            when settings.instances is null
                and (settings.master like 'spark:%' or settings.master like 'local-cluster%')
                then settings.cores_max
            else settings.instances
        end as fewer_now,
        -- Executors by which the setting counts.
        case
            when settings.instances is null and not details.dynamic_allocation
                and (settings.master like 'spark:%' or settings.master like 'local-cluster%')
                then details.cores
            else 1
        end as fewer_unit,
        case when details.dynamic_allocation then try_cast(settings.min_executors as bigint) end as min_executors,
        case
            -- Before Spark 3.0 it takes a shuffle service beside the executors.
            when not details.dynamic_allocation
                then case
                    when try_cast(split_part(details.spark_version, '.', 1) as bigint) >= 3
                        then 'spark.dynamicAllocation.enabled=true, '
                            || 'spark.dynamicAllocation.shuffleTracking.enabled=true, '
                            || 'spark.dynamicAllocation.maxExecutors='
                            || coalesce(settings.instances, details.peak_executors::string)
                end
            -- A number alone counts seconds.
            when try_cast(regexp_extract(settings.idle_timeout, '^([0-9]+)', 1) as double)
                * case regexp_extract(settings.idle_timeout, '([a-z]+)$', 1)
                    when 'us' then 0.000001
                    when 'ms' then 0.001
                    when 'm' then 60
                    when 'min' then 60
                    when 'h' then 3600
                    when 'd' then 86400
                    else 1
                end > 60
                then 'spark.dynamicAllocation.executorIdleTimeout=60s'
            when try_cast(settings.min_executors as bigint) > 0 then 'spark.dynamicAllocation.minExecutors=0'
        end as release,
        settings.idle_timeout
    from details
    left join settings on settings.app_key = details.app_key
    where details.newest = 1
),

possible as (
    select
        spent.*,
        -- Here, not below: DuckDB gathers for them what the joins give a few rows at a time, and all that is computed
        -- of these wide rows is then computed for many at once.
        sum(spent.alloc_core_h) over () as fleet_core_h,
        sum(spent.alloc_gib_h) over () as fleet_gib_h,
        count(*) over () as rows_total,
        levers.engine,
        levers.heap_mib,
        levers.heap_now,
        levers.fewer_key,
        levers.fewer_now,
        levers.fewer_unit,
        levers.min_executors,
        levers.release,
        levers.idle_timeout,
        sized.judged_runs,
        sized.span_s,
        sized.peak_cov_pct,
        sized.variation_ratio,
        sized.most_input_bytes,
        sized.p95_heap_mib,
        released.resource_profile,
        sized.tried_runs,
        sized.replayed_runs,
        sized.replay_error_pct,
        sized.today_executors,
        sized.core_h,
        sized.gib_h,
        sized.core_cost,
        sized.gib_cost,
        sized.driver_cost,
        fewer.executors as likely_executors,
        fewer.share as fewer_share,
        fewer.short_runs,
        1 - least(coalesce(released.core_h, 0) / sized.core_h, 1) as kept_share,
        least(sized.busy_core_h / 0.8 / sized.core_h, 1) as best_share,
        -- A smaller heap could not hold what was held at once, nor the largest task on all cores.
        greatest(
            coalesce(sized.unified_mib, 0),
            coalesce(1.3 * task_peaks.task_bytes * sized.cores / 1048576, 0),
            1024
        ) as least_heap_mib,
        sized.most_heap_mib,
        sized.p50_heap_mib,
        levers.executor_memory_mib,
        levers.overhead_share,
        case when levers.overhead_share > 0 then levers.overhead_mib else 0 end as most_overhead_mib,
        levers.executor_memory_mib - levers.heap_mib
            - case when levers.overhead_share > 0 then levers.overhead_mib else 0 end as fixed_mib,
        coalesce(spent.oom_runs > 0 or spent.gc_pct > 10 or spent.spill_ratio > 0.1, false) as is_blocked,
        coalesce(levers.engine = 'jvm' and released.resource_profile = 0 and levers.heap_mib > 2048, false)
            as is_heap_known
    from spent
    left join levers on levers.job = spent.job and levers.job_user is not distinct from spent.job_user
    left join sized on sized.latest_key = levers.app_key
    left join released on released.latest_key = levers.app_key
    left join task_peaks on task_peaks.latest_key = levers.app_key
    left join fewer on fewer.latest_key = levers.app_key
),

-- In steps of 256 MiB, upwards.
stepped as (
    select
        possible.*,
        256 * ceil(greatest(1.2 * p95_heap_mib, least_heap_mib) / 256) as likely_mib,
        256 * ceil(greatest(1.3 * most_heap_mib, least_heap_mib) / 256) as careful_mib,
        256 * ceil(greatest(1.1 * p50_heap_mib, least_heap_mib) / 256) as best_mib
    from possible
),

-- Shares of the container that are left with another heap, and whether each change is worth it.
weighed as (
    select
        stepped.*,
        (fixed_mib + likely_mib + least(most_overhead_mib, greatest(384, floor(overhead_share * likely_mib))))
            / executor_memory_mib as likely_container,
        (fixed_mib + careful_mib + least(most_overhead_mib, greatest(384, floor(overhead_share * careful_mib))))
            / executor_memory_mib as careful_container,
        (fixed_mib + best_mib + least(most_overhead_mib, greatest(384, floor(overhead_share * best_mib))))
            / executor_memory_mib as best_container,
        coalesce(
            not is_blocked and fewer_share <= 0.95 and (fewer_share <= kept_share or release is null)
            -- The driver is there for the 5 % longer that a run may take.
            and coalesce((1 - fewer_share) * (core_cost + gib_cost) > 0.05 * driver_cost, true),
            false
        ) as takes_fewer,
        coalesce(not is_blocked and release is not null and kept_share <= 0.95, false) as can_release
    from stepped
),

-- The configurations, each as a whole: shares of executor hours and of their containers.
chosen as (
    select
        weighed.*,
        can_release and not takes_fewer as takes_release,
        takes_memory,
        takes_memory and careful_container <= 0.95 as takes_careful_memory,
        case when takes_fewer then fewer_share when can_release then kept_share else 1 end as likely_share,
        case when can_release then kept_share else 1 end as careful_share,
        case when takes_memory then likely_container else 1 end as likely_size,
        case when takes_memory and careful_container <= 0.95 then careful_container else 1 end as careful_size,
        case when takes_memory then least(best_container, likely_container) else 1 end as best_size,
        case
            when not (takes_memory or takes_fewer or can_release) then 'none'
            when judged_runs >= 10 and span_s >= 1209600 and variation_ratio <= 0.3
                and (not takes_memory or peak_cov_pct >= 90)
                and (not takes_fewer or replay_error_pct <= 10)
                then 'high'
            when judged_runs >= 3 and variation_ratio <= 1 and (not takes_memory or peak_cov_pct >= 80) then 'medium'
            else 'low'
        end as confidence,
        covered.months
    from (
        select
            *,
            -- A heap that was hardly measured must not make a sound number of executors uncertain.
            coalesce(
                not is_blocked and is_heap_known and peak_cov_pct > 0
                and heap_mib >= 1.25 * (p95_heap_mib + 300) and likely_container <= 0.95
                and (peak_cov_pct >= 80 or not (takes_fewer or can_release)),
                false
            ) as takes_memory
        from weighed
    ) as weighed
    -- What a month is scaled from: the part of the window that the database knows anything of.
    cross join (
        select case when hours >= 24 then 720 / hours end as months
        from (
            select
                (epoch_ms(least(max("end"), getvariable('until'))) - epoch_ms(greatest(min(start), getvariable('since'))))
                    / 3.6e6 as hours
            from apps
        ) as extent
    ) as covered
),

scaled as (
    select
        *,
        case when confidence in ('high', 'medium') then good_runs * months / judged_runs end as sure,
        case when confidence = 'low' then good_runs * months / judged_runs end as unsure,
        case when confidence <> 'none' then good_runs * months / judged_runs end as either,
        core_h * (1 - likely_share) as likely_core_h,
        gib_h * (1 - likely_share * likely_size) as likely_gib_h,
        core_cost * (1 - likely_share) + gib_cost * (1 - likely_share * likely_size)
            - case when takes_fewer then 0.05 * driver_cost else 0 end as likely_cost
    from chosen
)

select
    job,
    sure * likely_cost as save_likely_est,
    sure * (core_cost * (1 - careful_share) + gib_cost * (1 - careful_share * careful_size)) as save_careful_est,
    case
        when takes_memory and (takes_fewer or takes_release) then 'both'
        when takes_memory then 'memory'
        when takes_fewer or takes_release then 'executors'
        else 'none'
    end as action,
    confidence,
    sure * likely_core_h as save_likely_core_h,
    sure * likely_gib_h as save_likely_gib_h,
    nullif(concat_ws(
        ', ',
        case when takes_memory then 'spark.executor.memory=' || likely_mib::bigint::string || 'm' end,
        case when takes_fewer then fewer_key || (likely_executors * fewer_unit)::bigint::string end,
        case
            when takes_fewer and min_executors > likely_executors
                then 'spark.dynamicAllocation.minExecutors=' || likely_executors::string
        end,
        case when takes_release then release end
    ), '') as proposed,
    nullif(concat_ws(
        ', ',
        case when takes_memory then 'spark.executor.memory=' || heap_now end,
        case when takes_fewer then fewer_key || coalesce(fewer_now, '(not set)') end,
        case
            when takes_fewer and min_executors > likely_executors
                then 'spark.dynamicAllocation.minExecutors=' || min_executors::string
        end,
        case
            when takes_release
                then case release
                    when 'spark.dynamicAllocation.executorIdleTimeout=60s'
                        then 'spark.dynamicAllocation.executorIdleTimeout=' || idle_timeout
                    when 'spark.dynamicAllocation.minExecutors=0'
                        then 'spark.dynamicAllocation.minExecutors=' || min_executors::string
                    else 'spark.dynamicAllocation.enabled=false'
                end
        end
    ), '') as now,
    case
        when good_runs = 0 and kind <> 'batch' then kind || ': not judged'
        when good_runs = 0 then 'no good run within the window'
        when oom_runs > 0 then 'runs that ran out of memory: ' || oom_runs::string || '; nothing is cut'
        when gc_pct > 10
            then 'up to ' || round(gc_pct)::bigint::string || ' % of the run time in GC; nothing is cut'
        when spill_ratio > 0.1
            then 'spills up to ' || round(spill_ratio, 1)::string || ' x its data; nothing is cut'
        else concat_ws(
            '; ',
            case
                when engine <> 'jvm' then engine || ': the heap is not judged'
                when resource_profile > 0 then 'executors of several profiles: the heap is not judged'
                when p95_heap_mib is null then 'the heap was never measured'
                else 'heap peaks at ' || round(p95_heap_mib / 1024, 1)::string || ' of '
                    || round(heap_mib::double / 1024, 1)::string || ' GiB'
            end,
            case
                when takes_release
                    then 'executors wait for ' || round(100 * (1 - kept_share))::bigint::string
                        || ' % of their core-hours, without any task or before their first and after their last'
                when takes_fewer
                    then 'replayed on ' || likely_executors::string || ' of '
                        || round(today_executors)::bigint::string
                        || ' executors it takes at most 5 % longer (replay off by up to '
                        || round(replay_error_pct, 1)::string || ' %)'
                when likely_executors is not null
                    then 'replayed on fewer than ' || likely_executors::string
                        || ' executors it takes more than 5 % longer'
                when tried_runs > 0 then 'the replay is off by more than 15 %'
                else 'too short or too small to be replayed'
            end
        )
    end as because,
    case
        when confidence <> 'none' then concat_ws(
            '; ',
            case
                when most_input_bytes > 0
                    then 'sized for up to ' || round(most_input_bytes::double / 1073741824, 1)::string
                        || ' GiB of input'
                else 'sized for the runs seen'
            end,
            case when takes_fewer then 'up to 5 % slower' end,
            case
                when takes_fewer and short_runs > 0
                    then short_runs::string || ' of ' || replayed_runs::string || ' runs slower than that'
            end,
            case when takes_release then 'executors that hold shuffle or cached data are kept longer' end,
            case when takes_memory then 'memory saves money only where other work can use it' end
        )
    end as risk,
    cost_est * months as month_cost_est,
    alloc_core_h * months as month_core_h,
    good_runs * months as runs_per_month,
    sure * core_h * (1 - careful_share) as save_careful_core_h,
    sure * gib_h * (1 - careful_share * careful_size) as save_careful_gib_h,
    nullif(concat_ws(
        ', ',
        case when takes_careful_memory then 'spark.executor.memory=' || careful_mib::bigint::string || 'm' end,
        case when can_release then release end
    ), '') as proposed_careful,
    unsure * likely_cost as at_stake_est,
    unsure * likely_core_h as at_stake_core_h,
    unsure * likely_gib_h as at_stake_gib_h,
    either * greatest(
        core_cost * (1 - best_share) + gib_cost * (1 - best_share * best_size), likely_cost
    ) as best_case_est,
    either * core_h * (1 - least(best_share, likely_share)) as best_case_core_h,
    either * gib_h * (1 - least(best_share, likely_share) * best_size) as best_case_gib_h,
    good_runs,
    judged_runs,
    span_s,
    peak_cov_pct,
    variation_ratio,
    replay_error_pct,
    heap_mib::double / 1024 as heap_gib,
    case when takes_memory then likely_mib / 1024 end as likely_heap_gib,
    case when takes_careful_memory then careful_mib / 1024 end as careful_heap_gib,
    today_executors,
    likely_executors,
    wasted_core_h * months as month_wasted_core_h,
    skew_tail_core_h * months as month_skew_tail_core_h,
    job_user,
    rows_total
from scaled
order by
    save_likely_est desc nulls last,
    -- Without prices, by shares of the fleet's cores and memory.
    sure * likely_core_h / fleet_core_h + sure * likely_gib_h / fleet_gib_h desc nulls last,
    at_stake_est desc nulls last,
    unsure * likely_core_h / fleet_core_h + unsure * likely_gib_h / fleet_gib_h desc nulls last,
    alloc_core_h desc nulls last,
    job,
    job_user
limit getvariable('limit')
