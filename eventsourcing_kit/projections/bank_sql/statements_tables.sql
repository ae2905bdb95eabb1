CREATE TABLE entries (
    account     VARCHAR     NOT NULL,
    version     BIGINT      NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL,
    type        VARCHAR     NOT NULL,
    what        VARCHAR     NOT NULL,
    amount      BIGINT      NOT NULL,  -- minor units, with its sign
    balance     BIGINT      NOT NULL,  -- after this line, in order of version
    PRIMARY KEY (account, version)
);
