CREATE TABLE entries (
    position    BIGINT      NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    account     VARCHAR     NOT NULL,
    amount      BIGINT      NOT NULL,  -- minor units: plus is a credit, minus a debit
    currency    VARCHAR     NOT NULL
);
