-- The store's last event, and the epoch that it is in.
SELECT
    coalesce(max(position), 0),
    coalesce(arg_max(event_id, position), '00000000-0000-0000-0000-000000000000'::UUID),
    (SELECT arg_max(id, number) FROM events_epochs)
FROM events
