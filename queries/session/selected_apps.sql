-- What questions select from where there are no prices: no money is shown anywhere.
create or replace temp view selected_apps as
select window_apps.*, cast(null as double) as cost_est
from window_apps
