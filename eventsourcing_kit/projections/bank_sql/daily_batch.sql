INSERT INTO days
SELECT
    (occurred_at AT TIME ZONE 'UTC')::DATE,
    sum(greatest(amount, 0)),
    -sum(least(amount, 0)),
    count(*)
FROM (
    SELECT
        occurred_at,
        CASE
            WHEN type IN ({money_in}) THEN data.amount::BIGINT
            ELSE -data.amount::BIGINT
        END AS amount
    FROM batch
    WHERE type IN ({money_in}, {money_out}) AND type NOT IN ({carried})
)
GROUP BY ALL
ON CONFLICT DO UPDATE SET
    came_in = came_in + excluded.came_in,
    went_out = went_out + excluded.went_out,
    events = events + excluded.events
