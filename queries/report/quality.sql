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

-- What is the matter with a log, one by one; then all the others together.
listed as (
    select
        logs.outcome,
        logs.path as log,
        1::bigint as logs,
        logs.message,
        logs.events,
        logs.malformed_lines,
        apps.event_loss_pct,
        logs.compacted,
        logs.codec,
        logs.app_id,
        logs.attempt,
        logs.oversized_lines,
        logs.size_bytes,
        logs.decoded_bytes,
        logs.last_event,
        case logs.outcome
            when 'damaged' then 1
            when 'unreadable' then 2
            when 'rejected' then 3
            when 'no_application' then 4
            when 'unfinished' then 5
            when 'running' then 6
            when 'duplicate' then 7
            else 8
        end as place
    from logs
    left join lossy on lossy.app_key = logs.app_key
    left join apps on apps.app_key = logs.app_key
    where logs.message is not null
        or logs.compacted
        or lossy.app_key is not null
        or logs.outcome in ('running', 'unfinished')
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
        and logs.outcome not in ('running', 'unfinished')
    group by logs.outcome
)

select
    outcome,
    log,
    logs,
    message,
    events,
    malformed_lines,
    event_loss_pct,
    compacted,
    codec,
    app_id,
    attempt,
    oversized_lines,
    size_bytes,
    decoded_bytes,
    last_event,
    count(*) over () as rows_total
from listed
order by place, log, outcome
limit getvariable('limit')
