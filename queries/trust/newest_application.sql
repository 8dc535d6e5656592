-- The end of the newest application that reports look at by default, in ms since the epoch.
select epoch_ms(max("end"))
from apps
where ($with_local::boolean or not local) and ($with_incomplete::boolean or not end_estimated)
