-- When the database was last filled, in ms since the epoch.
select epoch_ms(max(finished)) from ingests
