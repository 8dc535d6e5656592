-- The days of which there is usage, counted from the epoch, in order.
select distinct epoch_ms(date_trunc('day', hour)) // 86400000 from usage order by 1
