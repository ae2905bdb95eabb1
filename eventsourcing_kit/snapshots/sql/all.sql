SELECT stream_id, version, event_id, tag, state, checksum, epoch_us(taken_at)
FROM snapshots
ORDER BY stream_id, version
