-- A store's tables, made once. They lie in a schema of their own, first on the search path.
-- COLLATE "C" compares and sorts names by their bytes, as the kit does and as every machine does;
-- another collation may change with the operating system, and its indexes are then wrong.
CREATE TABLE events (
    position       BIGINT           NOT NULL,  -- place in the whole store, from 1, in commit order
    stream_id      TEXT COLLATE "C" NOT NULL,  -- category, hyphen, id
    version        BIGINT           NOT NULL,  -- place in the stream, from 1
    event_id       UUID             NOT NULL,
    type           TEXT COLLATE "C" NOT NULL,  -- past tense: MoneyDeposited
    schema_version INTEGER          NOT NULL,
    data           JSON             NOT NULL,  -- the very text; JSONB would write it anew
    metadata       JSON             NOT NULL,
    occurred_at    TIMESTAMPTZ      NOT NULL,  -- when it happened in the world
    recorded_at    TIMESTAMPTZ      NOT NULL,  -- when the store learned of it
    -- A key of a partitioned table has to name what it is partitioned by. So these two can be kept,
    -- and UNIQUE (position) cannot: events_head is what gives each position once.
    PRIMARY KEY (stream_id, version),
    UNIQUE (stream_id, event_id)
) PARTITION BY HASH (stream_id);

CREATE INDEX events_by_position ON events (position);

-- Where the store ends: one row. Whoever appends locks it, counts on from it, and holds it through
-- the commit. So positions are given once, and are seen in the order in which they are given.
CREATE TABLE events_head (
    one         BOOLEAN     PRIMARY KEY DEFAULT TRUE CHECK (one),
    position    BIGINT      NOT NULL,
    recorded_at TIMESTAMPTZ,           -- of the last event
    format      INTEGER     NOT NULL,  -- raised when the tables change shape
    partitions  INTEGER     NOT NULL
);
INSERT INTO events_head (position, format, partitions) VALUES (0, 1, {partitions});

-- The tags of events ({{"tags": [...]}} in their metadata), so that a condition finds them.
CREATE TABLE events_tags (
    tag      TEXT COLLATE "C" NOT NULL,
    position BIGINT           NOT NULL
);
-- A tag may be longer than an index takes; its MD5 is not.
CREATE INDEX events_by_tag ON events_tags (md5(tag), position);

-- Append-only, by the engine itself.
CREATE FUNCTION events_refuse() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are append-only: no % of %', TG_OP, TG_TABLE_NAME;
END
$$;

CREATE TRIGGER refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON events
FOR EACH STATEMENT EXECUTE FUNCTION events_refuse();

CREATE TRIGGER refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON events_tags
FOR EACH STATEMENT EXECUTE FUNCTION events_refuse();

CREATE TRIGGER refuse BEFORE DELETE OR TRUNCATE ON events_head
FOR EACH STATEMENT EXECUTE FUNCTION events_refuse();

CREATE TRIGGER refuse_to_go_back BEFORE UPDATE ON events_head
FOR EACH ROW WHEN (new.position < old.position) EXECUTE FUNCTION events_refuse();
