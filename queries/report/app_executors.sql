-- title: Executors of an application
-- answers: the executor lives of one application, in their order
-- about: application
-- default-window: all
-- column: executor_id text: Executor id
-- column: host text: Host it ran on
-- column: cores count: Cores
-- column: memory_gib gib: Container memory
-- column: start time: Registration, UTC
-- column: life_s s: From registration to removal, or to the application's end
-- column: tasks count: Tasks that ended on it
-- column: failed_tasks count: Tasks that failed on it
-- column: busy_pct pct: Task wall time x cores a task occupies, of cores x life; at most 100
-- column: heap_peak_pct pct: Largest measured heap, of the heap; unknown if never measured
-- column: removed_class text: Why it went, in a word; unknown if it stayed to the end
-- column: removed_reason text: Why it went, as Spark says
-- column: begin_s s wide: From the application's start to the registration
-- column: attempt text wide: Application attempt; unknown where the cluster manager gives none
with app as (
    select app_key, attempt, start from selected_apps
),

found as (
    select executors.*, app.attempt, app.start as app_start
    from executors
    join app on app.app_key = executors.app_key
    where executors.executor_id <> 'driver'
)

select
    executor_id,
    host,
    cores,
    memory_mib / 1024e0 as memory_gib,
    start,
    (epoch_ms("end") - epoch_ms(start)) / 1000e0 as life_s,
    tasks,
    failed_tasks,
    least(100e0 * busy_core_h / nullif(cores * (epoch_ms("end") - epoch_ms(start)) / 3600000e0, 0), 100) as busy_pct,
    100e0 * peak_heap_bytes / nullif(heap_mib * 1048576e0, 0) as heap_peak_pct,
    removed_class,
    removed_reason,
    (epoch_ms(start) - epoch_ms(app_start)) / 1000e0 as begin_s,
    attempt,
    (select count(*) from found) as rows_total
from found
order by attempt, start, try_cast(executor_id as bigint), executor_id, life
limit getvariable('limit')
