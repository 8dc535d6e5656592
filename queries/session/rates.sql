-- Factors on the price of some applications, in the order in which they are tried.
create or replace temp table rates (
    place bigint,
    "user" varchar,
    queue varchar,
    app_name varchar,
    factor double,
    since timestamp,
    until timestamp
)
