SELECT
    account,
    currency,
    greatest(-sum(amount), 0)::BIGINT AS debit,
    greatest(sum(amount), 0)::BIGINT AS credit
FROM postings.entries
WHERE ($position IS NULL OR position <= $position)
  AND ($time::TIMESTAMPTZ IS NULL OR recorded_at <= $time::TIMESTAMPTZ)
GROUP BY account, currency
HAVING sum(amount) <> 0
ORDER BY account, currency
