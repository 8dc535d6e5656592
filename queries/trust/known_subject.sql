-- Whether there is an application or a job of this name, whatever the filters.
select count(*) > 0
from apps
where app_id = $name::varchar or job = $name::varchar
