-- Positions at which the events and the index of their tags disagree.
WITH told AS (
    SELECT DISTINCT tag, position
    FROM (
        SELECT unnest(metadata ->> '$.tags[*]') AS tag, position
        FROM events
        WHERE contains(metadata, '"tags"')
    )
    WHERE tag IS NOT NULL
)
SELECT min(position)
FROM (
    (FROM told EXCEPT SELECT tag, position FROM events_tags)
    UNION ALL
    (SELECT tag, position FROM events_tags EXCEPT FROM told)
)
WHERE position <= $to_position
