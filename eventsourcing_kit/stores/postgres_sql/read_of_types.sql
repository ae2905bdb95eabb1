-- Events of any of these types.
SELECT
    position, stream_id, version, event_id, type, schema_version,
    data::TEXT, metadata::TEXT, occurred_at, recorded_at
FROM events
WHERE position > %(after_position)s AND type = ANY(%(types)s::TEXT[])
ORDER BY position
LIMIT %(limit)s
