-- Read where the stream ends, and append behind it.
INSERT INTO events (position, stream, version, writer, amount)
SELECT nextval('positions'), %(stream)s, coalesce(max(version), 0) + 1, %(writer)s, %(amount)s
FROM events WHERE stream = %(stream)s;
