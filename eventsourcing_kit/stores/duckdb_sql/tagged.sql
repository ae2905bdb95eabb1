-- The positions of events that have all of these tags, the first ones; one tag at a time, by index.
SELECT position
FROM events_tags
WHERE tag = $tag AND position > $after_position
ORDER BY position
