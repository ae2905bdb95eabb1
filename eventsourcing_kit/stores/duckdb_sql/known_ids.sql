-- Of a columnar append: ids already in their stream; those that say the same there; an example.
SELECT
    count(*),
    count(*) FILTER (
        incoming.type = events.type
        AND incoming.schema_version = events.schema_version
        AND incoming.data::JSON::VARIANT = events.data
        AND incoming.metadata = events.metadata
        AND (NOT $times_given OR incoming.occurred_at = events.occurred_at)
    ),
    any_value(stream_id),
    any_value(event_id)
FROM incoming
JOIN events USING (stream_id, event_id)
