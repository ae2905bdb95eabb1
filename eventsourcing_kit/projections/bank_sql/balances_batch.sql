INSERT INTO accounts
SELECT
    stream_id,
    sum(
        CASE
            WHEN type IN ({money_in}) THEN data.amount::BIGINT
            ELSE -data.amount::BIGINT
        END
    )
FROM batch
WHERE type IN ({money_in}, {money_out})
GROUP BY stream_id
ON CONFLICT DO UPDATE SET balance = balance + excluded.balance
