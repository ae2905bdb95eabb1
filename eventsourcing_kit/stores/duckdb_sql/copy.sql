-- The columns of `events`, for a copy: of parts that share a version, so without a key.
CREATE TEMP TABLE {table} (
    position       BIGINT,
    stream_id      VARCHAR,
    version        BIGINT,
    event_id       UUID,
    type           VARCHAR,
    schema_version INTEGER,
    data           {data},
    metadata       JSON,
    occurred_at    TIMESTAMPTZ,
    recorded_at    TIMESTAMPTZ
)
