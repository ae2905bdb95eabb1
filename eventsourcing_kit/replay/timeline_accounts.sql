-- A first event has version 1. Looking for these alone spares the names of ten million others.
SELECT DISTINCT stream_id
FROM events
WHERE version = 1 AND position <= $head AND starts_with(stream_id, 'account-')
ORDER BY stream_id
