-- The hours of the window (UTC), and where each falls in the time zone that was asked for.
create or replace temp table hours (hour timestamp, bucket timestamp, weekday bigint, hour_of_day bigint)
