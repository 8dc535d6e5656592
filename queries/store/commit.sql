-- Ends the one transaction of an ingest with a checkpoint, so that its rows are written once: into the
-- file, and not into a write-ahead log before. The checkpoint behind it finds something to do only if the
-- first could not be made.
set checkpoint_threshold = '0B';
set auto_checkpoint_skip_wal_threshold = 0;
commit;
checkpoint
