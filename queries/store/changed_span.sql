select epoch_ms(min(start)), epoch_ms(max("end")) from changed
