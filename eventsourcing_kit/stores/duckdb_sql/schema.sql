-- The seed of everything a learner sees. Run once, when a store is made.
CREATE TABLE events (
    position       BIGINT      NOT NULL,  -- place in the whole store, from 1, in commit order
    stream_id      VARCHAR     NOT NULL,  -- category, hyphen, id
    version        BIGINT      NOT NULL,  -- place in the stream, from 1
    event_id       UUID        NOT NULL,
    type           VARCHAR     NOT NULL,  -- past tense: MoneyDeposited
    schema_version INTEGER     NOT NULL,
    data           VARIANT     NOT NULL,
    metadata       JSON        NOT NULL,
    occurred_at    TIMESTAMPTZ NOT NULL,  -- when it happened in the world
    recorded_at    TIMESTAMPTZ NOT NULL,  -- when the store learned of it
    PRIMARY KEY (stream_id, version)
);

-- Append-only, by the engine itself: the SELECT fails before a row is touched.
CREATE TABLE events_guard (refused VARCHAR);

CREATE TRIGGER events_refuse_update BEFORE UPDATE ON events
FOR EACH STATEMENT INSERT INTO events_guard SELECT error('events are append-only: no UPDATE');

CREATE TRIGGER events_refuse_delete BEFORE DELETE ON events
FOR EACH STATEMENT INSERT INTO events_guard SELECT error('events are append-only: no DELETE');

-- Raised when the tables change shape, so that older code refuses what it cannot read.
CREATE TABLE events_format (version INTEGER NOT NULL);
INSERT INTO events_format VALUES (1);
