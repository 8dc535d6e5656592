-- The attempts of this batch that the file holds already, with the log that each came from.
select
    incoming.place,
    apps.app_key,
    logs.path,
    logs.has_end,
    epoch_ms(logs.last_event),
    logs.events,
    logs.outcome <> 'damaged'
from incoming
join apps on apps.app_id = incoming.app_id and apps.attempt is not distinct from incoming.attempt
left join logs on logs.app_key = apps.app_key
