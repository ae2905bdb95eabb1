-- For the streams of a columnar append: how far each has come.
SELECT stream_id, max(version)
FROM events
WHERE stream_id IN (SELECT stream_id FROM incoming_streams)
GROUP BY stream_id
