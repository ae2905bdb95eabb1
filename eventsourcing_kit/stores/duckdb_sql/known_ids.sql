-- Of a columnar append, by stream: the first id that is stored already, and how many are; the
-- version of the first; whether they stand there one behind the other; one with another body.
SELECT
    stream_id,
    arg_min(event_id, place),
    count(*),
    arg_min(events.version, place),
    min(events.version - place) = max(events.version - place),
    any_value(event_id) FILTER (
        (
            incoming.type = events.type
            AND incoming.schema_version = events.schema_version
            AND incoming.data::JSON::VARIANT = events.data
            AND incoming.metadata = events.metadata
            AND CASE WHEN $times_given THEN incoming.occurred_at ELSE events.recorded_at END
                = events.occurred_at
        ) IS NOT TRUE
    )
FROM incoming
JOIN events USING (stream_id, event_id)
GROUP BY stream_id
