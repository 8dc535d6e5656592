-- Logs whose application now comes from another log: still there, or gone (no message).
delete from logs where path in (select path from demoted where message is null);
update logs
set app_key = null, outcome = 'duplicate', message = demoted.message
from demoted
where logs.path = demoted.path and demoted.message is not null
