INSERT INTO accounts VALUES (?, ?)
ON CONFLICT DO UPDATE SET balance = balance + excluded.balance
