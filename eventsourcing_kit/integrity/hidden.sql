-- Of each stream: what it shows up to a position, also where readers of the log never look.
SELECT
    stream_id, count(*), max(version),
    bool_or(position IS NULL OR position < 1)
FROM {table}
WHERE position IS NULL OR position <= {size}
GROUP BY stream_id
