-- One account for a race: what the writers append, and beside it a row for those who keep rows.
DROP TABLE IF EXISTS race;
DROP TABLE IF EXISTS row_account;
DROP SEQUENCE IF EXISTS numbers;
CREATE SEQUENCE numbers START 2;
CREATE TABLE row_account (balance BIGINT);
INSERT INTO row_account VALUES (100);
