-- What is known of the logs that the current parser has read. A log that could not be opened is tried again;
-- one whose application was pruned is not, whichever parser read it.
select path, size_bytes, modified_ms, last_index, in_progress, directory_modified_ms, outcome = 'pruned'
from logs
where (parser_version = ? and outcome <> 'unreadable') or outcome = 'pruned'
