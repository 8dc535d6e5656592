-- title: Data
-- answers: how much data is moved over time, and what a TiB of it takes
-- column: bucket time zoned: Start of the bucket, in the time zone of --tz (UTC by default)
-- column: input_bytes bytes series: Bytes read from storage by tasks that ended in the bucket
-- column: output_bytes bytes series: Bytes written to storage by tasks that ended in the bucket
-- column: shuffle_read_bytes bytes series: Shuffle bytes read, local and remote, by tasks that ended in the bucket
-- column: disk_spill_bytes bytes series: Bytes spilled to disk, as written, by tasks that ended in the bucket
-- column: per_tib_core_h core_h series: Core-hours allocated within the bucket for each TiB (1024^4 bytes) of input and output, without applications in local mode; unknown without input and output
-- column: per_tib_cost_est cost series: Estimated cost of the executors held within the bucket (core-hours and GiB-hours, each times its price; drivers left out, because they do not follow the data) for each TiB of input and output, without applications in local mode; unknown without prices or without input and output
-- column: shuffle_write_bytes bytes: Shuffle bytes written by tasks that ended in the bucket
-- column: memory_spill_bytes bytes wide: Bytes spilled, as they were in memory, by tasks that ended in the bucket
-- column: alloc_core_h core_h wide: Cores x executor life within the bucket
with chosen as (
    select known_apps.app_key, priced.core_rate, priced.gib_rate
    from known_apps
    left join priced on priced.app_key = known_apps.app_key
    -- Only to read less: the hour decides what counts.
    where known_apps."end" >= getvariable('since') - interval '1' hour
),

used as (
    select
        hours.bucket,
        count(usage.app_key) as used_hours,
        coalesce(sum(usage.input_bytes), 0)::bigint as input_bytes,
        coalesce(sum(usage.output_bytes), 0)::bigint as output_bytes,
        coalesce(sum(usage.shuffle_read_bytes), 0)::bigint as shuffle_read_bytes,
        coalesce(sum(usage.shuffle_write_bytes), 0)::bigint as shuffle_write_bytes,
        coalesce(sum(usage.memory_spill_bytes), 0)::bigint as memory_spill_bytes,
        coalesce(sum(usage.disk_spill_bytes), 0)::bigint as disk_spill_bytes,
        sum(usage.alloc_core_h) as alloc_core_h,
        sum(usage.alloc_core_h * chosen.core_rate + usage.alloc_gib_h * chosen.gib_rate) as cost_est,
        sum(case when usage.alloc_core_h is not null then usage.input_bytes + usage.output_bytes end)::double
            / 1099511627776.0 as tib
    from hours
    left join (usage join chosen on chosen.app_key = usage.app_key) on usage.hour = hours.hour
    group by hours.bucket
)

select
    bucket,
    input_bytes,
    output_bytes,
    shuffle_read_bytes,
    disk_spill_bytes,
    alloc_core_h / nullif(tib, 0) as per_tib_core_h,
    cost_est / nullif(tib, 0) as per_tib_cost_est,
    shuffle_write_bytes,
    memory_spill_bytes,
    case when used_hours = 0 then 0 else alloc_core_h end as alloc_core_h
from used
qualify max(used_hours) over () > 0
order by bucket
limit getvariable('limit')
