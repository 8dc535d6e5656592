-- Opens the copy that a writer works on. Its row groups are small, so that full ones are packed and written while
-- logs are still being read, and none of them waits in memory; the name in quotes is put in by the program, because
-- a parameter cannot stand there.
attach 'COPY' as copy (type duckdb, row_group_size 16384);
use copy
