-- What a table has of the applications that started on one day, application by application in the order of
-- time; within an application as it was.
with placed as (
    select rows_of_day.*, row_number() over () as place
    from (
        from query_table(getvariable('part').name)
        where app_key in (
            select app_key
            from apps
            where start >= make_timestamp(getvariable('part').day * 86400000000)
                and start < make_timestamp((getvariable('part').day + 1) * 86400000000)
        )
    ) as rows_of_day
)

select placed.* exclude (place)
from placed
join apps on apps.app_key = placed.app_key
order by apps.start, apps.app_id, apps.attempt, placed.place
