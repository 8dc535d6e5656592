-- What jobs and tags are named from, an application after the other.
select apps.app_key, apps.app_name, conf.key, conf.value
from apps
left join conf on conf.app_key = apps.app_key
order by apps.app_key, conf.key
