-- Every stream has one event of version 1; that is quicker to see than which names are different.
SELECT stream_id
FROM events
WHERE version = 1 AND starts_with(stream_id, $prefix)
ORDER BY stream_id
