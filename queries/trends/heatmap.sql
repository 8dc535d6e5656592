-- title: Heat map
-- answers: at which hours of the week the cluster is held, and where batch work could go
-- includes: unfinished
-- column: hour_of_day text: Hour of the day, in the time zone of --tz (UTC by default)
-- column: mon_cores cores series: Cores held in this hour of Mondays, mean over the Mondays of the window: core-hours allocated, of the number of such hours from the database's first application to its last; unknown if there are none
-- column: tue_cores cores series: The same of Tuesdays
-- column: wed_cores cores series: The same of Wednesdays
-- column: thu_cores cores series: The same of Thursdays
-- column: fri_cores cores series: The same of Fridays
-- column: sat_cores cores series: The same of Saturdays
-- column: sun_cores cores series: The same of Sundays
-- column: avg_cores cores series: Cores held in this hour of the day, mean over all days of the window
with chosen as (
    select app_key
    from known_apps
    -- Only to read less: the hour decides what counts.
    where not local and "end" >= getvariable('since') - interval '1' hour
),

hourly as (
    select usage.hour, sum(usage.alloc_core_h) as cores
    from usage
    join chosen on chosen.app_key = usage.app_key
    join hours on hours.hour = usage.hour
    group by usage.hour
),

-- An hour in which nothing was held has no row and counts as 0.
held as (
    select
        hours.hour_of_day,
        hours.weekday,
        coalesce(hourly.cores, 0) as cores
    from hours
    left join hourly on hourly.hour = hours.hour
    where exists (select 1 from hourly)
)

select
    lpad(cast(hour_of_day as string), 2, '0') || ':00' as hour_of_day,
    avg(case when weekday = 1 then cores end) as mon_cores,
    avg(case when weekday = 2 then cores end) as tue_cores,
    avg(case when weekday = 3 then cores end) as wed_cores,
    avg(case when weekday = 4 then cores end) as thu_cores,
    avg(case when weekday = 5 then cores end) as fri_cores,
    avg(case when weekday = 6 then cores end) as sat_cores,
    avg(case when weekday = 7 then cores end) as sun_cores,
    avg(cores) as avg_cores
from held
group by held.hour_of_day
order by held.hour_of_day
limit getvariable('limit')
