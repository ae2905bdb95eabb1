-- An id that stands twice in one stream of a columnar append, if there is one.
SELECT stream_id, event_id
FROM incoming
GROUP BY stream_id, event_id
HAVING count(*) > 1
LIMIT 1
