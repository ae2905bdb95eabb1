-- From each debit near the new one ($2 to $3): how many there are within the window ($5) behind it.
INSERT INTO bursts
SELECT account, since, debits, total
FROM (
    SELECT first.account, first.occurred_at AS since, count(*) AS debits, sum(near.amount) AS total
    FROM (SELECT DISTINCT account, occurred_at FROM debits) AS first
    JOIN debits AS near
        ON near.account = first.account
        AND near.occurred_at BETWEEN first.occurred_at AND first.occurred_at + $5
    WHERE first.account = $1 AND first.occurred_at BETWEEN $2 AND $3
    GROUP BY ALL
)
WHERE debits >= $4
ON CONFLICT DO UPDATE SET debits = excluded.debits, total = excluded.total
