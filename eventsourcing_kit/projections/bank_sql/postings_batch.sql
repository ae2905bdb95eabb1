INSERT INTO entries
WITH moved AS (
    SELECT
        position,
        recorded_at,
        stream_id,
        against,
        sign * data.amount::BIGINT AS amount,
        data.currency::VARCHAR AS currency
    FROM batch
    JOIN (VALUES {chart}) AS chart(type, sign, against) USING (type)
    WHERE data.amount::BIGINT <> 0
)
SELECT position, recorded_at, stream_id, amount, currency FROM moved
UNION ALL
SELECT position, recorded_at, against, -amount, currency FROM moved
