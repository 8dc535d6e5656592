-- The days on which applications started, counted from the epoch, in order.
select distinct epoch_ms(date_trunc('day', start)) // 86400000 from apps order by 1
