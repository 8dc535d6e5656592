update apps
set job = renamed.job, tags = renamed.tags
from renamed
where renamed.app_key = apps.app_key
    and (renamed.job is distinct from apps.job or renamed.tags is distinct from apps.tags)
