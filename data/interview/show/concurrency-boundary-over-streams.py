"""Lock, then read: at READ COMMITTED it holds in every order; at REPEATABLE READ it overbooks."""
# Needs: postgres

import eventsourcing_kit as es

pg = es.schedules.postgres
with es.servers.postgres() as server:
    for level in ("READ COMMITTED", "REPEATABLE READ"):
        report = es.schedules.explore(pg.condition(server.url, level))
        print(f"{level}: {len(report.broken)} of {len(report.runs)} orders overbook")
        if report.broken:
            print(report.shortest.schedule, "·", report.shortest.broken[0][1])
    del report

# It prints:
# READ COMMITTED: 0 of 70 orders overbook
# REPEATABLE READ: 68 of 70 orders overbook
# AAABBBBA · the balance is -60
