SELECT position, currency, sum(amount)::BIGINT AS off
FROM postings.entries
GROUP BY position, currency
HAVING sum(amount) <> 0
ORDER BY position, currency
