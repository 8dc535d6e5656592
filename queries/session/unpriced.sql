-- No prices: nothing has one.
create or replace temp table priced (app_key bigint, core_rate double, gib_rate double, driver_rate double)
