-- Work tables of one batch.
create or replace temp table incoming (place bigint, path varchar, app_id varchar, attempt varchar);
create or replace temp table replaced (app_key bigint);
create or replace temp table demoted (path varchar, message varchar);
create or replace temp table worsened (app_id varchar, attempt varchar)
