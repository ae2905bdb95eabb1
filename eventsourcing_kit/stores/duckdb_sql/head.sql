-- The store's last event, and the epoch that it is in. Not max(position); see store_end.sql.
SELECT position, event_id, (SELECT arg_max(id, number) FROM events_epochs)
FROM events
ORDER BY position DESC
LIMIT 1
