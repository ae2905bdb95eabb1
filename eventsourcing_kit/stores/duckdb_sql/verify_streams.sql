-- Some of the streams: those whose versions do not count from 1 in order of position, or that have an
-- id twice. The parts keep the memory small.
SELECT stream_id, count(*), min(version), max(version), count(DISTINCT event_id), bool_or(turned)
FROM (
    SELECT
        stream_id,
        version,
        event_id,
        position < lag(position) OVER (PARTITION BY stream_id ORDER BY version) AS turned
    FROM events
    WHERE hash(stream_id) % $parts = $part AND position <= $to_position
)
GROUP BY stream_id
HAVING min(version) != 1
    OR max(version) != count(*)
    OR count(DISTINCT event_id) != count(*)
    OR bool_or(turned)
ORDER BY stream_id
LIMIT 1
