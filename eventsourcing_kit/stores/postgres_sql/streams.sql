-- Every stream has one event of version 1.
SELECT stream_id
FROM events
WHERE version = 1 AND starts_with(stream_id, %(prefix)s)
ORDER BY stream_id
