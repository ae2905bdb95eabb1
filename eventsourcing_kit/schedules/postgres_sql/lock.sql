SELECT pg_advisory_xact_lock(1);  -- held until the transaction has ended
