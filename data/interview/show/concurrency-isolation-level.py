"""At READ COMMITTED, two appends of one version: the unique key lets one in, without it both."""
# Needs: postgres

import eventsourcing_kit as es

with es.servers.postgres() as server:
    import psycopg

    for key in (", PRIMARY KEY (stream_id, version)", ""):
        ada, ben = psycopg.connect(server.url), psycopg.connect(server.url)
        ada.execute("DROP TABLE IF EXISTS events")
        ada.execute(f"CREATE TABLE events (stream_id text, version int{key})")
        ada.commit()
        read = [c.execute("SELECT count(*) FROM events").fetchone()[0] for c in (ada, ben)]
        ada.execute("INSERT INTO events VALUES ('account-1', %s)", [read[0] + 1])
        ada.commit()
        try:
            ben.execute("INSERT INTO events VALUES ('account-1', %s)", [read[1] + 1])
            ben.commit()
            print("without the key: both are in")
        except psycopg.errors.UniqueViolation:
            print("with the key: the second is refused")
        for connection in (ada, ben):
            connection.close()

# It prints:
# with the key: the second is refused
# without the key: both are in
