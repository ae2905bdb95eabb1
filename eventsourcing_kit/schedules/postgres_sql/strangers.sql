-- Open transactions of anybody else, autovacuum's included: they hold the horizon back.
SELECT count(*) FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> ALL (%(ours)s);
