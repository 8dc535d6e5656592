-- The same for the hours of those attempts.
update usage
set wasted_app_retry_core_h = case when apps.wasted_app_retry_core_h > 0 then usage.first_try_core_h else 0.0 end,
    wasted_core_h = usage.wasted_core_h - usage.wasted_app_retry_core_h
        + case when apps.wasted_app_retry_core_h > 0 then usage.first_try_core_h else 0.0 end
from apps
where usage.app_key = apps.app_key
    and apps.app_id in (select app_id from changed)
    and (apps.wasted_app_retry_core_h > 0) <> (usage.wasted_app_retry_core_h > 0)
    and usage.first_try_core_h > 0
