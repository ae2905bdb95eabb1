"""Partitioned by month, a unique key on stream and version cannot be had; by the stream it can."""
# Needs: postgres

import eventsourcing_kit as es

TABLE = "CREATE TABLE {} (stream_id text, version int, recorded_at date, {}) PARTITION BY {}"
with es.servers.postgres() as server:
    import psycopg

    with psycopg.connect(server.url, autocommit=True) as db:
        key = "UNIQUE (stream_id, version)"
        try:
            db.execute(TABLE.format("a", key, "RANGE (recorded_at)"))
        except psycopg.errors.FeatureNotSupported as refused:
            print("by month:", refused.diag.message_primary)
        db.execute(TABLE.format("b", key, "HASH (stream_id)"))
        print("by the stream: it is there")
        wider = "UNIQUE (stream_id, version, recorded_at)"
        db.execute(TABLE.format("c", wider, "RANGE (recorded_at)"))
        db.execute("CREATE TABLE c_all PARTITION OF c DEFAULT")
        for day in ("2025-03-31", "2025-04-01"):
            db.execute("INSERT INTO c VALUES ('account-1', 8, %s)", [day])
        print("by month, with the day in the key: version 8 twice")

# It prints:
# by month: unique constraint on partitioned table must include all partitioning columns
# by the stream: it is there
# by month, with the day in the key: version 8 twice
