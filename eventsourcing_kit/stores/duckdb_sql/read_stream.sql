SELECT
    position, stream_id, version, event_id, type, schema_version,
    data::JSON::VARCHAR, metadata::VARCHAR, epoch_us(occurred_at), epoch_us(recorded_at)
FROM events
WHERE stream_id = $stream_id
  AND version BETWEEN $from_version AND $to_version
  AND position <= $to_position
  AND recorded_at <= $recorded_until::TIMESTAMPTZ
  AND occurred_at <= $occurred_until::TIMESTAMPTZ
ORDER BY version * $direction
LIMIT $limit
