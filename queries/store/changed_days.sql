-- The days, as ms since the epoch, that the old and new lives of changed application attempts touch.
select distinct epoch_ms(day)
from (select unnest(generate_series(date_trunc('day', start), "end", interval 1 day)) as day from changed) as days
order by 1
