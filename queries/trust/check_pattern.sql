-- Fails if the pattern is no regular expression.
select regexp_matches('', ?)
