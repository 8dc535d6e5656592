-- title: Configuration of an application
-- answers: how one application is configured, as far as it is kept
-- about: application
-- default-window: all
-- column: key text: Spark property; also java.version and sun.java.command
-- column: value text: Value, redacted as Spark does
-- column: attempt text wide: Application attempt; unknown where the cluster manager gives none
with app as (
    select app_key, attempt from selected_apps
),

found as (
    select conf.key, conf.value, app.attempt
    from conf
    join app on app.app_key = conf.app_key
)

select key, value, attempt, (select count(*) from found) as rows_total
from found
order by attempt, key
limit getvariable('limit')
