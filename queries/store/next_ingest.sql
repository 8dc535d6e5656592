select coalesce(max(ingest_id), 0) + 1 from ingests
