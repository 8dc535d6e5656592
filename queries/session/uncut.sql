-- The table `cut` for a window that is open at both ends: no attempt crosses an edge of it.
create or replace temp table cut as select * from narrow_apps limit 0
