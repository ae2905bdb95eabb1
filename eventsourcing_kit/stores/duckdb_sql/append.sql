-- One batch, one statement, one transaction: all of it or none.
INSERT INTO events
SELECT
    unnest($positions::BIGINT[]),
    unnest($stream_ids::VARCHAR[]),
    unnest($versions::BIGINT[]),
    unnest($event_ids::UUID[]),
    unnest($types::VARCHAR[]),
    unnest($schema_versions::INTEGER[]),
    unnest($data::JSON[])::VARIANT,
    unnest($metadata::JSON[]),
    unnest($occurred_at::TIMESTAMPTZ[]),
    unnest($recorded_at::TIMESTAMPTZ[])
