-- Which part of which table the next statement is about, and the file it goes to.
set variable part = struct_pack(name := ?::varchar, day := ?::bigint, file := ?::varchar)
