-- A category is a prefix; the empty prefix is the whole store.
SELECT
    position, stream_id, version, event_id, type, schema_version,
    data::TEXT, metadata::TEXT, occurred_at, recorded_at
FROM events
WHERE position > %(after_position)s
  AND (stream_id = %(category)s OR starts_with(stream_id, %(prefix)s))
  AND recorded_at <= %(recorded_until)s::TIMESTAMPTZ
  AND occurred_at <= %(occurred_until)s::TIMESTAMPTZ
ORDER BY position
LIMIT %(limit)s
