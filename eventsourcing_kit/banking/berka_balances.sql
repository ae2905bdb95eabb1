-- The replay: the balance of every account at the end of every day on which money moved,
-- in minor units. Days are days in UTC, by when the movement happened, not when it was imported.
WITH movements AS (
    SELECT
        stream_id,
        (occurred_at AT TIME ZONE 'UTC')::DATE AS date,
        CASE
            WHEN type IN ('MoneyDeposited', 'TransferReceived', 'InterestCredited', 'EntryCorrected')
                THEN data.amount::BIGINT
            WHEN type IN ('MoneyWithdrawn', 'TransferSent', 'FeeCharged')
                THEN -data.amount::BIGINT
        END AS amount
    FROM events
    WHERE starts_with(stream_id, 'account-')
),
days AS (
    SELECT stream_id, date, sum(amount) AS moved
    FROM movements
    WHERE amount IS NOT NULL
    GROUP BY stream_id, date
)
SELECT
    split_part(stream_id, '-', 2)::BIGINT AS account_id,
    date,
    (sum(moved) OVER (PARTITION BY stream_id ORDER BY date))::BIGINT AS balance
FROM days
ORDER BY date, account_id
