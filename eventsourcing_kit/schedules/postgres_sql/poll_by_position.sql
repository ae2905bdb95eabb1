SELECT position, xid::text, stream, version
FROM events
WHERE position > %(position)s
ORDER BY position;
