SELECT
    position, stream_id, version, event_id, type, schema_version,
    data::TEXT, metadata::TEXT, occurred_at, recorded_at
FROM events
WHERE stream_id = %(stream_id)s
  AND version BETWEEN %(from_version)s AND %(to_version)s
  AND position <= %(to_position)s
  AND recorded_at <= %(recorded_until)s::TIMESTAMPTZ
  AND occurred_at <= %(occurred_until)s::TIMESTAMPTZ
ORDER BY version {direction}
LIMIT %(limit)s
