"""The wait for a standby is cancelled: the caller gives up, and the event is there all the same."""
# Needs: postgres

from threading import Thread

import eventsourcing_kit as es

EVENT = "SELECT wait_event FROM pg_stat_activity WHERE pid = %s"

with es.servers.postgres() as server:
    import psycopg

    with psycopg.connect(server.url, autocommit=True) as db:
        db.execute("CREATE TABLE events (n int)")
        db.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        db.execute("SELECT pg_reload_conf()")
        writer, notices = psycopg.connect(server.url), []
        writer.add_notice_handler(lambda notice: notices.append(notice.message_primary))
        writer.execute("INSERT INTO events VALUES (1)")
        commit = Thread(target=writer.commit)
        commit.start()
        while db.execute(EVENT, [writer.info.backend_pid]).fetchone() != ("SyncRep",):
            pass
        print(
            "while it waits, others see:", db.execute("SELECT count(*) FROM events").fetchone()[0]
        )
        writer.cancel_safe()
        commit.join()
        print("the server says:", *notices)
        print("and then there are:", db.execute("SELECT count(*) FROM events").fetchone()[0])
        writer.close()

# It prints:
# while it waits, others see: 0
# the server says: canceling wait for synchronous replication due to user request
# and then there are: 1
