-- The rules by which what is in the file was named.
select fingerprint from naming
