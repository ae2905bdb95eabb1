SELECT stream_id AS account, sum(amount)::BIGINT AS balance
FROM movements
WHERE position <= $to_position
  AND recorded_at <= $recorded_until::TIMESTAMPTZ
  AND occurred_at <= $occurred_until::TIMESTAMPTZ
GROUP BY stream_id
ORDER BY stream_id
