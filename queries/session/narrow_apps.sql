-- Of the application attempts what a question needs: `*` is replaced by the columns that it names, because each
-- column that a view has costs time, named or not.
create or replace temp view narrow_apps as
select *
from apps
