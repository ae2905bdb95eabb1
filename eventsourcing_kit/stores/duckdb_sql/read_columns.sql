SELECT
    position, stream_id, version, event_id::VARCHAR AS event_id, type, schema_version,
    data::JSON::VARCHAR AS data, metadata::VARCHAR AS metadata, occurred_at, recorded_at
FROM events
WHERE position > $after_position AND position <= $to_position
ORDER BY position
