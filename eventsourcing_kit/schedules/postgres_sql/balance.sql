SELECT sum(amount)::bigint FROM events;
