-- What `as_text` is about.
set variable statement = ?
