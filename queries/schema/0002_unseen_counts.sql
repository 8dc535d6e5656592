-- Schema 2: of a log of which nothing can be read yet, nothing is counted. That is NULL, and not 0.
alter table logs alter column decoded_bytes drop not null;
alter table logs alter column events drop not null;
alter table logs alter column malformed_lines drop not null;
alter table logs alter column oversized_lines drop not null;
comment on column logs.decoded_bytes is 'Size after decompression; NULL if nothing can be read yet';
comment on column logs.events is 'Lines read as events; NULL if nothing can be read yet';
comment on column logs.malformed_lines is 'Lines that are no event; NULL if nothing can be read yet';
comment on column logs.oversized_lines is 'Lines longer than the limit; NULL if nothing can be read yet';
