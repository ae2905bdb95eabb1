INSERT INTO accounts
SELECT
    stream_id,
    sum(
        CASE
            WHEN type IN ('MoneyDeposited', 'TransferReceived', 'InterestCredited', 'EntryCorrected')
                THEN data.amount::BIGINT
            ELSE -data.amount::BIGINT
        END
    )
FROM batch
WHERE type IN (
    'MoneyDeposited', 'TransferReceived', 'InterestCredited', 'EntryCorrected',
    'MoneyWithdrawn', 'TransferSent', 'FeeCharged'
)
GROUP BY stream_id
ON CONFLICT DO UPDATE SET balance = balance + excluded.balance
