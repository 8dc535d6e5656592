-- From when to when the attempts of one application ran, in ms since the epoch.
select epoch_ms(min(start)), epoch_ms(max("end"))
from apps
where app_id = $app_id::varchar
