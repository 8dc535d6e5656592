insert into changed
select app_key, app_id, start, "end" from apps where app_key in (select app_key from replaced);
delete from apps where app_key in (select app_key from replaced);
delete from executors where app_key in (select app_key from replaced);
delete from jobs where app_key in (select app_key from replaced);
delete from stages where app_key in (select app_key from replaced);
delete from sql_executions where app_key in (select app_key from replaced);
delete from failures where app_key in (select app_key from replaced);
delete from conf where app_key in (select app_key from replaced);
delete from resource_profiles where app_key in (select app_key from replaced);
delete from usage where app_key in (select app_key from replaced)
