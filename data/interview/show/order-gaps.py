"""A reader that polls by a sequence loses an event in some orders; under a lock in none."""

import eventsourcing_kit as es

polling, explore = es.schedules.scenarios.polling, es.schedules.explore
for lock in (False, True):
    report = explore(polling(lock=lock))
    said = "numbers given under a lock" if lock else "numbers from a sequence"
    print(f"{said}: {len(report.broken)} of {len(report.runs)} orders lose an event")
    if report.broken:
        print("  the shortest:", report.shortest.schedule, "·", report.shortest.broken[0][1])

# It prints:
# numbers from a sequence: 10 of 90 orders lose an event
#   the shortest: ABBCCA · reader is past position 3 and never read [2]
# numbers given under a lock: 0 of 90 orders lose an event
