"""With NOTIFY in the transaction, a commit that waits keeps every other such commit waiting."""
# Needs: postgres

from threading import Thread

import eventsourcing_kit as es

with es.servers.postgres() as server:
    import psycopg

    with psycopg.connect(server.url, autocommit=True) as db:

        def commit(connection, until, notify):
            """Begin a commit: what the server says it waits for, or "" once it has committed."""
            connection.execute("INSERT INTO events VALUES (1)")
            if notify:
                connection.execute("NOTIFY appended")
            thread = Thread(target=connection.commit)
            thread.start()
            ask = "SELECT wait_event FROM pg_stat_activity WHERE pid = %s"
            while thread.is_alive():
                if db.execute(ask, [connection.info.backend_pid]).fetchone() == (until,):
                    return until
            return ""

        db.execute("CREATE TABLE events (n int)")
        # A standby that never answers keeps the first commit waiting, as a slow disk would.
        db.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        db.execute("SELECT pg_reload_conf()")
        for notify in (False, True):
            with psycopg.connect(server.url) as slow, psycopg.connect(server.url) as other:
                other.execute("SET synchronous_commit = local")  # waits for no standby
                commit(slow, "SyncRep", notify)
                waits = commit(other, "object", notify)  # for the lock that NOTIFY takes
                print(
                    "with NOTIFY:" if notify else "without:", "it waits" if waits else "it commits"
                )
                slow.cancel_safe()

# It prints:
# without: it commits
# with NOTIFY: it waits
