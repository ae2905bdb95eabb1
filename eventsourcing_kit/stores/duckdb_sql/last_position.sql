-- Not max(position); see store_end.sql.
SELECT coalesce((SELECT position FROM events ORDER BY position DESC LIMIT 1), 0)
