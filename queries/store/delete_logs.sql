delete from logs where path in (select path from incoming)
