-- Of a columnar append: distinct ids; ids already in their stream; those that say the same there.
SELECT
    (SELECT count(DISTINCT event_id) FROM incoming),
    count(*),
    count(*) FILTER (
        incoming.type = events.type
        AND incoming.schema_version = events.schema_version
        AND incoming.data::JSON::VARIANT = events.data
        AND incoming.metadata = events.metadata
        AND (NOT $times_given OR incoming.occurred_at = events.occurred_at)
    )
FROM incoming
JOIN events USING (stream_id, event_id)
