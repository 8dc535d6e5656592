-- The application attempts that ended before the limit.
create or replace temp table pruned as
select app_key, app_id, attempt, start, "end" from apps where "end" < make_timestamp(?::bigint * 1000)
