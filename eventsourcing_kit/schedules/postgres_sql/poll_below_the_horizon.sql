-- Only what was written by transactions that are older than every open one.
SELECT position, xid::text, stream, version
FROM events
WHERE position > %(position)s
  AND xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY position;
