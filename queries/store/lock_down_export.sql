-- The same for an export, whose own files stay readable.
set allowed_directories = [getvariable('export').directory];
set enable_external_access = false;
set lock_configuration = true
