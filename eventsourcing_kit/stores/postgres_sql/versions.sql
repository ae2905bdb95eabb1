-- How far each of these streams has come; those that are not there are not in the answer.
SELECT asked.stream_id, last.version
FROM unnest(%(stream_ids)s::TEXT[]) AS asked (stream_id)
CROSS JOIN LATERAL (
    SELECT version FROM events
    WHERE events.stream_id = asked.stream_id
    ORDER BY version DESC LIMIT 1
) AS last
