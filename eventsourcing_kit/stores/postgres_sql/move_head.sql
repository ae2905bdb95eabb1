UPDATE events_head SET position = %(position)s, recorded_at = %(last_recorded_at)s
