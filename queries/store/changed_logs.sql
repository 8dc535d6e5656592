-- The places of the seen logs that are not in the ledger as they are now.
select seen.place
from seen
left join logs
    on logs.path = seen.path
    and logs.parser_version = ?
    and logs.outcome <> 'unreadable'
    and logs.in_progress = seen.in_progress
    and (
        logs.directory_modified_ms = seen.directory_modified_ms
        or (
            logs.size_bytes = seen.size_bytes
            and logs.modified_ms = seen.modified_ms
            and logs.last_index is not distinct from seen.last_index
        )
    )
where logs.path is null
order by seen.place
