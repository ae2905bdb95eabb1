-- Events of any of these types that have all of these tags; an empty list leaves that open.
SELECT
    position, stream_id, version, event_id, type, schema_version,
    data::JSON::VARCHAR, metadata::VARCHAR, epoch_us(occurred_at), epoch_us(recorded_at)
FROM events
WHERE position > $after_position
  AND (len($types::VARCHAR[]) = 0 OR list_contains($types::VARCHAR[], type))
  AND (
      len($tags::VARCHAR[]) = 0
      OR list_has_all(metadata ->> '$.tags[*]', $tags::VARCHAR[])
  )
ORDER BY position
LIMIT $limit
