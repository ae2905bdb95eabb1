-- Which of these ids are in the stream, and as which version.
SELECT event_id, version
FROM events
WHERE stream_id = $stream_id AND event_id IN (SELECT unnest($event_ids::UUID[]))
