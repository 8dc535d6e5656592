-- title: Quality
-- answers: which logs cannot be trusted in full, and why; then what is fine, by outcome
-- window: logs
-- column: outcome text: complete, running, unfinished (no ApplicationEnd), damaged, duplicate, pruned, rejected, no_application or unreadable
-- column: log text: Path of the log; unknown in the rows that count logs without a problem
-- column: logs count: Logs
-- column: message text: What is wrong
-- column: events count: Lines read as events
-- column: malformed_lines count: Lines that are no event
-- column: event_loss_pct pct: Tasks of completed stages whose success was not logged
-- column: compacted bool: Events of finished jobs were dropped by the history server
-- column: codec text wide: plain, zstd, lz4, snappy, lzf or gzip
-- column: app_id text wide: Application id
-- column: attempt text wide: Attempt id
-- column: oversized_lines count wide: Lines longer than the limit
-- column: size_bytes bytes wide: Size as stored
-- column: decoded_bytes bytes wide: Size after decompression
-- column: last_event time wide: Latest time in the log, UTC
with lossy as (
    select app_key from apps where event_loss_pct > 0
),

-- A branch for each thing that may be the matter, each without the logs of those before it: they are few, and a
-- branch reads the rest of a log only where its own condition holds.
doubtful as (
    select *
    from logs
    where message is not null
    union all
    select *
    from logs
    where message is null
        and compacted
    union all
    select *
    from logs
    where message is null
        and not compacted
        and outcome = 'running'
    union all
    select *
    from logs
    where message is null
        and not compacted
        and outcome = 'unfinished'
    union all
    select *
    from logs
    where message is null
        and not compacted
        and outcome <> 'running'
        and outcome <> 'unfinished'
        and app_key in (select app_key from lossy)
),

-- What is the matter with a log, one by one; then all the others together.
listed as (
    select
        outcome,
        path as log,
        1::bigint as logs,
        message,
        events,
        malformed_lines,
        app_key,
        compacted,
        codec,
        app_id,
        attempt,
        oversized_lines,
        size_bytes,
        decoded_bytes,
        last_event,
        case outcome
            when 'damaged' then 1
            when 'unreadable' then 2
            when 'rejected' then 3
            when 'no_application' then 4
            when 'unfinished' then 5
            when 'running' then 6
            when 'duplicate' then 7
            else 8
        end as place
    from doubtful
    union all
    select
        logs.outcome,
        null,
        count(*),
        'nothing wrong',
        sum(logs.events)::bigint,
        sum(logs.malformed_lines)::bigint,
        null,
        false,
        null,
        null,
        null,
        sum(logs.oversized_lines)::bigint,
        sum(logs.size_bytes)::bigint,
        sum(logs.decoded_bytes)::bigint,
        max(logs.last_event),
        9
    from logs
    left join lossy on lossy.app_key = logs.app_key
    where logs.message is null
        and not logs.compacted
        and lossy.app_key is null
        and logs.outcome <> 'running'
        and logs.outcome <> 'unfinished'
    group by logs.outcome
),

-- What applications say of the listed alone.
shown as (
    select *, count(*) over () as rows_total
    from listed
    order by place, log, outcome
    limit getvariable('limit')
)

select
    shown.outcome,
    shown.log,
    shown.logs,
    shown.message,
    shown.events,
    shown.malformed_lines,
    apps.event_loss_pct,
    shown.compacted,
    shown.codec,
    shown.app_id,
    shown.attempt,
    shown.oversized_lines,
    shown.size_bytes,
    shown.decoded_bytes,
    shown.last_event,
    shown.rows_total
from shown
left join apps on apps.app_key = shown.app_key
order by shown.place, shown.log, shown.outcome
