-- The store's last event, 0 and no id where there is none, and the epoch that it is in.
-- Not max(position); see store_end.sql.
SELECT
    coalesce(last.position, 0),
    coalesce(last.event_id, '00000000-0000-0000-0000-000000000000'::UUID),
    newest.id
FROM (SELECT arg_max(id, number) AS id FROM events_epochs) AS newest
LEFT JOIN (
    SELECT position, event_id FROM events ORDER BY position DESC LIMIT 1
) AS last ON TRUE
