SELECT DISTINCT stream_id FROM events WHERE starts_with(stream_id, $prefix) ORDER BY stream_id
