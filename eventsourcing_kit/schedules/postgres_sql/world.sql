-- Events for a race, with what each design needs, and a table for what a transaction writes first.
-- Nothing of it has to outlive the server, and nobody is to vacuum in the middle of a race.
CREATE UNLOGGED TABLE events (
    position BIGINT NOT NULL,
    xid      xid8   NOT NULL DEFAULT pg_current_xact_id(),
    stream   TEXT   NOT NULL,
    version  BIGINT NOT NULL,
    writer   TEXT   NOT NULL,
    amount   BIGINT NOT NULL,  -- what it adds to the balance, whole euros
    UNIQUE (stream, version)
) WITH (autovacuum_enabled = off);

CREATE UNLOGGED TABLE inbox (writer TEXT) WITH (autovacuum_enabled = off);

CREATE SEQUENCE positions;
