-- Events of any of these types.
SELECT
    position, stream_id, version, event_id, type, schema_version,
    data::JSON::VARCHAR, metadata::VARCHAR, epoch_us(occurred_at), epoch_us(recorded_at)
FROM events
WHERE position > $after_position
  AND position <= $to_position
  AND list_contains($types::VARCHAR[], type)
ORDER BY position
LIMIT $limit
