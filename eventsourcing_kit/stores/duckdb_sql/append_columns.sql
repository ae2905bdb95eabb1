-- The same from a table of columns, already checked and numbered. Ids that were not given are drawn.
INSERT INTO events
SELECT
    position, stream_id, version, coalesce(event_id, uuid()), type, schema_version,
    data::JSON::VARIANT, metadata::JSON, occurred_at, recorded_at
FROM incoming
