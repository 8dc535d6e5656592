-- What questions select from where there are prices: with the estimated cost of each attempt.
create or replace temp view selected_apps as
select
    window_apps.*,
    coalesce(window_apps.alloc_core_h, 0) * priced.core_rate
        + coalesce(window_apps.alloc_gib_h, 0) * priced.gib_rate
        + window_apps.driver_h * priced.driver_rate as cost_est
from window_apps
left join priced on priced.app_key = window_apps.app_key
