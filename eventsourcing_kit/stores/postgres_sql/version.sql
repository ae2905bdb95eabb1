SELECT coalesce(max(version), 0) FROM events WHERE stream_id = %(stream_id)s
