-- Every event of every account, and by how much it moves the balance (minor units).
SELECT
    position,
    stream_id,
    occurred_at,
    recorded_at,
    CASE
        WHEN type IN ('MoneyDeposited', 'TransferReceived', 'InterestCredited', 'EntryCorrected')
            THEN data.amount::BIGINT
        WHEN type IN ('MoneyWithdrawn', 'TransferSent', 'FeeCharged')
            THEN -data.amount::BIGINT
        ELSE 0
    END AS amount
FROM events
WHERE starts_with(stream_id, 'account-')
