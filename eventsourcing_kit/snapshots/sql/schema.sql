-- Only copies: this file can be deleted, and the events make it again.
-- No key: two snapshots of one version do no harm, the later row is used.
CREATE TABLE snapshots (
    stream_id VARCHAR     NOT NULL,
    version   BIGINT      NOT NULL,  -- the state is that after this event of the stream
    event_id  UUID        NOT NULL,  -- and this is the event, so that another history is noticed
    tag       VARCHAR     NOT NULL,  -- of the fold: name/version/fingerprint
    state     VARCHAR     NOT NULL,  -- JSON
    checksum  VARCHAR     NOT NULL,  -- SHA-256 over the five columns before it
    taken_at  TIMESTAMPTZ NOT NULL
)
