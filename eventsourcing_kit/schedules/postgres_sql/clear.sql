DELETE FROM events;
DELETE FROM inbox;
SELECT setval('positions', 1, false);
