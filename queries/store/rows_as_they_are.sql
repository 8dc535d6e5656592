-- A table that no application owns.
from query_table(getvariable('part').name)
