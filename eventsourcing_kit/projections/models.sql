-- What the kit keeps in a file of read models, beside the read models themselves.
-- A build is one making of a read model, in a schema of its own: balances_1, balances_2, ...
CREATE TABLE builds (
    projection VARCHAR NOT NULL,
    build      INTEGER NOT NULL,
    version    INTEGER NOT NULL,  -- of the projection's code
    checkpoint BIGINT  NOT NULL,  -- position of the last event that is in it
    live       BOOLEAN NOT NULL,  -- whether readers see this one
    event_id   UUID,              -- of the event at the checkpoint: whose history it follows
    code       VARCHAR,           -- a fingerprint of the code that began it
    PRIMARY KEY (projection, build)
);
-- Up to which position the effects have been run. A rebuild leaves it alone.
CREATE TABLE effects (
    projection VARCHAR PRIMARY KEY,
    done       BIGINT  NOT NULL,
    event_id   UUID               -- of the event there
);
-- Events that a projection could not handle and went on without.
CREATE TABLE set_aside (
    projection VARCHAR NOT NULL,
    build      INTEGER NOT NULL,
    position   BIGINT  NOT NULL,
    stream_id  VARCHAR NOT NULL,
    type       VARCHAR NOT NULL,
    choice     VARCHAR NOT NULL,  -- 'skip', 'dead letter' or 'dead letter alone'
    problem    VARCHAR NOT NULL,
    PRIMARY KEY (projection, build, position)
);
