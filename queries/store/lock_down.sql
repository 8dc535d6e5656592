-- No statement of a user reaches a file, an extension or a setting from here on. Settings are locked last.
set enable_external_access = false;
set lock_configuration = true
