-- The same from a table of columns, already checked and numbered.
INSERT INTO events
SELECT
    position, stream_id, version, event_id, type, schema_version,
    data::JSON::VARIANT, metadata::JSON, occurred_at, recorded_at
FROM incoming
