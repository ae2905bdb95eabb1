-- What `events` were given as tags; a text that is not a list has none.
INSERT INTO events_tags
SELECT DISTINCT tag, position
FROM (
    SELECT unnest(metadata ->> '$.tags[*]') AS tag, position
    FROM (
        SELECT unnest($metadata::JSON[]) AS metadata, unnest($positions::BIGINT[]) AS position
    )
)
WHERE tag IS NOT NULL
