-- title: Forecast
-- answers: how many cores will be held in the next 90 days, and when the capacity is reached
-- needs: 8 weeks of history
-- includes: unfinished
-- column: bucket time: First day of a week (7 days, UTC) after the last whole day of history, whatever the window and --bucket. History is the last whole weeks before the window's end, at most 26, from the begin of the first chosen application that held anything to the newest hour of all applications
-- column: expected_cores cores series: Cores held, expected mean over the week's days: least squares over the days of history with a straight trend and a level for each day of the week, at least 0
-- column: low_cores cores: Mean over the week's days of the lower edge of the band of each: two standard errors of prediction of a single day below what is expected, from the residuals of history, at least 0; about 95 % of days lie within the band if they go on like those of history
-- column: high_cores cores: Mean over the week's days of the upper edge of the band of each
-- column: peak_day_cores cores: Cores expected on the week's busiest day, mean of that day
-- column: expected_cores_pct pct: Expected cores, of --capacity-cores
-- column: high_cores_pct pct: Upper edge of the band, of --capacity-cores
-- column: capacity_reached time: First day within a year on which the cores expected, mean of the day, reach --capacity-cores; unknown if none does, or without a capacity
-- column: days_ahead count: Days from the end of history to the end of the week
-- column: capacity_reached_early time wide: First day within a year on which the upper edge of the band reaches --capacity-cores
-- column: residual_cores cores wide: Standard error of the residuals of history
-- column: history_weeks count wide: Weeks of history
with extent as (
    select date_trunc('day', least(getvariable('until'), max(hour) + interval '1' hour)) as today
    from usage
),

-- By hour before by day: with nothing between them the two tables are joined by number, and the few hours that are
-- left are quickly cut to history and turned into days.
daily as (
    select
        date_trunc('day', held.hour) as day,
        sum(held.alloc_core_h) / 24 as cores
    from (
        select usage.hour, sum(usage.alloc_core_h) as alloc_core_h
        from usage
        join known_apps on known_apps.app_key = usage.app_key
        where not known_apps.local
        group by usage.hour
    ) as held
    cross join extent
    where held.hour >= extent.today - interval '182' day
        and held.hour < extent.today
    group by date_trunc('day', held.hour)
),

history as (
    select
        extent.today,
        cast(
            least(floor((epoch_ms(extent.today) - epoch_ms(min(known_apps.start))) / 604800000.0), 26) as bigint
        ) as weeks
    from known_apps
    cross join extent
    where known_apps.alloc_core_h > 0
    group by extent.today
),

-- Every day of history, also those on which nothing was held; numbered from 0, so that the remainder by 7 stands
-- for the day of the week.
days as (
    select
        numbers.number % 7 as weekday,
        numbers.number::double as number,
        coalesce(daily.cores, 0) as cores
    from history
    join range(0, 182) as numbers(number) on numbers.number < 7 * history.weeks
    left join daily on daily.day = history.today + (numbers.number - 7 * history.weeks) * interval '1' day
    where history.weeks >= 8
),

weekdays as (
    select weekday, avg(number) as number, avg(cores) as cores
    from days
    group by weekday
),

centred as (
    select days.number - weekdays.number as x, days.cores - weekdays.cores as y
    from days
    join weekdays on weekdays.weekday = days.weekday
),

-- With each day of the week measured from its own means, one line through all days is the joint least squares of
-- trend and season: 7 levels and a slope.
trend as (
    select regr_slope(y, x) as slope, sum(x * x) as spread
    from centred
),

residual as (
    select
        any_value(trend.slope) as slope,
        any_value(trend.spread) as spread,
        sqrt(sum(power(centred.y - trend.slope * centred.x, 2)) / (count(*) - 8)) as cores
    from centred
    cross join trend
),

future as (
    select
        history.today,
        history.weeks,
        numbers.number,
        floor(numbers.number / 7.0) as week,
        residual.cores as residual_cores,
        weekdays.cores + residual.slope * (7 * history.weeks + numbers.number - weekdays.number) as expected,
        2 * residual.cores * sqrt(
            1 + 1e0 / history.weeks
            + power(7 * history.weeks + numbers.number - weekdays.number, 2) / residual.spread
        ) as margin,
        nullif(asked.capacity, 0) as capacity
    from range(0, 365) as numbers(number)
    join weekdays on weekdays.weekday = numbers.number % 7
    cross join history
    cross join residual
    cross join (select getvariable('capacity_cores')::double as capacity) as asked
),

weekly as (
    select
        today,
        weeks,
        week,
        avg(greatest(expected, 0)) as expected_cores,
        avg(greatest(expected - margin, 0)) as low_cores,
        avg(greatest(expected + margin, 0)) as high_cores,
        max(greatest(expected, 0)) as peak_day_cores,
        any_value(capacity) as capacity,
        min(min(case when expected >= capacity then number end)) over () as reached,
        min(min(case when expected + margin >= capacity then number end)) over () as reached_early,
        any_value(residual_cores) as residual_cores
    from future
    group by today, weeks, week
)

select
    today + cast(7 * week as bigint) * interval '1' day as bucket,
    expected_cores,
    low_cores,
    high_cores,
    peak_day_cores,
    100.0 * expected_cores / capacity as expected_cores_pct,
    100.0 * high_cores / capacity as high_cores_pct,
    today + reached * interval '1' day as capacity_reached,
    cast(7 * (week + 1) as bigint) as days_ahead,
    today + reached_early * interval '1' day as capacity_reached_early,
    residual_cores,
    weeks as history_weeks
from weekly
where week < 13
order by bucket
limit getvariable('limit')
