-- Whether a session waits for one of the others.
SELECT pg_blocking_pids(%(pid)s) && %(others)s::int[];
