-- The same horizon; the checkpoint is a transaction's id and a position.
SELECT position, xid::text, stream, version
FROM events
WHERE (xid, position) > (%(xid)s::xid8, %(position)s)
  AND xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY xid, position;
