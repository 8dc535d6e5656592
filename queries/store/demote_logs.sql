-- A log whose application now comes from another log.
update logs
set app_key = null, outcome = 'duplicate', message = demoted.message
from demoted
where logs.path = demoted.path
