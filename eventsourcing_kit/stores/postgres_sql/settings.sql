-- What the kit needs of its connection, whatever the server, the database or the user have set.
-- READ COMMITTED: a statement after a lock sees what was committed while the lock was waited for.
-- At REPEATABLE READ all statements see what stood before the first, so the head would be stale.
SELECT
    set_config('search_path', %(search_path)s, FALSE),
    set_config('application_name', %(name)s, FALSE),
    set_config('default_transaction_isolation', 'read committed', FALSE),
    set_config('default_transaction_read_only', %(read_only)s, FALSE),
    set_config('TimeZone', 'UTC', FALSE),
    set_config('DateStyle', 'ISO', FALSE),
    set_config('jit', 'off', FALSE),
    set_config('statement_timeout', '0', FALSE),
    set_config('lock_timeout', '0', FALSE),
    -- Who falls asleep with the head in hand loses it: nobody else could append.
    set_config('idle_in_transaction_session_timeout', '60s', FALSE),
    -- Durable when it returns; a stronger setting stays.
    set_config('synchronous_commit', CASE current_setting('synchronous_commit')
        WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, FALSE)
