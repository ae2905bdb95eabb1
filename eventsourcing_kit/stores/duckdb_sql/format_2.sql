-- What format 2 adds. DuckDB does not use a key of two columns for reading, so without this index
-- one stream costs a look at all of them.
CREATE INDEX events_by_stream ON events (stream_id);

-- The tags of events ({"tags": [...]} in their metadata), so that a condition finds them.
CREATE TABLE events_tags (
    tag      VARCHAR NOT NULL,
    position BIGINT  NOT NULL
);
CREATE INDEX events_by_tag ON events_tags (tag);
INSERT INTO events_tags
SELECT DISTINCT tag, position
FROM (
    SELECT unnest(metadata ->> '$.tags[*]') AS tag, position
    FROM events
    WHERE contains(metadata, '"tags"')
)
WHERE tag IS NOT NULL;

-- A store begins epoch 1, and another one each time that it is restored: what was read before may
-- have gone on in another way.
CREATE TABLE events_epochs (
    number         INTEGER     NOT NULL,
    id             UUID        NOT NULL,
    after_position BIGINT      NOT NULL,  -- the last event that it has in common with the one before
    begun_at       TIMESTAMPTZ NOT NULL
);
INSERT INTO events_epochs VALUES (1, uuid(), 0, now());

-- Whether events may be in a .wal, beside the file: then the file alone is not the whole store.
CREATE TABLE events_session (is_open BOOLEAN NOT NULL);
INSERT INTO events_session VALUES (FALSE);

INSERT INTO events_format VALUES (2);
