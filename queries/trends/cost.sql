-- title: Cost
-- answers: what the fleet costs over time, and who moves it
-- column: bucket time zoned: Start of the bucket, in the time zone of --tz (UTC by default)
-- column: group_name text: What --group-by names; unknown without it. A group has a row where it held or cost something in the bucket or in the bucket before; a bucket without any has one row that names none
-- column: cost_est cost series: Estimated cost of what was held within the bucket: core-hours, GiB-hours and driver-hours, each times its price; unknown without prices
-- column: cost_change_pct pct: Change of the estimated cost per hour since the bucket before, per hour because the edges of the window, and the begin and end of what the database knows, may cut a bucket short; unknown in the first bucket and where the bucket before cost nothing
-- column: cost_change_est cost: Estimated cost of the bucket less what its hours would have cost at the rate of the bucket before; unknown in the first bucket
-- column: cost_share_pct pct: Share of the estimated cost of all groups in the bucket
-- column: alloc_core_h core_h series: Cores x executor life within the bucket
-- column: alloc_gib_h gib_h: Container memory x executor life within the bucket
-- column: core_h_change_pct pct: Change of the core-hours allocated per hour since the bucket before; unknown in the first bucket and where nothing was allocated in the bucket before
with buckets as (
    select
        bucket,
        min(hour) as start,
        max(hour) + interval '1' hour as "end",
        count(*) as hours,
        row_number() over (order by bucket) as number,
        lead(count(*)) over (order by bucket) as next_hours
    from hours
    group by bucket
),

places as (
    select hours.hour, buckets.number, buckets."end"
    from hours
    join buckets on buckets.bucket = hours.bucket
),

chosen as (
    select
        selected_apps.app_key,
        selected_apps.group_name,
        selected_apps.start,
        selected_apps."end",
        selected_apps.alloc_core_h,
        selected_apps.alloc_gib_h,
        selected_apps.cost_est,
        places.number,
        places."end" as bucket_end
    from selected_apps
    left join places on places.hour = date_trunc('hour', selected_apps.start)
),

-- Most attempts begin and end within one bucket and are taken as they are; the others are cut.
parts as (
    select
        number,
        group_name,
        sum(alloc_core_h) as alloc_core_h,
        sum(alloc_gib_h) as alloc_gib_h,
        sum(cost_est) as cost_est
    from chosen
    where "end" < bucket_end
    group by number, group_name
    union all
    select
        places.number,
        chosen.group_name,
        usage.alloc_core_h,
        usage.alloc_gib_h,
        usage.alloc_core_h * priced.core_rate + usage.alloc_gib_h * priced.gib_rate
    from chosen
    join usage on usage.app_key = chosen.app_key
    join places on places.hour = usage.hour
    left join priced on priced.app_key = chosen.app_key
    where (chosen."end" < chosen.bucket_end) is not true
    union all
    -- The driver costs while it lives, also in hours in which no executor does.
    select
        buckets.number,
        chosen.group_name,
        null,
        null,
        (epoch_ms(least(chosen."end", buckets."end")) - epoch_ms(greatest(chosen.start, buckets.start)))
            / 3.6e6 * priced.driver_rate
    from chosen
    join buckets on buckets.start < chosen."end" and buckets."end" > chosen.start
    join priced on priced.app_key = chosen.app_key
    where (chosen."end" < chosen.bucket_end) is not true
),

spent as (
    select
        number,
        group_name,
        sum(alloc_core_h) as alloc_core_h,
        sum(alloc_gib_h) as alloc_gib_h,
        sum(cost_est) as cost_est
    from parts
    group by number, group_name
),

-- Each figure in its own bucket, and in the next one as what went before, for as many hours as that has.
moved as (
    select
        number,
        group_name,
        alloc_core_h,
        alloc_gib_h,
        cost_est,
        cast(null as double) as core_h_before,
        cast(null as double) as cost_before
    from spent
    union all
    select
        spent.number + 1,
        spent.group_name,
        null,
        null,
        null,
        spent.alloc_core_h * buckets.next_hours / buckets.hours,
        spent.cost_est * buckets.next_hours / buckets.hours
    from spent
    join buckets on buckets.number = spent.number
    where buckets.next_hours is not null
),

compared as (
    select
        number,
        group_name,
        sum(alloc_core_h) as alloc_core_h,
        sum(alloc_gib_h) as alloc_gib_h,
        sum(cost_est) as cost_est,
        sum(core_h_before) as core_h_before,
        sum(cost_before) as cost_before
    from moved
    group by number, group_name
    -- An hour in which an attempt lived and held nothing makes no row.
    having greatest(
        coalesce(sum(alloc_core_h), 0), coalesce(sum(alloc_gib_h), 0), coalesce(sum(cost_est), 0),
        coalesce(sum(core_h_before), 0), coalesce(sum(cost_before), 0)
    ) > 0
),

prices as (
    select case when count(*) > 0 then 0.0::double end as nothing from priced
)

select
    buckets.bucket,
    compared.group_name,
    coalesce(compared.cost_est, prices.nothing) as cost_est,
    100.0 * (coalesce(compared.cost_est, 0) - compared.cost_before) / nullif(compared.cost_before, 0)
        as cost_change_pct,
    case
        when buckets.number > 1
            then coalesce(compared.cost_est, prices.nothing) - coalesce(compared.cost_before, prices.nothing)
    end as cost_change_est,
    100.0 * coalesce(compared.cost_est, prices.nothing)
        / nullif(sum(compared.cost_est) over (partition by buckets.number), 0) as cost_share_pct,
    coalesce(compared.alloc_core_h, 0) as alloc_core_h,
    coalesce(compared.alloc_gib_h, 0) as alloc_gib_h,
    100.0 * (coalesce(compared.alloc_core_h, 0) - compared.core_h_before) / nullif(compared.core_h_before, 0)
        as core_h_change_pct
from buckets
cross join prices
left join compared on compared.number = buckets.number
where exists (select 1 from chosen)
order by bucket, cost_est desc nulls last, alloc_core_h desc nulls last, group_name nulls last
limit getvariable('limit')
