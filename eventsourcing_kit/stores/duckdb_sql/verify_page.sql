-- One part of the store, read to the last byte: what is there, and the first position at which the
-- count, the version or the time goes wrong, or an event cannot be read.
SELECT
    count(*) AS events,
    coalesce(max(position), 0) AS last_position,
    max(recorded_at) AS last_recorded_at,
    min(position) FILTER (position IS DISTINCT FROM previous + 1) AS gap,
    min(position) FILTER (version < 1) AS bad_version,
    min(position) FILTER (recorded_at < recorded_before) AS back_in_time,
    min(position) FILTER (content IS NULL) AS unreadable,
    bit_xor(hash(content)) AS content
FROM (
    SELECT
        position,
        version,
        recorded_at,
        lag(position, 1, $after_position) OVER in_order AS previous,
        lag(recorded_at, 1, $recorded_before::TIMESTAMPTZ) OVER in_order AS recorded_before,
        concat_ws('', schema_version, occurred_at)
        || stream_id || event_id || type || (data::JSON::VARCHAR) || metadata AS content
    FROM events
    WHERE position > $after_position AND position <= $to_position
    WINDOW in_order AS (ORDER BY position)
)
