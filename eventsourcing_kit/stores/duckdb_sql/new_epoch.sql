INSERT INTO events_epochs
SELECT max(number) + 1, uuid(), $position::BIGINT, now() FROM events_epochs
