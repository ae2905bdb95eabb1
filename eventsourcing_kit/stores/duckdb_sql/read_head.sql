-- What an append has to know of a stream: its version, and the end of each id, in order.
SELECT
    coalesce(max(version), 0),
    coalesce(list_sort(list(('0x' || right(event_id::VARCHAR, 12))::UBIGINT)), [])
FROM events
WHERE stream_id = $stream_id
