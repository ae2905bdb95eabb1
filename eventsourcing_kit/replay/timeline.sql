SELECT code, amount, epoch_us(recorded_at) AS recorded_at, epoch_us(occurred_at) AS occurred_at
FROM movements
JOIN (SELECT unnest($accounts::VARCHAR[]) AS stream_id, unnest($codes::INTEGER[]) AS code)
    USING (stream_id)
WHERE position > $after_position AND position <= $to_position
ORDER BY position
