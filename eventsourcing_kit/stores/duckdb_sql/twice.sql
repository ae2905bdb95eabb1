-- An id that stands twice in one columnar append, if there is one.
SELECT any_value(stream_id), event_id
FROM incoming
GROUP BY event_id
HAVING count(*) > 1
LIMIT 1
