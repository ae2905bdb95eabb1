-- Where the store ends, in position and in time. Not max(position): the engine answers that from
-- statistics, in which a commit that failed may still be counted.
SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1
