INSERT INTO entries
SELECT
    $1, $2, $3, $4, $5, $6,
    $6 + coalesce((SELECT arg_max(balance, version) FROM entries WHERE account = $1), 0)
