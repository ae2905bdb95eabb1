-- Where the store ends, in position and in time.
SELECT coalesce(max(position), 0), max(recorded_at) FROM events
