-- The events that are stored under these ids, whole.
SELECT
    position, stream_id, version, event_id::TEXT, type, schema_version,
    data::TEXT, metadata::TEXT, occurred_at, recorded_at
FROM unnest(%(stream_ids)s::TEXT[], %(event_ids)s::UUID[]) AS asked (stream_id, event_id)
JOIN events USING (stream_id, event_id)
