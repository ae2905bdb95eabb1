SELECT code, amount, epoch_us(if($by = 'recorded_at', recorded_at, occurred_at)) AS time
FROM movements
JOIN (
    SELECT unnest($accounts::VARCHAR[]) AS stream_id, unnest(range(len($accounts)))::INTEGER AS code
) USING (stream_id)
WHERE position > $after_position AND position <= $to_position
ORDER BY position
