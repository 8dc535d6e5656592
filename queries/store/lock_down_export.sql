-- The same for an export, whose own files stay readable: by their names, and by the pattern that finds them.
set allowed_directories = [getvariable('export').directory, getvariable('export').pattern];
set enable_external_access = false;
set lock_configuration = true
