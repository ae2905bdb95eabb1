-- What an append has to know of a stream: its ids and where they stand.
SELECT event_id, version FROM events WHERE stream_id = $stream_id
