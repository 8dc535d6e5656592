-- The log of these attempts gives less than it did: another of theirs may be the better one by now, and is read again.
delete from logs
using worsened
where logs.outcome = 'duplicate'
    and logs.app_id = worsened.app_id
    and logs.attempt is not distinct from worsened.attempt
    and logs.path not in (select path from incoming)
