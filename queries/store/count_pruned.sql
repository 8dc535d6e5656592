-- How many rows of each table go with them; usage and minutes also go by their own time, so that no hour is
-- left that only some of its applications tell of.
with pruned_keys as (
    select app_key from pruned
)

select 'apps' as table_name, count(*) as pruned_rows from pruned
union all
select 'executors', count(*) from executors where app_key in (select app_key from pruned_keys)
union all
select 'jobs', count(*) from jobs where app_key in (select app_key from pruned_keys)
union all
select 'stages', count(*) from stages where app_key in (select app_key from pruned_keys)
union all
select 'sql_executions', count(*) from sql_executions where app_key in (select app_key from pruned_keys)
union all
select 'failures', count(*) from failures where app_key in (select app_key from pruned_keys)
union all
select 'conf', count(*) from conf where app_key in (select app_key from pruned_keys)
union all
select 'resource_profiles', count(*) from resource_profiles where app_key in (select app_key from pruned_keys)
union all
select 'usage', count(*)
from usage
where hour < make_timestamp($before_ms::bigint * 1000) or app_key in (select app_key from pruned_keys)
union all
select 'fleet_minutes', count(*) from fleet_minutes where minute < make_timestamp($before_ms::bigint * 1000)
