select count(*) from query_table(getvariable('part').name)
