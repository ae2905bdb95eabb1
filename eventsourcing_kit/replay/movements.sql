-- Every event of every account, and by how much it moves the balance (minor units).
SELECT
    position,
    stream_id,
    occurred_at,
    recorded_at,
    CASE
        WHEN type IN ({money_in})
            THEN data.amount::BIGINT
        WHEN type IN ({money_out})
            THEN -data.amount::BIGINT
        ELSE 0
    END AS amount
FROM events
WHERE starts_with(stream_id, 'account-')
