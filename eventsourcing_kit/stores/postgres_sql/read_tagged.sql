-- Events that have all of these tags, and are of any of these types; no type leaves that open.
WITH tagged AS MATERIALIZED (
    SELECT position
    FROM events_tags
    WHERE md5(tag) = ANY(SELECT md5(asked) FROM unnest(%(tags)s::TEXT[]) AS asked)
      AND tag = ANY(%(tags)s::TEXT[])
      AND position > %(after_position)s
    GROUP BY position
    HAVING count(*) = cardinality(%(tags)s::TEXT[])
)
SELECT
    position, stream_id, version, event_id, type, schema_version,
    data::TEXT, metadata::TEXT, occurred_at, recorded_at
FROM tagged
JOIN events USING (position)
WHERE cardinality(%(types)s::TEXT[]) = 0 OR type = ANY(%(types)s::TEXT[])
ORDER BY position
LIMIT %(limit)s
