-- The directory that the views of an export read, and the same as the begin of a pattern of files.
set variable export = struct_pack(directory := ?::varchar, pattern := ?::varchar)
