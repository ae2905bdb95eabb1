CREATE TABLE race (
    position BIGINT,
    version  BIGINT UNIQUE,
    writer   VARCHAR,
    amount   BIGINT   -- what it adds to the balance, whole euros
);
INSERT INTO race VALUES (1, 1, 'opening', 100);
