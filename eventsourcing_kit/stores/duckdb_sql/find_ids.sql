-- Which of these ids are in the stream, and as which version. The stream first, by its index.
WITH stream AS MATERIALIZED (
    SELECT event_id, version FROM events WHERE stream_id = $stream_id
)
SELECT event_id, version
FROM stream
WHERE event_id IN (SELECT unnest($event_ids::UUID[]))
