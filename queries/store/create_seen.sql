create temp table seen (
    place bigint,
    path varchar,
    size_bytes bigint,
    modified_ms bigint,
    last_index bigint,
    in_progress boolean,
    directory_modified_ms bigint
)
