-- The begin of the oldest and the end of the newest application, in ms since the epoch.
select epoch_ms(min(start)), epoch_ms(max("end")) from apps
