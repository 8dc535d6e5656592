-- A view for each table of an export. Tables in parts have their day in the names of their directories, and
-- only there; it is no column of the table.
create view apps as
select * from read_parquet(getvariable('export').pattern || '/apps/*.parquet');
create view resource_profiles as
select * from read_parquet(getvariable('export').pattern || '/resource_profiles/*.parquet');
create view failures as
select * from read_parquet(getvariable('export').pattern || '/failures/*.parquet');
create view fleet_minutes as
select * from read_parquet(getvariable('export').pattern || '/fleet_minutes/*.parquet');
create view logs as
select * from read_parquet(getvariable('export').pattern || '/logs/*.parquet');
create view ingests as
select * from read_parquet(getvariable('export').pattern || '/ingests/*.parquet');
create view prunes as
select * from read_parquet(getvariable('export').pattern || '/prunes/*.parquet');
create view naming as
select * from read_parquet(getvariable('export').pattern || '/naming/*.parquet');
create view schema_version as
select * from read_parquet(getvariable('export').pattern || '/schema_version/*.parquet');
create view executors as
select * exclude (day) from read_parquet(getvariable('export').pattern || '/executors/**/*.parquet', hive_partitioning = true);
create view jobs as
select * exclude (day) from read_parquet(getvariable('export').pattern || '/jobs/**/*.parquet', hive_partitioning = true);
create view stages as
select * exclude (day) from read_parquet(getvariable('export').pattern || '/stages/**/*.parquet', hive_partitioning = true);
create view sql_executions as
select * exclude (day) from read_parquet(getvariable('export').pattern || '/sql_executions/**/*.parquet', hive_partitioning = true);
create view conf as
select * exclude (day) from read_parquet(getvariable('export').pattern || '/conf/**/*.parquet', hive_partitioning = true);
create view usage as
select * exclude (day) from read_parquet(getvariable('export').pattern || '/usage/**/*.parquet', hive_partitioning = true)
