select coalesce(max(app_key), 0) + 1 from apps
