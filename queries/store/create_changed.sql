-- The application attempts that this ingest adds or replaces, and the time their old and new lives span.
create temp table changed (app_key bigint, app_id varchar, start timestamp, "end" timestamp)
