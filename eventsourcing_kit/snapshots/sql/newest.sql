-- The best first: of this very fold, then of the same name, then of any; the newest of each.
SELECT stream_id, version, event_id, tag, state, checksum, epoch_us(taken_at)
FROM snapshots
WHERE stream_id = $stream_id AND version <= $version
ORDER BY tag = $tag DESC, starts_with(tag, $name || '/') DESC, version DESC, rowid DESC
LIMIT $candidates
