-- What is known of the logs that the current parser has read. A log that could not be opened is tried again.
select path, size_bytes, modified_ms, last_index, in_progress, directory_modified_ms
from logs
where parser_version = ? and outcome <> 'unreadable'
