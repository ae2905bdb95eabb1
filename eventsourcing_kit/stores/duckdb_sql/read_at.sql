-- The events at these positions that are of any of these types; an empty list leaves that open.
SELECT
    position, stream_id, version, event_id, type, schema_version,
    data::JSON::VARCHAR, metadata::VARCHAR, epoch_us(occurred_at), epoch_us(recorded_at)
FROM events
WHERE position IN (SELECT unnest($positions::BIGINT[]))
  AND (len($types::VARCHAR[]) = 0 OR list_contains($types::VARCHAR[], type))
ORDER BY position
LIMIT $limit
