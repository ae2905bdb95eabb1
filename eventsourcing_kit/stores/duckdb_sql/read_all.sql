-- A category is a prefix; the empty prefix is the whole store.
SELECT
    position, stream_id, version, event_id, type, schema_version,
    data::JSON::VARCHAR, metadata::VARCHAR, epoch_us(occurred_at), epoch_us(recorded_at)
FROM events
WHERE position > $after_position
  AND position <= $to_position
  AND (stream_id = $category OR starts_with(stream_id, $prefix))
  AND recorded_at <= $recorded_until::TIMESTAMPTZ
  AND occurred_at <= $occurred_until::TIMESTAMPTZ
ORDER BY position
LIMIT $limit
