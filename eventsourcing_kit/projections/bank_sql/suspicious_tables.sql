CREATE TABLE debits (
    account     VARCHAR     NOT NULL,
    position    BIGINT      NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL,
    amount      BIGINT      NOT NULL,
    PRIMARY KEY (account, position)
);
CREATE TABLE bursts (
    account VARCHAR     NOT NULL,
    since   TIMESTAMPTZ NOT NULL,
    debits  BIGINT      NOT NULL,
    total   BIGINT      NOT NULL,
    PRIMARY KEY (account, since)
);
