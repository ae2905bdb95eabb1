-- Which of these ids are in their streams, and as which version.
SELECT stream_id, event_id, version
FROM unnest(%(stream_ids)s::TEXT[], %(event_ids)s::UUID[]) AS asked (stream_id, event_id)
JOIN events USING (stream_id, event_id)
