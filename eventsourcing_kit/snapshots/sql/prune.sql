-- All of a stream's snapshots by one fold but the newest few.
DELETE FROM snapshots
WHERE stream_id = $stream_id
  AND tag = $tag
  AND rowid NOT IN (
      SELECT rowid
      FROM snapshots
      WHERE stream_id = $stream_id AND tag = $tag
      ORDER BY version DESC, rowid DESC
      LIMIT $keep
  )
