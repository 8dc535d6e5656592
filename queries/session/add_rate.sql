-- One line of the price list.
insert into rates values ($place, $user, $queue, $app_name, $factor, $since, $until)
