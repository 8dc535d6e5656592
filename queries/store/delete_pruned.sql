-- The logs stay known, so that they are not read again; of what was wrong with them nothing is kept.
update logs
set app_key = null, outcome = 'pruned', message = null, compacted = false, malformed_lines = 0,
    oversized_lines = 0
from pruned
where logs.app_key = pruned.app_key
    or (
        logs.outcome = 'duplicate'
        and logs.app_id = pruned.app_id
        and logs.attempt is not distinct from pruned.attempt
    );
delete from apps where app_key in (select app_key from pruned);
delete from executors where app_key in (select app_key from pruned);
delete from jobs where app_key in (select app_key from pruned);
delete from stages where app_key in (select app_key from pruned);
delete from sql_executions where app_key in (select app_key from pruned);
delete from failures where app_key in (select app_key from pruned);
delete from conf where app_key in (select app_key from pruned);
delete from resource_profiles where app_key in (select app_key from pruned);
delete from usage where app_key in (select app_key from pruned);
insert into changed select app_key, app_id, start, "end" from pruned
