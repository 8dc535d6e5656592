create or replace temp table renamed (app_key bigint, job varchar, tags varchar)
