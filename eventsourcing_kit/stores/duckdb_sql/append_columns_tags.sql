-- The same for events in columns; most have none, and are told by their text.
INSERT INTO events_tags
SELECT DISTINCT tag, position
FROM (
    SELECT unnest(metadata::JSON ->> '$.tags[*]') AS tag, position
    FROM incoming
    WHERE contains(metadata::VARCHAR, '"tags"')
)
WHERE tag IS NOT NULL
